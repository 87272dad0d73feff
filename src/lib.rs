//! Ringback tells people how their AI phone calls ended.
//!
//! A call's way through the modules, which is also their order:
//!
//! `model → event → detect → route → message → summary → render → backoff → notify → bland →
//! store → watch → deliver → web → simulate → config → app → cli`
pub mod model;
pub mod event;
pub mod detect;
pub mod route;
pub mod message;
pub mod summary;
pub mod render;
pub mod backoff;
pub mod notify;
pub mod bland;
pub mod store;
pub mod watch;
pub mod deliver;
pub mod simulate;
pub mod config;
pub mod app;
pub mod cli;
