//! When a worker tells how it is. What is told soon is told before some heartbeats have passed: no test reads a clock.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use model::id::{BootId, Revision};
use model::limits::{Enforceable, Limits};
use model::outcome::Stage;
use model::ports::{Adopted, Clock, Executor, LeaseTerms, Registry, RunRef, Running, StartError};
use model::time::Timestamp;
use model::workload::Workload;
use stores::SystemClock;
use stores::sqlite::Sqlite;
use tokio::task::JoinSet;

use super::*;

const SLOTS: u32 = 2;

/// Heartbeats until anything is told that nobody waits for: less than that is soon.
const SOON: usize = (REPORT_EVERY.as_millis() / BEAT.as_millis()) as usize;

/// Runs nothing.
struct Idle;

#[async_trait]
impl Executor for Idle {
    async fn start(
        &self,
        _run: RunRef,
        _workload: Workload,
        _limits: Limits,
        _lease: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        Err(StartError::worker(Stage::Exec, "nothing runs here"))
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        Ok(Vec::new())
    }

    fn enforceable(&self) -> Enforceable {
        Enforceable::default()
    }
}

/// Notes what it is told, and how many heartbeats there were.
#[derive(Default)]
struct Board {
    busy: Mutex<Option<u32>>,
    beats: AtomicUsize,
    /// What it answers to registrations, where it does not take them.
    refuses: Mutex<Option<fn() -> RegisterError>>,
}

impl Board {
    fn note(&self, status: &WorkerStatus) {
        *self.busy.lock().unwrap() = Some(status.busy);
    }

    /// Waits until `busy` slots are told, and returns how many heartbeats that took.
    async fn tells(&self, busy: u32) -> usize {
        let since = self.beats.load(Ordering::Relaxed);
        while *self.busy.lock().unwrap() != Some(busy) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.beats.load(Ordering::Relaxed) - since
    }
}

#[async_trait]
impl Registry for Board {
    async fn register(
        &self,
        identity: WorkerIdentity,
        status: WorkerStatus,
    ) -> Result<Registration, RegisterError> {
        if let Some(refusal) = *self.refuses.lock().unwrap() {
            return Err(refusal());
        }
        self.note(&status);
        Ok(Registration { id: identity.id, revision: Revision(1), holds_until: BootTime::NEVER })
    }

    async fn renew(&self, registration: &Registration) -> Result<Option<Registration>, StoreError> {
        self.beats.fetch_add(1, Ordering::Relaxed);
        Ok(Some(registration.clone()))
    }

    async fn report(&self, _registration: &Registration, status: WorkerStatus) -> Result<(), StoreError> {
        self.note(&status);
        Ok(())
    }

    async fn release(&self, _registration: &Registration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        Ok(Vec::new())
    }

    async fn drain(&self, _id: &WorkerId, _drain: Drain) -> Result<(), StoreError> {
        Ok(())
    }

    async fn undrain(&self, _id: &WorkerId) -> Result<Option<Drain>, StoreError> {
        Ok(None)
    }
}

fn registrar(board: &Arc<Board>, load: watch::Receiver<Load>) -> Registrar {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    registrar_by(&clock, board, load)
}

fn registrar_by(clock: &Arc<dyn Clock>, board: &Arc<Board>, load: watch::Receiver<Load>) -> Registrar {
    let sqlite = Sqlite::in_memory(Arc::clone(clock)).unwrap();
    let ports = Ports {
        intent: sqlite.intent(),
        registry: Arc::clone(board) as Arc<dyn Registry>,
        facts: sqlite.facts(),
        shell: Arc::new(Idle),
        wasm: Arc::new(Idle),
        clock: Arc::clone(clock),
    };
    let identity = WorkerIdentity {
        id: "w1".parse().unwrap(),
        boot: "boot".parse::<BootId>().unwrap(),
        host: "test".into(),
        version: "0.0.0".into(),
        zone_data: "2026a".into(),
        started_at: clock.now(),
    };
    let status = WorkerStatus {
        slots: SLOTS,
        busy: 0,
        labels: [].into(),
        clock_ok: true,
        clock_off: None,
        facts_clock: None,
        clock_event: None,
        disk_free_percent: None,
        output: OutputWaits::default(),
        draining: false,
        shell: Enforceable::default(),
        wasm: Enforceable::default(),
        at: clock.now(),
    };
    Registrar::new(ports, "/".into(), identity, status, load)
}

/// The others leave a full worker out, and may count on it again, within a second of its being so.
/// Caught: `tight` without a look at the slots. It is told with what nobody waits for.
#[tokio::test]
async fn the_last_slot_that_is_taken_and_the_first_that_comes_free_are_told_soon() {
    let board = Arc::new(Board::default());
    let (loads, load) = watch::channel(Load::default());
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(registrar(&board, load).run(stop.clone(), Arc::new(Notify::new())));
    board.tells(0).await;
    for busy in [SLOTS, SLOTS - 1, SLOTS] {
        loads.send_modify(|load| load.busy = busy);
        let beats = board.tells(busy).await;
        assert!(beats < SOON, "{busy} busy was told after {beats} heartbeats");
    }
    stop.cancel();
    tasks.join_next().await.unwrap().unwrap().unwrap();
}

/// Caught: nothing that wakes for what was held back. It would be told with the next heartbeat.
#[tokio::test]
async fn what_is_told_soon_is_told_a_second_after_the_last_at_the_latest() {
    let board = Arc::new(Board::default());
    let (loads, load) = watch::channel(Load::default());
    let mut registrar = registrar(&board, load);
    assert_eq!(registrar.report_due(), None, "nobody is told before there is a registration");
    assert!(registrar.beat().await.unwrap());
    for (busy, is_due) in [(0, false), (SLOTS - 1, false), (SLOTS, true), (SLOTS + 1, true)] {
        loads.send_modify(|load| load.busy = busy);
        let due = is_due.then(|| registrar.report_tried + TIGHT_EVERY.to_std());
        assert_eq!(registrar.report_due(), due, "with {busy} busy");
    }
    // Told a moment ago, by a clock that no machine is slow enough for: it is held back, and stays due.
    registrar.report_tried = Instant::now() + TIGHT_EVERY.to_std() * 60;
    registrar.report().await;
    assert!(registrar.report_due().is_some());
    registrar.report_tried = Instant::now() - TIGHT_EVERY.to_std();
    registrar.report().await;
    assert_eq!((registrar.report_due(), board.tells(SLOTS + 1).await), (None, 0));
}

/// A clock that stands until it is moved, in seconds.
#[derive(Default)]
struct Hands(AtomicUsize);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_767_225_600) + Span::from_seconds(self.0.load(Ordering::Relaxed) as u64)
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(1_000_000 + 1_000 * self.0.load(Ordering::Relaxed) as u64)
    }
}

/// A store that was away gives the lease of the process before its whole time again. Caught: a worker that counts that time
/// too, and gives up for good.
#[tokio::test]
async fn an_id_that_is_taken_is_waited_for_anew_after_the_store_was_away() {
    let (board, clock) = (Arc::new(Board::default()), Arc::new(Hands::default()));
    let (_loads, load) = watch::channel(Load::default());
    let told = Arc::clone(&clock) as Arc<dyn Clock>;
    let mut registrar = registrar_by(&told, &board, load);
    let taken: fn() -> RegisterError = || RegisterError::Taken("w1".parse().unwrap());
    let away: fn() -> RegisterError = || StoreError::Unavailable("it is away".into()).into();
    let patience = TAKEN_PATIENCE.as_millis() as usize / 1_000;
    for (refusal, at) in [(taken, 0), (taken, patience), (away, patience + 1), (taken, patience + 2)] {
        *board.refuses.lock().unwrap() = Some(refusal);
        clock.0.store(at, Ordering::Relaxed);
        assert!(matches!(registrar.register().await, Ok(None)), "it goes on at {at} s");
    }
    clock.0.store(2 * patience + 3, Ordering::Relaxed);
    assert!(matches!(registrar.register().await, Err(RegisterError::Taken(_))), "another process lives");
}
