//! Where a run keeps its things on its worker: one folder, all that a later worker process needs.
//!
//! Whoever runs the workload writes the folder (`sandbox`); the worker reads the output and ships it.
//! Not here: reading or writing; only names.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::id::RunId;
use crate::ports::RunRef;
use crate::workload::Kind;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Returns the folder of `run` under `runs`, the folder of all runs of a worker.
    pub fn new(runs: &Path, run: &RunId) -> Self {
        Self(runs.join(run.as_str()))
    }

    /// Returns the folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the file that says what runs here: a [`RunSpec`] as JSON, written and synced before exec.
    pub fn spec(&self) -> PathBuf {
        self.0.join("spec.json")
    }

    /// Returns the file of framed output; see `segment`.
    ///
    /// Its reader holds back its writer by a lock on it (`flock`): while a shared one is held the writer reads no more
    /// output of the run, while an exclusive one is held it drops and counts what it reads. A reader that dies holds
    /// nothing any more.
    pub fn output(&self) -> PathBuf {
        self.0.join("output.seg")
    }

    /// Returns the file in which the end of a long output is noted while the run goes on: what `output` would go on
    /// with. Gone once `output` has it.
    pub fn end(&self) -> PathBuf {
        self.0.join("output.end")
    }

    /// Returns the file that says how the run ended: an `Outcome` as JSON, put in place by one rename.
    pub fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }

    /// Returns the file that keeps how far the output was acknowledged.
    pub fn cursor(&self) -> PathBuf {
        self.0.join("shipped")
    }
}

/// What `spec.json` holds: enough to settle the run without the process that started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Format of this document.
    pub version: u32,
    /// The run.
    pub run: RunRef,
    /// What kind of workload it runs.
    pub kind: Kind,
}

impl RunSpec {
    /// The format that this binary writes.
    pub const VERSION: u32 = 1;
}
