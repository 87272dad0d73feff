//! The words that every other module speaks: calls, batches, outcomes, and small value types.
//!
//! Nothing here knows Bland's JSON, SQL, HTTP or the clock.

pub mod batch;
pub mod call;
pub mod clock;
pub mod flaw;
pub mod near;
pub mod number;
pub mod outcome;
pub mod period;
pub mod place;
pub mod secret;
pub mod zone;
