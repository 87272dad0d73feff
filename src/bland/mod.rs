//! Bland's API: the only module that knows its JSON.

pub mod client;
pub mod config;
pub mod document;

mod batch;
mod budget;
mod call;
mod envelope;
mod http;
mod lenient;
mod list;
mod stopwatch;
mod time;
mod transcript;
