//! What came out of a call besides its words: the answers of Bland's analysis, and variables that a pathway
//! took down. What was sent with the call, or is set by Bland for every call, is none of it.

use serde_json::{Map, Value};

use crate::{bland::lenient::Fields, model::call::Finding};

/// No call has more that are worth telling.
const MOST: usize = 40;
/// Longer texts are no values. Counted in characters.
const LONGEST: usize = 120;
/// So many are read at the most.
const READ: usize = 500;
/// How deep an object may lie in another.
const DEEPEST: usize = 4;

/// Bland sets these for each call, or takes them from the request. Where the number is registered says
/// nothing of the call.
const TECHNICAL: &[&str] = &[
    "agent_phone_number",
    "batch_id",
    "c_id",
    "call_id",
    "city",
    "country",
    "from",
    "inbound",
    "language",
    "lastusermessage",
    "last_user_message",
    "metadata",
    "now",
    "now_utc",
    "phone_number",
    "prevnodeid",
    "request_data",
    "short_from",
    "short_to",
    "state",
    "timestamp",
    "timezone",
    "to",
    "zip",
];

/// The answers of a record. A row of a list does not say what was sent with the call, so that its variables
/// tell nothing.
pub(super) fn read(fields: &Fields<'_>, variables: &Map<String, Value>) -> Vec<Finding> {
    let mut findings = Vec::new();
    gather(&fields.object("analysis").unwrap_or_default(), true, 0, &mut findings);
    if let Some(request) = fields.object("request_data") {
        let mut asked = Vec::new();
        gather(variables, false, 0, &mut asked);
        let mut given = Vec::new();
        gather(&request, false, 0, &mut given);
        asked.retain(|finding| !given.contains(finding));
        findings.extend(asked);
    }
    findings.truncate(MOST);
    findings
}

/// All texts and numbers of an object, whatever they lie in, by their own keys.
fn gather(object: &Map<String, Value>, analysed: bool, depth: usize, findings: &mut Vec<Finding>) {
    for (key, value) in object {
        if findings.len() >= READ {
            return;
        }
        let text = match value {
            // The variables of a call lie in `request_data` within its `request_data`.
            Value::Object(inner) if depth < DEEPEST && (key == "request_data" || !is_technical(key)) => {
                gather(inner, analysed, depth + 1, findings);
                continue;
            }
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        if !text.is_empty() && text.chars().nth(LONGEST).is_none() && !is_technical(key) {
            findings.push(Finding { key: key.chars().take(LONGEST).collect(), text, analysed });
        }
    }
}

fn is_technical(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    TECHNICAL.contains(&key.as_str()) || (key.ends_with("_id") && !matches!(key.as_str(), "order_id" | "booking_id"))
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::to_raw_value};

    use super::*;

    fn findings(record: Value) -> Vec<String> {
        let raw = to_raw_value(&record).unwrap();
        let fields = Fields::of(&raw).unwrap();
        let variables = fields.object("variables").unwrap_or_default();
        let written =
            |finding: Finding| format!("{}{}={}", if finding.analysed { "" } else { "?" }, finding.key, finding.text);
        read(&fields, &variables).into_iter().map(written).collect()
    }

    #[test]
    fn what_was_given_or_is_technical_is_no_finding() {
        let variables = json!({
            "now": "Sat Apr 27 2024", "short_from": "5550100002", "call_id": "c1", "timezone": "America/Los_Angeles",
            "city": "SAN FRANCISCO", "zip": "94103", "pathway_id": "p1", "metadata": { "day": "Monday" },
            "name": "Ada", "plan": "gold", "input": { "date": "2024-04-28", "rooms": 3, "late": false },
        });
        for (record, expected) in [
            (
                json!({ "variables": variables, "request_data": { "wait": true, "request_data": { "name": "Ada" } } }),
                &["?date=2024-04-28", "?rooms=3", "?plan=gold"][..],
            ),
            (
                json!({ "variables": variables, "request_data": { "variables": { "plan": "gold", "name": "Bo" } } }),
                &["?date=2024-04-28", "?rooms=3", "?name=Ada"],
            ),
            // A row of a list.
            (json!({ "variables": variables }), &[]),
            (
                json!({ "analysis": { "visit": { "day": " Tuesday\n" }, "ok": true, "note": "x".repeat(121), "n": null } }),
                &["day=Tuesday"],
            ),
            (json!({ "analysis": null, "variables": null, "request_data": "?" }), &[]),
            (json!({ "analysis": ["Tuesday"] }), &[]),
        ] {
            let mut found = findings(record.clone());
            let mut expected = expected.to_vec();
            found.sort();
            expected.sort_unstable();
            assert_eq!(found, expected, "{record}");
        }
    }
}
