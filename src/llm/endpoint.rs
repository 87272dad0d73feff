//! One exchange with an OpenAI-compatible `chat/completions`, and what its answer says.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use crate::{
    llm::prompt::Prompt,
    model::flaw::Flaw,
    notify::{
        http::{self, Answer, Unanswered},
        scrub::Scrub,
    },
    summary::{config::Llm, vet::Unfit},
};

pub(super) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    model: String,
    /// `Bearer …`
    key: Option<HeaderValue>,
    scrub: Scrub,
}

/// What a model wrote.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) text: String,
    /// Whether it came to its end, and was not cut at `max_tokens`.
    pub(super) complete: bool,
}

/// Why nothing was written, without URL, key and transcript.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) note: String,
    /// Of the answer, where there was one.
    pub(super) status: Option<u16>,
    /// Before then it wants to be left alone.
    pub(super) until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

impl Endpoint {
    pub(super) fn build(settings: &Llm) -> Result<Self, Flaw> {
        let Some(given) = &settings.url else {
            let hint = r#"such as `url = "http://localhost:11434/v1"` for Ollama"#;
            return Err(Flaw::new("url", "nothing says where the model is").hint(hint));
        };
        let mut url = http::target("url", given)?;
        if !url.path().trim_end_matches('/').ends_with("/chat/completions")
            && let Ok(mut path) = url.path_segments_mut()
        {
            path.pop_if_empty().extend(["chat", "completions"]);
        }
        // A proxy set for the machine cannot reach a model on it.
        let local = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // The limit is kept by who asks; this one is for when that fails.
        let builder = http::builder(settings.timeout.std() + Duration::from_secs(1));
        let client = http::built(if local { builder.no_proxy() } else { builder })?;
        let mut scrub = Scrub::new().url(&url);
        let mut key = None;
        if let Some(secret) = &settings.api_key {
            let value = HeaderValue::from_str(&format!("Bearer {}", secret.expose().trim()));
            let mut value = value.map_err(|_| Flaw::new("api_key", "has characters that no header can carry"))?;
            value.set_sensitive(true);
            key = Some(value);
            scrub = scrub.secret(secret.expose());
        }
        Ok(Self { client, url, model: settings.model.clone(), key, scrub })
    }

    /// Asks once. An answer that is none of a model is trouble; one that holds no summary is not.
    pub(super) async fn ask(&self, prompt: &Prompt, now: Timestamp) -> Result<Result<Written, Unfit>, Trouble> {
        let body = json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "temperature": 0,
            "max_tokens": prompt.max_tokens(),
            "stream": false,
        });
        let mut request =
            self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body.to_string());
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let answer = http::exchange(request, now).await.map_err(|unanswered| {
            let (Unanswered::NotSent(note) | Unanswered::Lost(note)) = unanswered;
            Trouble { note: self.scrub.note(&note), status: None, until: None }
        })?;
        if answer.is_success()
            && answer.complete
            && let Some(written) = read(&answer.body)
        {
            return Ok(written);
        }
        let note = self.complaint(&answer, &prompt.user);
        Err(Trouble { note, status: Some(answer.status), until: answer.retry_after() })
    }

    /// What is wrong with an answer, with the server's own words where it has some.
    fn complaint(&self, answer: &Answer, sent: &str) -> String {
        let status = answer.status;
        let what = match () {
            () if !answer.is_success() => format!("it answered {status}"),
            () if !answer.complete => "its answer is too long, or breaks off".to_owned(),
            () if answer.is_page() => "a web page answered in its place".to_owned(),
            () => "its answer is not that of a chat model".to_owned(),
        };
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let words =
            ["/error/message", "/error", "/message", "/detail"].into_iter().find_map(|at| body.pointer(at)?.as_str());
        match words {
            // A server may repeat what it was sent.
            Some(words) => format!("{what}: {}", self.scrub.sent(sent).note(words)),
            None => what,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.model)
    }
}

/// What was written; none if this is no answer of a chat model.
fn read(body: &str) -> Option<Result<Written, Unfit>> {
    let completion: Completion = serde_json::from_str(body).ok()?;
    let choice = completion.choices.into_iter().next()?;
    let why = choice.finish_reason.as_deref().unwrap_or("stop");
    if choice.message.refusal.is_some() || why == "content_filter" {
        return Some(Err(Unfit::Refusal));
    }
    let text = choice.message.content.unwrap_or_default();
    Some(Ok(Written { text, complete: why != "length" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    fn built(url: &str) -> Result<String, Flaw> {
        let settings = Llm { url: Some(Secret::new(url)), model: "m".to_owned(), ..Llm::default() };
        Endpoint::build(&settings).map(|endpoint| endpoint.url.to_string())
    }

    #[test]
    fn the_path_is_added_where_it_is_not_given() {
        for (url, whole) in [
            ("http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
            ("http://10.0.0.5/v1/", "http://10.0.0.5/v1/chat/completions"),
            ("https://m.example/v1/chat/completions", "https://m.example/v1/chat/completions"),
            ("https://m.example/d?api-version=1", "https://m.example/d/chat/completions?api-version=1"),
        ] {
            assert_eq!(built(url).as_deref(), Ok(whole));
        }
        assert!(built("http://169.254.169.254/v1").unwrap_err().says.contains("link-local"));
        assert_eq!(Endpoint::build(&Llm::default()).unwrap_err().path, "url");
    }
}
