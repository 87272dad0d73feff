//! Embeds within Discord's limits, whatever text is in them.
//!
//! Limits of 2026-08: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>

use serenity::model::{Colour, channel::Embed};
use url::Url;

use crate::notify::{
    fit::{self, Unit},
    plain,
};

pub(super) const CONTENT: usize = 2_000;
const EMBEDS: usize = 10;
const TITLE: usize = 256;
const DESCRIPTION: usize = 4_096;
const FIELDS: usize = 25;
const FIELD_NAME: usize = 256;
const FIELD_VALUE: usize = 1_024;
const FOOTER: usize = 2_048;
const AUTHOR: usize = 256;
const URL: usize = 2_048;
/// Titles, descriptions, fields, footers and authors of all embeds of a message together.
const TOTAL: usize = 6_000;

/// Makes every embed acceptable and drops those with nothing in them.
pub(super) fn fit(embeds: Vec<Embed>) -> Vec<Embed> {
    let mut fitted: Vec<Embed> =
        embeds.into_iter().map(fit_one).filter(|embed| !is_empty(embed)).take(EMBEDS).collect();
    fit_total(&mut fitted);
    fitted
}

/// Text as Discord would store it: it strips control characters and white space at both ends, and
/// refuses what is then empty.
pub(super) fn text(text: &str, max: usize) -> Option<String> {
    let tidy = plain::without_controls(text);
    let cut = fit::cut(tidy.trim(), max, Unit::Utf16);
    // Zero-width characters are not white space to `trim`, and show as little.
    let is_seen = |c: char| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    cut.chars().any(is_seen).then_some(cut)
}

/// An http or https URL that is not too long.
pub(super) fn is_web_url(url: &str) -> bool {
    url.len() <= URL && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn fit_one(mut embed: Embed) -> Embed {
    // What only Discord itself may set.
    (embed.kind, embed.provider, embed.video) = (None, None, None);
    let is_picture = |url: &str| is_web_url(url) || url.starts_with("attachment://");
    embed.title = embed.title.as_deref().and_then(|title| text(title, TITLE));
    embed.description = embed.description.as_deref().and_then(|body| text(body, DESCRIPTION));
    embed.url = embed.url.filter(|url| is_web_url(url));
    embed.colour = embed.colour.map(|colour| Colour::new(colour.0.min(0xff_ffff)));
    embed.image = embed.image.filter(|image| is_picture(&image.url));
    embed.thumbnail = embed.thumbnail.filter(|image| is_picture(&image.url));
    embed.footer = embed.footer.and_then(|mut footer| {
        footer.text = text(&footer.text, FOOTER)?;
        footer.icon_url = footer.icon_url.filter(|url| is_picture(url));
        Some(footer)
    });
    embed.author = embed.author.and_then(|mut author| {
        author.name = text(&author.name, AUTHOR)?;
        author.url = author.url.filter(|url| is_web_url(url));
        author.icon_url = author.icon_url.filter(|url| is_picture(url));
        Some(author)
    });
    embed.fields.retain_mut(|field| match text(&field.value, FIELD_VALUE) {
        Some(value) => {
            field.value = value;
            field.name = text(&field.name, FIELD_NAME).unwrap_or_else(|| "–".to_owned());
            true
        }
        None => false,
    });
    embed.fields.truncate(FIELDS);
    embed
}

fn is_empty(embed: &Embed) -> bool {
    embed.title.is_none()
        && embed.description.is_none()
        && embed.fields.is_empty()
        && embed.footer.is_none()
        && embed.author.is_none()
        && embed.image.is_none()
        && embed.thumbnail.is_none()
}

fn fit_total(embeds: &mut [Embed]) {
    let mut texts: Vec<&mut String> = embeds.iter_mut().flat_map(counted).collect();
    let lengths: Vec<usize> = texts.iter().map(|text| Unit::Utf16.count(text)).collect();
    let level = fit::level(&lengths, TOTAL);
    for text in &mut texts {
        **text = fit::cut(text, level, Unit::Utf16);
    }
}

/// The texts that count towards the total. Ten embeds of 25 fields are 530 texts, so that the
/// level to which the longest are cut never falls below 11 and nothing becomes empty.
fn counted(embed: &mut Embed) -> impl Iterator<Item = &mut String> {
    let Embed { title, description, footer, author, fields, .. } = embed;
    let single = [
        title.as_mut(),
        description.as_mut(),
        footer.as_mut().map(|f| &mut f.text),
        author.as_mut().map(|a| &mut a.name),
    ];
    single.into_iter().flatten().chain(fields.iter_mut().flat_map(|field| [&mut field.name, &mut field.value]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fitted(embed: Value) -> Embed {
        fit(vec![serde_json::from_value(embed).unwrap()]).pop().unwrap()
    }

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn every_limit_is_met_with_characters_that_count_double() {
        let smile = |n: usize| "😀".repeat(n);
        let embed = fitted(json!({
            "title": smile(200), "description": smile(3_000),
            "fields": (0..40).map(|n| json!({ "name": smile(300), "value": format!("{n} {}", smile(900)) })).collect::<Vec<_>>(),
            "footer": { "text": smile(1_100) }, "author": { "name": smile(129) }, "color": 0x100_0000, "url": format!("https://x.example/{}", "u".repeat(2_040)),
        }));
        assert_eq!(embed.fields.len(), 25);
        assert_eq!((embed.url, embed.colour), (None, Some(Colour::new(0xff_ffff))));
        let mut sum = units(embed.title.as_deref().unwrap()) + units(embed.description.as_deref().unwrap());
        sum += units(&embed.footer.unwrap().text) + units(&embed.author.unwrap().name);
        for field in &embed.fields {
            assert!((1..=256).contains(&units(&field.name)) && (1..=1_024).contains(&units(&field.value)));
            sum += units(&field.name) + units(&field.value);
        }
        assert!((5_000..=6_000).contains(&sum), "{sum}");
    }

    #[test]
    fn the_total_is_over_all_embeds() {
        let one = json!({ "title": "t", "description": "word ".repeat(600) });
        let embeds: Vec<Embed> = (0..12).map(|_| serde_json::from_value(one.clone()).unwrap()).collect();
        let fitted = fit(embeds);
        let sum: usize =
            fitted.iter().map(|e| units(e.title.as_deref().unwrap()) + units(e.description.as_deref().unwrap())).sum();
        assert_eq!(fitted.len(), 10);
        assert!((5_500..=6_000).contains(&sum), "{sum}");
    }

    #[test]
    fn nothing_empty_and_nothing_that_is_no_web_address_is_sent() {
        let embed = fitted(json!({
            "title": " \u{200b}\u{0} ", "description": "fine", "url": "javascript:alert(1)", "type": "video",
            "image": { "url": "file:///etc/passwd" }, "thumbnail": { "url": "https://x.example/a.png" },
            "author": { "name": "", "url": "https://x.example" }, "footer": { "text": "\n" },
            "fields": [{ "name": " ", "value": "v" }, { "name": "n", "value": "\u{200b}" }],
        }));
        let json = serde_json::to_value(&embed).unwrap();
        assert_eq!(json["fields"], json!([{ "name": "–", "value": "v", "inline": false }]));
        for key in ["title", "url", "type", "image", "author", "footer"] {
            assert_eq!(json.get(key), None, "{key}");
        }
        assert!(
            fit(vec![serde_json::from_value(json!({ "color": 5, "timestamp": "2024-01-01T00:00:00Z" })).unwrap()])
                .is_empty()
        );
    }
}
