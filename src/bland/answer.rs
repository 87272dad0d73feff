//! What an answer says, by what was asked: everything that the client reads, without the network.

use serde_json::value::RawValue;

use crate::{
    bland::{
        batch, call, envelope,
        error::Error,
        lenient::Fields,
        list::{self, Page},
    },
    model::{
        batch::{Batch, BatchApi},
        call::Call,
    },
};

/// What `read` makes of the JSON in an answer, or the error that the answer is, whatever its status.
pub fn read<T>(status: u16, text: &str, read: impl FnOnce(&RawValue) -> Result<T, Error>) -> Result<T, Error> {
    envelope::open(status, text).and_then(read)
}

/// A page of `GET /v1/calls`.
pub fn page(raw: &RawValue) -> Result<Page, Error> {
    list::page(raw)
}

/// The record of the call `id` (`GET /v1/calls/{id}`, or `POST /logs`).
pub fn call(raw: &RawValue, id: &str) -> Result<Call, Error> {
    // `data: null` without any error: there is nothing by that id, or not yet.
    let record = envelope::inner(raw).filter(|raw| raw.get() != "null").ok_or(Error::NotFound)?;
    call::read_about(id, record).map_err(|why| Error::Unreadable(format!("it is {why}")))
}

/// The ids in `GET /v1/calls/active`.
pub fn active(raw: &RawValue) -> Result<Vec<String>, Error> {
    let rows = envelope::rows(raw, &["calls"]);
    let rows = rows.ok_or_else(|| Error::Unreadable("it holds no list of calls".to_owned()))?;
    Ok(rows.iter().filter_map(|row| call::id(&Fields::of(row)?)).collect())
}

/// The batch `id`, and whether the answer tells by itself how far it is.
pub fn batch(raw: &RawValue, id: &str, api: BatchApi) -> Result<(Batch, bool), Error> {
    let inner = envelope::inner(raw).ok_or(Error::NotFound)?;
    let batch = batch::read(inner, Some(id), api).ok_or_else(|| Error::Unreadable("it is not a batch".to_owned()))?;
    Ok((batch, batch::has_status(inner)))
}

/// Adds to a batch what its log says of it.
pub fn batch_log(raw: &RawValue, batch: &mut Batch) {
    batch::read_logs(raw, batch);
}

/// A page of an account's batches, and how many rows it had.
pub fn batches(raw: &RawValue, api: BatchApi) -> Result<(u64, Vec<Batch>), Error> {
    let rows = envelope::rows(raw, &["batches"]);
    let rows = rows.ok_or_else(|| Error::Unreadable("it holds no list of batches".to_owned()))?;
    let batches: Vec<Batch> = rows.iter().filter_map(|row| batch::read(row, None, api)).collect();
    if batches.is_empty() && !rows.is_empty() {
        return Err(Error::Unreadable("none of the list's rows is a batch as we know them".to_owned()));
    }
    Ok((rows.len() as u64, batches))
}
