//! What a worker and its host process say to each other: small typed messages, as JSON.
//!
//! The first word is the worker's: who the process is to be and what it is for. Both ends are one binary of one
//! version, and say so all the same: a binary that was replaced under a running worker must not misread it.
//!
//! What a host says is believed of its own runs only: a guest may have taken the process over.

use std::path::PathBuf;

use model::limits::Limits;
use model::outcome::{Outcome, Stop};
use model::ports::{RunRef, StartError};
use model::quantity::ByteSize;
use model::time::BootTime;
use model::workload::Wasm;
use serde::{Deserialize, Serialize};

use super::confine::Confinement;
use crate::folder::Chunking;

/// The version of these messages.
pub(super) const VERSION: u32 = 1;

/// The worker's first message.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::wasm) struct Hello {
    /// See [`VERSION`].
    pub(super) version: u32,
    /// What the process gives up before it does anything else.
    pub(super) confinement: Confinement,
    /// What it is for.
    pub(super) task: Task,
}

/// What a process is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::wasm) enum Task {
    /// It runs guests until the line is closed.
    Serve(Settings),
    /// It compiles the module in the first descriptor into the second, and ends.
    Compile,
}

/// The options of [`crate::wasm::Options`] that a host needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::wasm) struct Settings {
    pub(super) roots: Vec<PathBuf>,
    pub(super) threads: usize,
    pub(super) slots: usize,
    pub(super) memory_max: ByteSize,
    pub(super) code_bytes_max: ByteSize,
    pub(super) chunking: Chunking,
}

/// What a worker says to a host.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum ToHost {
    /// Start this run. With it come its code, its segment and the file for the note of its end.
    Start(Box<Start>),
    /// End the run, for this reason.
    Stop {
        /// The run's number on this line.
        seq: u64,
        /// Why.
        why: Stop,
    },
    /// Say that you are there.
    Ping,
}

/// A run to start.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// Its number on this line.
    pub(super) seq: u64,
    pub(super) run: RunRef,
    pub(super) wasm: Wasm,
    /// The name under which the module was uploaded.
    pub(super) name: String,
    pub(super) limits: Limits,
    pub(super) not_after: BootTime,
}

/// What a host says to its worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(in crate::wasm) enum FromHost {
    /// It may be asked for runs.
    Ready {
        /// Why it has no pool of instances, when it has none.
        unpooled: Option<String>,
    },
    /// It cannot be what it was asked to be.
    Unfit {
        /// Why.
        why: String,
    },
    /// The run starts.
    Started { seq: u64 },
    /// The run does not start.
    Refused { seq: u64, error: StartError },
    /// The run is over, its output in the segment.
    Ended { seq: u64, outcome: Box<Outcome> },
    /// It is there.
    Pong,
    /// The module is compiled.
    Compiled,
    /// The module cannot be compiled.
    NotCompiled {
        /// Why.
        why: String,
    },
}
