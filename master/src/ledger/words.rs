//! Why a tick did not run, in words.

use model::state::{MissReason, SkipReason, Unrun};

/// Returns why these ticks did not run.
pub(super) fn of(end: &Unrun) -> String {
    match end {
        Unrun::Skipped { why, by, run } => {
            let mut words = skipped(*why).to_owned();
            if let Some(by) = by {
                words.push_str(&format!(", by `{by}`"));
            }
            if let Some(run) = run {
                words.push_str(&format!(" (run {run})"));
            }
            words
        }
        Unrun::Missed { why } => missed(*why).to_owned(),
    }
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
