//! What a wall clock that was set does to what is known and planned.
//!
//! Plans are instants of the wall clock, and some of them were made from a "now" that is wrong now. Ticks need no care:
//! the record says up to which all have an owner or an end, so that none starts twice, and late ones fall under their
//! job's policies.

use model::time::{Span, Timestamp};
use tracing::warn;

use super::decisions::Decisions;
use super::{Effect, Now};
use crate::clock_guard::Offset;

/// How far the wall clock was set forward since runs were claimed that began before it read `until`.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetForward {
    pub(super) by: Span,
    pub(super) until: Timestamp,
}

impl Decisions {
    /// Looks at the clocks: when the wall clock was set since the last event, all plans are made anew.
    pub(super) fn look_at_clock(&mut self, now: Now) {
        let offset = Offset::of(now.wall, now.boot);
        let before = std::mem::replace(&mut self.offset, offset);
        let Some(ms) = offset.moved_since(before) else { return };
        warn!("the wall clock was set by {ms} ms: everything is planned anew");
        if let Ok(ms) = u64::try_from(ms) {
            let earlier = self.set_forward.map_or(Span::ZERO, |set| set.by);
            self.set_forward = Some(SetForward { by: earlier.plus(Span::from_millis(ms)), until: now.wall });
        }
        // How long a worker is away cannot be told across the step: it counts anew.
        self.absent.clear();
        for id in self.view.not_due() {
            self.plan(id, now);
        }
        self.effects.push(Effect::CheckRegistration);
    }

    /// Returns true while the wall clock is the one that was compared last, and stood still since.
    pub(super) fn is_clock_good(&self, now: Now) -> bool {
        let unmoved = Offset::of(now.wall, now.boot).moved_since(self.standing.offset).is_none();
        self.standing.clock_ok && unmoved
    }

    /// Returns the wall clock to judge by: the trusted one, as it would stand had nobody set it.
    pub(super) fn trusted_wall(&self, now: Now) -> Timestamp {
        if self.is_clock_good(now) { now.wall } else { self.trusted.wall_at(now.boot) }
    }

    /// Returns by how much a run that was claimed at `since` seems older than it is.
    pub(super) fn seems_older(&self, since: Timestamp) -> Span {
        self.set_forward.filter(|set| since < set.until).map_or(Span::ZERO, |set| set.by)
    }
}
