//! The whole worker on the embedded store in memory, with an executor whose runs are scripts of a few words.
//!
//! What a master would do is done by the same rules of `model::state`. Waiting is on conditions with a deadline.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong, its helpers too")]

mod clocks;
mod draining;
mod ending;
mod etcd;
mod faults;
mod fleet;
mod fleet_clocks;
mod output;
mod overlap;
mod recovery;
mod requests;
mod support;
mod ticks;
