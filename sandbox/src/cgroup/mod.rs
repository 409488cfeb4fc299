//! Control groups: found, probed by doing, used by one run after the other.
//!
//! Three kinds of host: version 2; hybrid (limits in version 1, kill in the controller-less version 2 beside it);
//! version 1 alone. `mounts` reads which, `base` makes our own subtree and says what it can hold, `caps` keeps all jobs
//! together within the host, `abandoned` removes what workers left that are gone, `pool` gives a run
//! a slot in it, `group` is that slot's directories (`held`: its open files), `limits` writes what the job may use (through `files`), `stay` counts what one run
//! did (`counters`, `peak`), `events` tells of the last process's end, `residue` says whether a slot can be used
//! again, `removal` ends what only has a path.
//!
//! Not here: spawning; a child joins through the files of `Group::dirs`.

mod abandoned;
mod above;
mod base;
mod caps;
mod counters;
mod events;
mod files;
mod group;
mod held;
mod limits;
mod mounts;
mod peak;
mod pool;
mod removal;
mod residue;
mod stay;
#[cfg(test)]
mod tests;

pub(crate) use base::{Base, controller_of};
pub(crate) use counters::Counters;
pub(crate) use group::Group;
pub(crate) use limits::Refusal;
pub(crate) use pool::{Pool, Slot};

pub(crate) use stay::Stay;
