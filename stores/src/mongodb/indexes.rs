//! The indexes, made at start where they are not there.
//!
//! Each serves a query that is asked often; a page of runs costs the same however deep it lies. Two end by time
//! (TTL), as a second line behind `prune`: an installation whose masters are away for months does not fill up.

use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use super::{AUDIT, CHUNKS, NOTICES, RANGES, REVISIONS, RUNS};

/// How long after its end of retention a run is removed by the server when no master did it.
const RUNS_TTL_SECONDS: i64 = 7 * 86_400;

/// Makes what is missing and changes what differs.
pub(super) async fn ensure(database: &Database) -> mongodb::error::Result<()> {
    let runs = database.collection::<Document>(RUNS);
    let newest = |field: &str| {
        let mut keys = doc! { field: 1 };
        keys.extend(doc! { "scheduled_at": -1, "_id": -1 });
        IndexModel::builder().keys(keys).build()
    };
    let listed = IndexModel::builder().keys(doc! { "scheduled_at": -1, "_id": -1 }).build();
    let orphans = IndexModel::builder()
        .keys(doc! { "first_at": 1 })
        .options(IndexOptions::builder().sparse(true).build())
        .build();
    // It alone answers what is counted by the hour.
    let counted = doc! { "scheduled_at": 1, "status": 1, "trigger": 1, "delay": 1 };
    let counted = IndexModel::builder().keys(counted).build();
    runs.create_indexes([newest("job"), newest("worker"), newest("status"), listed, orphans, counted])
        .await?;
    let ranges = database.collection::<Document>(RANGES);
    let touched = IndexModel::builder().keys(doc! { "_id.uid": 1, "to": 1 }).build();
    let ended = IndexModel::builder().keys(doc! { "to": 1 }).build();
    ranges.create_indexes([touched, ended]).await?;
    let audit = database.collection::<Document>(AUDIT);
    let by_user = IndexModel::builder().keys(doc! { "user": 1, "_id": -1 }).build();
    let by_time = IndexModel::builder().keys(doc! { "at": 1 }).build();
    audit.create_indexes([by_user, by_time]).await?;
    let revisions = database.collection::<Document>(REVISIONS);
    revisions.create_index(IndexModel::builder().keys(doc! { "at": 1 }).build()).await?;
    // Only what is untold stands in these: they are as small as what waits.
    let untold = || {
        let options = IndexOptions::builder().partial_filter_expression(doc! { "untold": true }).build();
        IndexModel::builder().keys(doc! { "untold": 1 }).options(options).build()
    };
    runs.create_index(untold()).await?;
    ranges.create_index(untold()).await?;
    let notices = database.collection::<Document>(NOTICES);
    let by_time = IndexModel::builder().keys(doc! { "made_at": -1, "_id": -1 }).build();
    let by_job = IndexModel::builder().keys(doc! { "job": 1, "made_at": -1, "_id": -1 }).build();
    notices.create_indexes([by_time, by_job]).await?;
    // Made by its key alone: chunks are only ever read and removed by run.
    database.create_collection(CHUNKS).await.or_else(already_there)?;
    ensure_ttl(database).await
}

async fn ensure_ttl(database: &Database) -> mongodb::error::Result<()> {
    let seconds = std::time::Duration::from_secs(RUNS_TTL_SECONDS.unsigned_abs());
    let options = IndexOptions::builder().expire_after(seconds).build();
    let index = IndexModel::builder().keys(doc! { "expires_at": 1 }).options(options).build();
    match database.collection::<Document>(RUNS).create_index(index).await {
        Ok(_) => Ok(()),
        Err(error) if code(&error) == Some(INDEX_OPTIONS_CONFLICT) => {
            let change = doc! {
                "collMod": RUNS,
                "index": { "keyPattern": { "expires_at": 1 }, "expireAfterSeconds": RUNS_TTL_SECONDS },
            };
            database.run_command(change).await.map(|_| ())
        }
        Err(error) => Err(error),
    }
}

/// The code of an index that is there with another time.
const INDEX_OPTIONS_CONFLICT: i32 = 85;
/// The code of a collection that is there.
const NAMESPACE_EXISTS: i32 = 48;

fn already_there(error: mongodb::error::Error) -> mongodb::error::Result<()> {
    if code(&error) == Some(NAMESPACE_EXISTS) { Ok(()) } else { Err(error) }
}

fn code(error: &mongodb::error::Error) -> Option<i32> {
    match &*error.kind {
        mongodb::error::ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}
