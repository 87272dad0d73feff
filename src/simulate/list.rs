//! `GET /v1/calls`: its filters, its order, its pages.

use std::{collections::HashMap, sync::Arc};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use crate::simulate::{
    options::{Account, Rows},
    state::{Body, Entry, State},
    wire,
};

/// The documented parameters; all others are ignored without a word, as Bland does.
#[derive(Debug)]
pub(super) struct Query {
    from: usize,
    to: Option<usize>,
    limit: usize,
    ascending: bool,
    by_update: bool,
    /// Microseconds, both inclusive.
    created: (i64, i64),
    updated: (i64, i64),
    filters: Vec<Filter>,
    batch_id: Option<String>,
}

#[derive(Debug)]
enum Filter {
    Completed(bool),
    Inbound(bool),
    Campaign(String),
    AnsweredBy(String),
    LongerThan(f64),
    ShorterThan(f64),
    From(String),
    To(String),
}

/// What a filter looks at, whatever the entry is.
struct Facts {
    completed: bool,
    inbound: Option<bool>,
    campaign: Option<String>,
    answered_by: Option<String>,
    minutes: f64,
    from: String,
    to: String,
}

impl Query {
    /// The error says which parameter cannot be read.
    pub(super) fn parse(parameters: &HashMap<String, String>) -> Result<Self, String> {
        let get = |key: &str| parameters.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
        let zone = match get("timezone") {
            Some(name) => TimeZone::get(name).map_err(|_| invalid("timezone"))?,
            None => TimeZone::UTC,
        };
        let filters = [
            flag(get("completed"), "completed")?.map(Filter::Completed),
            flag(get("inbound"), "inbound")?.map(Filter::Inbound),
            get("campaign_id").map(|id| Filter::Campaign(id.to_owned())),
            get("answered_by").map(|who| Filter::AnsweredBy(who.to_owned())),
            number(get("duration_gt"), "duration_gt")?.map(Filter::LongerThan),
            number(get("duration_lt"), "duration_lt")?.map(Filter::ShorterThan),
            get("from_number").map(|number| Filter::From(number.to_owned())),
            get("to_number").map(|number| Filter::To(number.to_owned())),
        ];
        Ok(Self {
            from: number(get("from"), "from")?.unwrap_or(0),
            to: number(get("to"), "to")?,
            limit: number(get("limit"), "limit")?.unwrap_or(1_000).min(1_000),
            ascending: flag(get("ascending"), "ascending")?.unwrap_or(false),
            by_update: get("sort_by") == Some("updated_at"),
            created: created(get("created_at"), get("start_date"), get("end_date"), &zone)?,
            updated: range(get("update_start_date"), get("update_end_date"), "update_", &zone)?,
            filters: filters.into_iter().flatten().collect(),
            batch_id: get("batch_id").map(str::to_owned),
        })
    }

    fn keeps(&self, entry: &Entry, now: i64) -> bool {
        if self.filters.is_empty() {
            return true;
        }
        let facts = Facts::of(entry, now);
        self.filters.iter().all(|filter| match filter {
            Filter::Completed(wanted) => facts.completed == *wanted,
            Filter::Inbound(wanted) => facts.inbound == Some(*wanted),
            Filter::Campaign(wanted) => facts.campaign.as_ref() == Some(wanted),
            Filter::AnsweredBy(wanted) => facts.answered_by.as_ref() == Some(wanted),
            Filter::LongerThan(minutes) => facts.minutes > *minutes,
            Filter::ShorterThan(minutes) => facts.minutes < *minutes,
            Filter::From(wanted) => facts.from == *wanted,
            Filter::To(wanted) => facts.to == *wanted,
        })
    }
}

/// The answer to a list request; `shift` moves the page by rows, as a scripted fault.
pub(super) fn page(state: &State, query: &Query, shift: i64, now: i64) -> Value {
    let account = &state.options.account;
    let (total, rows) = select(state, query, shift, now);
    let rows: Vec<Value> = rows.iter().map(|entry| row(entry, now, account.rows)).collect();
    let mut answer = json!({ "count": rows.len(), "calls": rows });
    if account.total_count {
        answer["total_count"] = json!(total);
    }
    answer
}

fn select(state: &State, query: &Query, shift: i64, now: i64) -> (usize, Vec<Arc<Entry>>) {
    let all = match &query.batch_id {
        Some(batch) => state.calls_of(batch, now),
        None => state.calls(now),
    };
    let (first, last) = query.created;
    let from = all.partition_point(|entry| entry.created() < first);
    let to = all.partition_point(|entry| entry.created() <= last).max(from);
    let all = all.get(from..to).unwrap_or_default();
    // Without filters a page of a million calls costs no more than the page.
    if query.filters.is_empty() && !query.by_update && query.updated == FOREVER {
        let (skip, take) = window(query, &state.options.account, shift);
        let rows = if query.ascending {
            all.iter().skip(skip).take(take).cloned().collect()
        } else {
            all.iter().rev().skip(skip).take(take).cloned().collect()
        };
        return (all.len(), rows);
    }
    let within = |entry: &&Arc<Entry>| (query.updated.0..=query.updated.1).contains(&updated(entry, now));
    let mut kept: Vec<_> = all.iter().filter(|entry| query.keeps(entry, now)).filter(within).collect();
    if query.by_update {
        kept.sort_by_cached_key(|entry| updated(entry, now));
    }
    if !query.ascending {
        kept.reverse();
    }
    let (skip, take) = window(query, &state.options.account, shift);
    (kept.len(), kept.into_iter().skip(skip).take(take).cloned().collect())
}

/// `from` and `to` are places in the list, `to` not included.
fn window(query: &Query, account: &Account, shift: i64) -> (usize, usize) {
    let asked = query.to.map_or(query.limit, |to| to.saturating_sub(query.from).min(query.limit));
    let take = asked.min(account.page_cap.unwrap_or(usize::MAX));
    let back = if query.from > 0 { account.overlap } else { 0 };
    let shift = isize::try_from(shift).unwrap_or_default();
    (query.from.saturating_sub(back).saturating_add_signed(shift), take)
}

/// One call with its details.
pub(super) fn record(entry: &Entry, now: i64, account: &Account) -> Value {
    match &entry.body {
        Body::Planned(plan) => wire::record(plan, now, account),
        Body::Document { record, .. } => record.clone(),
    }
}

fn row(entry: &Entry, now: i64, rows: Rows) -> Value {
    match &entry.body {
        Body::Planned(plan) => wire::row(plan, now, rows),
        Body::Document { row, .. } => row.clone(),
    }
}

fn updated(entry: &Entry, now: i64) -> i64 {
    entry.plan().map_or(entry.created(), |plan| plan.at(now).updated)
}

impl Facts {
    fn of(entry: &Entry, now: i64) -> Self {
        match &entry.body {
            Body::Planned(plan) => {
                let view = plan.at(now);
                Self {
                    completed: view.completed,
                    inbound: Some(plan.inbound),
                    campaign: plan.spec.campaign_id.clone(),
                    answered_by: view.answered_by.map(str::to_owned),
                    minutes: wire::call_length(&view).unwrap_or_default(),
                    from: plan.from.clone(),
                    to: plan.to.clone(),
                }
            }
            Body::Document { record, row } => {
                let field = |key: &str| row.get(key).or_else(|| record.get(key)).cloned().unwrap_or_default();
                let text = |key: &str| field(key).as_str().map(str::to_owned);
                Self {
                    completed: field("completed") == true,
                    inbound: field("inbound").as_bool(),
                    campaign: text("campaign_id"),
                    answered_by: text("answered_by"),
                    minutes: field("call_length").as_f64().unwrap_or_default(),
                    from: text("from").unwrap_or_default(),
                    to: text("to").unwrap_or_default(),
                }
            }
        }
    }
}

const FOREVER: (i64, i64) = (i64::MIN, i64::MAX);

/// `created_at` is one day, and cannot be combined with the range.
fn created(day: Option<&str>, start: Option<&str>, end: Option<&str>, zone: &TimeZone) -> Result<(i64, i64), String> {
    match (day, start, end) {
        (Some(day), None, None) => range(Some(day), Some(day), "created_at as ", zone),
        (Some(_), ..) => Err("created_at cannot be combined with start_date or end_date.".to_owned()),
        (None, start, end) => range(start, end, "", zone),
    }
}

fn range(start: Option<&str>, end: Option<&str>, name: &str, zone: &TimeZone) -> Result<(i64, i64), String> {
    let start = start.map(|text| edges(text, zone).ok_or_else(|| invalid(&format!("{name}start_date")))).transpose()?;
    let end = end.map(|text| edges(text, zone).ok_or_else(|| invalid(&format!("{name}end_date")))).transpose()?;
    Ok((start.map_or(FOREVER.0, |(first, _)| first), end.map_or(FOREVER.1, |(_, last)| last)))
}

/// The first and the last microsecond that a text means: a whole day, or an instant with an offset.
fn edges(text: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some((instant.as_microsecond(), instant.as_microsecond()));
    }
    // jiff would read `2024-01-01T10:00:00` as a day too, and drop its time.
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let first = day.to_zoned(zone.clone()).ok()?;
    let next = first.checked_add(1.day()).ok()?;
    Some((first.timestamp().as_microsecond(), next.timestamp().as_microsecond() - 1))
}

fn flag(text: Option<&str>, name: &str) -> Result<Option<bool>, String> {
    text.map(|text| text.to_ascii_lowercase().parse().map_err(|_| invalid(name))).transpose()
}

fn number<T: std::str::FromStr>(text: Option<&str>, name: &str) -> Result<Option<T>, String> {
    text.map(|text| text.parse().map_err(|_| invalid(name))).transpose()
}

fn invalid(name: &str) -> String {
    format!("Invalid value for parameter: {name}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::moment;

    fn query(text: &str) -> Result<Query, String> {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Query::parse(&pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    #[test]
    fn dates_are_days_of_the_zone_asked_for_or_instants() {
        for (text, first, last) in [
            ("start_date=2024-03-10", "2024-03-10T00:00:00Z", ""),
            ("end_date=2024-03-10", "", "2024-03-10T23:59:59.999999Z"),
            ("created_at=2024-03-10&timezone=America/New_York", "2024-03-10T05:00:00Z", "2024-03-11T03:59:59.999999Z"),
            ("start_date=2024-03-10T08:30:00%2B02:00", "2024-03-10T06:30:00Z", ""),
            ("start_date=2024-03-10T08:30:00.123456Z", "2024-03-10T08:30:00.123456Z", ""),
        ] {
            let (from, to) = query(text).unwrap().created;
            if !first.is_empty() {
                assert_eq!(moment::at(from).to_string(), first, "{text}");
            }
            if !last.is_empty() {
                assert_eq!(moment::at(to).to_string(), last, "{text}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_what_is_unknown_ignored() {
        for (text, name) in [
            ("limit=many", "limit"),
            ("start_date=2024-03-10T08:30:00+02:00", "start_date"),
            ("completed=perhaps", "completed"),
            ("created_at=2024-01-01&start_date=2024-01-01", "created_at"),
        ] {
            let error = query(text).unwrap_err();
            assert!(error.contains(name), "{text}: {error}");
        }
        assert_eq!(query("from_date=2024-01-01&limit=9000").unwrap().limit, 1_000);
    }
}
