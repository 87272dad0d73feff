//! The one integration-test binary: parts against real HTTP, SMTP and databases on loopback, and stories end to end.

mod bland;
mod cli;
mod config;
mod crash;
mod faults;
mod llm;
mod notify;
mod presets;
mod simulate;
mod store;
mod stories;
mod tidy;
mod world;
