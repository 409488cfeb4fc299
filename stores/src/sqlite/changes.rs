//! The changes of jobs and states: kept in a table, told to watchers after the commit.
//!
//! A watcher first reads from the table what it missed, then hears the broadcast; when it was too slow for that,
//! it reads the table again. It registers before it looks, so nothing falls between the two.
//! The table is bounded: what falls out of it is `compacted`, and a watcher from before that must load again.

use std::sync::{Arc, Weak};

use futures::stream::{self, BoxStream, StreamExt};
use model::id::{JobName, Revision};
use model::ports::{Change, Changes, StateKey, WatchError};
use model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::broadcast::{self, error::RecvError};

use super::Shared;
use super::columns::{decode, from_sql, parse, to_sql};
use super::error::Fault;
use crate::restored::base_at;

/// Commits that a slow watcher may be behind before it reads the table again.
const FEED_MAX: usize = 1024;
/// Changes read from the table at one time, and a little more to keep a commit whole.
const PAGE: i64 = 500;

/// Where committed changes are told.
pub(super) struct Feed(broadcast::Sender<Arc<Changes>>);

impl Feed {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(FEED_MAX))
    }

    /// Returns a way to tell changes from the writing thread.
    pub(super) fn teller(&self) -> impl Fn(Changes) + Send + use<> {
        let sender = self.0.clone();
        // Nobody listening is normal.
        move |changes| drop(sender.send(Arc::new(changes)))
    }
}

/// Returns the revision last given out, and the one up to which changes are forgotten.
pub(super) fn counters(connection: &Connection) -> Result<(Revision, Revision), Fault> {
    let mut statement = connection.prepare_cached("SELECT value FROM counters WHERE name = ?")?;
    let mut get = |name: &str| -> Result<Revision, Fault> {
        Ok(Revision(from_sql(statement.query_row([name], |row| row.get(0))?)?))
    };
    Ok((get("revision")?, get("compacted")?))
}

/// Gives out the next revision.
pub(super) fn next_revision(connection: &Connection) -> Result<Revision, Fault> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value";
    let revision = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(Revision(from_sql(revision)?))
}

/// Has revisions go on from the base of a restore, with all jobs and states written at it and no change kept.
pub(super) fn begin_epoch(connection: &Connection, now: Timestamp) -> Result<Revision, Fault> {
    let base = base_at(now, counters(connection)?.0.0)?;
    for table in
        ["UPDATE counters SET value = ?", "UPDATE jobs SET revision = ?", "UPDATE states SET revision = ?"]
    {
        connection.execute(table, [to_sql(base)])?;
    }
    connection.execute("DELETE FROM changes", [])?;
    Ok(Revision(base))
}

/// Keeps one change; `document` is its text with its format, none for a removal.
pub(super) fn keep(
    connection: &Connection,
    revision: Revision,
    job: &JobName,
    worker: Option<&str>,
    document: Option<(u32, &str)>,
) -> Result<(), Fault> {
    let (version, text) = document.map_or((0, None), |(version, text)| (version, Some(text)));
    let sql = "INSERT INTO changes (revision, job, worker, version, document) VALUES (?, ?, ?, ?, ?)";
    let revision = to_sql(revision.0);
    connection.prepare_cached(sql)?.execute(params![revision, job.as_str(), worker, version, text])?;
    Ok(())
}

/// Forgets the oldest changes once a quarter more than `kept` are there; a commit is forgotten whole.
pub(super) fn compact(connection: &Connection, kept: u64) -> Result<(), Fault> {
    // Two queries in one: SQLite looks up one extreme of a column by its index, but scans for two.
    let sql = "SELECT coalesce((SELECT max(id) FROM changes), 0), coalesce((SELECT min(id) FROM changes), 0)";
    let (newest, oldest): (i64, i64) =
        connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kept = to_sql(kept);
    if newest - oldest < kept.saturating_add(kept / 4) {
        return Ok(());
    }
    forget_upto(connection, newest - kept)
}

/// Forgets all changes made up to now.
pub(super) fn forget_all(connection: &Connection) -> Result<(), Fault> {
    forget_upto(connection, i64::MAX)
}

/// Forgets the changes up to the one with `id`, and the others of its commit.
fn forget_upto(connection: &Connection, id: i64) -> Result<(), Fault> {
    let sql = "SELECT revision FROM changes WHERE id <= ? ORDER BY id DESC LIMIT 1";
    let upto: Option<i64> = connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    if let Some(upto) = upto {
        connection.prepare_cached("DELETE FROM changes WHERE revision <= ?")?.execute([upto])?;
        let sql = "UPDATE counters SET value = ? WHERE name = 'compacted'";
        connection.prepare_cached(sql)?.execute([upto])?;
    }
    Ok(())
}

/// Returns the next page of changes after `from`, none when there are no more.
fn page(connection: &Connection, from: Revision) -> Result<Result<Option<Changes>, WatchError>, Fault> {
    let (revision, compacted) = counters(connection)?;
    // A revision from the future was given out by another store: this one's changes say nothing to it.
    if from < compacted || from > revision {
        return Ok(Err(WatchError::Compacted(from)));
    }
    let last =
        "SELECT max(revision) FROM (SELECT revision FROM changes WHERE revision > ? ORDER BY id LIMIT ?)";
    let last: Option<i64> =
        connection.prepare_cached(last)?.query_row(params![to_sql(from.0), PAGE], |row| row.get(0))?;
    let Some(last) = last else { return Ok(Ok(None)) };
    let sql = "SELECT revision, job, worker, version, document FROM changes
               WHERE revision > ? AND revision <= ? ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![to_sql(from.0), last])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        changes.push(read(row)?);
    }
    Ok(Ok(Some(Changes { revision: Revision(from_sql(last)?), changes })))
}

fn read(row: &rusqlite::Row<'_>) -> Result<Change, Fault> {
    let revision = Revision(from_sql(row.get(0)?)?);
    let job: JobName = parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, "a job's name")?;
    let worker: Option<String> = row.get(2)?;
    let version: u32 = row.get(3)?;
    let document: Option<String> = row.get(4)?;
    Ok(match worker {
        None => {
            let saved = document.map(|text| decode(version, &text, &job).map(Box::new)).transpose()?;
            Change::Job(job, revision, saved)
        }
        Some(worker) => {
            let state = document.map(|text| decode(version, &text, &job).map(Box::new)).transpose()?;
            Change::State(key(job, &worker)?, revision, state)
        }
    })
}

/// Returns the key of a state from its columns.
pub(super) fn key(job: JobName, worker: &str) -> Result<StateKey, Fault> {
    let worker = if worker.is_empty() { None } else { Some(parse(worker, "a worker's id")?) };
    Ok(StateKey { job, worker })
}

/// What a watcher yields.
type Item = Result<Changes, WatchError>;

/// One watcher: where it stands and how it hears of more.
struct Watcher {
    shared: Weak<Shared>,
    feed: broadcast::Receiver<Arc<Changes>>,
    last: Revision,
    behind: bool,
}

/// Returns the changes after `from`. The stream does not hold the store: it ends with it.
pub(super) fn watch(shared: &Arc<Shared>, from: Revision) -> BoxStream<'static, Item> {
    let feed = shared.feed.0.subscribe();
    let watcher = Watcher { shared: Arc::downgrade(shared), feed, last: from, behind: true };
    let items = stream::unfold(Some(watcher), |watcher| async {
        let mut watcher = watcher?;
        match watcher.next().await {
            Some(Ok(changes)) => Some((Ok(changes), Some(watcher))),
            Some(Err(error)) => Some((Err(error), None)),
            None => None,
        }
    });
    items.boxed()
}

impl Watcher {
    async fn next(&mut self) -> Option<Item> {
        loop {
            if self.behind {
                match self.catch_up().await? {
                    Ok(None) => self.behind = false,
                    Ok(Some(changes)) => {
                        self.last = changes.revision;
                        return Some(Ok(changes));
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
            match self.feed.recv().await {
                Ok(changes) if changes.revision <= self.last => {}
                Ok(changes) => {
                    self.last = changes.revision;
                    return Some(Ok(Arc::unwrap_or_clone(changes)));
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn catch_up(&self) -> Option<Result<Option<Changes>, WatchError>> {
        let shared = self.shared.upgrade()?;
        let from = self.last;
        match shared.intent.read(move |connection| page(connection, from)).await {
            Ok(page) => Some(page),
            Err(error) => Some(Err(error.into())),
        }
    }
}
