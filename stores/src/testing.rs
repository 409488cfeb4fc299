//! Real servers for tests: an etcd or a MongoDB of one's own on loopback, in a folder that goes with it.
//!
//! Their programs are found where `cargo xtask services` puts it, or on the PATH. Whoever holds a server can kill it,
//! freeze it and start it again on the same data, as faults do.
//!
//! Beside them a store of intent whose commits are taken in hand (`Meddled`).
//!
//! For tests and `cargo xtask` only. Not here: what the stores promise (`model::testing::contract`).
#![expect(clippy::missing_panics_doc, reason = "for tests, which panic with what went wrong")]

#[cfg(feature = "etcd")]
mod etcd;
mod meddled;
#[cfg(feature = "mongodb")]
mod mongod;
mod process;

use std::path::PathBuf;

#[cfg(feature = "etcd")]
pub use etcd::EtcdServer;
pub use meddled::{Commit, Meddled};
#[cfg(feature = "mongodb")]
pub use mongod::{MongoServer, Topology};

/// Certificates of a server that encrypts and asks its clients for certificates of their own, and those of a client.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// Who signs both.
    pub ca: PathBuf,
    /// The server's certificate, for `127.0.0.1` and `localhost`.
    pub server: PathBuf,
    /// Its key.
    pub server_key: PathBuf,
    /// A client's certificate.
    pub client: PathBuf,
    /// Its key.
    pub client_key: PathBuf,
    /// The server's certificate and key in one file, as MongoDB wants them.
    pub server_pair: PathBuf,
    /// A client's certificate and key in one file.
    pub client_pair: PathBuf,
}
