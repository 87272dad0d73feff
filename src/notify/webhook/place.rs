//! Where a webhook is sent: the notifier's own `url`, or what its preset makes of the parameters.

use url::Url;

use crate::{
    model::{flaw::Flaw, secret::Secret},
    notify::{
        http,
        webhook::{
            config::Config,
            params::{Ids, Values},
        },
    },
    render::preset::{PER_DELIVERY, Preset, blanks::Blanks},
};

pub(super) enum Place {
    Fixed(Url),
    /// The address has the id of the delivery in it.
    Each(Blanks),
}

impl Place {
    /// The place, and its URL for any delivery.
    pub(super) fn find(
        config: &Config,
        preset: Option<(&str, &Preset)>,
        values: &Values,
    ) -> Result<(Self, Url), Vec<Flaw>> {
        let of_preset = preset.and_then(|(_, preset)| preset.url.as_ref());
        let needs_id = of_preset.is_some_and(|url| url.names().any(|name| PER_DELIVERY.contains(&name)));
        let (key, blanks) = match (&config.url, of_preset) {
            (Some(own), _) if needs_id => ("url".to_owned(), with_id(own).map_err(|flaw| vec![flaw])?),
            (Some(own), _) => {
                let url = with_query(http::target("url", own).map_err(|flaw| vec![flaw])?, preset);
                return Ok((Self::Fixed(url.clone()), url));
            }
            (None, Some(blanks)) => (key(blanks), blanks.clone()),
            (None, None) => return Err(vec![nowhere(preset)]),
        };
        let any = Secret::new(blanks.url(|name| values.of(name, &Ids::ANY)));
        let url = http::target(&key, &any).map_err(|flaw| vec![flaw])?;
        let place = if needs_id { Self::Each(blanks) } else { Self::Fixed(url.clone()) };
        Ok((place, url))
    }

    pub(super) fn url(&self, values: &Values, ids: &Ids<'_>) -> Url {
        match self {
            Self::Fixed(url) => url.clone(),
            Self::Each(blanks) => {
                let url = blanks.url(|name| values.of(name, ids));
                Url::parse(&url).expect("it is a URL with any other id")
            }
        }
    }
}

/// What the preset adds to a notifier's address, unless the address has it already.
fn with_query(mut url: Url, preset: Option<(&str, &Preset)>) -> Url {
    for (name, value) in preset.into_iter().flat_map(|(_, preset)| &preset.query) {
        if !url.query_pairs().any(|(there, _)| there == *name) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

/// The parameter that an address begins with is to blame when it is none.
fn key(blanks: &Blanks) -> String {
    blanks.names().next().map_or_else(|| "preset".to_owned(), |name| format!("params.{name}"))
}

fn with_id(own: &Secret) -> Result<Blanks, Flaw> {
    let hint = "write {delivery_id} where the preset's own address has it, or leave `url` out";
    let blanks = Blanks::try_from(own.expose().trim().to_owned()).map_err(|says| Flaw::new("url", says).hint(hint))?;
    let wrong = blanks.names().find(|name| !PER_DELIVERY.contains(name));
    if let Some(wrong) = wrong {
        return Err(Flaw::new("url", format!("`{{{wrong}}}` is no id of a delivery")).hint(hint));
    }
    if blanks.names().next().is_none() {
        return Err(Flaw::new("url", "each delivery needs an address of its own here").hint(hint));
    }
    Ok(blanks)
}

fn nowhere(preset: Option<(&str, &Preset)>) -> Flaw {
    let Some((name, preset)) = preset else { return Flaw::new("url", "nothing says where to send") };
    let usual = preset.url_prefixes.first().map(|prefix| format!(", which begins with {prefix}")).unwrap_or_default();
    let flaw = Flaw::new("url", format!("the preset `{name}` needs the `url` that the service gave you{usual}"));
    if preset.docs.is_empty() { flaw } else { flaw.hint(format!("see {}", preset.docs)) }
}
