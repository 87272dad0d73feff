//! Tests of `bland` from outside.
