//! What the shipper begins, once it can: looking for output, sending batches, tidying folders.
//!
//! Each step checks by itself whether it is time, so all of them run after every event.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use model::id::RunId;
use model::ports::{Facts, StoreError};
use model::run::{RunRecord, RunStatus};
use model::run_folder::RunFolder;
use model::time::{BootTime, Span};
use tracing::warn;

use super::cursor;
use super::delivery::Settled;
use super::shipper::{Look, Shipper, Work};
use super::tail::Room;
use crate::options::WhenFull;
use crate::runner::Notes;

/// Segments of ended runs looked at in one go.
const LOOKS_MAX: usize = 256;
/// Late outcomes on their way at one time.
const LATE_MAX: usize = 4;
/// How long nothing may happen before the shipper looks around; any length would do.
const IDLE: Span = Span::from_minutes(1);

impl Shipper {
    /// Begins all that can be begun.
    pub(super) fn act(&mut self) {
        let now = self.clock.boot_time();
        let rests = self.rest.until(now).is_some();
        // Before the look: what goes out makes room for the next batch, which is then read while this one is on its way.
        if !rests {
            self.append(now);
        }
        self.look(now);
        if !rests {
            self.put();
            self.put_late();
        }
        self.file();
        self.answer_flushes();
    }

    /// Returns when there is something to do though nothing happens.
    pub(super) fn wake(&self) -> BootTime {
        let now = self.clock.boot_time();
        let idle = now + IDLE;
        let live = self.deliveries.values().any(|delivery| !delivery.ended);
        let poll = if live && !self.reading { self.pace.next() } else { idle };
        let rest = self.rest.until(now);
        let due = match self.gathering.due(&self.options) {
            Some(due) if self.sending.is_empty() && rest.is_none() => due,
            _ => idle,
        };
        poll.min(due).min(rest.unwrap_or(idle)).min(idle)
    }

    fn has_room(&self) -> bool {
        let Room { chunks, bytes } = self.gathering.room(&self.options);
        self.gathering.is_empty() || (chunks > 0 && bytes >= model::chunk::CHUNK_BYTES_MAX)
    }

    /// Looks for output: of runs that have ended, and at the pace of those that go on. Where there is no room it
    /// only sees how much there is.
    fn look(&mut self, now: BootTime) {
        if self.reading {
            return;
        }
        let has_room = self.has_room();
        let mut looks = Vec::new();
        let ended = if has_room { self.to_read.len().min(LOOKS_MAX) } else { 0 };
        for run in self.to_read.drain(..ended) {
            let delivery = self.deliveries.get_mut(&run);
            looks.extend(delivery.and_then(|delivery| Look::at(delivery, true)));
        }
        if now >= self.pace.next() || (has_room && self.behind) {
            self.behind = false;
            let live = self.deliveries.values_mut().filter(|delivery| !delivery.ended);
            looks.extend(live.filter_map(|delivery| Look::at(delivery, false)));
            // Whoever writes most does not come first each time.
            let first = self.clock.boot_time().as_millis() as usize % looks.len().max(1);
            looks.rotate_left(first);
        }
        if looks.is_empty() {
            return;
        }
        let none = Room { chunks: 0, bytes: 0 };
        let room = if has_room { self.gathering.room(&self.options) } else { none };
        let (alone, when_full) = (self.gathering.is_empty(), self.options.when_full);
        self.reading = true;
        self.work.spawn_blocking(move || Work::Read(read_all(looks, room, alone, when_full)));
    }

    /// Sends the batch that is due, or the one that failed.
    fn append(&mut self, now: BootTime) {
        if self.append_under_way {
            return;
        }
        if self.sending.is_empty() && self.gathering.due(&self.options).is_some_and(|due| due <= now) {
            self.sending.push_front(std::mem::take(&mut self.gathering));
        }
        if let Some(batch) = self.sending.front() {
            let (facts, chunks) = (Arc::clone(&self.facts), batch.chunks());
            self.append_under_way = true;
            self.work.spawn(async move { Work::Appended(facts.append_chunks(chunks).await) });
        }
    }

    fn put(&mut self) {
        if let Some(batch) = self.records.next() {
            let facts = Arc::clone(&self.facts);
            self.work.spawn(async move { Work::Put(facts.put_runs(batch).await) });
        }
    }

    fn put_late(&mut self) {
        while self.late_under_way < LATE_MAX {
            let Some(run) = self.late.pop_front() else { return };
            let Some(delivery) = self.deliveries.get(&run) else { continue };
            let (facts, record) = (Arc::clone(&self.facts), delivery.record.clone());
            let settled = delivery.settled.expect("only a settled outcome is told");
            self.late_under_way += 1;
            self.work.spawn(async move { Work::Late(run, put_late(&*facts, record, settled).await) });
        }
    }

    /// Removes folders that are done with and keeps how far others are.
    fn file(&mut self) {
        if self.filing || (self.to_remove.is_empty() && self.cursors.is_empty()) {
            return;
        }
        let (runs, cursors) = (std::mem::take(&mut self.to_remove), std::mem::take(&mut self.cursors));
        let (dir, notes) = (self.runs_dir.clone(), self.notes.clone());
        self.filing = true;
        self.work.spawn_blocking(move || {
            for (run, chunks) in cursors {
                if let Err(e) = cursor::write(&RunFolder::new(&dir, &run).cursor(), chunks)
                    && e.kind() != io::ErrorKind::NotFound
                {
                    warn!(run.id = %run, "failed to keep how far the output of run {run} is shipped: {e}");
                }
            }
            runs.iter().for_each(|run| remove(&dir, &notes, run));
            Work::Filed
        });
    }

    fn answer_flushes(&mut self) {
        let shipped = self.records.is_empty() && self.gathering.is_empty() && self.sending.is_empty();
        let ended = self.deliveries.values().any(|delivery| delivery.ended);
        if shipped && !ended && !self.filing && self.to_remove.is_empty() {
            for flushed in self.flushes.drain(..) {
                let _ = flushed.send(());
            }
        }
    }
}

/// Reads what there is room for, and sees how much is left.
fn read_all(mut looks: Vec<Look>, mut room: Room, mut alone: bool, when_full: WhenFull) -> Vec<Look> {
    for look in &mut looks {
        if room.chunks > 0 && room.bytes > 0 {
            let read = look.tail.read(room, alone);
            if let Ok(read) = &read {
                room.chunks = room.chunks.saturating_sub(read.chunks.len());
                room.bytes = room.bytes.saturating_sub(read.bytes);
                alone &= read.chunks.is_empty();
            }
            look.read = Some(read);
        }
        look.waiting = look.tail.waiting();
        if let Err(e) = look.tail.hold(look.hold, when_full) {
            warn!(run.id = %look.run, "failed to hold back the output of run {}: {e}", look.run);
        }
    }
    looks
}

/// Keeps an outcome that came after its run was settled, or the end itself when the settling was our own.
async fn put_late(facts: &dyn Facts, record: RunRecord, settled: Settled) -> Result<(), StoreError> {
    if settled == Settled::Unclear {
        let known = facts.run(&record.id).await?;
        let lost =
            known.is_some_and(|known| known.status == RunStatus::Lost && record.status != RunStatus::Lost);
        if !lost {
            return facts.put_runs(vec![record]).await;
        }
    }
    let outcome = record.outcome.expect("an ended run has its outcome");
    facts.put_late_outcome(&record.id, outcome).await
}

/// Removes all that is kept of a run. What cannot be removed is found, and told again, at the next start.
fn remove(dir: &Path, notes: &Notes, run: &RunId) {
    let folder = RunFolder::new(dir, run);
    let removed = match fs::remove_dir_all(folder.path()) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => notes.remove(run),
    };
    if let Err(e) = removed {
        warn!(run.id = %run, "failed to remove the folder of run {run}: {e}");
    }
}
