//! Why nobody takes the ticks of a job, as far as the workers show it: kinds with their figures, and their words.
//!
//! Flow: a master looks at the workers → **`Untaken`** → the ledger, alerts, and the page in another language.
//! Not here: looking at them (`master::untaken`). Kinds are added, never renamed: they are stored with notices.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::WorkerId;

/// Why nobody takes the ticks of a job, as far as the workers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "obstacles", "obstacles": [{ "obstacle": "full", "workers": 2 }] }))]
pub enum Untaken {
    /// No worker is alive.
    NoWorker,
    /// For placement `all`: its worker is away.
    Away {
        /// Which.
        worker: WorkerId,
    },
    /// For placement `all`: its worker takes nothing.
    There {
        /// Which.
        worker: WorkerId,
        /// What keeps it from that.
        obstacle: Obstacle,
    },
    /// No worker that is alive has the labels that the job asks for.
    NoLabels {
        /// The labels.
        labels: BTreeMap<String, String>,
        /// How many workers are alive.
        workers: u32,
    },
    /// Each worker that matches is kept from it.
    Obstacles {
        /// By what, and how many of them.
        obstacles: Vec<Obstructed>,
    },
}

/// How many workers an obstacle keeps from taking anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Obstructed {
    /// What keeps them.
    pub obstacle: Obstacle,
    /// How many.
    pub workers: u32,
}

/// What keeps a worker from taking anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// It starts no scripts at all.
    NoScripts,
    /// It starts no modules at all.
    NoModules,
    /// It is draining.
    Draining,
    /// Its clock is off.
    ClockOff,
    /// Too many ends of its runs wait for the store of facts.
    WaitsForFacts,
    /// It has no free slot.
    Full,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoScripts => "starts no scripts (`sandglass job check` says why)",
            Self::NoModules => "starts no modules (`sandglass job check` says why)",
            Self::Draining => "is draining",
            Self::ClockOff => "has a clock that is off",
            Self::WaitsForFacts => "waits for the store of facts (MongoDB) to take the ends of earlier runs",
            Self::Full => "has no free slot",
        })
    }
}

impl fmt::Display for Untaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorker => f.write_str("no worker is alive"),
            Self::Away { worker } => write!(f, "worker `{worker}` is away"),
            Self::There { worker, obstacle } => write!(f, "worker `{worker}` {obstacle}"),
            Self::NoLabels { labels, workers } => {
                match workers {
                    1 => f.write_str("the worker that is alive has not")?,
                    many => write!(f, "none of the {many} workers that are alive has")?,
                }
                let labels: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, " the labels {}", labels.join(", "))
            }
            Self::Obstacles { obstacles } => match &obstacles[..] {
                [Obstructed { obstacle, .. }] => write!(f, "every worker that matches {obstacle}"),
                several => {
                    let words = several.iter().map(|one| format!("{} {}", one.workers, one.obstacle));
                    write!(f, "of the workers that match, {}", words.collect::<Vec<_>>().join(", "))
                }
            },
        }
    }
}
