//! The tables of both databases, and how a connection is set up. All SQL that is not a query stands here.
//!
//! `intent.db`: jobs, their states, what changed lately, modules and their tags, sessions,
//! wishes to drain, accounts, alerts that wait. `facts.db`: runs, ranges, output, the audit, revisions, notices.
//! They are two files so that a flood of output never waits before a claim.
//! Not here: the documents inside the tables (`documents`).

use rusqlite::Connection;

use super::error::Fault;

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schema {
    Intent,
    Facts,
}

/// The numbers `revision` (the last one given out) and `compacted` (changes up to here are forgotten) live in
/// `counters`. Invariant: `revision` never falls.
const INTENT: &str = "
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('revision', 0), ('compacted', 0);

CREATE TABLE jobs (
    name     TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
);

-- worker is '' for a job's own state.
CREATE TABLE states (
    job      TEXT NOT NULL,
    worker   TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (job, worker)
);

-- worker is NULL for a change of the saved job; document is NULL for a removal.
CREATE TABLE changes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    job      TEXT NOT NULL,
    worker   TEXT,
    version  INTEGER NOT NULL,
    document TEXT
);
CREATE INDEX changes_by_revision ON changes (revision);

CREATE TABLE modules (
    digest      TEXT PRIMARY KEY,
    uploaded_at INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    document    TEXT NOT NULL
);

CREATE TABLE sessions (
    secret_sha256 TEXT PRIMARY KEY,
    expires_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    document      TEXT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
";

/// A tag's digest is that of a module in `modules`.
const TAGS: &str = "
CREATE TABLE tags (
    tag      TEXT PRIMARY KEY,
    digest   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX tags_by_digest ON tags (digest);
";

/// Who wants which worker to take nothing new.
const DRAINS: &str = "
CREATE TABLE drains (
    worker   TEXT PRIMARY KEY,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
";

/// Users, tokens, windows of attempts, settings, and lines of the audit that wait: `kind` says which. `expires_at` is NULL for
/// what stays until it is removed.
const ACCOUNTS: &str = "
CREATE TABLE accounts (
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    expires_at INTEGER,
    version    INTEGER NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
";

/// Changes and denied attempts; `denied` is 0 or 1.
const AUDIT: &str = "
CREATE TABLE audit (
    id       TEXT PRIMARY KEY,
    at       INTEGER NOT NULL,
    user     TEXT,
    target   TEXT NOT NULL,
    denied   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at);
";

/// The texts that jobs had; `deleted` is 1 where the job was deleted. Marks say how far something was copied.
const REVISIONS: &str = "
CREATE TABLE revisions (
    job      TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (job, revision)
);
CREATE INDEX revisions_by_time ON revisions (at);
CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
";

/// How long a run took and how late it began, in milliseconds; NULL where it did not. The index alone answers what is
/// counted by the hour.
const SPANS: &str = "
ALTER TABLE runs ADD COLUMN duration INTEGER;
ALTER TABLE runs ADD COLUMN delay INTEGER;
UPDATE runs SET
    duration = round((julianday(document ->> 'ended_at') - julianday(document ->> 'started_at')) * 86400000),
    delay = round(julianday(document ->> 'started_at') * 86400000 - 210866760000000) - scheduled_at;
CREATE INDEX runs_counted ON runs (scheduled_at, status, cause, delay);
";

/// Settings of alerts, notices that wait, memory between them: `kind` says which.
const ALERTS: &str = "
CREATE TABLE alerts (
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
";

/// `untold` is 1 for an end that nobody has looked at for alerts. What was there before is told: it is long over.
const ALERT_LOG: &str = "
ALTER TABLE runs ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_untold ON runs (untold) WHERE untold = 1;
ALTER TABLE ranges ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ranges_untold ON ranges (untold) WHERE untold = 1;

CREATE TABLE notices (
    id        TEXT PRIMARY KEY,
    made_at   INTEGER NOT NULL,
    job       TEXT,
    condition TEXT NOT NULL,
    version   INTEGER NOT NULL,
    document  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_by_time ON notices (made_at, id);
CREATE INDEX notices_by_job  ON notices (job, made_at, id);

-- One row for each channel and the state of its delivery.
CREATE TABLE deliveries (
    notice  TEXT NOT NULL,
    channel TEXT NOT NULL,
    state   TEXT NOT NULL,
    PRIMARY KEY (notice, channel)
) WITHOUT ROWID;
";

const FACTS: &str = "
-- (fence, stage) is RunRecord::order: the higher one stays. expires_at is NULL until the run has ended.
CREATE TABLE runs (
    id           TEXT PRIMARY KEY,
    job          TEXT NOT NULL,
    status       TEXT NOT NULL,
    worker       TEXT,
    cause        TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    fence        INTEGER NOT NULL,
    stage        INTEGER NOT NULL,
    expires_at   INTEGER,
    version      INTEGER NOT NULL,
    document     TEXT NOT NULL
);
CREATE INDEX runs_by_time   ON runs (scheduled_at, id);
CREATE INDEX runs_by_job    ON runs (job, scheduled_at, id);
CREATE INDEX runs_by_status ON runs (status, scheduled_at, id);
CREATE INDEX runs_by_worker ON runs (worker, scheduled_at, id);
CREATE INDEX runs_by_expiry ON runs (expires_at) WHERE expires_at IS NOT NULL;

-- What came for a run beside its record, perhaps before it. A run whose record never comes is pruned by first_at.
CREATE TABLE extras (
    run          TEXT PRIMARY KEY,
    first_at     INTEGER NOT NULL,
    late_outcome TEXT
);
CREATE INDEX extras_by_time ON extras (first_at);

-- stream is the code and bytes the payload of model::chunk: a gap in the output is a row as well.
CREATE TABLE chunks (
    run    TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    bytes  BLOB NOT NULL
);
CREATE UNIQUE INDEX chunks_by_run ON chunks (run, seq);

-- worker is '' unless the ticks are those of one worker. begins and ends are both inside the range.
CREATE TABLE ranges (
    uid      TEXT NOT NULL,
    worker   TEXT NOT NULL,
    begins   INTEGER NOT NULL,
    ends     INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (uid, worker, begins)
);
CREATE INDEX ranges_by_end ON ranges (ends);
";

impl Schema {
    /// Returns the name of the database's file in the data folder.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Intent => "intent.db",
            Self::Facts => "facts.db",
        }
    }

    /// Returns what each version of the layout added, the first one first. The number of them is the layout that this
    /// binary writes; the file keeps it as `user_version`.
    fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Intent => &[INTENT, TAGS, DRAINS, ACCOUNTS, ALERTS],
            Self::Facts => &[FACTS, AUDIT, REVISIONS, SPANS, ALERT_LOG],
        }
    }

    /// Makes the tables that are missing; refuses a layout that is newer than this binary.
    pub(super) fn prepare(self, connection: &mut Connection) -> Result<(), Fault> {
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = i64::try_from(self.steps().len()).expect("there are a few steps");
        if found > known {
            return Err(Fault::Newer { what: "the database".into(), found, known });
        }
        let done = usize::try_from(found).map_err(|_| Fault::Damaged(format!("its layout is {found}")))?;
        if found < known {
            let transaction = connection.transaction()?;
            for step in &self.steps()[done..] {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "user_version", known)?;
            transaction.commit()?;
        }
        Ok(())
    }
}

/// Sets up the connection that writes: what it has answered is on the disk.
pub(super) fn set_up_writer(connection: &Connection) -> Result<(), Fault> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // After a burst the write-ahead log is cut back to this size.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    set_up_reader(connection)
}

/// Sets up what every connection needs.
pub(super) fn set_up_reader(connection: &Connection) -> Result<(), Fault> {
    // Only a checkpoint ever makes one wait for another, and never long.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
