//! Runs one workload under limits and says how it ended.
//!
//! Two executors behind one port: `shell` (scripts held by a cgroup) and `wasm` (modules held by fuel and
//! memory). Both write a run's folder through `folder`; the worker ships what stands there.
//!
//! Not here: jobs, schedules, stores. A limit that this host cannot hold is refused, never ignored.

mod cgroup;
pub mod folder;
mod inner;
mod kernel_file;
pub mod shell;
pub mod wasm;

pub use inner::InnerCommand;
