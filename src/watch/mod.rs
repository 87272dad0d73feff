//! Watching: reads Bland, remembers what was seen, and turns changes into events and deliveries.

pub mod config;
