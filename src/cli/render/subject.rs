//! What is told: a sample, a file's call or event, or something of the store.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    bland,
    cli::{render::Arguments, say::Failure, summarize},
    config::Config,
    detect::words,
    event::{
        Data, Event, Severity,
        digest::{Heading, Reason, compose},
        kind::Kind,
        sample,
    },
    model::{call::Call, outcome::Outcome},
    notify::Payload,
    store::{
        Store,
        outbox::DeliveryFilter,
        records::{CallFilter, EventFilter},
    },
    watch::tell,
};

/// An event, and the stored delivery that it was taken from.
pub(super) struct Subject {
    pub(super) event: Event,
    pub(super) delivery: Option<Delivery>,
}

pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) notifier: String,
    pub(super) recipient: String,
    /// None until it comes due first.
    pub(super) payload: Option<Payload>,
}

/// Where subjects come from.
pub(super) struct From<'a> {
    pub(super) config: &'a Config,
    pub(super) has_config: bool,
    pub(super) now: Timestamp,
}

impl From<'_> {
    pub(super) async fn find(&self, arguments: &Arguments) -> Result<Subject, Failure> {
        let kind = arguments.kind;
        if arguments.reason.is_some() && !matches!(kind, Some(Kind::Digest) | None) {
            return Err(Failure::usage("--reason is for a digest: `ringback render digest --reason group`"));
        }
        let event = match (&arguments.call, arguments.stored.as_slice(), kind) {
            (Some(file), ..) => self.of_file(&summarize::read(Some(file))?, kind)?,
            (None, [], Some(Kind::Digest)) if !arguments.sparse => {
                sample::bundle(arguments.reason.unwrap_or(Reason::Digest), self.now)
            }
            (None, [], Some(kind)) if arguments.sparse => sample::sparse(kind, self.now),
            (None, [], Some(kind)) => sample::sample(kind, self.now),
            (None, [], None) => return Err(Failure::usage("say which kind of event, such as call.failed")),
            (None, [id], kind) if kind != Some(Kind::Digest) || id.starts_with("dlv_") => {
                return self.stored(&self.store().await?, id, kind).await;
            }
            (None, ids, None | Some(Kind::Digest)) => self.together(ids, arguments.reason).await?,
            (None, _, Some(kind)) => {
                let says = format!("several ids make a digest, and no {kind}\n  hint: give one id, or the kind digest");
                return Err(Failure::usage(says));
            }
        };
        Ok(Subject { event, delivery: None })
    }

    async fn store(&self) -> Result<Store, Failure> {
        if !self.has_config {
            let hint = "  hint: name the config file with --config";
            return Err(Failure::usage(format!("there is no config file here, so no store to look into\n{hint}")));
        }
        Ok(Store::open(self.config.store.url.expose()).await?)
    }

    /// A call record of Bland's or an event of ours, the first of many.
    fn of_file(&self, text: &[u8], kind: Option<Kind>) -> Result<Event, Failure> {
        let first = match serde_json::Deserializer::from_slice(text).into_iter::<Value>().next() {
            Some(Ok(Value::Array(items))) => items.into_iter().next(),
            Some(Ok(value)) => Some(value),
            _ => None,
        };
        if let Some(value) = first.filter(|value| value.get("type").is_some() && value.get("data").is_some()) {
            let event: Event = serde_json::from_value(value).map_err(|_| {
                let hint = "give it as a webhook gets it, or a call record of Bland's";
                Failure::usage(format!("this looks like an event of Ringback's, and is not complete\n  hint: {hint}"))
            })?;
            return told_as(event, kind);
        }
        let call = bland::document::read_calls(text).into_iter().next();
        let call = call.ok_or_else(|| Failure::usage("the file is empty: give a call record or an event"))??;
        self.of_call(&call, kind)
    }

    /// The event that a call record causes.
    fn of_call(&self, call: &Call, kind: Option<Kind>) -> Result<Event, Failure> {
        let kind = kind.unwrap_or(match words::outcome(call) {
            Some(Outcome::Failed) => Kind::CallFailed,
            Some(_) => Kind::CallCompleted,
            None => Kind::CallStarted,
        });
        tell::from_record(call, kind, &self.config.summary, self.now).ok_or_else(|| {
            Failure::usage(format!(
                "a call record cannot become a {kind}\n  hint: render a sample of it, without --call"
            ))
        })
    }

    async fn stored(&self, store: &Store, id: &str, kind: Option<Kind>) -> Result<Subject, Failure> {
        if id.starts_with("dlv_") {
            return delivery(store, id, kind).await;
        }
        let alone = |event| Subject { event, delivery: None };
        if id.starts_with("evt_") {
            let found = store.event(id).await?.map(|found| found.event);
            let event = found.ok_or_else(|| unknown("event", id, "ringback events"))?;
            return told_as(event, kind).map(alone);
        }
        if let Some(event) = latest(store, id, kind).await? {
            return Ok(alone(event));
        }
        let filter = CallFilter { id: Some(id.to_owned()), limit: Some(1), ..CallFilter::default() };
        if let Some(record) = store.list_calls(&filter).await?.pop()
            && kind.is_none_or(|kind| family(kind) == "call")
        {
            return self.of_call(&record.call, kind).map(alone);
        }
        // What is known of it is told as the kind that is asked for.
        match latest(store, id, None).await? {
            Some(event) => told_as(event, kind).map(alone),
            None => Err(unknown("call or batch", id, "ringback calls` and `ringback batches")),
        }
    }

    /// A digest of the latest events about these calls and batches.
    async fn together(&self, ids: &[String], reason: Option<Reason>) -> Result<Event, Failure> {
        let store = self.store().await?;
        let mut members = Vec::new();
        for id in ids {
            let event = self.stored(&store, id, None).await?.event;
            if event.digest().is_some() {
                return Err(Failure::usage(format!("`{id}` is a digest already, and cannot be part of one")));
            }
            members.push(event);
        }
        let from = members.iter().map(|event| event.observed_at).min().unwrap_or(self.now);
        let reason = reason.unwrap_or(Reason::Digest);
        let to = self.now.max(from);
        Ok(compose(&Heading { id: "evt_sample", route: "sample", reason, from, to, previous: None }, members))
    }
}

async fn delivery(store: &Store, id: &str, kind: Option<Kind>) -> Result<Subject, Failure> {
    let filter = DeliveryFilter { ids: vec![id.to_owned()], ..DeliveryFilter::default() };
    let row = store.deliveries(&filter).await?.pop();
    let row = row.ok_or_else(|| unknown("delivery", id, "ringback deliveries list"))?;
    let event = store.told_by(id).await?.ok_or_else(|| unknown("delivery", id, "ringback deliveries list"))?;
    if let Some(kind) = kind.filter(|kind| *kind != event.kind) {
        let says = format!("`{id}` tells a {}, not a {kind}\n  hint: leave the kind out", event.kind);
        return Err(Failure::usage(says));
    }
    let payload = row.payload.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let delivery = Delivery { id: row.id, notifier: row.notifier, recipient: row.recipient, payload };
    Ok(Subject { event, delivery: Some(delivery) })
}

/// The latest event about a call or batch.
async fn latest(store: &Store, about: &str, kind: Option<Kind>) -> anyhow::Result<Option<Event>> {
    let kind = kind.map(|kind| kind.to_string());
    let filter = EventFilter { kind, about: Some(about.to_owned()), since: None, limit: Some(1) };
    Ok(store.list_events(&filter).await?.pop())
}

fn unknown(what: &str, id: &str, see: &str) -> Failure {
    anyhow::anyhow!("the store knows no {what} `{id}`; see `{see}`").into()
}

/// The same facts told as another kind of event, as far as that makes sense.
fn told_as(event: Event, kind: Option<Kind>) -> Result<Event, Failure> {
    let Some(kind) = kind.filter(|kind| *kind != event.kind) else { return Ok(event) };
    let is = match &event.data {
        Data::Call { .. } => "call",
        Data::Batch { .. } => "batch",
        Data::Problem { .. } => "problem",
        Data::Digest { .. } => "digest",
    };
    if family(kind) != is {
        let says = format!("this is a {}, which cannot be told as {kind}\n  hint: leave the kind out", event.kind);
        return Err(Failure::usage(says));
    }
    let severity = match kind {
        Kind::CallFailed | Kind::WatchFailing | Kind::NotifierFailing | Kind::DeliveryMissing => Severity::Error,
        Kind::CallStuck | Kind::CallMissing | Kind::BatchStuck => Severity::Warning,
        _ => Severity::Info,
    };
    Ok(Event { kind, severity, ..event })
}

/// What an event of this kind is about.
fn family(kind: Kind) -> &'static str {
    match kind.as_str().split_once('.') {
        Some(("call", _)) => "call",
        Some(("batch", _)) => "batch",
        Some(_) => "problem",
        None => "digest",
    }
}
