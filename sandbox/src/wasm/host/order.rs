//! A run on its way from the worker to a host: what is told of it, and the files that go with it.
//!
//! Flow: `executor` → **`HostOrder`** → `hosts` → line.

use std::fs::File;
use std::sync::Arc;

use model::limits::Limits;
use model::ports::RunRef;
use model::time::BootTime;
use model::workload::Wasm;
use tokio::sync::OwnedSemaphorePermit;

use super::message::{Start, ToHost};
use crate::folder::Folder;
use crate::wasm::code::Code;

/// A run to start, with all that the worker has made for it.
pub(in crate::wasm) struct HostOrder {
    pub(in crate::wasm) run: RunRef,
    pub(in crate::wasm) wasm: Wasm,
    pub(in crate::wasm) limits: Limits,
    pub(in crate::wasm) not_after: BootTime,
    pub(in crate::wasm) code: Arc<Code>,
    pub(in crate::wasm) folder: Folder,
    /// Its segment, and the note of its end.
    pub(in crate::wasm) files: (File, File),
    pub(in crate::wasm) permit: Arc<OwnedSemaphorePermit>,
}

impl HostOrder {
    /// Returns what the host is told, which has it as its run `seq`.
    pub(super) fn message(&self, seq: u64) -> ToHost {
        ToHost::Start(Box::new(Start {
            seq,
            run: self.run.clone(),
            wasm: self.wasm.clone(),
            name: self.code.name.clone(),
            limits: self.limits.clone(),
            not_after: self.not_after,
        }))
    }
}
