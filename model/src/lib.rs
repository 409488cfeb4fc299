//! The nouns of Sandglass and the ports to the outside.
//!
//! The files stand in the order of a job's walk: a request becomes a `job`, its `schedule` gives
//! ticks, `state` says who owns each, `workload` and `limits` say what runs, `outcome`, `chunk` and `run` what
//! came of it. `ports` names what the outside must offer; `testing` holds the suites that every port passes.
//!
//! Not here: any I/O, any async runtime, any store's words.
#![forbid(unsafe_code)]

pub mod fault;
pub mod id;
pub mod language;
pub mod lenient;
pub mod quantity;
pub mod time;

pub mod host_note;
pub mod isolation;
pub mod job;
pub mod limits;
pub mod network;
pub mod policy;
pub mod workload;

pub mod schedule;
pub mod state;

pub mod account;
pub mod alert;
pub mod audit;
pub mod capability;
pub mod chunk;
pub mod clocks;
pub mod metric;
pub mod module;
pub mod outcome;
pub mod revision;
pub mod run;
pub mod run_folder;
pub mod segment;
pub mod settings;
pub mod untaken;
pub mod worker;

pub mod ports;
#[cfg(feature = "testing")]
pub mod testing;
