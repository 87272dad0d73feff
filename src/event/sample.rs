//! TEMP
use crate::{
    event::{Data, Event, Severity, facts::*, kind::Kind},
    model::outcome::*,
};
use jiff::Timestamp;
pub fn sample(kind: Kind, now: Timestamp) -> Event {
    let data = if kind.as_str().starts_with("call") {
        let s = |t: &str| Some(t.to_owned());
        let mut variables = serde_json::Map::new();
        variables.insert("tier".into(), "gold".into());
        Data::Call {
            call: Box::new(CallFacts {
                id: "c".into(),
                batch_id: s("b"),
                direction: s("outbound"),
                to: s("+15551234567"),
                from: s("+15557654321"),
                outcome: Some(Outcome::Human),
                likely: Some(Likely::Human),
                answered_by: s("human"),
                status: s("completed"),
                queue_status: s("complete"),
                error: s("e"),
                error_stage: Some(ErrorStage::PostCall),
                created_at: Some(now),
                started_at: Some(now),
                ended_at: Some(now),
                duration_seconds: Some(71),
                ended_by: s("user"),
                disposition: s("d"),
                transferred_to: s("x"),
                price_usd: Some(0.1),
                recording_url: s("u"),
                pathway_id: s("p"),
                variables,
                summary: s("S"),
                summary_source: s("bland"),
                details: vec!["d".into()],
                url: s("u"),
                ..Default::default()
            }),
            previous_outcome: Some(Outcome::Unclassified),
        }
    } else if kind.as_str().starts_with("batch") {
        Data::Batch {
            batch: Box::new(BatchFacts {
                id: "b".into(),
                description: Some("d".into()),
                total: 2,
                ..Default::default()
            }),
        }
    } else {
        Data::Problem { problem: Problem { what: "account bland".into(), since: now, reason: "r".into(), attempts: 3 } }
    };
    Event {
        id: "evt_x".into(),
        kind,
        timestamp: now,
        observed_at: now,
        watch: "everything".into(),
        watches: vec!["everything".into()],
        account: "bland".into(),
        severity: Severity::Info,
        data,
    }
}
