//! Runs WASI preview 1 commands, each held by fuel, memory, time and the grants of its job.
//!
//! Not here: components, network, a host process of its own for guests.

mod features;
mod imports;
mod inspect;
mod sections;
mod sniff;

use model::quantity::ByteSize;

pub use features::TABLE_ELEMENTS_MAX;
pub use inspect::Inspector;

/// The most memory that a job may ask for.
pub const MEMORY_MAX: ByteSize = ByteSize::from_mib(1024);
