//! Between columns and records: times as milliseconds, words as text, values as JSON.

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::{Row, any::AnyRow};

use crate::{
    model::outcome::Outcome,
    store::{
        outbox::State,
        records::{BatchRecord, CallRecord, Phase},
    },
};

pub(super) const CALL_COLUMNS: &str =
    "account, phase, next_look_ms, row_hash, outcome, snapshot, memory, history, updated_ms";

pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(super) fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Live => "live",
        Phase::Settling => "settling",
        Phase::Done => "done",
    }
}

fn phase(word: &str) -> anyhow::Result<Phase> {
    Ok(match word {
        "live" => Phase::Live,
        "settling" => Phase::Settling,
        "done" => Phase::Done,
        other => bail!("unknown phase `{other}` in the store"),
    })
}

pub(super) fn state_word(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Delivered => "delivered",
        State::Dead => "dead",
    }
}

pub(super) fn state(word: &str) -> anyhow::Result<State> {
    Ok(match word {
        "pending" => State::Pending,
        "delivered" => State::Delivered,
        "dead" => State::Dead,
        other => bail!("unknown state `{other}` in the store"),
    })
}

pub(super) fn outcome(word: Option<String>) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| Some(outcome.as_str()) == word.as_deref())
}

pub(super) fn call(row: &AnyRow) -> anyhow::Result<CallRecord> {
    Ok(CallRecord {
        account: row.try_get("account")?,
        phase: phase(row.try_get("phase")?)?,
        next_look: row.try_get::<Option<i64>, _>("next_look_ms")?.map(at),
        row_hash: row.try_get("row_hash")?,
        outcome: outcome(row.try_get("outcome")?),
        call: json(row.try_get("snapshot")?)?,
        memory: row.try_get("memory")?,
        history: json(row.try_get("history")?)?,
        updated_at: at(row.try_get("updated_ms")?),
    })
}

pub(super) fn batch(row: &AnyRow) -> anyhow::Result<BatchRecord> {
    Ok(BatchRecord {
        account: row.try_get("account")?,
        phase: phase(row.try_get("phase")?)?,
        batch: json(row.try_get("snapshot")?)?,
        memory: row.try_get("memory")?,
        updated_at: at(row.try_get("updated_ms")?),
    })
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).context("read a record of the store")
}

/// `$2, $3, …`: `count` placeholders beginning with `$first`.
pub(super) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}
