//! Runs WASI preview 1 commands and preview 2 components, each held by fuel, memory, time and the grants of its job.
//!
//! Flow: `executor` (checks, folder) → `modules` (fetch, `cache`, `compiler`) → `host` (the process for guests) →
//! `threads` → `thread` (load, link) → `guest` (run) → `classify` (how it ended) → `launch` (tells who asked).
//! `inspect` stands apart: it looks into uploads.

mod cache;
mod classify;
mod code;
mod compiler;
mod engine;
mod executor;
mod features;
mod grants;
mod guest;
mod host;
mod imports;
mod inside;
mod inspect;
mod launch;
mod limiter;
mod lookup;
mod lru;
mod metered;
mod modules;
mod network;
mod open;
mod options;
mod pace;
mod poll;
mod preview1;
mod preview2;
mod producers;
mod program;
mod running;
mod sealed;
mod sections;
mod sink;
mod slots;
mod sniff;
mod thread;
mod threads;

use model::limits::{LimitName, Limits};
use model::outcome::{Applied, Outcome};

pub use executor::{SetupError, WasmExecutor};
pub use features::TABLE_ELEMENTS_MAX;
pub use host::serve_modules;
#[doc(hidden)]
pub use inside::{Inside, Ordered};
pub use inspect::Inspector;
pub use options::{CompileBounds, Liveness, MEMORY_MAX, MODULE_BYTES_MAX, Options, SLOTS};

/// Returns each limit that holds a module, and by what. All of them hold on every host.
fn held_by() -> [(LimitName, &'static str); 4] {
    [
        (LimitName::Timeout, "the module's future is dropped"),
        (LimitName::Memory, "wasmtime's limit on linear memories"),
        (LimitName::Fuel, "wasmtime's fuel"),
        (LimitName::Output, "the run's segment"),
    ]
}

/// Returns the outcome with what the run was allowed, what held it to that, and its words.
fn held(mut outcome: Outcome, limits: Limits) -> Outcome {
    outcome.limits = Some(limits);
    outcome.applied = held_by().map(|(limit, by)| Applied { limit, held: true, by: by.into() }).to_vec();
    outcome.told()
}
