//! What arrived: the events themselves, deduplication, and counts.

pub mod dedup;
pub mod keys;
pub mod log;
pub mod tally;
