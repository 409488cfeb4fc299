//! Real servers for tests: an etcd or a MongoDB of one's own on loopback, in a folder that goes with it.
//!
//! Their programs are found where `cargo xtask services` puts it, or on the PATH. Whoever holds a server can kill it,
//! freeze it and start it again on the same data, as faults do.
//!
//! For tests and `cargo xtask` only. Not here: what the stores promise (`model::testing::contract`).
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "for tests, which panic with what went wrong"
)]

#[cfg(feature = "etcd")]
mod etcd;
#[cfg(feature = "mongodb")]
mod mongod;
mod process;

#[cfg(feature = "etcd")]
pub use etcd::EtcdServer;
#[cfg(feature = "mongodb")]
pub use mongod::MongoServer;
