//! A rolling upgrade, seen by each store: what the first version wrote is read, and what a newer one wrote is refused with its
//! name, the formats and what to do. `folder.rs` has the layouts of SQLite.
//!
//! The texts here are what stood in the stores when they were written. Never change one: whoever upgrades has them.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;

use model::id::RunId;
use model::ports::{StateKey, StoreError};
use model::run::RunStatus;
use model::time::Timestamp;
use mongodb::bson::{Document, doc};
use stores::SystemClock;
use stores::sqlite::Sqlite;
use stores::testing::{EtcdServer, MongoServer};

const UID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const RUN: &str = "0f3c9a7be2d14c58a1b2c3d4";

/// A job and its state as the first version wrote them, without any field that came later.
fn job(version: u32) -> String {
    format!(
        r#"{{"version":{version},"uid":"{UID}","spec_id":1,"author":"ann","saved_at":"2026-01-01T00:00:00Z",
            "anchor":"2026-01-01T00:00:00Z","job":{{"name":"nightly","schedule":"0 3 * * *",
            "shell":{{"script":"true"}}}}}}"#
    )
}

fn state(version: u32) -> String {
    format!(r#"{{"version":{version},"uid":"{UID}","spec_id":1,"resolved":"2026-01-01T00:00:00Z"}}"#)
}

fn newer(what: &str) -> StoreError {
    StoreError::Permanent(format!(
        "{what} was written by a newer version of sandglass (format 9, this one knows 1)\n\
         hint: start that version or a later one"
    ))
}

fn key() -> StateKey {
    StateKey::job("nightly".parse().unwrap())
}

#[tokio::test]
async fn sqlite_reads_the_first_format_and_refuses_one_of_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sqlite::open(folder.path(), Arc::new(SystemClock)).unwrap().intent();
    drop(open());
    let connection = rusqlite::Connection::open(folder.path().join("intent.db")).unwrap();
    let rows = [("jobs (name", "'nightly'", job(1)), ("states (worker, job", "'', 'nightly'", state(1))];
    for (columns, values, text) in rows {
        let sql = format!("INSERT INTO {columns}, revision, version, document) VALUES ({values}, 1, 1, ?)");
        connection.execute(&sql, [text]).unwrap();
    }
    let (saved, stands) = open().get(&key().job).await.unwrap();
    assert_eq!(saved.unwrap().value.job.limits, model::limits::Limits::default());
    assert_eq!(stands.unwrap().value.resolved, Timestamp::from_seconds(1_767_225_600));
    connection.execute("UPDATE jobs SET version = 9", []).unwrap();
    assert_eq!(open().get(&key().job).await.unwrap_err(), newer("job `nightly`"));
    connection.execute("UPDATE jobs SET version = 1", []).unwrap();
    connection.execute("UPDATE states SET version = 9", []).unwrap();
    assert_eq!(open().state(&key()).await.unwrap_err(), newer("state of job `nightly`"));
}

#[tokio::test]
async fn etcd_reads_the_first_format_and_refuses_one_of_the_future() {
    let server = EtcdServer::start().await;
    let intent = server.connect("master", Arc::new(SystemClock)).await.intent();
    let mut root = server.root().await;
    // The shard of `nightly`, as every version of ours reckons it.
    let own = "/sandglass/state/2a/nightly";
    root.put("/sandglass/job/nightly", format!(r#"{{"version":1,"document":{}}}"#, job(1)), None)
        .await
        .unwrap();
    root.put(own, format!(r#"{{"version":1,"document":{}}}"#, state(1)), None).await.unwrap();
    let (saved, stands) = intent.get(&key().job).await.unwrap();
    assert_eq!(saved.unwrap().value.job.limits, model::limits::Limits::default());
    assert_eq!(stands.unwrap().value.resolved, Timestamp::from_seconds(1_767_225_600));
    // A document that nobody here can read is still named by its format.
    for document in [state(9), r#"{"state":"in another form"}"#.to_owned()] {
        root.put(own, format!(r#"{{"version":9,"document":{document}}}"#), None).await.unwrap();
        let refused = newer(&format!("state of job `{own}`"));
        assert_eq!(intent.state(&key()).await.unwrap_err(), refused);
        assert_eq!(intent.load().await.unwrap_err(), refused);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_reads_the_first_format_and_refuses_one_of_the_future() {
    let server = MongoServer::start().await;
    let facts = server.connect("master", Arc::new(SystemClock)).await.facts();
    let runs = server.root().await.database("sandglass").collection::<Document>("runs");
    let record = doc! {
        "version": 1, "id": RUN, "job": "nightly", "uid": UID, "spec_id": 1_i64, "kind": "shell",
        "trigger": "schedule", "scheduled_at": "2026-01-01T03:00:00Z", "attempt": 1, "status": "succeeded",
        "retention": "30d",
    };
    runs.insert_one(doc! { "_id": RUN, "job": "nightly", "order": 2_i64, "version": 1, "record": record })
        .await
        .unwrap();
    let id: RunId = RUN.parse().unwrap();
    assert_eq!(facts.run(&id).await.unwrap().unwrap().status, RunStatus::Succeeded);
    for newest in [doc! { "version": 9 }, doc! { "version": 9, "record": { "in": "another form" } }] {
        runs.update_one(doc! { "_id": RUN }, doc! { "$set": newest }).await.unwrap();
        assert_eq!(facts.run(&id).await.unwrap_err(), newer(&format!("mongodb: record of run `{RUN}`")));
    }
}
