//! Host processes: guests never run in the process that holds privileges and credentials.
//!
//! Worker's side: `hosts` (one for each user, each in its `seat`) takes an `order` → `keeper` (looks after one) → `process`, `runs`, `run`;
//! `user` and `budget` say who it is and what it may have, `health` how they have been. Between them `link` and `message`. In the process itself:
//! `confine` → `serve` → the threads, or `compile`.

mod budget;
mod compile;
mod confine;
mod files;
mod health;
mod hosts;
mod keeper;
mod link;
mod message;
mod order;
mod process;
mod run;
mod runs;
mod seat;
mod serve;
mod user;

pub(super) use confine::Confinement;
pub(super) use hosts::Hosts;
pub(super) use message::{FromHost, Task};
pub(super) use order::HostOrder;
pub(super) use process::{Process, words};
pub use serve::serve_modules;
