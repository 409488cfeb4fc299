//! Who owns a tick: the rules of one job's record, as pure functions.
//!
//! Flow: timetable → **`state`** → claim → runner; and master → **`state`** → swap.
//! A function takes a record, the saved job and the time, and returns the record that follows with what is to be
//! done about it. Stores only load, watch and swap; whoever loses a swap asks again with the record that won.
//!
//! Not here: who tries first (worker), and how a swap is sent (stores).

mod all;
mod claim;
mod complete;
mod due;
mod ends;
mod follow;
mod lose;
mod moving;
mod orders;
mod owed;
mod pause;
mod ranges;
mod record;
mod replace;
mod requests;
mod restore;
mod save;
mod settle;
mod step;
mod ticks;
mod wake;

#[cfg(test)]
mod tests;

pub use all::{join, leave};
pub use claim::claim;
pub use complete::complete;
pub use due::surely_missed;
pub use ends::{MissReason, Settled, Skip, SkipReason, Unrecorded, Unrun};
pub use follow::{Following, follow, is_in_step};
pub use lose::{lose, lose_after};
pub use moving::{Anchor, Moved, arrive, depart};
pub use orders::{fanned_out, run_everywhere};
pub use pause::{pause, resume};
pub use record::*;
pub use requests::{kill, recorded, run_now};
pub use restore::{Known, in_doubt, restore};
pub use save::{delete, save};
pub use step::*;
pub use ticks::{Spec, Ticks, due, due_before};
pub use wake::next_wake;

use crate::time::{BootTime, Span};

/// How long after the end of its worker's lease a run that is killed when cut off is surely over.
pub const ADOPT_WINDOW: Span = Span::from_seconds(60);
/// How long before that its last KILL is done.
pub const CUT_OFF_MARGIN: Span = Span::from_seconds(5);

/// Returns when a run that is killed when cut off must be asked to end, of a worker whose lease ends at `lease_end`:
/// with its grace it is gone [`CUT_OFF_MARGIN`] before a survivor may settle it.
pub fn cut_off_at(lease_end: BootTime, grace: Span) -> BootTime {
    let needed = CUT_OFF_MARGIN.plus(grace).as_millis();
    lease_end + Span::from_millis(ADOPT_WINDOW.as_millis().saturating_sub(needed))
}

/// A run starts within this of its claim or not at all: its worker completes it as not started for the worker's
/// sake. Without such a bound no survivor could tell from the claim when a run is surely over.
pub const START_WITHIN: Span = Span::from_seconds(30);
/// How far two good clocks may lie apart, with what a clock may move before its worker notices.
pub const CLOCK_SLACK: Span = Span::from_seconds(2);

/// Returns why a transition may not use this text for this record.
fn check(state: &JobState, spec: Spec<'_>) -> Result<(), Refused> {
    if state.uid != spec.saved.uid
        || state.spec_id != spec.saved.spec_id
        || state.worker.as_ref() != spec.worker
    {
        return Err(Refused::OtherSpec);
    }
    if state.deleted.is_some() { Err(Refused::Deleted) } else { Ok(()) }
}
