//! Runs, ranges and output: written in batches, found by index, forgotten by retention.
//!
//! Every write may be delivered again: the higher order of a record stays, a chunk is kept once, a range keeps its
//! later end. Columns beside a document repeat what is searched for; the document is what is returned.
//!
//! Not here: how runs are listed (`runs`), and how they are forgotten (`prune`).

mod prune;
pub(super) mod runs;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use model::chunk::Chunk;
use model::id::{JobName, RunId};
use model::outcome::Outcome;
use model::ports::{Facts, FactsChange, RunQuery, RunTally, StoreError, TickFilter};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::time::{Span, Timestamp};
use rusqlite::{Connection, Row, params};
use tokio_stream::wrappers::BroadcastStream;

use super::Shared;
use super::columns::{Document, decode, encode, from_sql, to_sql};
use super::error::Fault;

/// Most rows that one call returns, whatever it asks for.
const ROWS_MAX: usize = 1000;

pub(super) struct SqliteFacts {
    pub(super) shared: Arc<Shared>,
}

impl SqliteFacts {
    /// Writes, then hints at the runs that `write` says have changed.
    async fn write_and_hint<W>(&self, bytes: usize, write: W) -> Result<(), StoreError>
    where
        W: FnOnce(&Connection) -> Result<BTreeSet<RunId>, Fault> + Send + 'static,
    {
        let hints = self.shared.hints.clone();
        let hint = move |changed: &BTreeSet<RunId>| {
            for run in changed {
                // Nobody listening is normal.
                drop(hints.send(FactsChange::Run(run.clone())));
            }
        };
        self.shared.facts.write_then(bytes, write, hint).await?;
        Ok(())
    }
}

#[async_trait]
impl Facts for SqliteFacts {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        let put = move |connection: &Connection| {
            let mut changed = BTreeSet::new();
            for run in runs {
                if runs::put(connection, &run)? {
                    changed.insert(run.id);
                }
            }
            Ok(changed)
        };
        self.write_and_hint(0, put).await
    }

    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError> {
        let (run, now) = (run.clone(), self.shared.clock.now());
        let put = move |connection: &Connection| {
            note_extra(connection, &run, now)?;
            let sql = "UPDATE extras SET late_outcome = ? WHERE run = ?";
            connection.prepare_cached(sql)?.execute(params![encode(&outcome), run.as_str()])?;
            Ok(BTreeSet::from([run]))
        };
        self.write_and_hint(0, put).await
    }

    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError> {
        let put =
            move |connection: &Connection| ranges.iter().try_for_each(|range| put_range(connection, range));
        self.shared.facts.write(put).await
    }

    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let bytes = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        let append = move |connection: &Connection| append(connection, &chunks, now);
        self.write_and_hint(bytes, append).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let id = id.clone();
        self.shared.facts.read(move |connection| runs::one(connection, &id)).await
    }

    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        self.shared.facts.read(move |connection| runs::list(connection, &query)).await
    }

    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        let jobs = jobs.to_vec();
        self.shared.facts.read(move |connection| runs::recent(connection, &jobs, each)).await
    }

    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        self.shared.facts.read(move |connection| list_ranges(connection, &filter)).await
    }

    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        self.shared.facts.read(move |connection| list_all_ranges(connection, from, to, limit)).await
    }

    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError> {
        self.shared.facts.read(move |connection| runs::tally(connection, from, to, late_after)).await
    }

    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        let run = run.clone();
        self.shared.facts.read(move |connection| list_chunks(connection, &run, from, limit)).await
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        let hints = BroadcastStream::new(self.shared.hints.subscribe());
        Ok(hints.map(|hint| hint.unwrap_or(FactsChange::Anything)).boxed())
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        // The store's machine is ours.
        Ok(self.shared.clock.now())
    }

    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError> {
        loop {
            let step = move |connection: &Connection| prune::step(connection, now, ranges_days);
            let step = self.shared.facts.write(step).await?;
            // A run with much output takes more than one step; zero is for the end alone.
            if step.runs > 0 || !step.more {
                return Ok(step.runs);
            }
        }
    }
}

/// Remembers that something came for a run, so that it goes in time even if the run's record never comes.
fn note_extra(connection: &Connection, run: &RunId, now: Timestamp) -> Result<(), Fault> {
    let sql = "INSERT INTO extras (run, first_at) VALUES (?, ?) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![run.as_str(), now.as_millis()])?;
    Ok(())
}

fn append(connection: &Connection, chunks: &[Chunk], now: Timestamp) -> Result<BTreeSet<RunId>, Fault> {
    let sql =
        "INSERT INTO chunks (run, seq, stream, at, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let mut insert = connection.prepare_cached(sql)?;
    let mut changed = BTreeSet::new();
    for chunk in chunks {
        let (seq, at, payload) = (to_sql(chunk.seq), chunk.at.as_millis(), chunk.payload());
        let row = params![chunk.run.as_str(), seq, chunk.code(), at, payload.as_ref()];
        let added = insert.execute(row)?;
        if added > 0 && !changed.contains(&chunk.run) {
            note_extra(connection, &chunk.run, now)?;
            changed.insert(chunk.run.clone());
        }
    }
    Ok(changed)
}

fn list_chunks(connection: &Connection, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, Fault> {
    let sql = "SELECT seq, stream, at, bytes FROM chunks WHERE run = ? AND seq >= ? ORDER BY seq LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = to_sql(limit.min(ROWS_MAX) as u64);
    let mut rows = statement.query(params![run.as_str(), to_sql(from), limit])?;
    let mut chunks = Vec::new();
    while let Some(row) = rows.next()? {
        chunks.push(read_chunk(row, run)?);
    }
    Ok(chunks)
}

fn read_chunk(row: &Row<'_>, run: &RunId) -> Result<Chunk, Fault> {
    let (seq, at) = (from_sql(row.get(0)?)?, Timestamp::from_millis(row.get(2)?));
    let (code, payload) = (row.get::<_, i64>(1)?, Bytes::from(row.get::<_, Vec<u8>>(3)?));
    let chunk =
        u8::try_from(code).ok().and_then(|code| Chunk::from_stored(run.clone(), seq, at, code, payload));
    chunk.ok_or_else(|| Fault::Damaged(format!("output of run `{run}` has a chunk of kind `{code}`")))
}

fn put_range(connection: &Connection, range: &RangeRecord) -> Result<(), Fault> {
    let sql = "INSERT INTO ranges (uid, worker, begins, ends, version, document, untold) VALUES (?, ?, ?, ?, ?, ?, 1)
               ON CONFLICT (uid, worker, begins) DO UPDATE
               SET ends = excluded.ends, version = excluded.version, document = excluded.document, untold = 1
               WHERE excluded.ends > ranges.ends";
    let worker = range.worker.as_ref().map_or("", |worker| worker.as_str());
    let (begins, ends) = (range.from.as_millis(), range.to.as_millis());
    let row = params![range.uid.as_str(), worker, begins, ends, RangeRecord::VERSION, encode(range)];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn list_all_ranges(
    connection: &Connection,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<RangeRecord>, Fault> {
    let sql = "SELECT version, document, uid FROM ranges WHERE ends >= ? AND begins < ?
               ORDER BY ends, uid, worker LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = to_sql(limit.min(ROWS_MAX) as u64);
    let mut rows = statement.query(params![from.as_millis(), to.as_millis(), limit])?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        let uid: String = row.get(2)?;
        ranges.push(decode(row.get(0)?, &row.get::<_, String>(1)?, uid)?);
    }
    Ok(ranges)
}

fn list_ranges(connection: &Connection, filter: &TickFilter) -> Result<Vec<RangeRecord>, Fault> {
    let sql = "SELECT version, document FROM ranges WHERE uid = ? AND ends >= ? AND begins < ?
               ORDER BY begins, worker LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = to_sql(filter.limit.min(ROWS_MAX) as u64);
    let uid = filter.uid.as_str();
    let mut rows = statement.query(params![uid, filter.from.as_millis(), filter.to.as_millis(), limit])?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        ranges.push(decode(row.get(0)?, &row.get::<_, String>(1)?, uid)?);
    }
    Ok(ranges)
}
