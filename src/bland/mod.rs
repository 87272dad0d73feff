//! Bland's API: the only module that knows its JSON.

pub mod answer;
pub mod client;
pub mod config;
pub mod document;

mod batch;
pub mod budget;
mod call;
mod envelope;
pub mod error;
mod findings;
mod http;
mod lenient;
pub mod list;
mod stopwatch;
mod time;
mod transcript;
