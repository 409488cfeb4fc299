//! Suites that every implementation of a port passes, and the simulation of the protocol. For tests only.

pub mod contract;
pub mod sim;
