//! What the MongoDB adapter does with data that is refused, with retention that changes, with servers that are away.
//!
//! Not here: what every store owes (`mongodb.rs`); encrypted connections (`encrypted.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use model::chunk::{Chunk, Stream};
use model::id::{JobUid, RunId};
use model::ports::{FactsChange, StoreError};
use model::time::Timestamp;
use mongodb::bson::{Document, doc};
use stores::SystemClock;
use stores::testing::MongoServer;
use tokio::time::timeout;

fn chunk(seq: u64) -> Chunk {
    let uid: JobUid = "0".repeat(32).parse().unwrap();
    let run = RunId::for_tick(&uid, Timestamp::from_seconds(1), 1, None);
    let bytes = format!("{seq}\n").into();
    Chunk { run, seq, stream: Stream::Stdout, at: Timestamp::from_seconds(1), bytes, gap: None }
}

/// Goal: who sends a batch learns that the data is refused, not that the store is away; the rest of it is kept.
/// Mutation: without `INVALID` it is permanent, which is tried again for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_is_refused_for_good_says_so_and_stops_nothing_else() {
    let server = MongoServer::start().await;
    let facts = server.connect("master", Arc::new(SystemClock)).await.facts();
    server.refuse_chunks(1).await;
    let refused = facts.append_chunks(vec![chunk(0), chunk(1), chunk(2)]).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!(facts.chunks(&chunk(0).run, 0, 10).await.unwrap(), [chunk(0), chunk(2)]);
}

/// Goal: an index that an earlier version made with another time is changed in place. Mutation: without `collMod` the
/// start fails with a conflict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_an_index_is_changed_in_place() {
    let server = MongoServer::start().await;
    let store = server.connect("master", Arc::new(SystemClock)).await;
    let database = server.root().await.database("sandglass");
    let change = doc! {
        "collMod": "runs",
        "index": { "keyPattern": { "expires_at": 1 }, "expireAfterSeconds": 60 },
    };
    database.run_command(change).await.unwrap();
    store.prepare().await.unwrap();
    let answer = database.run_command(doc! { "listIndexes": "runs" }).await.unwrap();
    let indexes = answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    let ttl = indexes.iter().filter_map(|index| index.as_document()?.get("expireAfterSeconds").cloned());
    let ttl: Vec<i64> =
        ttl.map(|seconds| seconds.as_i64().or(seconds.as_i32().map(i64::from)).unwrap()).collect();
    assert_eq!(ttl, [7 * 86_400]);
}

/// Goal: a server that is no replica set gives hints all the same. Mutation: a watch that only waits for a stream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_no_replica_set_is_asked() {
    let server = MongoServer::start_standalone().await;
    let facts = server.connect("master", Arc::new(SystemClock)).await.facts();
    let mut hints = facts.watch().await.unwrap();
    for _ in 0..3 {
        let hint = timeout(Duration::from_secs(60), hints.next()).await.expect("a hint comes by itself");
        assert_eq!(hint, Some(FactsChange::Anything));
    }
    facts.append_chunks(vec![chunk(0)]).await.unwrap();
    assert_eq!(facts.chunks(&chunk(0).run, 0, 10).await.unwrap(), [chunk(0)]);
}

/// Goal: the address of a replica set finds its member, and its writes are kept by a majority.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_set_is_found_by_its_name() {
    let server = MongoServer::start().await;
    let mut options = server.options("master");
    options.uri = server.replica_set_uri();
    let store = stores::mongodb::Mongo::connect(&options, Arc::new(SystemClock)).await.unwrap();
    store.prepare().await.unwrap();
    store.facts().append_chunks(vec![chunk(0)]).await.unwrap();
    let root = server.root().await.database("sandglass");
    assert_eq!(root.collection::<Document>("chunks").count_documents(doc! {}).await.unwrap(), 1);
    options.uri = server.replica_set_uri().replace("rs0", "another");
    let other = stores::mongodb::Mongo::connect(&options, Arc::new(SystemClock)).await;
    assert!(other.is_err(), "a set of another name is not ours");
}
