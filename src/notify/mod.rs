//! Notifiers: each knows how to put a message into its destination's form and how to send it.

pub mod config;
pub mod console;
pub mod discord;
pub mod email;
pub mod webhook;
