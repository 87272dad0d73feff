//! The fake world: servers that stand in for destinations, on loopback.

pub(crate) mod receiver;
pub(crate) mod smtp;
