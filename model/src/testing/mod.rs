//! Suites that every implementation of a port passes, the simulation of the protocol, and how benches measure.
//! For tests and benches only.

pub mod bench;
pub mod contract;
pub mod schedule;
pub mod sim;
