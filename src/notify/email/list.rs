//! How a recipient leaves the list that a notifier is: `List-Id` and `List-Unsubscribe`.
//!
//! They go together or not at all: filters think ill of a mail with only one of them.

use lettre::Address;
use url::{Host, Url, form_urlencoded};

use crate::{event::id, model::flaw::Flaw};

/// A longer address may not stand on one line of a mail.
const LONGEST: usize = 500;

/// Stands in `unsubscribe` for the address that the mail goes to.
const RECIPIENT: &str = "{recipient}";

#[derive(Debug)]
pub(super) struct List {
    id: String,
    /// As configured, with [`RECIPIENT`] where it has one.
    leave: String,
}

impl List {
    pub(super) fn build(notifier: &str, domain: &str, leave: &str) -> Result<Self, Flaw> {
        let list = Self { id: list_id(notifier, domain), leave: leave.trim().to_owned() };
        list.address("someone@example.com").map(|_| list)
    }

    /// The fields of a mail to `recipient`.
    pub(super) fn headers(&self, recipient: &str) -> Vec<(&'static str, String)> {
        let Ok(address) = self.address(recipient) else { return Vec::new() };
        let mut headers = vec![("List-Id", format!("<{}>", self.id)), ("List-Unsubscribe", format!("<{address}>"))];
        // RFC 8058: a mail program may then unsubscribe by itself, with a POST.
        if address.scheme() == "https" {
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        headers
    }

    fn address(&self, recipient: &str) -> Result<Url, Flaw> {
        let flaw = |says: &str| {
            Flaw::new("unsubscribe", says.to_owned())
                .hint("write \"mailto:leave@example.com\", or \"https://example.com/leave?who={recipient}\"")
        };
        let recipient: String = form_urlencoded::byte_serialize(recipient.as_bytes()).collect();
        let text = self.leave.replace(RECIPIENT, &recipient);
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>')) {
            return Err(flaw("an address has no spaces, line breaks or angle brackets"));
        }
        let url = Url::parse(&text).map_err(|_| flaw("this is neither a web nor a mailto address"))?;
        let is_fit = match url.scheme() {
            "https" => url.has_host(),
            "mailto" => url.path().parse::<Address>().is_ok(),
            "http" => return Err(flaw("mail programs unsubscribe over https only")),
            _ => false,
        };
        match is_fit && url.fragment().is_none() && url.as_str().is_ascii() {
            true if url.as_str().len() <= LONGEST => Ok(url),
            true => Err(flaw("the address is too long for a line of a mail")),
            false => Err(flaw("this is neither a web nor a mailto address")),
        }
    }
}

/// `ops.ringback.example.com`, as RFC 2919 wants it: in a name space of the sender's, and the same for ever.
fn list_id(notifier: &str, domain: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = notifier.chars().map(plain).take(40).collect();
    let label = label.trim_matches('-');
    // What is left of a name in other letters may be left of another one too.
    let label = match label == notifier {
        true => label.to_owned(),
        false => format!("{label}-{}", id::derived("list", &[notifier]).to_lowercase().replace('_', "-")),
    };
    let domain = match Host::parse(domain) {
        Ok(Host::Domain(domain)) => domain,
        _ => "invalid".to_owned(),
    };
    format!("{}.ringback.{domain}", label.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(leave: &str) -> String {
        let list = List::build("ops", "Calls.example", leave).unwrap();
        list.headers("a+b@example.com").into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    #[test]
    fn a_list_is_left_by_mail_or_with_one_click() {
        insta::assert_snapshot!(headers("mailto:leave@example.com?subject=unsubscribe%20{recipient}"), @"
        List-Id: <ops.ringback.calls.example>
        List-Unsubscribe: <mailto:leave@example.com?subject=unsubscribe%20a%2Bb%40example.com>
        ");
        insta::assert_snapshot!(headers("https://example.com/leave?who={recipient}&x=é"), @"
        List-Id: <ops.ringback.calls.example>
        List-Unsubscribe: <https://example.com/leave?who=a%2Bb%40example.com&x=%C3%A9>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click
        ");
    }

    #[test]
    fn an_address_that_does_not_lead_out_is_refused() {
        for (leave, says) in [
            ("leave@example.com", "neither a web nor a mailto"),
            ("http://example.com/leave", "over https only"),
            ("https://example.com/a b", "no spaces"),
            ("mailto:leave@example.com>\r\nBcc: <x@example.com", "no spaces"),
            ("mailto:nobody", "neither a web nor a mailto"),
            ("https://example.com/#x", "neither a web nor a mailto"),
            ("javascript:alert(1)", "neither a web nor a mailto"),
            ("", "neither a web nor a mailto"),
            (&format!("https://example.com/{}", "x".repeat(600)), "too long"),
        ] {
            let flaw = List::build("ops", "calls.example", leave).unwrap_err();
            assert!(flaw.says.contains(says) && flaw.hint.is_some(), "{leave}: {flaw:?}");
        }
    }

    #[test]
    fn lists_of_different_notifiers_have_different_ids() {
        assert_eq!(list_id("ops", "example.com"), "ops.ringback.example.com");
        let odd = ["Ops", "öps", "ops team", "ops_team", "", "日本"].map(|name| list_id(name, "bücher.example"));
        for (place, id) in odd.iter().enumerate() {
            assert!(id.is_ascii() && id.ends_with(".ringback.xn--bcher-kva.example") && !id.starts_with('-'), "{id}");
            assert!(!odd[..place].contains(id), "{id}");
        }
    }
}
