//! Routing: which notifiers are told of an event, and why.

pub mod config;
