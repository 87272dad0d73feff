//! Requests to one Bland account, within its limits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;

use crate::{
    bland::{
        answer,
        budget::{Budget, Priority},
        config::{Api, Config},
        error::Error,
        http::{Answer, Http, Patience, Request},
        list::{self, ListQuery, Page},
        stopwatch::Stopwatch,
        time,
    },
    model::{
        batch::{Batch, BatchApi},
        call::Call,
    },
};

/// Redirects within Bland's host that are followed for one question.
const MOST_REDIRECTS: usize = 3;
/// Batches asked for at once, and pages before a server is taken to repeat itself.
const BATCH_PAGE: u64 = 100;
const MOST_BATCH_PAGES: u64 = 200;
/// How long a batch API that an account lacks is not asked again.
const LACKING: SignedDuration = SignedDuration::from_hours(1);

/// One account's client.
#[derive(Debug)]
pub struct Client {
    http: Http,
    api: Api,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stopwatch: Stopwatch,
    budget: Budget,
    /// Until when v1 and v2 are not asked for lists of batches, as they answered that they have none.
    lacking: [Option<Timestamp>; 2],
}

impl Client {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let state = State {
            stopwatch: Stopwatch::default(),
            budget: Budget::new(config.max_requests_per_minute.get()),
            lacking: [None; 2],
        };
        Ok(Self { http: Http::new(config, Patience::default())?, api: config.api, state: Mutex::new(state) })
    }

    /// Goes on from an earlier client of the same account, so that its limits hold across the two.
    pub fn inherit(&self, earlier: &Self) {
        let mut own = self.state();
        let earlier = earlier.state();
        own.stopwatch = earlier.stopwatch.clone();
        own.budget = earlier.budget.clone().limited_to(own.budget.limit());
    }

    /// Asks for nothing before `until`, as Bland wanted when an earlier process asked.
    pub fn pause(&self, until: Timestamp, now: Timestamp) {
        let mut state = self.state();
        state.stopwatch.time(now);
        state.budget.pause(until);
    }

    /// One page of the account's list, oldest first.
    pub async fn list(&self, query: &ListQuery, now: Timestamp) -> Result<Page, Error> {
        let pairs = list::query(query);
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let request = self.http.get(&["v1", "calls"], &pairs);
        self.ask(Priority::List, request, now, answer::page).await.map_err(|error| self.no_such_page(error))
    }

    /// One call with all its details (`GET /v1/calls/{id}`, or `POST /logs`).
    pub async fn call(&self, id: &str, priority: Priority, now: Timestamp) -> Result<Call, Error> {
        let request = match self.api {
            Api::V1 => self.http.get(&["v1", "calls", id], &[]),
            Api::Logs => self.logs(id),
        };
        self.ask(priority, request, now, |raw| answer::call(raw, id)).await
    }

    /// The ids of all calls that are queued or live. None where the account has no such list.
    pub async fn active(&self, now: Timestamp) -> Result<Option<Vec<String>>, Error> {
        let request = self.http.get(&["v1", "calls", "active"], &[]);
        match self.ask(Priority::List, request, now, answer::active).await {
            Ok(ids) => Ok(Some(ids)),
            Err(error) if is_lacking(&error) || matches!(error, Error::Unreadable(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One batch; `known` is the API that answered before, tried first. Includes whether it is over.
    pub async fn batch(&self, id: &str, known: Option<BatchApi>, now: Timestamp) -> Result<Batch, Error> {
        // v1's ids look like `AAcQq8zX…-gen-batch`; v2's are UUIDs, and it may not take others kindly.
        let first = known.unwrap_or(if id.ends_with("-gen-batch") { BatchApi::V1 } else { BatchApi::V2 });
        let second = if first == BatchApi::V1 { BatchApi::V2 } else { BatchApi::V1 };
        match self.batch_of(first, id, now).await {
            Err(error) if is_lacking(&error) => match self.batch_of(second, id, now).await {
                // What the likelier API said is the better reason.
                Err(other) if is_lacking(&other) => Err(error),
                answer => answer,
            },
            answer => answer,
        }
    }

    /// The account's batches, newest first, until one was created before `since`.
    ///
    /// Some accounts have batches of both APIs, so both are read.
    pub async fn batches(&self, since: Timestamp, now: Timestamp) -> Result<Vec<Batch>, Error> {
        let mut all: Vec<Batch> = Vec::new();
        let mut refusal = None;
        for api in [BatchApi::V2, BatchApi::V1] {
            if self.state().lacking[api as usize].is_some_and(|until| now < until) {
                continue;
            }
            match self.batches_of(api, since, now).await {
                Ok(found) => {
                    let new = found.into_iter().filter(|batch| all.iter().all(|known| known.id != batch.id));
                    all.extend(new.collect::<Vec<_>>());
                }
                Err(error) if is_lacking(&error) => {
                    self.state().lacking[api as usize] = now.checked_add(LACKING).ok();
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        if self.state().lacking.iter().all(|until| until.is_some_and(|until| now < until)) {
            return Err(self.no_such_page(refusal.unwrap_or(Error::NotFound)));
        }
        all.sort_by_key(|batch| std::cmp::Reverse(batch.created_at));
        Ok(all)
    }

    /// The cheapest request that proves that the key works.
    pub async fn check(&self, now: Timestamp) -> Result<(), Error> {
        match self.api {
            Api::V1 => {
                let request = self.http.get(&["v1", "calls"], &[("limit", "1")]);
                let read = |raw: &RawValue| answer::page(raw).map(|_| ());
                self.ask(Priority::List, request, now, read).await.map_err(|error| self.no_such_page(error))
            }
            Api::Logs => {
                let request = self.logs("00000000-0000-0000-0000-000000000000");
                match self.ask(Priority::List, request, now, |_| Ok(())).await {
                    // Whoever says that there is no such call has accepted the key.
                    Err(Error::NotFound | Error::Refused { status: 200..300 | 400 | 422, .. }) => Ok(()),
                    answer => answer,
                }
            }
        }
    }

    fn logs(&self, id: &str) -> Request {
        self.http.post(&["logs"], serde_json::json!({ "call_id": id }).to_string())
    }

    async fn batch_of(&self, api: BatchApi, id: &str, now: Timestamp) -> Result<Batch, Error> {
        let request = match api {
            BatchApi::V1 => {
                let lean = [("include_calls", "false"), ("include_transcripts", "false")];
                self.http.get(&["v1", "batches", id], &lean)
            }
            BatchApi::V2 => self.http.get(&["v2", "batches", id], &[]),
        };
        let read = |raw: &RawValue| answer::batch(raw, id, api);
        let (mut batch, has_status) = self.ask(Priority::Detail, request, now, read).await?;
        if !batch.over && !has_status {
            let query = [("take", "100"), ("skip", "0"), ("direction", "desc")];
            let request = self.http.get(&[path(api), "batches", id, "logs"], &query);
            let read = |raw: &RawValue| {
                answer::batch_log(raw, &mut batch);
                Ok(())
            };
            match self.ask(Priority::Detail, request, now, read).await {
                // Without a log, the batch's calls have to tell that it is over.
                Err(error) if is_lacking(&error) => {}
                answer => answer?,
            }
        }
        Ok(batch)
    }

    async fn batches_of(&self, api: BatchApi, since: Timestamp, now: Timestamp) -> Result<Vec<Batch>, Error> {
        let mut all: Vec<Batch> = Vec::new();
        let mut skip = 0;
        for _ in 0..MOST_BATCH_PAGES {
            let read = |raw: &RawValue| answer::batches(raw, api);
            let (received, page) = self.ask(Priority::List, self.batch_page(api, skip), now, read).await?;
            let old = |batch: &Batch| batch.created_at.is_some_and(|created| created < since);
            let (before, known) = (page.iter().any(old), all.len());
            for batch in page {
                if all.iter().all(|known| known.id != batch.id) {
                    all.push(batch);
                }
            }
            skip += received;
            if before || all.len() == known {
                break;
            }
        }
        all.retain(|batch| batch.created_at.is_none_or(|created| created >= since));
        Ok(all)
    }

    fn batch_page(&self, api: BatchApi, skip: u64) -> Request {
        let (skip, end, take) = (skip.to_string(), (skip + BATCH_PAGE).to_string(), BATCH_PAGE.to_string());
        match api {
            BatchApi::V2 => self.http.get(&["v2", "batches", "list"], &[("take", &take), ("skip", &skip)]),
            BatchApi::V1 => {
                let query = [("from", skip.as_str()), ("to", &end), ("limit", &take), ("ascending", "false")];
                self.http.get(&["v1", "batches"], &query)
            }
        }
    }

    /// Sends one request within the limits, and reads its answer.
    async fn ask<T>(
        &self,
        priority: Priority,
        mut request: Request,
        now: Timestamp,
        read: impl FnOnce(&RawValue) -> Result<T, Error>,
    ) -> Result<T, Error> {
        for _ in 0..=MOST_REDIRECTS {
            self.state().take(priority, now)?;
            let answer = self.http.send(&request).await?;
            request = match self.http.redirected(&request, &answer) {
                Some(next) => next?,
                None => return self.understand(&answer, now, read),
            };
        }
        Err(Error::Refused { status: 302, message: "more redirects than make sense".to_owned() })
    }

    fn understand<T>(
        &self,
        answer: &Answer,
        now: Timestamp,
        read: impl FnOnce(&RawValue) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let until = match answer.status {
            429 | 503 => self.state().pause(answer.retry_after.as_deref(), now),
            _ => None,
        };
        let opened = answer::read(answer.status, &answer.text, read);
        // Words are cut short where they are read, so what a server repeats is hidden before that.
        let opened = opened.map_err(|error| {
            let hidden = self.http.hidden(answer);
            answer::read(hidden.status, &hidden.text, |_| Ok(())).err().unwrap_or(error)
        });
        opened.map_err(|error| match error {
            Error::RateLimited { until: None } => Error::RateLimited { until },
            Error::Unauthorized(words) => Error::Unauthorized(self.http.shown(&words)),
            Error::Refused { status, message } => Error::Refused { status, message: self.http.shown(&message) },
            Error::Unreadable(words) => Error::Unreadable(self.http.shown(&words)),
            other => other,
        })
    }

    /// A list that is not there is no missing call: the base URL leads somewhere else.
    fn no_such_page(&self, error: Error) -> Error {
        match error {
            Error::NotFound => {
                let at = self.http.base().origin().ascii_serialization() + self.http.base().path();
                Error::Refused { status: 404, message: format!("there is no such list at {at}; is `base_url` right?") }
            }
            other => other,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, priority: Priority, now: Timestamp) -> Result<(), Error> {
        let now = self.stopwatch.time(now);
        self.budget.take(priority, now)
    }

    fn pause(&mut self, retry_after: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let until = time::retry_after(retry_after?, self.stopwatch.time(now))?;
        self.budget.pause(until);
        Some(until)
    }
}

/// An answer by which an API says that it does not have the thing or cannot take its id; the other may.
fn is_lacking(error: &Error) -> bool {
    matches!(error, Error::NotFound | Error::Refused { status: 400 | 405 | 410 | 422, .. })
}

fn path(api: BatchApi) -> &'static str {
    match api {
        BatchApi::V1 => "v1",
        BatchApi::V2 => "v2",
    }
}
