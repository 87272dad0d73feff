//! Ringback tells people how their AI phone calls ended.
//!
//! Each module uses only those above it; `tests/it/tidy.rs` holds them to that.
//!
//! | module | what it does |
//! |---|---|
//! | [`model`] | the words all others speak: call, batch, outcome, and value types |
//! | [`event`] | a change worth telling, its envelope, and its id derived from the fact |
//! | [`detect`] | what Bland's fields mean, and which changes are worth telling |
//! | [`route`] | which notifiers hear of an event, why not, and which events are told together, when |
//! | [`message`] | what is said, before any channel's layout; the Markdown subset |
//! | [`summary`] | a short text on what a call was about and what came of it |
//! | [`render`] | templates: from an event to words and layouts; masking |
//! | [`backoff`] | when to try again; `Retry-After` |
//! | [`notify`] | Discord, email, webhook, console: payloads within limits, one try, a verdict |
//! | [`bland`] | Bland's API: the only module that knows its JSON |
//! | [`llm`] | asks a language model for a summary, where the config names one, and checks what it wrote |
//! | [`store`] | facts, events and the outbox in SQLite or PostgreSQL: the only SQL |
//! | [`watch`] | `poll_once`: reads an account and commits what changed, with its deliveries; the self-audit |
//! | [`deliver`] | `deliver_once`: claims, renders once, sends, settles; breakers and fallbacks |
//! | [`simulate`] | a faithful fake of Bland's API, for users, the demo and the tests |
//! | [`config`] | reads `config.toml`, composes the parts' sections, reports every mistake |
//! | [`app`] | runs the loops around `poll_once` and `deliver_lane`, reloads, and beats the heart |
//! | [`cli`] | commands, output, exit codes |
//!
//! # The way of a call
//!
//! `poll → snapshot → detect → events → route → outbox → claim → render → send → settle`
//!
//! # What always holds
//!
//! 1. `model` to `backoff` are pure: no clock, no network, no async. `now` is an argument
//!    everywhere; only `app` and `cli` read the clock, and only `app` spawns.
//! 2. Facts and the deliveries they cause are written in one transaction; no network call is made
//!    while one is open.
//! 3. Ids are derived from facts, so that whoever sees a fact twice writes it once.
//! 4. A delivery leaves the outbox delivered or dead, with its reason; what is sent is stored
//!    before it is sent, and sent again byte for byte.
//! 5. An event is given to an address once, and in each digest once: the key of `delivery_events`. What a
//!    delivery holds is settled when it is claimed first.
//! 6. What a caller says never becomes markup, a mention, a link, a header or a JSON key.

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
pub mod llm;
pub mod store;
pub mod watch;
pub mod deliver;
pub mod simulate;
pub mod config;
pub mod app;
pub mod cli;
