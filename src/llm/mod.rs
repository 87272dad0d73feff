//! The language model that may write summaries: asked over an OpenAI-compatible API, where the config names one.
//!
//! What it writes is checked (`summary::vet`) before anybody sees it. It is sent transcripts as they are; they
//! are never logged, and neither is what it answers.

mod endpoint;
mod guard;
mod prompt;

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::{self, Instant};

use crate::{
    llm::{
        endpoint::{Endpoint, Trouble, Written},
        guard::{Admitted, Guard},
        prompt::Prompt,
    },
    model::{
        call::{Call, Speaker, Turn},
        flaw::Flaw,
    },
    summary::{
        config::Config,
        vet::{self, Unfit},
    },
};

/// Calls whose summaries are written at the same time.
const AT_ONCE: usize = 4;

/// One model, and what is known of how it answers of late. Shared by all accounts.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    /// For one request, and for all that are made together.
    timeout: Duration,
    max_words: usize,
    guard: Mutex<Guard>,
    /// Kinds of trouble that have been warned of.
    said: Mutex<HashSet<&'static str>>,
}

/// Why there is no summary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("{0}")]
    Failed(String),
    #[error("the time for it was used up by other calls")]
    NoTime,
    #[error("what it wrote is not used: {0}")]
    Unfit(Unfit),
}

impl Client {
    /// The model that a config names, or none.
    pub fn build(config: &Config) -> Result<Option<Self>, Vec<Flaw>> {
        let Some(settings) = &config.llm else { return Ok(None) };
        let endpoint = Endpoint::build(settings).map_err(|flaw| vec![flaw.under("llm")])?;
        Ok(Some(Self {
            endpoint,
            timeout: settings.timeout.std(),
            max_words: config.max_words.get(),
            guard: Mutex::new(Guard::new(settings.max_per_hour.get())),
            said: Mutex::default(),
        }))
    }

    /// The most that one request may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether what an earlier process wrote down is still to be taken in.
    pub fn is_fresh(&self) -> bool {
        self.guard().is_fresh()
    }

    /// Takes in how often it was asked before this process began.
    pub fn recall(&self, note: Option<&str>) {
        self.guard().recall(note.unwrap_or_default());
    }

    /// How many of so many calls it may be asked about now; they count as asked.
    pub fn admit(&self, wanted: usize, now: Timestamp) -> usize {
        match self.guard().admit(wanted, now) {
            Admitted::All => wanted,
            Admitted::Some { number, news } => {
                if let Some(news) = news {
                    tracing::warn!("{news}");
                }
                number
            }
        }
    }

    /// What is to be written down of how often it was asked.
    pub fn note(&self) -> String {
        self.guard().note()
    }

    /// Summaries of these calls by their ids. It waits no longer than its time limit, nor than `patience`; for
    /// what has no summary by then the next source is used.
    pub async fn summarize_all(&self, calls: &[&Call], patience: Duration, now: Timestamp) -> HashMap<String, String> {
        let deadline = Instant::now() + self.timeout.min(patience);
        let mut asked = Vec::with_capacity(calls.len());
        for call in calls {
            asked.push(async { (call.id.clone(), self.ask(call, deadline, now).await) });
        }
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        let mut written = HashMap::new();
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(text) => drop(written.insert(id, text)),
                Err(why) => self.tell(&id, &why),
            }
        }
        written
    }

    /// One request, whatever the guard says, and its answer if it may be used.
    pub async fn summarize(&self, call: &Call, now: Timestamp) -> Result<String, Why> {
        self.ask(call, Instant::now() + self.timeout, now).await
    }

    /// Whether it answers, tried with a call of two sentences: what came of it, or what is wrong and where.
    pub async fn check(&self, now: Timestamp) -> Result<String, String> {
        let prompt = Prompt::of(&tiny_call(), self.max_words);
        let begun = Instant::now();
        let answer = time::timeout(self.timeout, self.endpoint.ask(&prompt, now)).await;
        let took = begun.elapsed().as_secs_f64();
        let Ok(answer) = answer else {
            return Err(format!(
                "{}; a model that has to be loaded first may need a longer `timeout`",
                self.too_slow().note
            ));
        };
        match answer {
            Ok(written) => {
                let told = written.and_then(|written| written.vetted(&prompt));
                Ok(match told {
                    Ok(_) => format!("it wrote a summary in {took:.1} s"),
                    Err(unfit) => {
                        format!("it answers, but what it wrote of a call of two sentences is not used: {unfit}")
                    }
                })
            }
            Err(Trouble { note, status, .. }) => Err(match status {
                Some(401 | 403) => format!("{note}; is `api_key` right?"),
                Some(404) => format!("{note}; are `url` and `model` right?"),
                Some(_) => note,
                None => format!("{note}; is `url` right, and is it running?"),
            }),
        }
    }

    fn too_slow(&self) -> Trouble {
        Trouble { note: format!("no answer within {:?}", self.timeout), status: None, until: None }
    }

    async fn ask(&self, call: &Call, deadline: Instant, now: Timestamp) -> Result<String, Why> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Why::NoTime);
        }
        let prompt = Prompt::of(call, self.max_words);
        let answer = match time::timeout_at(deadline, self.endpoint.ask(&prompt, now)).await {
            Ok(answer) => answer,
            // Cut short for the sake of the calls that wait: that is no fault of the model.
            Err(_) if left < self.timeout.mul_f32(0.9) => return Err(Why::NoTime),
            Err(_) => Err(self.too_slow()),
        };
        match answer {
            Ok(written) => {
                self.works_again();
                written.and_then(|written| written.vetted(&prompt)).map_err(Why::Unfit)
            }
            Err(trouble) => {
                self.has_failed(&trouble, now);
                Err(Why::Failed(trouble.note))
            }
        }
    }

    fn works_again(&self) {
        if self.guard().answered() {
            tracing::warn!("The language model for summaries works again");
        }
    }

    fn has_failed(&self, trouble: &Trouble, now: Timestamp) {
        if let Some(until) = self.guard().failed(trouble.until, now) {
            let note = &trouble.note;
            tracing::warn!(
                "The language model for summaries does not work: {note}; summaries are made without it, and it is asked again after {until}"
            );
        }
    }

    /// Each kind of trouble is warned of once; the rest is for whoever looks closer.
    fn tell(&self, id: &str, why: &Why) {
        let kind = match why {
            Why::Failed(_) => "failed",
            Why::NoTime => "no time",
            Why::Unfit(_) => "unfit",
        };
        let first = self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
        if first {
            tracing::warn!(call.id = %id, "The language model gave no summary of call {id}: {why}; another is told. More of the kind is logged as debug");
        } else {
            tracing::debug!(call.id = %id, "The language model gave no summary of call {id}: {why}");
        }
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    /// The text as it may be told.
    fn vetted(&self, prompt: &Prompt) -> Result<String, Unfit> {
        vet::vet(&self.text, self.complete, &prompt.turns, &prompt.task())
    }
}

fn tiny_call() -> Call {
    let turn = |speaker, text: &str| Turn { speaker, text: text.to_owned(), at: None };
    let transcript = vec![
        turn(Speaker::User, "Please move my visit to Friday at noon."),
        turn(Speaker::Assistant, "Done, your visit is on Friday at noon."),
    ];
    Call { id: "check".to_owned(), inbound: Some(true), transcript, ..Call::default() }
}
