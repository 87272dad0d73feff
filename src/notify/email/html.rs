//! The HTML side of a mail: its style sheet moved into the elements, as many mail programs drop style
//! sheets, and the image that it shows.

use css_inline::CSSInliner;
use lettre::message::{Attachment, MultiPart, SinglePart, header::ContentType};

use crate::notify::{email::chart, plain};

/// How a template names the chart; in the mail it gets a name that no other mail's image has.
const CHART: &str = "\"cid:chart\"";

/// HTML as it is sent, with what it shows.
pub(super) struct Html {
    text: String,
    chart: Option<Image>,
}

struct Image {
    id: String,
    png: Vec<u8>,
}

impl Html {
    /// Whether a template wants the chart; only then one must be drawn.
    pub(super) fn shows_chart(rendered: &str) -> bool {
        rendered.contains(CHART)
    }

    /// What a template yielded, and the description of its chart, made ready to be sent. `id` is the mail's.
    ///
    /// What fails is left out, and told.
    pub(super) fn new(rendered: String, chart: Option<&str>, id: &str) -> (Self, Vec<String>) {
        let mut troubles = Vec::new();
        let mut drawn = |json: &str| {
            chart::png(json).map_err(|error| troubles.push(format!("the chart failed ({error}) and was left out"))).ok()
        };
        let chart = chart.and_then(&mut drawn).map(|png| Image { id: format!("chart.{id}"), png });
        // A value's quotes are escaped, so that this is only ever found where a template wrote it.
        let rendered = match &chart {
            Some(image) => rendered.replace(CHART, &format!("\"cid:{}\"", image.id)),
            None => rendered,
        };
        let text = inlined(&rendered).unwrap_or_else(|error| {
            troubles.push(format!("the style sheet could not be inlined ({error}) and was left as it is"));
            rendered
        });
        (Self { text: plain::without_controls(&text), chart }, troubles)
    }

    /// Puts it behind the plain text. The same boundary must not stand in another part.
    pub(super) fn add_to(self, alternatives: MultiPart, boundary: String) -> MultiPart {
        let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(self.text);
        match self.chart {
            None => alternatives.singlepart(html),
            Some(Image { id, png }) => {
                let image = Attachment::new_inline(id).body(png, ContentType::parse("image/png").expect("a type"));
                alternatives.multipart(MultiPart::related().boundary(boundary).singlepart(html).singlepart(image))
            }
        }
    }
}

/// Everything but what stands under an at-rule, which only style sheets can say. No style sheet is read
/// from elsewhere, whatever a template links to.
fn inlined(html: &str) -> Result<String, String> {
    let inliner = CSSInliner::options().keep_at_rules(true).minify_css(true).load_remote_stylesheets(false).build();
    inliner.inline(html).map_err(|error| error.to_string())
}
