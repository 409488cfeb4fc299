//! Who a script ran as, and what that is worth: kept apart from all else on the host, or from accidents only.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a script is kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// A user id of its own, neither root's nor the worker's, that no other run has at the same time, with a `/tmp` and
    /// a `/dev/shm` of its own: it cannot read, signal or trace another run or the worker.
    Isolated,
    /// Contained against accidents: its limits and its end hold, but who shares its user can get at it, and it at them.
    Contained,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Isolated => "isolated",
            Self::Contained => "contained against accidents",
        })
    }
}

/// Who a script ran as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RanAs {
    /// The name that its environment gave.
    pub user: String,
    /// The number that counts.
    pub uid: u32,
    /// How far that keeps it apart.
    pub isolation: Isolation,
    /// Why, in words.
    pub why: String,
}
