//! The HTML side of a mail: its style sheet moved into the elements, as many mail programs drop style
//! sheets, and the image that it shows.

use std::{io, sync::Arc};

use css_inline::{CSSInliner, InlineError, StylesheetResolver};
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

    /// Puts it behind the plain text. The boundary must not begin with that of `alternatives`.
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

/// Everything but what stands under an at-rule, which only style sheets can say.
fn inlined(html: &str) -> Result<String, String> {
    let inliner = CSSInliner::options().keep_at_rules(true).minify_css(true).resolver(Arc::new(Nowhere)).build();
    inliner.inline(html).map_err(|error| error.to_string())
}

/// Writing a mail reads no files and asks no servers, whatever a template links to.
#[derive(Debug)]
struct Nowhere;

impl StylesheetResolver for Nowhere {
    fn retrieve(&self, _: &str) -> css_inline::Result<String> {
        Err(InlineError::IO(io::Error::other("it is linked to; write it into a `style` element")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART_JSON: &str = r##"{"outcomes":[{"outcome":"human","label":"1 human","color":"#2E9E5B"}],"bars":[{"label":"9","counts":{"human":1}}]}"##;

    fn sent(html: Html) -> String {
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body("x".to_owned());
        let both = MultiPart::alternative().boundary("b1").singlepart(text);
        String::from_utf8(html.add_to(both, "b2".to_owned()).formatted()).unwrap()
    }

    #[test]
    fn a_style_sheet_is_moved_into_the_elements_and_what_only_it_can_say_stays() {
        let page = "<html><head><style>.a, p { color: red } @media (max-width: 9px) { .a { color: blue } }</style></head><body><p class=\"a\">x</p></body></html>";
        let (html, troubles) = Html::new(page.to_owned(), None, "dlv_1");
        assert_eq!(troubles, [""; 0]);
        assert!(html.text.contains(r#"<p class="a" style="color:red">x</p>"#), "{}", html.text);
        assert!(html.text.contains("@media (max-width: 9px)") && !html.text.contains("p { color"), "{}", html.text);
    }

    #[test]
    fn a_style_sheet_elsewhere_is_not_read_and_what_cannot_be_inlined_is_sent_as_it_is() {
        for link in ["https://127.0.0.1:1/a.css", "/etc/hostname", "file:///etc/hostname"] {
            let page = format!("<link rel=\"stylesheet\" href=\"{link}\"><style>p {{ color: red }}</style><p>x</p>");
            let (html, troubles) = Html::new(page.clone(), None, "dlv_1");
            assert_eq!(html.text, page);
            insta::allow_duplicates! {
                insta::assert_snapshot!(troubles.join("; "), @"the style sheet could not be inlined (it is linked to; write it into a `style` element) and was left as it is");
            }
        }
    }

    #[test]
    fn a_chart_is_sent_where_a_template_shows_it_under_a_name_of_its_own() {
        let page = r#"<p>"cid:chart" &quot;cid:chart&quot;</p><img src="cid:chart">"#;
        assert!(Html::shows_chart(page) && !Html::shows_chart("<p>&quot;cid:chart&quot;</p>"));
        let (html, troubles) = Html::new(page.to_owned(), Some(CHART_JSON), "dlv_1@x.example");
        assert_eq!((html.text.matches("cid:chart.dlv_1@x.example").count(), troubles.len()), (2, 0), "{}", html.text);
        let mail = sent(html);
        assert!(
            mail.contains("multipart/related; boundary=\"b2\"") && mail.contains("Content-ID: <chart.dlv_1@x.example>")
        );
        assert!(mail.contains("Content-Type: image/png") && mail.contains("Content-Disposition: inline"), "{mail}");
    }

    #[test]
    fn a_chart_that_cannot_be_drawn_is_left_out_and_told() {
        let (html, troubles) = Html::new(r#"<img src="cid:chart" alt="9: 1 human.">"#.to_owned(), Some("{}"), "dlv_1");
        assert_eq!(troubles.len(), 1);
        assert!(troubles[0].starts_with("the chart failed (missing field `outcomes`"), "{troubles:?}");
        assert!(!sent(html).contains("image/png"));
    }
}
