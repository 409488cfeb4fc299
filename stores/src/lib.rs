//! The ports of `model` over real systems.
//!
//! `sqlite` keeps everything in one data folder (or in memory, for tests); `clock` is the machine's own time.
//! Each adapter keeps its foreign words in one place: `schema` and `documents` what is stored, `error` what goes
//! wrong. Sisters stand in the same order: intent, registry, election, facts,
//! blobs, accounts.
//!
//! Not here: any rule of who owns a tick (`model::state`); a store only loads, watches and swaps.
#![forbid(unsafe_code)]

mod batch;
mod clock;
mod documents;
#[cfg(feature = "etcd")]
pub mod etcd;
pub mod inspection;
pub mod measured;
#[cfg(feature = "mongodb")]
pub mod mongodb;
mod restored;
#[cfg(any(feature = "etcd", feature = "mongodb"))]
mod secure;
pub mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

pub use clock::SystemClock;
