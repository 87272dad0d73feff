//! The two documents that this project began with, field by field.

use ringback::{
    bland::budget::Priority, bland::client::Client, bland::config::Api, bland::config::Config, model::call::Call,
    model::call::Finding, model::call::Speaker, model::call::Turn,
};
use serde_json::{Value, json};

use super::{Fake, KEY, client, config, now, some, time, turn};

#[tokio::test]
async fn the_legacy_logs_document_is_read_field_by_field() {
    let fake = Fake::default();
    fake.on("POST /logs", 200, include_str!("../../fixtures/logs-legacy-2023-09-seed.json"));
    let client = Client::new(&Config { api: Api::Logs, ..config(fake.start().await) }).unwrap();
    let id = "0e75bfda-8c5c-424a-8d08-b497078e39b3";

    let call = client.call(id, Priority::Detail, now()).await.unwrap();

    let user = Speaker::User;
    let agent = Speaker::Assistant;
    let expected = Call {
        id: id.to_owned(),
        to: some("1112223344"),
        from: some("5556667788"),
        queue_status: some("complete"),
        completed: Some(true),
        created_at: time("2023-09-22T19:14:27.015663Z"),
        inbound: Some(false),
        duration_seconds: Some(97),
        max_duration_seconds: Some(1800),
        transcript: vec![
            turn(
                agent.clone(),
                "Hi this is Blandy. Im calling to say hi. How are you doing today?",
                "2023-09-22T19:14:34.319713Z",
            ),
            turn(user.clone(), "I'm doing great. How are you doing?", "2023-09-22T19:14:47.176008Z"),
            turn(
                agent.clone(),
                "Im doing well thank you for asking! Just here to assist you with any questions or concerns you may \
                 have. How can I help you today?",
                "2023-09-22T19:14:48.572245Z",
            ),
            turn(user, "End phone call.", "2023-09-22T19:16:03.97614Z"),
            turn(agent, "FINISH", "2023-09-22T19:16:04.564979Z"),
        ],
        ..Call::default()
    };
    assert_eq!(call, expected);
    let asked = &fake.asked()[0];
    assert_eq!(asked.line, "POST /logs");
    assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), json!({ "call_id": id }));
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers["authorization"], KEY);
}

#[tokio::test]
async fn the_document_of_december_2023_is_read_field_by_field() {
    let fake = Fake::default();
    let id = "c1234567-89ab-cdef-0123-456789abcdef";
    fake.on(&format!("GET /v1/calls/{id}"), 200, include_str!("../../fixtures/call-get-2023-12-seed.json"));
    let client = client(&fake).await;

    let call = client.call(id, Priority::Detail, now()).await.unwrap();

    let variables = json!({
        "appointment_time": "tomorrow at 3pm",
        "now": "Sun Dec 31 2023 19:15:26 GMT+0000 (Coordinated Universal Time)",
        "short_from": "5551234567",
        "short_to": "5551234567",
        "from": "+15551234567",
        "to": "+15551234567",
        "call_id": id,
        "city": "San Francisco",
        "state": "CA",
        "country": "US",
        "zip": "94103"
    });
    let expected = Call {
        id: id.to_owned(),
        to: some("5551234567"),
        from: some("+15551234567"),
        status: some("completed"),
        queue_status: some("complete"),
        answered_by: some("human"),
        completed: Some(true),
        created_at: time("2023-12-16T00:15:26.59585Z"),
        ended_at: time("2023-12-16T00:15:41Z"),
        inbound: Some(false),
        duration_seconds: Some(71),
        max_duration_seconds: Some(1800),
        variables: variables.as_object().unwrap().clone(),
        findings: vec![Finding {
            key: "appointment_time".to_owned(),
            text: "tomorrow at 3pm".to_owned(),
            analysed: false,
        }],
        transcript: vec![
            turn(Speaker::User, "Hey, it's Alex. What's up?", "2023-12-16T00:15:32.287493Z"),
            turn(
                Speaker::Assistant,
                "Hi! It's Blandie, calling to reschedule your appointment tomorrow. Is now a good time?",
                "2023-12-16T00:15:33.704238Z",
            ),
            turn(Speaker::User, "Sure! Can we still fit it in this week though?", "2023-12-16T00:15:38.287493Z"),
            // `transcripts` stops here; the rest is in `concatenated_transcript` alone.
            Turn {
                speaker: Speaker::Assistant,
                text: "Absolutely! I have a few openings. What time works best for you?".to_owned(),
                at: None,
            },
            Turn { speaker: Speaker::User, text: "How about tomorrow at 3pm?".to_owned(), at: None },
            Turn {
                speaker: Speaker::Assistant,
                text: "Perfect! Be on the lookout for a confirmation email with your new appointment time, and have a \
                       great day!"
                    .to_owned(),
                at: None,
            },
        ],
        ..Call::default()
    };
    assert_eq!(call, expected);
    assert_eq!(fake.lines(), [format!("GET /v1/calls/{id}")]);
}
