//! Why this became of a tick, in English: each kind's words with its figures.
//!
//! Not here: which kind it is (`story`), and why no worker takes it (`untaken`).

use std::fmt;

use model::state::{MissReason, Skip, SkipReason};
use model::untaken::Untaken;

use crate::api::TickWhy;

impl fmt::Display for TickWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code } => write!(f, "exit code {code}"),
            Self::Ended { outcome } => f.write_str(&outcome.in_words()),
            Self::Settled { how } => f.write_str(&how.in_words()),
            Self::Stands { status, worker } => write!(f, "{status} on `{worker}`"),
            Self::Claimed { worker } => write!(f, "claimed by `{worker}`"),
            Self::Retry { attempt, not_before } => {
                write!(f, "attempt {attempt} is owed, not before {not_before}")
            }
            Self::Replaces { until } => {
                write!(f, "it waits until the run before it is stopped, until {until} at the latest")
            }
            Self::Skipped(Skip { why, by, run }) => {
                f.write_str(skipped(*why))?;
                by.as_ref().map_or(Ok(()), |by| write!(f, ", by `{by}`"))?;
                run.as_ref().map_or(Ok(()), |run| write!(f, " (run {run})"))
            }
            Self::Missed { why, untaken } => write!(f, "{}{}", missed(*why), because(untaken.as_ref())),
            Self::NobodyPlaced => f.write_str("no worker that the job is placed on was there"),
            Self::Undelivered => {
                f.write_str("it has an owner or an end, of which the record has not been delivered yet")
            }
            Self::FactsAway => f.write_str(
                "it has an owner or an end: the store of facts (MongoDB), which knows it, does not answer",
            ),
            Self::Paused { by, note } if note.is_empty() => write!(f, "the job is paused by `{by}`"),
            Self::Paused { by, note } => write!(f, "the job is paused by `{by}`: {note}"),
            Self::NotDue { due } => write!(f, "due at {due}"),
            Self::RunInTheWay { run } => write!(f, "run {run} goes on; it is skipped when that ends"),
            Self::RetryInTheWay { attempt, not_before } => write!(
                f,
                "attempt {attempt} of an earlier tick is owed, not before {not_before}; it is skipped when that ends"
            ),
            Self::Late { until, untaken: Some(why) } => write!(f, "late: {why}; it may start until {until}"),
            Self::Late { until, untaken: None } => {
                write!(f, "late: no worker has taken it yet; it may start until {until}")
            }
            Self::PolicyDecides { untaken } => write!(
                f,
                "no worker started it in time{}; the missed policy decides once one takes it",
                because(untaken.as_ref())
            ),
            Self::PolicyDecidesThere { untaken } => write!(
                f,
                "its worker did not start it in time{}; the missed policy decides once it is back, within a day",
                because(untaken.as_ref())
            ),
        }
    }
}

fn because(untaken: Option<&Untaken>) -> String {
    untaken.map(|why| format!(": {why}")).unwrap_or_default()
}

fn skipped(why: SkipReason) -> &'static str {
    match why {
        SkipReason::Overlap => {
            "an earlier run still went on, and the job's overlap policy does not allow two"
        }
        SkipReason::Replaced => "a newer tick took its place",
        SkipReason::Paused => "the job was paused",
        SkipReason::Edited => "the job was saved anew before it started",
        SkipReason::Disabled => "the job was not enabled",
        SkipReason::Deleted => "the job was deleted before it started",
        SkipReason::Killed => "it was killed before it started",
        SkipReason::TooManyRunning => "as many runs went on as one job may have",
        SkipReason::Unplaced => "the job was not placed on this worker any more",
        SkipReason::Restored => {
            "the store was restored from a backup: nothing that it has tells whether this tick ran"
        }
        SkipReason::Several => {
            "several reasons, one after the other, kept together while the facts store was away"
        }
    }
}

fn missed(why: MissReason) -> &'static str {
    match why {
        MissReason::PolicyNone => "no worker started it in time, and the job's missed policy is `none`",
        MissReason::NotLatest => "no worker started it in time, and the missed policy runs only the newest",
        MissReason::Window => "no worker started it in time, and it is older than the missed policy's window",
        MissReason::Max => {
            "no worker started it in time, and the missed policy runs no more than its maximum"
        }
        MissReason::Deadline => "no worker could start it before its deadline",
        MissReason::WorkerAway => "its worker was away",
    }
}
