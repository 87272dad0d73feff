//! Ringback tells people how their AI phone calls ended.
//!
//! A call's way through the modules, which is also their order:
//!
//! `model → event → detect → route → message → summary → render → backoff → notify → bland →
//! store → watch → deliver → web → simulate → config → app → cli`
//pub mod app;
pub mod backoff;
pub mod bland;
//pub mod cli;
pub mod config;
//pub mod deliver;
pub mod detect;
pub mod event;
pub mod message;
pub mod model;
pub mod notify;
pub mod render;
pub mod route;
pub mod simulate;
pub mod store;
pub mod summary;
pub mod watch;
