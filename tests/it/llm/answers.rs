//! Each answer that an endpoint may give, and what is told of it.

use serde_json::json;

use super::{KEY, SAID, told};
use crate::world::{model, receiver::Answer};

#[tokio::test]
async fn answers_that_may_be_used_are_told_as_plain_text() {
    for (written, expected) in [
        ("The visit moved to Thursday at 4:30.", "The visit moved to Thursday at 4:30."),
        ("**Summary:** The visit moved to Thursday at four thirty", "The visit moved to Thursday at four thirty."),
        ("<think>4, 5, or 6?</think>The caller agreed to Thursday.", "The caller agreed to Thursday."),
    ] {
        assert_eq!(told(model::completion(written, "stop")).await.as_deref(), Ok(expected));
    }
    let cut = model::completion("The visit moved to Thursday. The agent will als", "length");
    assert_eq!(told(cut).await.as_deref(), Ok("The visit moved to Thursday."));
    // As small servers answer it.
    let bare = Answer::status(200).text(r#"{"choices":[{"message":{"content":"The visit moved."}}]}"#);
    assert_eq!(told(bare).await.as_deref(), Ok("The visit moved."));
}

#[tokio::test]
async fn what_is_no_summary_is_told_with_its_reason() {
    let refusal = json!({ "choices": [{ "message": { "content": null, "refusal": "No." }, "finish_reason": "stop" }] });
    for (answer, reason) in [
        (model::completion("", "stop"), "it says nothing"),
        (model::completion("I'm sorry, I can't help with that.", "stop"), "it refuses, or speaks of itself"),
        (Answer::status(200).json(&refusal), "it refuses, or speaks of itself"),
        (model::completion("Thursday", "content_filter"), "it refuses, or speaks of itself"),
        (model::completion("The visit moved to Thursday at 5:30.", "stop"), "it holds a number that nobody said"),
        (model::completion("Morgan moved the visit.", "stop"), "it holds a name that nobody said"),
        (
            model::completion("More at visits.example.com/4.", "stop"),
            "it holds a link, a mention, or an address that nobody said",
        ),
        (model::completion("{\"summary\": \"Thursday\"}", "stop"), "it is no plain text"),
        (model::completion(&"on and on and ".repeat(40), "length"), "it is too long, and no sentence ends in time"),
    ] {
        assert_eq!(told(answer).await, Err(format!("what it wrote is not used: {reason}")));
    }
}

#[tokio::test]
async fn answers_of_no_model_are_told_without_secrets() {
    let page = "<!DOCTYPE html><html><body>Sign in</body></html>";
    let leaky = format!("bad key {KEY} for transcript: {}", SAID[0]);
    for (answer, reason) in [
        (model::refused(401, &leaky), "it answered 401: bad key [secret] for transcript: [secret]"),
        (model::refused(404, "model `fake-1` not found"), "it answered 404: model `fake-1` not found"),
        (model::refused(429, "slow down"), "it answered 429: slow down"),
        (model::refused(500, "out of memory"), "it answered 500: out of memory"),
        (Answer::status(502).text(page), "it answered 502"),
        (Answer::status(307).header("location", "http://127.0.0.1:1/"), "it answered 307"),
        (Answer::status(200).text(page), "a web page answered in its place"),
        (model::refused(200, "no such model"), "its answer is not that of a chat model: no such model"),
        (Answer::status(200).text("{}"), "its answer is not that of a chat model"),
        (Answer::status(200).text("[1, 2"), "its answer is not that of a chat model"),
        (Answer::status(200).text(""), "its answer is not that of a chat model"),
        (Answer::status(200).json(&json!({ "choices": [] })), "its answer is not that of a chat model"),
        (
            Answer::status(200).json(&json!({ "response": "The visit moved." })),
            "its answer is not that of a chat model",
        ),
        (model::completion("The visit moved.", "stop").truncated(), "its answer is too long, or breaks off"),
    ] {
        assert_eq!(told(answer).await, Err(reason.to_owned()));
    }
    for answer in [Answer::closed(), Answer::reset(), Answer::reset_unread()] {
        let why = told(answer).await.unwrap_err();
        assert!(why.contains("no proper answer") && !why.contains("127.0.0.1"), "{why}");
    }
}
