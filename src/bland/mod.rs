//! Bland's API: the only module that knows its JSON.

pub mod client;
pub mod config;
