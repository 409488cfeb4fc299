//! What the shipper does when it cannot go on as always: too much output waits, or the store refuses a piece for good.
//!
//! Output beyond the quota is held back or dropped by its writer. A refused piece is found by halving its batch and
//! set aside, so that it does not stop the others; each is told as an error and counted.

use std::sync::atomic::Ordering;

use model::id::RunId;
use model::quantity::ByteSize;
use model::worker::OutputWaits;
use tracing::{error, info, warn};

use super::batch::Batch;
use super::shipper::Shipper;
use crate::options::WhenFull;

impl Shipper {
    /// Decides whose output is held back, after it was looked at how much waits.
    pub(super) fn weigh(&mut self) {
        let options = &self.options;
        let waiting = self.deliveries.values().map(|delivery| delivery.waiting).sum();
        if self.quota.note(waiting, options) {
            let size = ByteSize::from_bytes(waiting).rounded();
            let (full, quota, how) = (self.quota.is_full(), options.quota, in_words(options.when_full));
            if full {
                warn!(waiting, "{size} of output waits for the facts store (quota {quota}): {how}");
            } else {
                info!(waiting, "{size} of output waits for the facts store: all of it is read again");
            }
        }
        for (run, delivery) in self.deliveries.iter_mut().filter(|(_, delivery)| !delivery.ended) {
            let hold = self.quota.holds(delivery.held, delivery.waiting, options);
            if hold && !delivery.held && !self.quota.is_full() {
                let (waiting, how) = (delivery.waiting, in_words(options.when_full));
                let (size, quota) = (ByteSize::from_bytes(waiting).rounded(), options.quota_per_run);
                warn!(run.id = %run, waiting, "{size} of the output of run {run} waits for the facts store (quota \
                      {quota}): {how}");
            }
            delivery.held = hold;
        }
        let held = self.deliveries.values().filter(|delivery| delivery.held && !delivery.ended).count();
        self.told.waits.send_if_modified(|told| {
            let now = OutputWaits { waiting_bytes: waiting, held_runs: held as u32, ..*told };
            std::mem::replace(told, now) != now
        });
    }

    /// Halves the batch that was refused, or sets its only chunk aside: what is counted stands in its place.
    pub(super) fn set_chunk_aside(&mut self, why: &str) {
        let Some(batch) = self.sending.pop_front() else { return };
        match batch.halved() {
            Ok(halves) => {
                for half in halves.into_iter().rev() {
                    self.sending.push_front(half);
                }
            }
            Err(chunk) => {
                let (run, seq, bytes) = (&chunk.run, chunk.seq, chunk.bytes.len());
                error!(run.id = %run, seq, bytes, "the facts store refuses chunk {seq} of the output of run {run}, its \
                       {bytes} bytes are lost: {why}");
                if chunk.gap.is_none() {
                    self.sending.push_front(Batch::in_place_of(&chunk, self.clock.boot_time()));
                } else {
                    // Not even the count is taken: the number stays free, which a reader sees.
                    self.acknowledge([(chunk.run, seq + 1)].into());
                }
            }
        }
    }

    /// Leaves a run alone whose record is refused: its folder stays, and a later process of this worker tries again.
    pub(super) fn set_record_aside(&mut self, run: &RunId, why: &str) {
        let folder = self.runs_dir.join(run.as_str());
        error!(run.id = %run, "the facts store refuses the record of run {run}: {why}\nhint: it is tried again when the \
               worker starts; what is known of it stands in `{}`", folder.display());
        if self.deliveries.remove(run).is_some_and(|delivery| delivery.ended) {
            self.told.backlog.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn in_words(when_full: WhenFull) -> &'static str {
    match when_full {
        WhenFull::Block => "runs that write more wait until some of it is shipped",
        WhenFull::Truncate => "what runs write is dropped and counted until some of it is shipped",
    }
}
