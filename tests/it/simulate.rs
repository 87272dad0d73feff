//! Tests of `simulate` from outside.
