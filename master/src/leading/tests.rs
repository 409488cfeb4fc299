//! Who leads when: masters that end, die and freeze, on the embedded store with a clock that the test moves.
//!
//! Not here: that terms exclude one another (the contract suite of elections, on etcd too).

use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use model::ports::StoreError;
use model::time::Timestamp;
use stores::sqlite::Sqlite;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::*;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that the test moves.
#[derive(Default)]
struct Hands(AtomicU64);

impl Hands {
    fn pass(&self, span: Span) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_767_225_600) + Span::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(1_000_000 + self.0.load(Ordering::SeqCst))
    }
}

/// What a master's work did.
#[derive(Debug, PartialEq, Eq)]
enum Did {
    Began(&'static str),
    Stopped(&'static str),
}

/// Tells when the work that holds it is dropped.
struct Telltale(&'static str, mpsc::Sender<Did>);

impl Drop for Telltale {
    fn drop(&mut self) {
        drop(self.1.try_send(Did::Stopped(self.0)));
    }
}

/// Some masters on one store.
struct Masters {
    clock: Arc<Hands>,
    store: Sqlite,
    told: mpsc::Sender<Did>,
    seen: mpsc::Receiver<Did>,
    tasks: JoinSet<()>,
}

impl Masters {
    fn new() -> Self {
        let clock = Arc::new(Hands::default());
        let store = Sqlite::in_memory(clock.clone()).unwrap();
        let (told, seen) = mpsc::channel(16);
        Self { clock, store, told, seen, tasks: JoinSet::new() }
    }

    /// Starts a master whose work lasts until it is dropped or told to end.
    fn start(&mut self, name: &'static str, election: Arc<dyn Election>) -> CancellationToken {
        let (stop, told) = (CancellationToken::new(), self.told.clone());
        let candidate = Candidate { name: name.into(), election, clock: self.clock.clone() };
        let work = move |_, stop: CancellationToken| {
            let told = told.clone();
            async move {
                told.send(Did::Began(name)).await.unwrap();
                let _telltale = Telltale(name, told);
                stop.cancelled().await;
            }
        };
        self.tasks.spawn(run(candidate, Duty::Recorder, stop.clone(), work));
        stop
    }

    async fn next(&mut self) -> Did {
        timeout(PATIENCE, self.seen.recv())
            .await
            .expect("something is done in time")
            .expect("the test holds a sender")
    }

    async fn leader(&self) -> Option<String> {
        self.store.election().leader(Duty::Recorder).await.unwrap()
    }
}

/// The clock stands still, so no lease ends: the next master leads since the first one gave its term back.
/// Catches: a master that ends without `resign`.
#[tokio::test]
async fn a_master_that_ends_is_followed_at_once() {
    let mut masters = Masters::new();
    let first = masters.start("a", masters.store.election());
    assert_eq!(masters.next().await, Did::Began("a"));
    masters.start("b", masters.store.election());
    first.cancel();
    assert_eq!(masters.next().await, Did::Stopped("a"));
    assert_eq!(masters.next().await, Did::Began("b"));
    assert_eq!(masters.leader().await.as_deref(), Some("b"));
}

/// Catches: a second master that does not look again, and one that leads beside the first.
#[tokio::test]
async fn a_master_that_is_gone_is_followed_after_its_lease() {
    let mut masters = Masters::new();
    masters.start("a", masters.store.election());
    assert_eq!(masters.next().await, Did::Began("a"));
    masters.tasks.abort_all();
    assert_eq!(masters.next().await, Did::Stopped("a"), "as by a crash: it gave nothing back");
    masters.start("b", masters.store.election());
    assert_eq!(masters.leader().await.as_deref(), Some("a"), "its term goes on until its lease ends");
    masters.clock.pass(LEASE_TTL);
    assert_eq!(masters.next().await, Did::Began("b"));
}

/// A leader that hears nothing more stops while nobody else can have begun: half a second before its lease ends.
/// Catches: a `MARGIN` of zero, and a leader that looks at its deadline only when a renewal is answered.
#[tokio::test]
async fn a_leader_that_cannot_renew_stops_before_another_can_begin() {
    let mut masters = Masters::new();
    let deaf = Deaf(masters.store.election(), Mutex::default());
    masters.start("a", Arc::new(deaf));
    assert_eq!(masters.next().await, Did::Began("a"));
    masters.clock.pass(Span::from_millis(LEASE_TTL.as_millis() - 500));
    assert_eq!(masters.next().await, Did::Stopped("a"));
    assert_eq!(masters.leader().await.as_deref(), Some("a"), "it stopped while its term still held");
}

/// An election that answers one campaign and nothing after it.
struct Deaf(Arc<dyn Election>, Mutex<bool>);

#[async_trait]
impl Election for Deaf {
    async fn campaign(&self, duty: Duty, candidate: &str) -> Result<Option<Term>, StoreError> {
        if std::mem::replace(&mut *self.1.lock().unwrap(), true) {
            pending::<()>().await;
        }
        self.0.campaign(duty, candidate).await
    }

    async fn renew(&self, _: &Term) -> Result<Option<Term>, StoreError> {
        pending().await
    }

    async fn resign(&self, _: &Term) -> Result<(), StoreError> {
        pending().await
    }

    async fn leader(&self, duty: Duty) -> Result<Option<String>, StoreError> {
        self.0.leader(duty).await
    }
}
