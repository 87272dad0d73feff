//! What a call's or a batch's facts mean: whether it has ended, how, and what that is news of.

pub mod likely;
