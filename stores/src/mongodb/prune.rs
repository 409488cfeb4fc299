//! Forgets what is past its retention: a run with its output, in bounded steps.
//!
//! The output goes first: a run whose record is gone is found by nobody. Whoever prunes at the same time does the
//! same work once more, to no harm.

use futures::TryStreamExt as _;
use model::time::{Span, Timestamp};
use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;

use super::documents::date;
use super::{CHUNKS, RANGES, RUNS};

/// Most runs in one call.
const RUNS_MAX: i64 = 200;

/// Does one step; returns how many runs are gone, 0 when there is nothing more to do.
pub(super) async fn prune(database: &Database, now: Timestamp, ranges_days: u32) -> Result<usize> {
    let before = now - Span::from_days(u64::from(ranges_days));
    let expired = doc! { "expires_at": { "$lte": date(now) } };
    let runs = forget(database, expired, "expires_at").await?;
    if runs > 0 {
        return Ok(runs);
    }
    // Output or a late outcome whose record never came.
    let orphans = doc! { "first_at": { "$lt": date(before) }, "order": { "$exists": false } };
    while forget(database, orphans.clone(), "first_at").await? > 0 {}
    let old = doc! { "to": { "$lt": before.as_millis() } };
    database.collection::<Document>(RANGES).delete_many(old).await?;
    Ok(0)
}

/// Forgets runs that match, the ones with the least of `field` first.
async fn forget(database: &Database, which: Document, field: &str) -> Result<usize> {
    let runs = database.collection::<Document>(RUNS);
    let find = runs.find(which.clone()).projection(doc! { "_id": 1 }).sort(doc! { field: 1 }).limit(RUNS_MAX);
    let found: Vec<Document> = find.await?.try_collect().await?;
    let chunks = database.collection::<Document>(CHUNKS);
    for id in found.iter().filter_map(|run| run.get_str("_id").ok()) {
        let (first, last) = (doc! { "run": id, "seq": 0_i64 }, doc! { "run": id, "seq": i64::MAX });
        chunks.delete_many(doc! { "_id": { "$gte": first, "$lte": last } }).await?;
        let mut still = which.clone();
        still.insert("_id", id);
        runs.delete_one(still).await?;
    }
    Ok(found.len())
}
