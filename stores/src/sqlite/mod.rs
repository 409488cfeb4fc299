//! All ports on SQLite: one data folder, one process, no other service.
//!
//! ```text
//! DATA/lock        held by the one process     DATA/intent.db   jobs, states, changes, modules, tags, sessions
//! DATA/facts.db    runs, ranges, output        DATA/modules/    uploaded modules, one file per digest
//! ```
//!
//! A swap is one SQL statement that finds the expected revision; a watch is a broadcast after the commit with a
//! table of changes behind it; a registration lives in memory, since its process is the only one.

mod accounts;
mod alert_log;
mod alerts;
mod audit;
mod blobs;
mod changes;
mod columns;
mod database;
mod election;
mod error;
mod facts;
mod folder;
mod holds;
mod intent;
mod registry;
mod revisions;
mod schema;
mod tags;
mod writer;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use model::id::Revision;
use model::ports::{
    Accounts, AlertLog, Alerts, Audit, Blobs, Clock, Election, Facts, FactsChange, Intent, Registry,
    Revisions, StoreError,
};
use model::time::Timestamp;
use tempfile::TempDir;
use tokio::sync::broadcast;

pub use error::OpenError;
pub use writer::Written;

use changes::Feed;
use database::Database;
use election::Terms;
use folder::Held;
pub use folder::Held as DataFolder;
use registry::Registrations;
use schema::Schema;

/// Hints that a slow watcher of facts may be behind before it hears only that anything may have changed.
const HINTS_MAX: usize = 1024;

/// How a store is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many changes of jobs and states are kept for watchers that come back.
    pub changes_kept: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { changes_kept: 10_000 }
    }
}

/// A store on SQLite. It is closed, and its folder free, when this and all ports that it gave are dropped.
pub struct Sqlite {
    shared: Arc<Shared>,
}

/// What the ports share. Invariant: `holder` is dropped last, after the databases are closed.
struct Shared {
    intent: Database,
    facts: Database,
    modules: blobs::Folder,
    registrations: Arc<Registrations>,
    terms: Terms,
    feed: Feed,
    hints: broadcast::Sender<FactsChange>,
    clock: Arc<dyn Clock>,
    options: Options,
    _holder: Holder,
}

/// What goes away with the store.
enum Holder {
    Disk(#[expect(dead_code, reason = "held for its lock")] Held),
    Memory(#[expect(dead_code, reason = "held for its removal")] TempDir),
}

impl Sqlite {
    /// Opens the store in folder `dir`, or makes it. What an earlier process had registered is gone.
    ///
    /// # Errors
    /// [`OpenError`] says what to do about it.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_with(dir, clock, Options::default())
    }

    /// As [`Sqlite::open`], with options.
    ///
    /// # Errors
    /// [`OpenError`] says what to do about it.
    pub fn open_with(dir: &Path, clock: Arc<dyn Clock>, options: Options) -> Result<Self, OpenError> {
        let held = Held::take(dir)?;
        let intent = Database::open(held.path(), Schema::Intent)?;
        let facts = Database::open(held.path(), Schema::Facts)?;
        let known = intent.read_now(blobs::known_files)?;
        let modules = blobs::Folder::open(&held.path().join("modules"), &known)?;
        folder::sync_names(held.path()).map_err(|error| OpenError::io(held.path(), &error))?;
        let sqlite = Self::assemble(intent, facts, modules, clock, options, Holder::Disk(held));
        Ok(sqlite)
    }

    /// Makes a store that goes with this process, for tests: databases in memory, modules in a temporary folder.
    /// Nothing of it waits for a thread, except modules.
    ///
    /// # Errors
    /// [`OpenError`] when the temporary folder cannot be made.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::in_memory_with(clock, Options::default())
    }

    /// As [`Sqlite::in_memory`], with options.
    ///
    /// # Errors
    /// [`OpenError`] when the temporary folder cannot be made.
    pub fn in_memory_with(clock: Arc<dyn Clock>, options: Options) -> Result<Self, OpenError> {
        let intent = Database::in_memory(Schema::Intent)?;
        let facts = Database::in_memory(Schema::Facts)?;
        let temp = tempfile::Builder::new().prefix("sandglass-modules-").tempdir();
        let temp = temp.map_err(|error| OpenError::io(&std::env::temp_dir(), &error))?;
        let modules = blobs::Folder::open(temp.path(), &HashSet::new())?;
        Ok(Self::assemble(intent, facts, modules, clock, options, Holder::Memory(temp)))
    }

    fn assemble(
        intent: Database,
        facts: Database,
        modules: blobs::Folder,
        clock: Arc<dyn Clock>,
        options: Options,
        holder: Holder,
    ) -> Self {
        let shared = Shared {
            intent,
            facts,
            modules,
            registrations: Arc::default(),
            terms: Terms::default(),
            feed: Feed::new(),
            hints: broadcast::Sender::new(HINTS_MAX),
            clock,
            options,
            _holder: holder,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns the port to jobs and their states.
    pub fn intent(&self) -> Arc<dyn Intent> {
        Arc::new(intent::SqliteIntent { shared: self.shared.clone() })
    }

    /// Returns the port to registrations.
    pub fn registry(&self) -> Arc<dyn Registry> {
        Arc::new(registry::SqliteRegistry { shared: self.shared.clone() })
    }

    /// Returns the port to leaders.
    pub fn election(&self) -> Arc<dyn Election> {
        Arc::new(election::SqliteElection { shared: self.shared.clone() })
    }

    /// Returns the port to runs, ranges and output.
    pub fn facts(&self) -> Arc<dyn Facts> {
        Arc::new(facts::SqliteFacts { shared: self.shared.clone() })
    }

    /// Returns the port to modules.
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(blobs::SqliteBlobs { shared: self.shared.clone() })
    }

    /// Returns the port to the audit.
    pub fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(audit::SqliteAudit { shared: self.shared.clone() })
    }

    /// Returns the port to the texts that jobs had.
    pub fn revisions(&self) -> Arc<dyn Revisions> {
        Arc::new(revisions::SqliteRevisions { shared: self.shared.clone() })
    }

    /// Returns the port to users, tokens and sessions.
    pub fn accounts(&self) -> Arc<dyn Accounts> {
        Arc::new(accounts::SqliteAccounts { shared: self.shared.clone() })
    }

    /// Returns the port to settings of alerts and notices that wait.
    pub fn alerts(&self) -> Arc<dyn Alerts> {
        Arc::new(alerts::SqliteAlerts { shared: self.shared.clone() })
    }

    /// Returns the port to ends nobody has looked at, and the history of notices.
    pub fn alert_log(&self) -> Arc<dyn AlertLog> {
        Arc::new(alert_log::SqliteAlertLog { shared: self.shared.clone() })
    }

    /// Forgets all changes made up to now: a watcher from before must load again, as it must after many changes.
    ///
    /// # Errors
    /// As any write.
    pub async fn forget_changes(&self) -> Result<(), StoreError> {
        self.shared.intent.write(changes::forget_all).await
    }

    /// Has every later revision stand above all that were ever given out, also by this store before it was put back from a
    /// copy; returns the number above which they stand. All jobs and states are as if written now, and changes forgotten:
    /// whoever knew them before loads them again.
    ///
    /// # Errors
    /// As any write, and permanently where the clock stands before an earlier restore.
    pub async fn begin_epoch(&self, now: Timestamp) -> Result<Revision, StoreError> {
        self.shared.intent.write(move |connection| changes::begin_epoch(connection, now)).await
    }

    /// Returns the folder of the modules' files.
    pub fn modules_folder(&self) -> &Path {
        self.shared.modules.path()
    }

    /// Returns how much was written to the database of intent since the store was opened.
    pub fn intent_written(&self) -> Written {
        self.shared.intent.written()
    }

    /// Returns how much was written to the database of facts since the store was opened.
    pub fn facts_written(&self) -> Written {
        self.shared.facts.written()
    }
}
