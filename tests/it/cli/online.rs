//! `check --online`: what it says of the language model that is to write summaries.

use serde_json::json;
use tokio::task;

use super::{folder, run};
use crate::world::{
    model,
    receiver::{Answer, Gate, Receiver},
};

/// What is said of a model that answers in this way, and how the command ends.
async fn checked(answer: Option<Answer>, more: &str) -> (i32, String) {
    let (bland, model) = (Receiver::bland().await, Receiver::model().await);
    model.script(answer);
    let config = format!(
        "[bland]\napi_key = \"k\"\nbase_url = \"{}\"\n[notifiers.screen.console]\n\
         [summary.llm]\nurl = \"{}\"\nmodel = \"fake-1\"\napi_key = \"sk-very-secret\"\n{more}\n",
        bland.url(""),
        model.url("/v1"),
    );
    let (code, _, said) = task::spawn_blocking(move || run(&folder(&config), &["check", "--online"])).await.unwrap();
    assert_eq!(model.requests().len(), 1);
    assert!(!said.contains("sk-very-secret") && !said.contains("127.0.0.1"), "{said}");
    let line = said.lines().find(|line| line.contains("language model")).unwrap_or_else(|| panic!("{said}"));
    (code, line.to_owned())
}

#[tokio::test]
async fn a_model_that_works_is_said_to() {
    let (code, said) = checked(None, "").await;
    assert!(code == 0 && said.starts_with("language model: it wrote a summary in 0."), "{code} {said}");
    let sorry = model::completion("I'm sorry, I can't help with that.", "stop");
    let said = "language model: it answers, but what it wrote of a call of two sentences is not used: it refuses, or speaks of itself";
    assert_eq!(checked(Some(sorry), "").await, (0, said.to_owned()));
}

#[tokio::test]
async fn a_model_that_does_not_is_told_with_what_to_look_at() {
    for (answer, said) in [
        (model::refused(401, "Incorrect API key"), "it answered 401: Incorrect API key; is `api_key` right?"),
        (
            model::refused(404, "model 'fake-1' not found"),
            "it answered 404: model 'fake-1' not found; are `url` and `model` right?",
        ),
        (model::refused(429, "slow down"), "it answered 429: slow down"),
        (Answer::status(200).json(&json!({ "hello": 1 })), "its answer is not that of a chat model"),
    ] {
        assert_eq!(checked(Some(answer), "").await, (1, format!("error: language model: {said}")));
    }
    let slow = Answer::status(200).behind(&Gate::closed());
    let said =
        "error: language model: no answer within 1s; a model that has to be loaded first may need a longer `timeout`";
    assert_eq!(checked(Some(slow), "timeout = \"1s\"").await, (1, said.to_owned()));
}
