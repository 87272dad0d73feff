//! The fake world: servers that stand in for destinations, on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

pub(crate) mod acts;
pub(crate) mod guild;
pub(crate) mod model;
pub(crate) mod receiver;
pub(crate) mod smtp;
pub(crate) mod story;
pub(crate) mod tls;
