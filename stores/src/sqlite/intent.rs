//! Jobs and their states: loaded, watched, swapped.
//!
//! A batch is one write: its guard, then each swap by itself, then one revision for all that were written.
//! Not here: the watch (`changes`), who is alive (`registry`).

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::id::{JobName, Revision};
use model::job::SavedJob;
use model::ports::{
    Batch, Change, Changes, Committed, Intent, JobWrite, Snapshot, StateKey, StoreError, Swap, SwapResult,
    Versioned, WatchError,
};
use model::state::JobState;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Shared;
use super::changes::{self, compact, key, next_revision};
use super::columns::{Document, decode, encode, from_sql, parse, to_sql};
use super::error::Fault;
use crate::batch;

pub(super) struct SqliteIntent {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Intent for SqliteIntent {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        self.shared.intent.read(load).await
    }

    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError> {
        let name = name.clone();
        let both = move |connection: &Connection| {
            Ok((read_job(connection, &name)?, read_state(connection, &StateKey::job(name))?))
        };
        self.shared.intent.read(both).await
    }

    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError> {
        let key = key.clone();
        self.shared.intent.read(move |connection| read_state(connection, &key)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        batch::check(&batch)?;
        let (registrations, clock) = (self.shared.registrations.clone(), self.shared.clock.clone());
        let tell = self.shared.feed.teller();
        let kept = self.shared.options.changes_kept;
        let write = move |connection: &Connection| {
            if !registrations.hold(&batch.guard, clock.boot_time()) {
                return Ok((Committed::GuardFailed, None));
            }
            let (results, changes) = swap_all(connection, &batch.swaps)?;
            if changes.is_some() {
                compact(connection, kept)?;
            }
            Ok((Committed::Done(results), changes))
        };
        let after = move |(_, changes): &(Committed, Option<Changes>)| {
            if let Some(changes) = changes {
                tell(changes.clone());
            }
        };
        let (committed, _) = self.shared.intent.write_then(0, write, after).await?;
        Ok(committed)
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        Ok(changes::watch(&self.shared, from))
    }
}

/// Tries each swap; returns how each went, and what changed.
fn swap_all(connection: &Connection, swaps: &[Swap]) -> Result<(Vec<SwapResult>, Option<Changes>), Fault> {
    let mut revision = None;
    let mut changes = Vec::new();
    let mut results = Vec::with_capacity(swaps.len());
    for swap in swaps {
        let own = StateKey::job(swap.key.job.clone());
        let moved = swap.head.is_some() && read_revision(connection, &own)? != swap.head;
        if moved || read_revision(connection, &swap.key)? != swap.expect {
            results.push(SwapResult::Lost(read_state(connection, &swap.key)?.map(Box::new)));
            continue;
        }
        let revision = match revision {
            Some(revision) => revision,
            None => *revision.insert(next_revision(connection)?),
        };
        // The job first: a watcher never sees a state without its text.
        changes.extend(write_job(connection, revision, swap)?);
        changes.extend(write_state(connection, revision, swap)?);
        results.push(SwapResult::Swapped(revision));
    }
    Ok((results, revision.map(|revision| Changes { revision, changes })))
}

fn write_job(connection: &Connection, revision: Revision, swap: &Swap) -> Result<Option<Change>, Fault> {
    let name = &swap.key.job;
    match &swap.job {
        JobWrite::Keep => Ok(None),
        JobWrite::Put(saved) => {
            let text = encode(saved.as_ref());
            let sql = "INSERT OR REPLACE INTO jobs (name, revision, version, document) VALUES (?, ?, ?, ?)";
            let row = params![name.as_str(), to_sql(revision.0), SavedJob::VERSION, text];
            connection.prepare_cached(sql)?.execute(row)?;
            changes::keep(connection, revision, name, None, Some((SavedJob::VERSION, &text)))?;
            Ok(Some(Change::Job(name.clone(), revision, Some(saved.clone()))))
        }
        JobWrite::Delete => {
            let gone =
                connection.prepare_cached("DELETE FROM jobs WHERE name = ?")?.execute([name.as_str()])?;
            if gone == 0 {
                return Ok(None);
            }
            changes::keep(connection, revision, name, None, None)?;
            Ok(Some(Change::Job(name.clone(), revision, None)))
        }
    }
}

fn write_state(connection: &Connection, revision: Revision, swap: &Swap) -> Result<Option<Change>, Fault> {
    let StateKey { job, worker } = &swap.key;
    let worker = worker.as_ref().map_or("", |worker| worker.as_str());
    let Some(state) = &swap.state else {
        if swap.expect.is_none() {
            return Ok(None);
        }
        let sql = "DELETE FROM states WHERE job = ? AND worker = ?";
        connection.prepare_cached(sql)?.execute([job.as_str(), worker])?;
        changes::keep(connection, revision, job, Some(worker), None)?;
        return Ok(Some(Change::State(swap.key.clone(), revision, None)));
    };
    let text = encode(state);
    let sql = "INSERT INTO states (job, worker, revision, version, document) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (job, worker) DO UPDATE
               SET revision = excluded.revision, version = excluded.version, document = excluded.document";
    let row = params![job.as_str(), worker, to_sql(revision.0), JobState::VERSION, text];
    connection.prepare_cached(sql)?.execute(row)?;
    changes::keep(connection, revision, job, Some(worker), Some((JobState::VERSION, &text)))?;
    Ok(Some(Change::State(swap.key.clone(), revision, Some(Box::new(state.clone())))))
}

fn read_revision(connection: &Connection, key: &StateKey) -> Result<Option<Revision>, Fault> {
    let worker = key.worker.as_ref().map_or("", |worker| worker.as_str());
    let mut statement =
        connection.prepare_cached("SELECT revision FROM states WHERE job = ? AND worker = ?")?;
    let revision: Option<i64> =
        statement.query_row([key.job.as_str(), worker], |row| row.get(0)).optional()?;
    revision.map(|revision| Ok(Revision(from_sql(revision)?))).transpose()
}

fn read_state(connection: &Connection, key: &StateKey) -> Result<Option<Versioned<JobState>>, Fault> {
    let worker = key.worker.as_ref().map_or("", |worker| worker.as_str());
    let sql = "SELECT revision, version, document FROM states WHERE job = ? AND worker = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([key.job.as_str(), worker])?;
    rows.next()?.map(|row| versioned(row, 0, &key.job)).transpose()
}

fn read_job(connection: &Connection, name: &JobName) -> Result<Option<Versioned<SavedJob>>, Fault> {
    let sql = "SELECT revision, version, document FROM jobs WHERE name = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([name.as_str()])?;
    rows.next()?.map(|row| versioned(row, 0, name)).transpose()
}

/// Reads revision, version and document, which stand in a row from column `first`.
fn versioned<D: Document>(row: &Row<'_>, first: usize, name: &JobName) -> Result<Versioned<D>, Fault> {
    let revision = Revision(from_sql(row.get(first)?)?);
    let text = row.get_ref(first + 2)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Versioned { revision, value: decode(row.get(first + 1)?, text, name)? })
}

fn load(connection: &Connection) -> Result<Snapshot, Fault> {
    let (revision, _) = changes::counters(connection)?;
    let mut snapshot = Snapshot { revision, ..Snapshot::default() };
    let mut statement =
        connection.prepare_cached("SELECT name, revision, version, document FROM jobs ORDER BY name")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: JobName = parse(&row.get::<_, String>(0)?, "a job's name")?;
        snapshot.jobs.push(versioned(row, 1, &name)?);
    }
    let sql = "SELECT job, worker, revision, version, document FROM states ORDER BY job, worker";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let job: JobName = parse(&row.get::<_, String>(0)?, "a job's name")?;
        let state = versioned(row, 2, &job)?;
        snapshot.states.push((key(job, &row.get::<_, String>(1)?)?, state));
    }
    Ok(snapshot)
}
