//! What a store says of itself and of what we may do there, for `sandglass check`: asked once, before anything starts.

use std::time::Duration;

/// As what we come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Writes jobs, reads and removes facts.
    Master,
    /// Writes states and facts, reads jobs.
    Worker,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Its version.
    pub version: String,
    /// How long one read took.
    pub latency: Duration,
    /// False when it answers those who do not say who they are.
    pub asks_who: bool,
    /// The name of its replica set, where it has such.
    pub replica_set: Option<String>,
    /// By how many milliseconds its clock is ahead of ours, where it tells.
    pub clock_offset_ms: Option<i64>,
    /// What is missing, each as one sentence.
    pub missing: Vec<String>,
    /// What is not there yet and comes by itself, likewise.
    pub pending: Vec<String>,
}
