//! What all tests share: a store, the hands of a master, workers that can be started and cut down.

mod clock;
mod faulty;
mod history;
mod puppets;
mod seat;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::chunk::Chunk;
use model::id::{JobName, JobUid, Revision, RunId, SpecId};
use model::job::{Job, SavedJob};
use model::ports::{
    Batch, Clock, Committed, Facts, Intent, JobWrite, RunQuery, StateKey, StoreError, Swap, SwapResult,
};
use model::run::{Overrides, RunRecord};
use model::schedule::Schedule;
use model::state::{self, JobState, KillTarget, Paused, RunNow, RunNowStep, Spec};
use model::time::Timestamp;
use model::workload::Kind;
use serde_json::{Value, json};
use stores::sqlite::Sqlite;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use worker::{Error, Options, Ports, Shutdown, Worker};

pub(crate) use clock::TestClock;
pub(crate) use faulty::{Fault, FaultyFacts, FaultyIntent};
pub(crate) use history::claims;
pub(crate) use puppets::{Puppets, Stage};
pub(crate) use seat::Seat;

/// What a test waits at most for something that should come soon: generous, for a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A store and the folders of workers.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) sqlite: Sqlite,
    pub(crate) intent: Arc<FaultyIntent>,
    pub(crate) facts: Arc<FaultyFacts>,
    /// The facts as they are kept, without the faults.
    kept: Arc<dyn Facts>,
    /// Jobs and states as a master reaches them.
    pub(crate) master: Arc<dyn Intent>,
    folders: TempDir,
}

/// A worker of a test. Dropped, it is gone as by a crash, and its runs go on.
pub(crate) struct Running {
    pub(crate) shutdown: Shutdown,
    tasks: JoinSet<Result<(), Error>>,
}

impl Running {
    /// Waits for the worker's end.
    pub(crate) async fn ended(mut self) -> Result<(), Error> {
        let joined = within("the worker's end", self.tasks.join_next()).await;
        joined.expect("one task").expect("no panic")
    }

    /// Ends the worker as a crash would.
    pub(crate) async fn crash(mut self) {
        self.tasks.shutdown().await;
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let sqlite = Sqlite::in_memory(Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let stores = (sqlite.intent(), sqlite.facts());
        Self::over(clock, sqlite, stores)
    }

    /// Returns a world whose jobs and facts are kept elsewhere.
    pub(crate) fn over(
        clock: Arc<TestClock>,
        sqlite: Sqlite,
        (master, kept): (Arc<dyn Intent>, Arc<dyn Facts>),
    ) -> Self {
        let intent = Arc::new(FaultyIntent::new(Arc::clone(&master)));
        let facts = Arc::new(FaultyFacts::new(Arc::clone(&kept)));
        Self { clock, sqlite, intent, facts, kept, master, folders: TempDir::new().unwrap() }
    }

    /// Returns a world whose facts are kept elsewhere.
    pub(crate) fn with_facts(kept: Arc<dyn Facts>) -> Self {
        Self { facts: Arc::new(FaultyFacts::new(Arc::clone(&kept))), kept, ..Self::new() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the folder of a worker's runs.
    pub(crate) fn runs_dir(&self, id: &str) -> PathBuf {
        self.folders.path().join(id)
    }

    /// Returns the processes of a worker's machine; they outlive the worker.
    pub(crate) fn puppets(&self, id: &str) -> Arc<Puppets> {
        Puppets::new(self.runs_dir(id), Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    pub(crate) fn options(&self, id: &str) -> Options {
        let boot = "boot-1".parse().unwrap();
        Options { slots: 8, ..Options::new(id.parse().unwrap(), boot, self.runs_dir(id)) }
    }

    /// Starts a worker with the processes of its machine.
    pub(crate) fn start(&self, options: Options, puppets: &Arc<Puppets>) -> Running {
        let ports = Ports {
            intent: Arc::clone(&self.intent) as Arc<dyn Intent>,
            registry: self.sqlite.registry(),
            facts: Arc::clone(&self.facts) as Arc<dyn Facts>,
            shell: puppets.executor(Kind::Shell),
            wasm: puppets.executor(Kind::Wasm),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
        };
        Self::start_on(options, ports)
    }

    /// Starts a worker on ports of its own.
    pub(crate) fn start_on(options: Options, ports: Ports) -> Running {
        let shutdown = Shutdown::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(Worker::new(options, ports).run(shutdown.clone()));
        Running { shutdown, tasks }
    }

    /// Waits until a worker is registered.
    pub(crate) async fn lives(&self, id: &str) {
        until(&format!("worker `{id}` to live"), async || {
            let live = self.sqlite.registry().workers().await.unwrap();
            live.iter().any(|worker| worker.identity.id.as_str() == id).then_some(())
        })
        .await;
    }

    /// Saves a job that runs `script`, with `more` fields over the defaults.
    pub(crate) async fn save(&self, name: &str, script: &str, more: Value) -> SavedJob {
        let mut text = json!({ "name": name, "schedule": "@yearly", "shell": { "script": script } });
        for (field, value) in more.as_object().unwrap() {
            text[field] = value.clone();
        }
        self.save_text(&text).await
    }

    /// Saves a job as a user wrote it.
    pub(crate) async fn save_text(&self, text: &Value) -> SavedJob {
        let job = Job::parse(text).unwrap();
        let name = job.name.as_str();
        loop {
            let (saved, before) = self.get(name).await;
            let now = self.now();
            let (uid, spec_id, anchor) = match &saved {
                Some(saved) => (saved.uid.clone(), saved.spec_id.next(), saved.anchor),
                None => (JobUid::random(), SpecId::FIRST, now),
            };
            let new = SavedJob {
                version: SavedJob::VERSION,
                uid,
                spec_id,
                author: "test".into(),
                reason: String::new(),
                saved_at: now,
                anchor,
                job: job.clone(),
            };
            let old = saved.as_ref().map(|saved| (saved, Schedule::of(saved).unwrap()));
            let old = old.as_ref().map(|(saved, ticks)| Spec { saved, ticks, worker: None });
            let ticks = Schedule::of(&new).unwrap();
            let spec = Spec { saved: &new, ticks: &ticks, worker: None };
            let next = state::save(before.as_ref().map(|(_, state)| (state, old)), spec, now).unwrap();
            let expect = before.map(|(revision, _)| revision);
            let put = JobWrite::Put(Box::new(new.clone()));
            if self.swap(name, expect, Some(next), put).await {
                return new;
            }
        }
    }

    /// Changes the state of a job by a rule, until the change is written.
    pub(crate) async fn change<T>(
        &self,
        name: &str,
        rule: impl Fn(&JobState, Spec<'_>) -> (JobState, T),
    ) -> T {
        loop {
            let (saved, before) = self.get(name).await;
            let (saved, (revision, state)) = (saved.unwrap(), before.unwrap());
            let ticks = Schedule::of(&saved).unwrap();
            let (next, result) = rule(&state, Spec { saved: &saved, ticks: &ticks, worker: None });
            if next == state || self.swap(name, Some(revision), Some(next), JobWrite::Keep).await {
                return result;
            }
        }
    }

    pub(crate) async fn pause(&self, name: &str) {
        let now = self.now();
        let pause = Paused { by: "test".into(), why: String::new(), since: now, until: None };
        self.change(name, |state, spec| (state::pause(state, spec, now, pause.clone()).unwrap(), ())).await;
    }

    pub(crate) async fn resume(&self, name: &str) {
        self.change(name, |state, spec| (state::resume(state, spec, self.now()).unwrap(), ())).await;
    }

    /// Deletes a job; its runs go on.
    pub(crate) async fn delete(&self, name: &str) {
        loop {
            // It is gone where an answer got lost.
            let (Some(saved), Some((revision, state))) = self.get(name).await else { return };
            let ticks = Schedule::of(&saved).unwrap();
            let spec = Spec { saved: &saved, ticks: &ticks, worker: None };
            let next = state::delete(&state, spec, self.now(), "test", false).unwrap();
            if self.swap(name, Some(revision), next, JobWrite::Delete).await {
                return;
            }
        }
    }

    /// Returns the revision of the last change.
    pub(crate) async fn revision(&self) -> Revision {
        let snapshot = self.master.load().await.unwrap();
        let states = snapshot.states.iter().map(|(_, state)| state.revision);
        states.chain(snapshot.jobs.iter().map(|job| job.revision)).max().unwrap()
    }

    pub(crate) async fn kill(&self, name: &str) -> (Vec<RunId>, Vec<RunId>) {
        self.change(name, |state, _| {
            let step = state::kill(state, self.now(), "test", &KillTarget::All).unwrap();
            (step.state, (step.marked, step.removed))
        })
        .await
    }

    pub(crate) async fn run_now(&self, name: &str, key: &str, overrides: Overrides) -> RunId {
        self.change(name, |state, spec| {
            let request = RunNow { key: key.into(), by: "test".into(), overrides: overrides.clone() };
            match state::run_now(state, spec, self.now(), request).unwrap() {
                RunNowStep::Added(state, run) => (*state, run),
                RunNowStep::Known(run) => (state.clone(), run),
            }
        })
        .await
    }

    pub(crate) async fn state(&self, name: &str) -> JobState {
        self.get(name).await.1.expect("the job has a state").1
    }

    /// Returns all runs of a job, newest first.
    pub(crate) async fn runs(&self, name: &str) -> Vec<RunRecord> {
        let query = RunQuery { job: Some(name.parse().unwrap()), limit: 1_000, ..RunQuery::default() };
        self.kept.runs(query).await.unwrap()
    }

    pub(crate) async fn run(&self, id: &RunId) -> Option<RunRecord> {
        self.kept.run(id).await.unwrap()
    }

    /// Waits until a run has come to its end in the facts.
    pub(crate) async fn end_of(&self, id: &RunId) -> RunRecord {
        until(&format!("the end of run {id}"), async || {
            self.run(id).await.filter(|run| run.status.is_final())
        })
        .await
    }

    /// Waits until `count` runs of a job have come to an end; returns them, oldest first.
    pub(crate) async fn ends_of(&self, name: &str, count: usize) -> Vec<RunRecord> {
        until(&format!("{count} ends of job `{name}`"), async || {
            let mut runs = self.runs(name).await;
            runs.retain(|run| run.status.is_final());
            runs.reverse();
            (runs.len() >= count).then_some(runs)
        })
        .await
    }

    /// Returns the chunks of a run, as the facts have them, and sees that none is missing.
    pub(crate) async fn chunks(&self, run: &RunId) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = Vec::new();
        loop {
            let more = self.kept.chunks(run, chunks.len() as u64, 1_000).await.unwrap();
            if more.is_empty() {
                break;
            }
            chunks.extend(more);
        }
        for (seq, chunk) in (0..).zip(&chunks) {
            assert_eq!(chunk.seq, seq, "no chunk is missing");
        }
        chunks
    }

    /// Returns the output of a run, as the facts have it.
    pub(crate) async fn output(&self, run: &RunId) -> Vec<u8> {
        let chunks = self.chunks(run).await;
        chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect()
    }

    /// Waits until nothing of a job is under way or waits.
    pub(crate) async fn idle(&self, name: &str) {
        until(&format!("job `{name}` to be idle"), async || {
            let state = self.state(name).await;
            let idle = state.active.is_empty() && state.retries.is_empty() && state.waiting.is_none();
            (idle && state.requests.is_empty()).then_some(())
        })
        .await;
    }

    async fn get(&self, name: &str) -> (Option<SavedJob>, Option<(Revision, JobState)>) {
        let name: JobName = name.parse().unwrap();
        // A store on a busy machine may not answer in time.
        let (saved, state) = until("the store's answer", async || match self.master.get(&name).await {
            Err(StoreError::Unavailable(_)) => None,
            answer => Some(answer.unwrap()),
        })
        .await;
        (saved.map(|saved| saved.value), state.map(|state| (state.revision, state.value)))
    }

    /// Writes a state as it is, against the revision that it had. Returns false where it is not known to have done so:
    /// whoever wants it looks again.
    pub(crate) async fn swap(
        &self,
        name: &str,
        expect: Option<Revision>,
        state: Option<JobState>,
        job: JobWrite,
    ) -> bool {
        let key = StateKey::job(name.parse().unwrap());
        let batch = Batch::one(Swap { key, expect, head: None, state, job });
        match self.master.commit(batch).await {
            Ok(Committed::Done(results)) => matches!(results[..], [SwapResult::Swapped(_)]),
            Ok(Committed::GuardFailed) => panic!("no guard"),
            Err(StoreError::Unavailable(_) | StoreError::Ambiguous(_)) => {
                sleep(Duration::from_millis(100)).await;
                false
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits until `check` has something, with a deadline.
pub(crate) async fn until<T>(what: &str, check: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come within {} s", DEADLINE.as_secs());
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits for `future`, with a deadline.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {} s", DEADLINE.as_secs()),
    }
}

/// Returns a schedule that fires once, some seconds from `now`: a save on a busy machine must come before it.
pub(crate) fn once_after(now: Timestamp) -> String {
    format!("@at {}", Timestamp::from_seconds(now.as_seconds() + 5))
}
