//! The pipeline's task: hears of runs, reads their output, and has everything delivered.
//!
//! What takes time (reading files, the store's answers) is a piece of `work` beside the loop; each event changes the
//! deliveries at once, and `act` then begins whatever can be begun. After any event the same `act` is right.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::id::RunId;
use model::ports::{Clock, Facts, StoreError};
use model::run::RunStatus;
use model::run_folder::RunFolder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::batch::Batch;
use super::cursor;
use super::delivery::{Delivery, Next, Settled};
use super::pace::Pace;
use super::quota::Quota;
use super::records::Records;
use super::tail::{Read, Tail};
use super::{Command, Told};
use crate::backoff::Backoff;
use crate::figures;
use crate::options::PipelineOptions;
use crate::runner::Notes;

/// One look at one run's output.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) run: RunId,
    pub(super) tail: Tail,
    /// True when the run had ended before: what is read then is all there is.
    pub(super) after_end: bool,
    /// True when the writer is to be held back.
    pub(super) hold: bool,
    /// What was read; none when there was no room for it.
    pub(super) read: Option<io::Result<Read>>,
    /// Bytes that were not read.
    pub(super) waiting: u64,
}

impl Look {
    /// Returns a look that is to be taken; none while one is under way.
    pub(super) fn at(delivery: &mut Delivery, after_end: bool) -> Option<Self> {
        let (tail, run) = (delivery.tail.take()?, delivery.run().clone());
        let hold = delivery.held && !after_end;
        Some(Self { run, tail, after_end, hold, read: None, waiting: 0 })
    }
}

/// A piece of work that is done.
#[derive(Debug)]
pub(super) enum Work {
    /// Output was looked for.
    Read(Vec<Look>),
    /// A batch of chunks was answered.
    Appended(Result<(), StoreError>),
    /// A batch of records was answered.
    Put(Result<(), StoreError>),
    /// A late outcome was answered.
    Late(RunId, Result<(), StoreError>),
    /// Folders were removed, cursors written.
    Filed,
}

/// Ships output and records. One per worker.
pub(crate) struct Shipper {
    pub(super) facts: Arc<dyn Facts>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: PipelineOptions,
    pub(super) runs_dir: PathBuf,
    pub(super) notes: Notes,
    pub(super) inbox: mpsc::Receiver<Command>,
    pub(super) told: Told,
    pub(super) work: JoinSet<Work>,

    pub(super) deliveries: HashMap<RunId, Delivery>,
    /// Runs that have ended and whose output is to be read.
    pub(super) to_read: VecDeque<RunId>,
    /// Runs whose late outcome is to be kept.
    pub(super) late: VecDeque<RunId>,
    pub(super) late_under_way: usize,
    pub(super) reading: bool,
    pub(super) pace: Pace,
    /// True when the last look at the runs that go on left some of their output unread: it is read as soon as there is
    /// room, for at the next look the store would have waited for it.
    pub(super) behind: bool,
    pub(super) gathering: Batch,
    /// The first is on its way, or waits to be sent again; more than one only after a batch was refused.
    pub(super) sending: VecDeque<Batch>,
    pub(super) append_under_way: bool,
    pub(super) quota: Quota,
    pub(super) records: Records,
    /// How long to leave the facts alone.
    pub(super) rest: Backoff,
    /// True while the facts store does not do what it is asked.
    pub(super) away: bool,
    /// Runs whose folders go, and how far the output of others was acknowledged.
    pub(super) to_remove: Vec<RunId>,
    pub(super) cursors: HashMap<RunId, u64>,
    pub(super) filing: bool,
    pub(super) flushes: Vec<oneshot::Sender<()>>,
}

impl Shipper {
    pub(crate) fn new(
        (facts, clock): (Arc<dyn Facts>, Arc<dyn Clock>),
        options: PipelineOptions,
        (runs_dir, notes): (PathBuf, Notes),
        (inbox, told): (mpsc::Receiver<Command>, Told),
    ) -> Self {
        let poll = options.poll;
        Self {
            facts,
            clock,
            options,
            runs_dir,
            notes,
            inbox,
            told,
            work: JoinSet::new(),
            deliveries: HashMap::new(),
            to_read: VecDeque::new(),
            late: VecDeque::new(),
            late_under_way: 0,
            reading: false,
            pace: Pace::new(poll),
            behind: false,
            gathering: Batch::default(),
            sending: VecDeque::new(),
            append_under_way: false,
            quota: Quota::default(),
            records: Records::default(),
            rest: Backoff::default(),
            away: false,
            to_remove: Vec::new(),
            cursors: HashMap::new(),
            filing: false,
            flushes: Vec::new(),
        }
    }

    /// Ships until nobody talks to it any more.
    pub(crate) async fn run(mut self) {
        loop {
            let wait = self.wake().since(self.clock.boot_time()).to_std();
            tokio::select! {
                biased;
                Some(done) = self.work.join_next() => match done {
                    Ok(work) => self.done(work),
                    Err(e) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
                    Err(_) => {}
                },
                command = self.inbox.recv() => match command {
                    Some(command) => self.hear(command),
                    None => return,
                },
                () = sleep(wait) => {}
            }
            self.act();
        }
    }

    fn hear(&mut self, command: Command) {
        match command {
            Command::Follow(record) => {
                let folder = RunFolder::new(&self.runs_dir, &record.id);
                let delivered = cursor::read(&folder.cursor());
                self.records.put((*record).clone());
                self.deliveries.insert(record.id.clone(), Delivery::new(*record, &folder, delivered));
            }
            Command::Started(run, at) => {
                if let Some(delivery) = self.deliveries.get_mut(&run) {
                    let record = &mut delivery.record;
                    (record.status, record.started_at) = (RunStatus::Running, Some(at));
                    self.records.put(record.clone());
                    self.pace.began(self.clock.boot_time(), self.deliveries.len());
                }
            }
            Command::Ended(record) => {
                // Invariant: every run is followed before it ends, and ends once.
                if let Some(delivery) = self.deliveries.get_mut(&record.id) {
                    delivery.ended = true;
                    delivery.record = *record;
                    self.to_read.push_back(delivery.run().clone());
                }
            }
            Command::Settled(run, Settled::Owed) => {
                self.records.forget(&run);
                if self.deliveries.remove(&run).is_some_and(|delivery| delivery.ended) {
                    self.told.backlog.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Command::Settled(run, how) => {
                if let Some(delivery) = self.deliveries.get_mut(&run) {
                    delivery.settled = Some(how);
                    self.advance(&run);
                }
            }
            Command::Flush(done) => {
                self.gathering.hurry();
                self.flushes.push(done);
            }
        }
    }

    fn done(&mut self, work: Work) {
        match work {
            Work::Read(looks) => {
                self.reading = false;
                self.keep_pace(&looks);
                looks.into_iter().for_each(|look| self.looked(look));
                self.weigh();
            }
            Work::Appended(answer) => {
                self.append_under_way = false;
                if let Err(StoreError::Refused(why)) = answer {
                    self.set_chunk_aside(&why);
                } else if self.answered(answer, "output")
                    && let Some(batch) = self.sending.pop_front()
                {
                    figures::acknowledged(batch.size());
                    self.acknowledge(batch.acknowledged());
                }
            }
            Work::Put(Err(StoreError::Refused(why))) => {
                if let Some(record) = self.records.refused() {
                    self.set_record_aside(&record.id, &why);
                }
            }
            Work::Put(answer) => {
                if self.answered(answer, "run records") {
                    for run in self.records.arrived() {
                        self.told(&run);
                    }
                } else {
                    self.records.failed();
                }
            }
            Work::Late(run, Err(StoreError::Refused(why))) => {
                self.late_under_way -= 1;
                self.set_record_aside(&run, &why);
            }
            Work::Late(run, answer) => {
                self.late_under_way -= 1;
                if self.answered(answer, "a late outcome") {
                    self.told(&run);
                } else {
                    self.late.push_back(run);
                }
            }
            Work::Filed => self.filing = false,
        }
    }

    /// Notes when to look again at the runs that go on, where this was a look at those.
    fn keep_pace(&mut self, looks: &[Look]) {
        let mut live = looks.iter().filter(|look| !look.after_end).peekable();
        if live.peek().is_some() {
            let found = live.any(|look| matches!(&look.read, Some(Ok(read)) if !read.chunks.is_empty()));
            self.pace.looked(self.clock.boot_time(), found, self.deliveries.len());
        }
    }

    fn looked(&mut self, look: Look) {
        let Look { run, tail, after_end, read, waiting, .. } = look;
        // A tail that comes back after its run was forgotten and claimed again is not the new one's.
        let Some(delivery) = self.deliveries.get_mut(&run).filter(|delivery| delivery.tail.is_none()) else {
            return;
        };
        delivery.waiting = waiting;
        let at_end = match read {
            None => {
                self.behind |= !after_end && waiting > 0;
                false
            }
            Some(Ok(read)) => {
                self.behind |= !after_end && !read.at_end;
                self.told.truncated(&read.chunks);
                self.gathering.add(read.chunks, self.clock.boot_time());
                read.at_end
            }
            Some(Err(e)) => {
                error!(run.id = %run, "failed to read the output of run {run}, what is left of it is lost: {e}");
                after_end
            }
        };
        if after_end && at_end {
            if waiting > 0 {
                warn!(run.id = %run, "the output of run {run} ends with {waiting} bytes that are not whole");
            }
            delivery.read_to_end(&tail);
            self.gathering.hurry();
        } else if after_end {
            self.to_read.push_back(run.clone());
        }
        delivery.tail = Some(tail);
        self.advance(&run);
    }

    /// Notes what the facts store answered; returns whether it did what it was asked.
    fn answered(&mut self, answer: Result<(), StoreError>, what: &str) -> bool {
        match answer {
            Ok(()) => {
                if self.away {
                    info!("the facts store is back");
                }
                self.away = false;
                self.rest.worked();
                true
            }
            Err(e) => {
                if !self.away {
                    warn!("failed to ship {what}, it waits on disk until the facts store takes it: {e}");
                }
                self.away = true;
                self.rest.failed(self.clock.boot_time());
                false
            }
        }
    }

    /// Notes how far each run is delivered.
    pub(super) fn acknowledge(&mut self, upto: HashMap<RunId, u64>) {
        for (run, chunks) in upto {
            let Some(delivery) = self.deliveries.get_mut(&run) else { continue };
            delivery.delivered = chunks;
            if delivery.whole != Some(chunks) {
                self.cursors.insert(run.clone(), chunks);
            }
            self.advance(&run);
        }
    }

    /// Notes that the facts tell the end of a run.
    fn told(&mut self, run: &RunId) {
        if let Some(delivery) = self.deliveries.get_mut(run).filter(|delivery| delivery.busy) {
            (delivery.told, delivery.busy) = (true, false);
            self.advance(run);
        }
    }

    /// Begins the next step of one run, where it needs no waiting for others.
    fn advance(&mut self, run: &RunId) {
        let Some(delivery) = self.deliveries.get_mut(run) else { return };
        match delivery.next() {
            Next::Wait | Next::Read => return,
            Next::PutFinal => self.records.put(delivery.record.clone()),
            Next::PutLate => self.late.push_back(run.clone()),
            Next::Remove => {
                self.deliveries.remove(run);
                self.cursors.remove(run);
                self.told.backlog.fetch_sub(1, Ordering::Relaxed);
                self.to_remove.push(run.clone());
                return;
            }
        }
        delivery.busy = true;
    }
}
