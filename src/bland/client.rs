//! Requests to one Bland account, within its limits.

use jiff::Timestamp;

use crate::{
    bland::config::Config,
    model::{
        batch::{Batch, BatchApi},
        call::Call,
    },
};

/// One account's client.
#[derive(Debug)]
pub struct Client {}

/// What a request is for; the list always finds room in the budget, slow look-ups give way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    List,
    Detail,
    Slow,
}

/// One page of `GET /v1/calls`.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// `start_date`: created at or after.
    pub since: Option<Timestamp>,
    pub batch_id: Option<String>,
    /// Rows to skip.
    pub offset: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Rows that the page held, readable or not.
    pub received: u64,
    /// `total_count`, where Bland gave one.
    pub total: Option<u64>,
    /// Rows that could not be read: position and reason.
    pub bad: Vec<(usize, String)>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub call: Call,
    /// Of the row's bytes; never 0.
    pub hash: i64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("Bland refused the API key: {0}")]
    Unauthorized(String),
    #[error("Bland does not know it")]
    NotFound,
    #[error("Bland asks for fewer requests{}", .until.map(|until| format!(" until {until}")).unwrap_or_default())]
    RateLimited { until: Option<Timestamp> },
    /// Our own limit: nothing was sent.
    #[error("our own limit of requests per minute is used up until {until}")]
    Budget { until: Timestamp },
    #[error("Bland answered {status}: {message}")]
    Refused { status: u16, message: String },
    #[error("Bland's answer cannot be read: {0}")]
    Unreadable(String),
    #[error("cannot reach Bland: {0}")]
    Network(String),
}

impl Client {
    pub fn new(_config: &Config) -> anyhow::Result<Self> {
        unimplemented!()
    }

    /// One page of the account's list, oldest first.
    pub async fn list(&self, _query: &ListQuery, _now: Timestamp) -> Result<Page, Error> {
        unimplemented!()
    }

    /// One call with all its details (`GET /v1/calls/{id}`, or `POST /logs`).
    pub async fn call(&self, _id: &str, _priority: Priority, _now: Timestamp) -> Result<Call, Error> {
        unimplemented!()
    }

    /// One batch; `known` is the API that answered before, tried first. Includes whether it is over.
    pub async fn batch(&self, _id: &str, _known: Option<BatchApi>, _now: Timestamp) -> Result<Batch, Error> {
        unimplemented!()
    }

    /// The account's batches, newest first, until one was created before `since`.
    pub async fn batches(&self, _since: Timestamp, _now: Timestamp) -> Result<Vec<Batch>, Error> {
        unimplemented!()
    }

    /// The cheapest request that proves that the key works.
    pub async fn check(&self, _now: Timestamp) -> Result<(), Error> {
        unimplemented!()
    }
}
