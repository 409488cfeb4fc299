//! The SQLite store passes every suite, on disk and in memory.
//!
//! Not here: what only this store promises (`folder.rs`, `crash.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use model::ports::{
    Accounts, AlertLog, Alerts, Audit, Blobs, Clock, Election, Facts, Intent, Registry, Revisions,
};
use model::testing::contract::Harness;
use model::time::{BootTime, Span, Timestamp};
use stores::sqlite::{Options, Sqlite};
use tempfile::TempDir;

/// A clock that the test moves.
#[derive(Default)]
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_767_225_600) + Span::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(1_000_000 + self.0.load(Ordering::SeqCst))
    }
}

/// A store under test, on disk or in memory.
struct UnderTest {
    clock: Arc<TestClock>,
    folder: Option<TempDir>,
    /// None only while it is being opened again.
    store: Option<Sqlite>,
}

async fn on_disk() -> UnderTest {
    let clock = Arc::new(TestClock::default());
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path(), clock.clone()).unwrap();
    UnderTest { clock, folder: Some(folder), store: Some(store) }
}

async fn in_memory() -> UnderTest {
    let clock = Arc::new(TestClock::default());
    let store = Sqlite::in_memory_with(clock.clone(), Options::default()).unwrap();
    UnderTest { clock, folder: None, store: Some(store) }
}

impl UnderTest {
    fn store(&self) -> &Sqlite {
        self.store.as_ref().unwrap()
    }
}

#[async_trait]
impl Harness for UnderTest {
    fn intent(&self) -> Arc<dyn Intent> {
        self.store().intent()
    }

    fn registry(&self) -> Arc<dyn Registry> {
        self.store().registry()
    }

    fn election(&self) -> Arc<dyn Election> {
        self.store().election()
    }

    fn facts(&self) -> Arc<dyn Facts> {
        self.store().facts()
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        self.store().blobs()
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store().accounts()
    }

    fn audit(&self) -> Arc<dyn Audit> {
        self.store().audit()
    }

    fn revisions(&self) -> Arc<dyn Revisions> {
        self.store().revisions()
    }

    fn alerts(&self) -> Arc<dyn Alerts> {
        self.store().alerts()
    }

    fn alert_log(&self) -> Arc<dyn AlertLog> {
        self.store().alert_log()
    }

    /// Closes and opens the folder; `crash.rs` kills a process.
    async fn reopen(&mut self) -> bool {
        let Some(folder) = &self.folder else { return false };
        drop(self.store.take());
        self.store = Some(Sqlite::open(folder.path(), self.clock.clone()).unwrap());
        true
    }

    async fn forget_changes(&self) {
        self.store().forget_changes().await.unwrap();
    }

    async fn pass(&self, span: Span) {
        self.clock.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }

    async fn upload_leftovers(&self) -> usize {
        let files = self.store().modules_folder().read_dir().unwrap().count();
        files - self.store().blobs().modules().await.unwrap().len()
    }
}

model::contract_suites!(disk, on_disk);
model::contract_suites!(memory, in_memory);
