//! `[worker]` and what else stands in a worker's file: who it is, how much it takes on, what its owner allows.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use ::worker::PipelineOptions;
use model::fault::Faults;
use model::id::WorkerId;
use model::quantity::ByteSize;
use model::time::Span;
use sandbox::folder::Chunking;

use super::Stores;
use super::log::{self, Log};
use super::metrics::{self, Metrics};
use crate::config::document::Table;
use crate::config::section::{Given, Section};
use crate::config::{Allowed, Collector, telemetry};

/// Most runs at one time.
const SLOTS_MAX: u32 = 10_000;
/// A batch takes the largest chunk, and MongoDB takes a batch.
const BATCH_BYTES: RangeInclusive<ByteSize> = ByteSize::from_kib(64)..=ByteSize::from_mib(32);
/// Less would have processors look for output all the time; with more, nobody would call it live.
const WAITS: RangeInclusive<Span> = Span::from_millis(10)..=Span::from_minutes(1);

/// How `when_full` is written by default.
const WHEN_FULL: &str = "block";

/// The configuration of a worker.
#[derive(Debug)]
pub(crate) struct WorkerConfig {
    pub(crate) stores: Stores,
    /// Its id; the host's name when none is given.
    pub(crate) id: Option<WorkerId>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) slots: Option<u32>,
    /// Its data folder; that of the system when none is given.
    pub(crate) data: Option<PathBuf>,
    pub(crate) drain_timeout: Span,
    pub(crate) pipeline: PipelineOptions,
    pub(crate) allowed: Allowed,
    pub(crate) log: Log,
    /// Where spans go; nowhere when none is named.
    pub(crate) collector: Option<Collector>,
    /// Where it tells its figures; nowhere when none is given.
    pub(crate) metrics: Option<Metrics>,
}

/// Reads the whole file of a worker.
pub(super) fn read(table: &Table, given: &Given, faults: &mut Faults) -> WorkerConfig {
    let mut top = Section::top(table, given);
    let stores = Stores::read(&mut top, faults);
    let log = log::read(top.section("log", faults), faults);
    let collector = telemetry::read(top.section("telemetry", faults), faults);
    let metrics = metrics::read(top.section("metrics", faults), faults);
    let mut section = top.section("worker", faults);
    let id = section.text("id", faults);
    let labels = section.pairs("labels", faults);
    let slots = section.number("slots", 1..=SLOTS_MAX, faults);
    let data = section.text("data", faults);
    let drain_timeout = section
        .text("drain_timeout", faults)
        .unwrap_or_else(|| section.default("drain_timeout", Span::from_seconds(30)));
    let cgroup_root = section.text("cgroup_root", faults);
    let memory_reserve = section.text("memory_reserve", faults);
    section.finish(faults);
    let (pipeline, chunking) = pipeline(top.section("pipeline", faults), faults);
    let allowed = Allowed { cgroup_root, memory_reserve, chunking, ..Allowed::read(&mut top, faults) };
    top.finish(faults);
    WorkerConfig {
        stores,
        id,
        labels,
        slots,
        data,
        drain_timeout,
        pipeline,
        allowed,
        log,
        collector,
        metrics,
    }
}

/// `[pipeline]`: how output is cut, and how it and records are shipped.
fn pipeline(mut section: Section<'_>, faults: &mut Faults) -> (PipelineOptions, Chunking) {
    let (default, cut) = (PipelineOptions::default(), Chunking::default());
    let chunking = Chunking {
        bytes: section
            .within("chunk_bytes", Chunking::BYTES_LEAST..=Chunking::BYTES_MOST, faults)
            .unwrap_or_else(|| section.default("chunk_bytes", cut.bytes)),
        wait: section
            .within("chunk_wait", WAITS, faults)
            .unwrap_or_else(|| section.default("chunk_wait", cut.wait)),
    };
    let mut count = |name, most: u32, default: usize| {
        let given = section.number(name, 1..=most, faults);
        given.map_or_else(|| section.default(name, default), |number| number as usize)
    };
    let batch_chunks_max = count("batch_chunks", 100_000, default.batch_chunks_max);
    let backlog_runs_max = count("backlog_runs", 1_000_000, default.backlog_runs_max);
    let options = PipelineOptions {
        batch_chunks_max,
        batch_bytes_max: section
            .within("batch_bytes", BATCH_BYTES, faults)
            .unwrap_or_else(|| section.default("batch_bytes", default.batch_bytes_max)),
        batch_wait: section
            .within("batch_wait", WAITS, faults)
            .unwrap_or_else(|| section.default("batch_wait", default.batch_wait)),
        poll: section.within("poll", WAITS, faults).unwrap_or_else(|| section.default("poll", default.poll)),
        backlog_runs_max,
        quota: section.text("quota", faults).unwrap_or_else(|| section.default("quota", default.quota)),
        quota_per_run: section
            .text("quota_per_run", faults)
            .unwrap_or_else(|| section.default("quota_per_run", default.quota_per_run)),
        when_full: section.text("when_full", faults).unwrap_or_else(|| {
            section.default("when_full", WHEN_FULL);
            default.when_full
        }),
    };
    section.finish(faults);
    (options, chunking)
}
