//! Control groups: found, probed by doing, one for each run, gone after it.
//!
//! Three kinds of host: version 2; hybrid (limits in version 1, kill in the controller-less version 2 beside it);
//! version 1 alone. `mounts` reads which, `base` makes our own subtree and says what it can hold, `group` is one
//! run's group, `counters` reads what the kernel saw.
//!
//! Not here: spawning; a child joins through the files that `Group::joins` opens.

mod base;
mod counters;
mod group;
mod mounts;

pub(crate) use base::{Base, controller_of};
pub(crate) use counters::Counters;
pub(crate) use group::{Group, kill_leftovers};
