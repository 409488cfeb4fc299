//! One run's stay in a group that others used before it: what it used is told apart from theirs.
//!
//! Begins after the limits were set and before the child joins. The group itself may have been told to this process
//! as text by the one that owns the pool.
//!
//! Flow: `pool` gives a group → **`Stay`** → `Counters`.

use std::time::Duration;

use super::counters::{Counters, Reading};
use super::events::Events;
use super::group::Group;
use super::peak::Meter;

/// One run's stay.
#[derive(Debug)]
pub(crate) struct Stay {
    group: Group,
    before: Reading,
    meter: Meter,
}

impl Stay {
    /// Begins to count in a group that nobody is in.
    pub(crate) fn begin(group: Group) -> Self {
        let meter = Meter::start(&group);
        Self { before: Reading::of(&group), meter, group }
    }

    /// Returns the processes in the group; zombies are not among them.
    pub(crate) fn members(&self) -> Vec<i32> {
        self.group.members()
    }

    /// Returns true when the kernel says that nobody lives in the group: zombies are nobody. It speaks for a run that
    /// cannot have moved itself out of one of its groups and stayed in another.
    pub(crate) fn nobody_lives(&self) -> bool {
        self.group.nobody_lives()
    }

    /// Kills all members. Returns true when the group is empty.
    pub(crate) fn kill(&self, within: Duration) -> bool {
        self.group.kill(within)
    }

    /// Opens what tells of the last member's end; see [`Group::events`].
    #[cfg_attr(not(test), expect(dead_code, reason = "for who waits for members besides the main process"))]
    pub(crate) fn events(&self) -> Option<Events> {
        self.group.events()
    }

    /// Returns what the kernel counted since the begin.
    pub(crate) fn counters(&self) -> Counters {
        let mut counters = Reading::of(&self.group).since(&self.before);
        if let Some((peak, by)) = self.meter.read() {
            counters.memory_peak = Some(peak);
            counters.memory_peak_by = Some(by);
        }
        counters
    }
}
