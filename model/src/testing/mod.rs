//! Suites that every implementation of a port passes, the simulation of the protocol, and what benches share.
//! For tests and benches only.

pub mod bench;
pub mod contract;
pub mod everywhere;
pub mod mix;
pub mod schedule;
pub mod sim;
