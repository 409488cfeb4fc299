//! How this program is started once more as one of the processes inside a worker: the supervisor of scripts, the host of
//! modules.
//!
//! Flow: who wires a worker → `shell::Options`, `wasm::Options` → the executors start it. Not here: what such a process
//! does (`shell::supervise_runs`, `wasm::serve_modules`).

use std::ffi::OsString;
use std::path::PathBuf;

/// A program that is such a process when it is run with these arguments.
#[derive(Debug, Clone)]
pub struct InnerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}
