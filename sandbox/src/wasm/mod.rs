//! Runs WASI preview 1 commands, each held by fuel, memory, time and the grants of its job.
//!
//! Flow: `executor` (checks, folder) → `modules` (fetch, compile once) → `thread` (load, link) → `guest` (run) →
//! `classify` (how it ended) → `launch` (outcome on disk). `inspect` stands apart: it looks into uploads.
//!
//! Not here yet: components and their network, a host process of its own for guests, compiled code on disk.

mod classify;
mod engine;
mod executor;
mod features;
mod grants;
mod guest;
mod imports;
mod inspect;
mod launch;
mod limiter;
mod lru;
mod modules;
mod open;
mod options;
mod poll;
mod preview1;
mod producers;
mod running;
mod sections;
mod sink;
mod slots;
mod sniff;
mod thread;

use model::limits::LimitName;

pub use executor::{SetupError, WasmExecutor};
pub use features::TABLE_ELEMENTS_MAX;
pub use inspect::Inspector;
pub use options::{MEMORY_MAX, MODULE_BYTES_MAX, Options, SLOTS};

/// Returns each limit that holds a module, and by what. All of them hold on every host.
fn held_by() -> [(LimitName, &'static str); 4] {
    [
        (LimitName::Timeout, "the module's future is dropped"),
        (LimitName::Memory, "wasmtime's limit on linear memories"),
        (LimitName::Fuel, "wasmtime's fuel"),
        (LimitName::Output, "the run's segment"),
    ]
}
