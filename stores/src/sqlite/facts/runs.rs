//! Run records: the guard of their order, and the list with its filters.
//!
//! The list goes along `(scheduled_at, id)` downwards from the cursor, so that a page costs the same however deep
//! it lies.

use std::collections::BTreeSet;

use model::id::{JobName, RunId};
use model::ports::{RunQuery, RunTally};
use model::run::{RecentRun, RunRecord, Trigger};
use model::time::{Span, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::super::columns::{Document, decode, encode, from_sql, parse, to_sql};
use super::super::error::Fault;
use super::ROWS_MAX;

/// The columns of a record, with what came late for it.
const RECORD: &str = "SELECT runs.version, runs.document, runs.id, extras.late_outcome
                      FROM runs LEFT JOIN extras ON extras.run = runs.id";

/// Returns the last runs of each job, by their columns; the document is read only for an end that has no beginning.
pub(super) fn recent(
    connection: &Connection,
    jobs: &[JobName],
    each: usize,
) -> Result<Vec<Vec<RecentRun>>, Fault> {
    let sql = "SELECT id, status, cause, scheduled_at, delay, duration,
                      CASE WHEN duration IS NULL THEN document ->> 'ended_at' END
               FROM runs WHERE job = ? ORDER BY scheduled_at DESC, id DESC LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = to_sql(each.clamp(1, ROWS_MAX) as u64);
    let of_job = |job: &JobName| {
        let mut rows = statement.query(params![job.as_str(), limit])?;
        let mut recent = Vec::new();
        while let Some(row) = rows.next()? {
            recent.push(read_recent(row)?);
        }
        Ok(recent)
    };
    jobs.iter().map(of_job).collect()
}

fn read_recent(row: &Row<'_>) -> Result<RecentRun, Fault> {
    let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
    let scheduled_at: i64 = row.get(3)?;
    let started_at = row.get::<_, Option<i64>>(4)?.map(|delay| scheduled_at + delay);
    let ended_at = match (started_at, row.get::<_, Option<i64>>(5)?) {
        (Some(started_at), Some(duration)) => Some(Timestamp::from_millis(started_at + duration)),
        _ => row.get::<_, Option<String>>(6)?.map(|at| parse(&at, "the end of a run")).transpose()?,
    };
    Ok(RecentRun {
        id: parse(text(0)?, "the id of a run")?,
        status: parse(text(1)?, "a status")?,
        trigger: parse(text(2)?, "a trigger")?,
        scheduled_at: Timestamp::from_millis(scheduled_at),
        started_at: started_at.map(Timestamp::from_millis),
        ended_at,
    })
}

/// Writes a record unless one of the same or a higher order is there; returns whether it was written.
pub(super) fn put(connection: &Connection, run: &RunRecord) -> Result<bool, Fault> {
    let sql = "INSERT INTO runs (id, job, status, worker, cause, scheduled_at, fence, stage, expires_at,
                                 duration, delay, version, document, untold)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE
               SET status = excluded.status, worker = excluded.worker, cause = excluded.cause,
                   scheduled_at = excluded.scheduled_at, fence = excluded.fence, stage = excluded.stage,
                   expires_at = excluded.expires_at, duration = excluded.duration, delay = excluded.delay,
                   version = excluded.version, document = excluded.document, untold = excluded.untold
               WHERE (excluded.fence, excluded.stage) > (runs.fence, runs.stage)";
    let (fence, stage) = run.order();
    let written = connection.prepare_cached(sql)?.execute(params![
        run.id.as_str(),
        run.job.as_str(),
        run.status.as_str(),
        run.worker.as_ref().map(|worker| worker.as_str()),
        run.trigger.as_str(),
        run.scheduled_at.as_millis(),
        to_sql(fence),
        stage,
        expires_at(run),
        run.duration_ms(),
        run.delay_ms(),
        RunRecord::VERSION,
        encode(run),
        run.status.is_final(),
    ])?;
    Ok(written > 0)
}

/// Returns when a record may be forgotten; never while it has no end.
fn expires_at(run: &RunRecord) -> Option<i64> {
    let ended_at = run.ended_at.unwrap_or(run.scheduled_at);
    run.status.is_final().then(|| (ended_at + run.retention).as_millis())
}

/// Returns records with an end that nobody has looked at.
pub(in crate::sqlite) fn untold(connection: &Connection, limit: usize) -> Result<Vec<RunRecord>, Fault> {
    let sql = format!("{RECORD} WHERE runs.untold = 1 LIMIT {}", limit.clamp(1, ROWS_MAX));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(read(row)?);
    }
    Ok(records)
}

/// Marks the end of a record as looked at, where it is the version that was.
pub(in crate::sqlite) fn mark_told(connection: &Connection, run: &RunRecord) -> Result<(), Fault> {
    let sql = "UPDATE runs SET untold = 0 WHERE id = ? AND fence = ? AND stage = ?";
    let (fence, stage) = run.order();
    connection.prepare_cached(sql)?.execute(params![run.id.as_str(), to_sql(fence), stage])?;
    Ok(())
}

/// Returns one record.
pub(super) fn one(connection: &Connection, id: &RunId) -> Result<Option<RunRecord>, Fault> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} WHERE runs.id = ?"))?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// Returns a page of records, newest first.
pub(super) fn list(connection: &Connection, query: &RunQuery) -> Result<Vec<RunRecord>, Fault> {
    let statuses: BTreeSet<_> = query.status.iter().copied().collect();
    if statuses.len() < 2 || is_narrow(query) {
        return page(connection, query);
    }
    // Each status has its own order in the index; together SQLite would sort all records that match.
    let mut records = Vec::new();
    for status in statuses {
        records.extend(page(connection, &RunQuery { status: vec![status], ..query.clone() })?);
    }
    records.sort_by(|a, b| (b.scheduled_at, &b.id).cmp(&(a.scheduled_at, &a.id)));
    records.truncate(query.limit.clamp(1, ROWS_MAX));
    Ok(records)
}

/// Returns true when the index of job or worker is the one to go along, whatever the statuses.
fn is_narrow(query: &RunQuery) -> bool {
    query.job.is_some() || query.worker.is_some()
}

fn page(connection: &Connection, query: &RunQuery) -> Result<Vec<RunRecord>, Fault> {
    let (conditions, values) = conditions(query);
    let conditions = if conditions.is_empty() { String::new() } else { format!("WHERE {conditions}") };
    let limit = query.limit.clamp(1, ROWS_MAX);
    let order = "ORDER BY runs.scheduled_at DESC, runs.id DESC";
    let mut statement = connection.prepare_cached(&format!("{RECORD} {conditions} {order} LIMIT {limit}"))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(read(row)?);
    }
    Ok(records)
}

/// Returns the SQL of a query's filters, and the values for its question marks.
fn conditions(query: &RunQuery) -> (String, Vec<Value>) {
    let mut terms: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut add = |term: String, with: Vec<Value>| {
        terms.push(term);
        values.extend(with);
    };
    let text = |text: &str| Value::Text(text.to_owned());
    if let Some(job) = &query.job {
        add("runs.job = ?".into(), vec![text(job.as_str())]);
    }
    if let Some(worker) = &query.worker {
        add("runs.worker = ?".into(), vec![text(worker.as_str())]);
    }
    let statuses: Vec<_> = query.status.iter().map(|status| text(status.as_str())).collect();
    if !statuses.is_empty() {
        // The plus keeps SQLite from the index of statuses.
        let column = if is_narrow(query) { "+runs.status" } else { "runs.status" };
        add(one_of(column, statuses.len()), statuses);
    }
    let triggers: Vec<_> = query.trigger.iter().map(|trigger| text(trigger.as_str())).collect();
    if !triggers.is_empty() {
        add(one_of("runs.cause", triggers.len()), triggers);
    }
    if let Some(from) = query.from {
        add("runs.scheduled_at >= ?".into(), vec![from.as_millis().into()]);
    }
    if let Some(to) = query.to {
        add("runs.scheduled_at < ?".into(), vec![to.as_millis().into()]);
    }
    if let Some(least) = query.duration_min {
        add("runs.duration >= ?".into(), vec![to_sql(least.as_millis()).into()]);
    }
    if let Some(most) = query.duration_max {
        add("runs.duration <= ?".into(), vec![to_sql(most.as_millis()).into()]);
    }
    if let Some(after) = &query.after {
        let with = vec![after.scheduled_at.as_millis().into(), text(after.id.as_str())];
        add("(runs.scheduled_at, runs.id) < (?, ?)".into(), with);
    }
    (terms.join(" AND "), values)
}

/// Counts runs by hour and status; the index has all that is asked for.
pub(super) fn tally(
    connection: &Connection,
    from: Timestamp,
    to: Timestamp,
    late_after: Span,
) -> Result<Vec<RunTally>, Fault> {
    let sql = "SELECT scheduled_at / 3600000, status, count(*),
                      count(*) FILTER (WHERE cause = ?4 AND delay <= ?3),
                      count(*) FILTER (WHERE cause = ?4 AND delay > ?3)
               FROM runs INDEXED BY runs_counted
               WHERE scheduled_at >= ?1 AND scheduled_at < ?2 GROUP BY 1, 2 ORDER BY 1, 2";
    let mut statement = connection.prepare_cached(sql)?;
    let schedule = Trigger::Schedule.as_str();
    let late = to_sql(late_after.as_millis());
    let mut rows = statement.query(params![from.as_millis(), to.as_millis(), late, schedule])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        found.push(RunTally {
            hour: Timestamp::from_millis(hour.saturating_mul(3_600_000)),
            status: parse(&row.get::<_, String>(1)?, "a status")?,
            runs: from_sql(row.get(2)?)?,
            on_time: from_sql(row.get(3)?)?,
            late: from_sql(row.get(4)?)?,
        });
    }
    Ok(found)
}

fn one_of(column: &str, count: usize) -> String {
    let marks = vec!["?"; count].join(", ");
    format!("{column} IN ({marks})")
}

fn read(row: &Row<'_>) -> Result<RunRecord, Fault> {
    let id: String = row.get(2)?;
    let mut record: RunRecord = decode(row.get(0)?, &row.get::<_, String>(1)?, &id)?;
    if let Some(late) = row.get::<_, Option<String>>(3)? {
        record.late_outcome = Some(decode(model::outcome::Outcome::VERSION, &late, &id)?);
    }
    Ok(record)
}
