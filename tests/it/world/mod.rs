//! The fake world: servers that stand in for destinations, on loopback.
