//! Forgets what is past its retention, in bounded steps, so that no step holds up the writes behind it for long.

use model::time::{Span, Timestamp};
use rusqlite::{Connection, params};

use super::super::error::Fault;

/// Most runs and most ranges in one step.
const STEP_RUNS: usize = 200;
/// Most chunks in one step, and those of one run more: at 64 KiB each some 30 MiB.
const STEP_CHUNKS: usize = 500;

/// What one step did.
pub(super) struct Step {
    /// Runs that are gone with all that was theirs.
    pub(super) runs: usize,
    /// True when there may be more to do.
    pub(super) more: bool,
}

/// Does one step.
pub(super) fn step(connection: &Connection, now: Timestamp, ranges_days: u32) -> Result<Step, Fault> {
    let before = now - Span::from_days(u64::from(ranges_days));
    let expired = "SELECT id FROM runs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
    let (runs, mut more) = forget(connection, expired, now)?;
    // Output or a late outcome whose record never came.
    let orphans = "SELECT run FROM extras
                   WHERE first_at < ? AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = extras.run)
                   ORDER BY first_at LIMIT ?";
    more |= forget(connection, orphans, before)?.1;
    let ranges = "DELETE FROM ranges WHERE rowid IN (SELECT rowid FROM ranges WHERE ends < ? LIMIT ?)";
    let gone = connection.prepare_cached(ranges)?.execute(params![before.as_millis(), STEP_RUNS as i64])?;
    more |= gone == STEP_RUNS;
    Ok(Step { runs, more })
}

/// Forgets the runs that `which` names; returns how many are gone, and whether there may be more.
fn forget(connection: &Connection, which: &str, limit: Timestamp) -> Result<(usize, bool), Fault> {
    let mut statement = connection.prepare_cached(which)?;
    let ids = statement.query_map(params![limit.as_millis(), STEP_RUNS as i64], |row| row.get(0))?;
    let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
    let mut chunks = 0;
    for (done, id) in ids.iter().enumerate() {
        let gone = forget_output(connection, id)?;
        chunks += gone;
        if gone == STEP_CHUNKS {
            return Ok((done, true));
        }
        connection.prepare_cached("DELETE FROM extras WHERE run = ?")?.execute([id])?;
        connection.prepare_cached("DELETE FROM runs WHERE id = ?")?.execute([id])?;
        if chunks >= STEP_CHUNKS {
            return Ok((done + 1, true));
        }
    }
    Ok((ids.len(), ids.len() == STEP_RUNS))
}

/// Removes output of one run, as much as one step may; returns how many chunks.
fn forget_output(connection: &Connection, id: &str) -> Result<usize, Fault> {
    let sql = "DELETE FROM chunks WHERE rowid IN (SELECT rowid FROM chunks WHERE run = ? LIMIT ?)";
    Ok(connection.prepare_cached(sql)?.execute(params![id, STEP_CHUNKS as i64])?)
}
