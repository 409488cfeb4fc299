//! Why this became of a tick, as facts: a stable kind with its figures, beside the English words.
//!
//! Flow: `ledger` (which kind), `untaken` (what keeps the workers from it) → **`TickWhy`** → words, and the page in another
//! language. Kinds are added, never renamed: who does not know one shows the words.

use model::id::{RunId, WorkerId};
use model::outcome::Outcome;
use model::run::RunStatus;
use model::state::{MissReason, Settled, Skip};
use model::time::Timestamp;
use model::untaken::Untaken;
use model::worker::ClockEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why this became of a tick: a kind with its figures. `reason` says the same in English, and stands where a kind is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "late", "until": "2026-12-01T08:25:00Z", "untaken": { "kind": "no_worker" } }))]
pub enum TickWhy {
    /// Its last attempt exited, and there is nothing else to say of it.
    Exited {
        /// The exit code.
        code: i32,
    },
    /// Its last attempt ended otherwise, or there is more to say of it.
    Ended {
        /// How, without what a run's own record says beyond its reason.
        outcome: Box<Outcome>,
    },
    /// Its last attempt ended, and no worker tells how.
    Settled {
        /// How it was settled.
        how: Settled,
    },
    /// Its last attempt stands like this, and says no more.
    Stands {
        /// Where it stands.
        status: RunStatus,
        /// Where it runs.
        worker: WorkerId,
    },
    /// A worker has it and is about to start it.
    Claimed {
        /// Which.
        worker: WorkerId,
    },
    /// Another attempt is owed.
    Retry {
        /// Which attempt.
        attempt: u32,
        /// Not before this instant.
        not_before: Timestamp,
    },
    /// It waits until the run before it is stopped.
    Replaces {
        /// Until when at the latest.
        until: Timestamp,
    },
    /// It was decided against.
    Skipped(Skip),
    /// Nobody was there in time, and it does not run late.
    Missed {
        /// By which rule.
        why: MissReason,
        /// What keeps the workers from it still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untaken: Option<Untaken>,
    },
    /// For placement `all`: no worker that the job is placed on was there.
    NobodyPlaced,
    /// It has an owner or an end, of which the record has not been delivered yet.
    Undelivered,
    /// It has an owner or an end, which only the store of facts knows, and that does not answer.
    FactsAway,
    /// The job is paused.
    Paused {
        /// By whom.
        by: String,
        /// Why; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// It is not due yet.
    NotDue {
        /// When it is.
        due: Timestamp,
    },
    /// An earlier run goes on; the tick is skipped when that ends.
    RunInTheWay {
        /// Which.
        run: RunId,
    },
    /// Another attempt of an earlier tick is owed; the tick is skipped when that ends.
    RetryInTheWay {
        /// Which attempt.
        attempt: u32,
        /// Not before this instant.
        not_before: Timestamp,
    },
    /// It is late, and may still start.
    Late {
        /// Until when.
        until: Timestamp,
        /// What keeps the workers from it; absent where one could take it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untaken: Option<Untaken>,
    },
    /// Nobody started it in time; the missed policy decides once a worker takes it.
    PolicyDecides {
        /// What keeps the workers from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untaken: Option<Untaken>,
    },
    /// For placement `all`: its worker did not start it in time; the missed policy decides once that is back, within a day.
    PolicyDecidesThere {
        /// What keeps the worker from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untaken: Option<Untaken>,
    },
}

/// What happened to a worker's clock at the instant of a tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClockSeen {
    /// Which worker.
    pub worker: WorkerId,
    /// What happened.
    pub event: ClockEvent,
}
