//! Detection: what Bland's fields mean, and which changes are worth telling.
//!
//! Pure functions over what is remembered, what was just seen, and `now`.

pub mod batch;
pub mod call;
pub mod likely;
pub mod outage;
pub mod pace;
pub mod words;
