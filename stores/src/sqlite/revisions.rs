//! The texts that jobs had, by name and revision; how far they were copied stands among the marks.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use model::id::{JobName, Revision};
use model::ports::{RevisionQuery, Revisions, StoreError};
use model::revision::JobRevision;
use model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Shared;
use super::columns::{Document, decode, encode, from_sql, parse, to_sql};
use super::error::Fault;

/// Most rows that one call returns, whatever it asks for.
const ROWS_MAX: usize = 1000;
/// The name of the mark.
const COPIED: &str = "revisions";

pub(super) struct SqliteRevisions {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Revisions for SqliteRevisions {
    async fn put_revisions(&self, revisions: Vec<JobRevision>, kept: usize) -> Result<(), StoreError> {
        let put = move |connection: &Connection| {
            revisions.iter().try_for_each(|revision| put(connection, revision))?;
            let jobs: BTreeSet<&JobName> = revisions.iter().map(|revision| &revision.job).collect();
            jobs.into_iter().try_for_each(|job| keep_newest(connection, job, kept))
        };
        self.shared.facts.write(put).await
    }

    async fn revision(&self, job: &JobName, revision: Revision) -> Result<Option<JobRevision>, StoreError> {
        let job = job.clone();
        let one = move |connection: &Connection| {
            let sql = "SELECT version, document, job FROM revisions WHERE job = ? AND revision = ?";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![job.as_str(), to_sql(revision.0)])?;
            rows.next()?.map(read).transpose()
        };
        self.shared.facts.read(one).await
    }

    async fn revisions(&self, query: RevisionQuery) -> Result<Vec<JobRevision>, StoreError> {
        self.shared.facts.read(move |connection| list(connection, &query)).await
    }

    async fn copied_to(&self) -> Result<Option<Revision>, StoreError> {
        let mark = |connection: &Connection| {
            let sql = "SELECT value FROM marks WHERE name = ?";
            let found: Option<i64> =
                connection.prepare_cached(sql)?.query_row([COPIED], |row| row.get(0)).optional()?;
            found.map(|found| Ok(Revision(from_sql(found)?))).transpose()
        };
        self.shared.facts.read(mark).await
    }

    async fn note_copied(&self, to: Revision) -> Result<(), StoreError> {
        let note = move |connection: &Connection| {
            let sql = "INSERT INTO marks (name, value) VALUES (?, ?)
                       ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
            connection.prepare_cached(sql)?.execute(params![COPIED, to_sql(to.0)])?;
            Ok(())
        };
        self.shared.facts.write(note).await
    }

    async fn living(&self) -> Result<Vec<JobName>, StoreError> {
        self.shared.facts.read(living).await
    }

    async fn prune_revisions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.shared.facts.write(move |connection: &Connection| prune(connection, before)).await
    }
}

fn put(connection: &Connection, revision: &JobRevision) -> Result<(), Fault> {
    let sql = "INSERT INTO revisions (job, revision, at, deleted, version, document)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let row = params![
        revision.job.as_str(),
        to_sql(revision.revision.0),
        revision.at.as_millis(),
        revision.saved.is_none(),
        JobRevision::VERSION,
        encode(revision)
    ];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Forgets the oldest revisions of a job beyond `kept`.
fn keep_newest(connection: &Connection, job: &JobName, kept: usize) -> Result<(), Fault> {
    let sql = "DELETE FROM revisions WHERE job = ?1 AND revision <=
               (SELECT revision FROM revisions WHERE job = ?1 ORDER BY revision DESC LIMIT 1 OFFSET ?2)";
    connection.prepare_cached(sql)?.execute(params![job.as_str(), to_sql(kept as u64)])?;
    Ok(())
}

fn list(connection: &Connection, query: &RevisionQuery) -> Result<Vec<JobRevision>, Fault> {
    let sql = "SELECT version, document, job FROM revisions
               WHERE job = ? AND revision < ? ORDER BY revision DESC LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let before = query.before.map_or(i64::MAX, |before| to_sql(before.0));
    let limit = to_sql(query.limit.clamp(1, ROWS_MAX) as u64);
    let mut rows = statement.query(params![query.job.as_str(), before, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<JobRevision, Fault> {
    let job: String = row.get(2)?;
    decode(row.get(0)?, &row.get::<_, String>(1)?, job)
}

fn living(connection: &Connection) -> Result<Vec<JobName>, Fault> {
    // Beside a single `max` SQLite gives the other columns of the row that has it.
    let sql = "SELECT job FROM (SELECT job, max(revision), deleted FROM revisions GROUP BY job)
               WHERE deleted = 0 ORDER BY job";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parse(&row.get::<_, String>(0)?, "a job's name")?);
    }
    Ok(found)
}

/// Of each job the newest revision from before the instant was what stood at it: all older ones were replaced before, and
/// it itself goes too where it is a deletion.
fn prune(connection: &Connection, before: Timestamp) -> Result<(), Fault> {
    let sql = "WITH stood AS (SELECT job, max(revision) AS revision, deleted FROM revisions
                              WHERE at < ? GROUP BY job)
               DELETE FROM revisions WHERE (job, revision) IN (
                   SELECT revisions.job, revisions.revision FROM stood JOIN revisions USING (job)
                   WHERE revisions.revision < stood.revision
                      OR (revisions.revision = stood.revision AND stood.deleted))";
    connection.prepare_cached(sql)?.execute([before.as_millis()])?;
    Ok(())
}
