//! What a notice tells, as facts: a stable kind with its figures, beside the English words.
//!
//! Flow: `judge` → **`NoticeWhy`** → words, and the page in another language.
//! Kinds are added, never renamed: they are stored, and who does not know one shows the words.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::Condition;
use super::memory::STREAK_MAX;
use crate::clocks::ClockOff;
use crate::id::{ChannelName, WorkerId};
use crate::outcome::Outcome;
use crate::quantity::ByteSize;
use crate::state::{MissReason, Settled};
use crate::time::{Span, Timestamp};
use crate::untaken::Untaken;

/// What a notice tells: a kind with its figures. `text` says the same in English, and stands where a kind is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "worker_gone", "worker": "w1", "gone": "1m" }))]
pub enum NoticeWhy {
    /// A run ended.
    Ended {
        /// How.
        outcome: Box<Outcome>,
        /// How many have failed in a row with it; 0 where that is not counted.
        #[serde(default)]
        streak: u32,
    },
    /// A run ended, and no worker tells how.
    Settled {
        /// How it was settled.
        how: Settled,
        /// How many have failed in a row with it; 0 where that is not counted.
        #[serde(default)]
        streak: u32,
    },
    /// What was told of is over.
    Recovered {
        /// What it was.
        after: Vec<Condition>,
        /// How long it lasted.
        lasted: Span,
    },
    /// A tick did not start in time.
    Overdue {
        /// The tick.
        tick: Timestamp,
        /// Until when it should have started.
        deadline: Timestamp,
        /// How long after its instant that is.
        start_deadline: Span,
        /// What keeps the workers from it; absent where one could take it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untaken: Option<Untaken>,
    },
    /// Ticks ended as missed.
    Missed {
        /// The first.
        from: Timestamp,
        /// The last.
        to: Timestamp,
        /// By which rule.
        why: MissReason,
    },
    /// A run goes on for long.
    LongRunning {
        /// For how long so far.
        lasts: Span,
        /// After how long somebody wants to be told.
        warn_after: Span,
    },
    /// The store of facts does not answer.
    FactsAway {
        /// For how long.
        away: Span,
    },
    /// A worker's clock is off, and it starts nothing.
    ClockOff {
        /// Which worker.
        worker: WorkerId,
        /// By how much, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off: Option<ClockOff>,
    },
    /// As much output waits on a worker as may, and runs are held back.
    OutputWaits {
        /// Which worker.
        worker: WorkerId,
        /// How much waits.
        waiting: ByteSize,
        /// How many runs are held back.
        runs: u32,
    },
    /// The disk that holds a worker's runs is nearly full.
    DiskFull {
        /// Which worker.
        worker: WorkerId,
        /// How much is free, in hundredths.
        free_percent: u8,
    },
    /// A worker has not been there for long.
    WorkerGone {
        /// Which worker.
        worker: WorkerId,
        /// For how long.
        gone: Span,
    },
    /// Somebody tries a channel.
    Test {
        /// Who.
        by: String,
        /// Which.
        channel: ChannelName,
    },
}

impl fmt::Display for NoticeWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { outcome, streak } => write!(f, "{}{}", outcome.in_words(), in_a_row(*streak)),
            Self::Settled { how, streak } => write!(f, "{}{}", how.in_words(), in_a_row(*streak)),
            Self::Recovered { after, lasted } => {
                let what: Vec<_> = after.iter().map(|condition| condition.as_str()).collect();
                write!(f, "well again after {}, for {lasted}", what.join(", "))
            }
            Self::Overdue { tick, deadline, start_deadline, untaken } => {
                write!(
                    f,
                    "the tick of {tick} did not start by {deadline} (start_deadline {start_deadline}): "
                )?;
                match untaken {
                    Some(why) => write!(f, "{why}"),
                    None => f.write_str("no worker that matches took it: their logs say why"),
                }
            }
            Self::Missed { from, to, why } => {
                let until = if to > from { format!(" to {to}") } else { String::new() };
                write!(f, "the tick of {from}{until} did not run: {why}")
            }
            Self::LongRunning { lasts, warn_after } => {
                write!(f, "it has run for {lasts} and still does; `warn_after` is {warn_after}")
            }
            Self::FactsAway { away } => write!(
                f,
                "the store of facts (MongoDB) has not answered for {away}: jobs run, their ends and output wait"
            ),
            Self::ClockOff { worker, off } => {
                let off = off.as_ref().map_or_else(|| "not to be trusted".to_owned(), ClockOff::in_words);
                write!(f, "the clock of worker `{worker}` is {off}: it starts nothing")
            }
            Self::OutputWaits { worker, waiting, runs } => {
                let waiting = waiting.rounded();
                write!(f, "{waiting} of output wait on worker `{worker}` for the store, as much as may: ")?;
                match runs {
                    1 => f.write_str("1 run is held back"),
                    many => write!(f, "{many} runs are held back"),
                }
            }
            Self::DiskFull { worker, free_percent } => write!(
                f,
                "the disk that holds the runs of worker `{worker}` is nearly full: {free_percent} % are free"
            ),
            Self::WorkerGone { worker, gone } => {
                write!(
                    f,
                    "worker `{worker}` has not been there for {gone}; drain a worker that is to go for good"
                )
            }
            Self::Test { by, channel } => write!(f, "`{by}` tries channel `{channel}`: it works"),
        }
    }
}

/// Returns how many failed in a row, where that is more than one.
pub(super) fn in_a_row(streak: u32) -> String {
    if streak < 2 {
        return String::new();
    }
    let many = if streak as usize > STREAK_MAX { "more than " } else { "" };
    format!(" ({many}{} in a row)", (streak as usize).min(STREAK_MAX))
}
