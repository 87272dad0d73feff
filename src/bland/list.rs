//! Pages of `GET /v1/calls`.

use jiff::Timestamp;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    bland::{call, envelope, error::Error, lenient::Fields},
    model::call::Call,
};

/// The most rows that Bland gives at once.
pub(super) const PAGE: u64 = 1000;

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

/// The query of one page. `from` and `to` are positions in the list, not numbers or dates.
pub(super) fn query(query: &ListQuery) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("sort_by", "created_at".to_owned()),
        ("ascending", "true".to_owned()),
        ("limit", PAGE.to_string()),
        ("from", query.offset.to_string()),
        ("to", query.offset.saturating_add(PAGE).to_string()),
    ];
    if let Some(since) = query.since {
        // Rounded down to whole seconds, so that no call is left out.
        let seconds = Timestamp::from_second(since.as_millisecond().div_euclid(1000)).unwrap_or(since);
        pairs.push(("start_date", seconds.to_string()));
    }
    pairs.extend(query.batch_id.as_ref().map(|id| ("batch_id", id.clone())));
    pairs
}

pub(super) fn page(raw: &RawValue) -> Result<Page, Error> {
    let rows =
        envelope::rows(raw, &["calls"]).ok_or_else(|| Error::Unreadable("it holds no list of calls".to_owned()))?;
    let mut page = Page { received: rows.len() as u64, total: total(raw), ..Page::default() };
    for (index, row) in rows.into_iter().enumerate() {
        match call::read(row) {
            Ok(call) => page.rows.push(Row { call, hash: hash(row) }),
            Err(why) => page.bad.push((index, why.to_owned())),
        }
    }
    Ok(page)
}

/// `count` is of no use: it is the page's or the whole list's number of rows, as the server likes.
fn total(raw: &RawValue) -> Option<u64> {
    let fields = Fields::of(raw)?;
    let total = fields.text("total_count").or_else(|| fields.fields("data")?.text("total_count"));
    total?.parse().ok()
}

/// 0 stands for "none seen" where hashes are kept.
fn hash(row: &RawValue) -> i64 {
    match xxh3_64(row.get().as_bytes()).cast_signed() {
        0 => 1,
        hash => hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Page {
        page(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn one_bad_row_never_stops_a_page() {
        let page = read(
            r#"{"calls":[{"call_id":"a"},7,null,{"to":"+1"},{"call_id":12,"tags":[null,{}]},{"c_id":"b","completed":{}}]}"#,
        );
        let ids: Vec<_> = page.rows.iter().map(|row| row.call.id.as_str()).collect();
        assert_eq!((ids, page.received, page.total), (vec!["a", "12", "b"], 6, None));
        let bad: Vec<_> = page.bad.iter().map(|(index, why)| (*index, why.as_str())).collect();
        assert_eq!(bad, [(1, "not an object"), (2, "not an object"), (3, "no `call_id`")]);
    }

    #[test]
    fn the_total_is_taken_from_total_count_alone() {
        for (json, expected) in [
            (r#"{"count":784,"calls":[]}"#, None),
            (r#"{"total_count":784,"count":1,"calls":[]}"#, Some(784)),
            (r#"{"total_count":"784","calls":[]}"#, Some(784)),
            (r#"{"data":{"calls":[],"total_count":784},"errors":null}"#, Some(784)),
            (r#"{"total_count":-1,"calls":[]}"#, None),
            ("[]", None),
        ] {
            assert_eq!(read(json).total, expected, "{json}");
        }
    }

    #[test]
    fn a_row_that_changed_has_another_hash() {
        let page = read(r#"[{"call_id":"a"},{"call_id":"a"},{"call_id":"a","completed":true}]"#);
        assert_eq!(page.rows[0].hash, page.rows[1].hash);
        assert_ne!(page.rows[0].hash, page.rows[2].hash);
        assert!(page.rows.iter().all(|row| row.hash != 0));
    }

    #[test]
    fn the_query_asks_for_one_page_oldest_first() {
        let since = "2026-01-01T12:00:00.999Z".parse().unwrap();
        let asked = query(&ListQuery { since: Some(since), batch_id: Some("b".to_owned()), offset: 2000 });
        let text = asked.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        assert_eq!(
            text,
            "sort_by=created_at&ascending=true&limit=1000&from=2000&to=3000&start_date=2026-01-01T12:00:00Z&batch_id=b"
        );
    }
}
