//! A short text that says what a call was about and what came of it.

pub mod config;
