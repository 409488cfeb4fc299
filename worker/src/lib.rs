//! Saved jobs to finished runs: what one machine of the fleet does.
//!
//! Flow: `registration` says that we live; `watch` feeds the `view`, the `timetable` says which job is due, the
//! `scheduler` decides, `claim` wins ticks by compare-and-set, the `runner` starts them, the `pipeline` ships
//! output and records; `recovery` settles what an earlier process left, `drain` ends this one.
//!
//! Talks to the outside through `model::ports` alone. Not here: the rules of a job's record (`model::state`),
//! how a workload is held (`sandbox`), and anything that a user calls (`master`).
#![forbid(unsafe_code)]

mod backoff;
mod claim;
mod clock_guard;
mod comparison;
mod disk;
mod drain;
mod figures;
mod options;
mod pipeline;
mod rank;
mod recovery;
mod registration;
mod rivals;
mod runner;
mod scheduler;
mod service;
#[cfg(feature = "testing")]
pub mod testing;
mod timetable;
mod view;
mod watch;

pub use drain::{Phase, Shutdown};
pub use options::{Options, PipelineOptions, Ports, WhenFull};
pub use service::{Error, Worker};
