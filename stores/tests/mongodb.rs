//! MongoDB passes the suites of runs, output and modules.
//!
//! Each test has a MongoDB of its own with passwords and roles; `cargo xtask test` brings the program.
//! Not here: jobs and who is alive (`etcd.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;

use async_trait::async_trait;
use model::chunk::{Chunk, Stream};
use model::id::{JobUid, RunId};
use model::ports::{
    Accounts, AlertLog, Alerts, Audit, AuditQuery, Blobs, Election, Facts, Intent, Registry, Revisions,
    StoreError,
};
use model::testing::contract::Harness;
use model::time::{Span, Timestamp};
use mongodb::bson::{Document, doc};
use stores::SystemClock;
use stores::mongodb::{ConnectError, Mongo};
use stores::testing::MongoServer;

/// A MongoDB under test.
struct UnderTest {
    server: MongoServer,
    store: Option<Mongo>,
}

async fn on_mongodb() -> UnderTest {
    let server = MongoServer::start().await;
    let store = Some(server.connect("master", Arc::new(SystemClock)).await);
    UnderTest { server, store }
}

impl UnderTest {
    fn store(&self) -> &Mongo {
        self.store.as_ref().unwrap()
    }
}

#[async_trait]
impl Harness for UnderTest {
    fn intent(&self) -> Arc<dyn Intent> {
        panic!("jobs are not kept in MongoDB")
    }

    fn registry(&self) -> Arc<dyn Registry> {
        panic!("registrations are not kept in MongoDB")
    }

    fn election(&self) -> Arc<dyn Election> {
        panic!("leaders are not kept in MongoDB")
    }

    fn facts(&self) -> Arc<dyn Facts> {
        self.store().facts()
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        self.store().blobs()
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        panic!("accounts are not kept in MongoDB")
    }

    fn audit(&self) -> Arc<dyn Audit> {
        self.store().audit()
    }

    fn revisions(&self) -> Arc<dyn Revisions> {
        self.store().revisions()
    }

    fn alerts(&self) -> Arc<dyn Alerts> {
        panic!("what waits is not kept in MongoDB")
    }

    fn alert_log(&self) -> Arc<dyn AlertLog> {
        self.store().alert_log()
    }

    async fn reopen(&mut self) -> bool {
        drop(self.store.take());
        self.server.kill();
        self.server.restart().await;
        self.store = Some(self.server.connect("master", Arc::new(SystemClock)).await);
        true
    }

    async fn forget_changes(&self) {
        panic!("jobs are not kept in MongoDB")
    }

    async fn pass(&self, _span: Span) {
        panic!("nothing in MongoDB expires by a clock")
    }

    /// Returns how many files or pieces of GridFS belong to no module.
    async fn upload_leftovers(&self) -> usize {
        let database = self.server.root().await.database("sandglass");
        let modules = database.collection::<Document>("modules").count_documents(doc! {}).await.unwrap();
        let files =
            database.collection::<Document>("module_bytes.files").count_documents(doc! {}).await.unwrap();
        let first = doc! { "n": 0 };
        let begun =
            database.collection::<Document>("module_bytes.chunks").count_documents(first).await.unwrap();
        usize::try_from((files - modules) + (begun - modules)).unwrap()
    }
}

model::contract_suites!(contract, on_mongodb, facts blobs audit revisions alert_log);

fn chunk(seq: u64) -> Chunk {
    let run =
        RunId::for_tick(&"0".repeat(32).parse::<JobUid>().unwrap(), Timestamp::from_seconds(1), 1, None);
    let bytes = format!("{seq}\n").into();
    Chunk { run, seq, stream: Stream::Stdout, at: Timestamp::from_seconds(1), bytes, gap: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_may_add_output_and_nothing_else() {
    let server = MongoServer::start().await;
    let master = server.connect("master", Arc::new(SystemClock)).await;
    let worker = server.connect("worker", Arc::new(SystemClock)).await;
    worker.facts().append_chunks(vec![chunk(0), chunk(1)]).await.unwrap();
    assert_eq!(master.facts().chunks(&chunk(0).run, 0, 10).await.unwrap(), [chunk(0), chunk(1)]);
    let refused = worker.prepare().await;
    assert!(
        matches!(&refused, Err(StoreError::Permanent(why)) if why.contains("not authorized")),
        "{refused:?}"
    );
    let refused = worker.audit().lines(AuditQuery { limit: 1, ..AuditQuery::default() }).await;
    assert!(
        matches!(&refused, Err(StoreError::Permanent(why)) if why.contains("not authorized")),
        "{refused:?}"
    );
    let refused = worker.facts().prune(Timestamp::from_seconds(2_000_000_000), 0).await;
    assert!(
        matches!(&refused, Err(StoreError::Permanent(why)) if why.contains("not authorized")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_told_within_seconds_and_loses_nothing() {
    let mut server = MongoServer::start().await;
    let facts = server.connect("master", Arc::new(SystemClock)).await.facts();
    facts.append_chunks(vec![chunk(0)]).await.unwrap();
    server.kill();
    let away = facts.append_chunks(vec![chunk(1)]).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    server.restart().await;
    let again = async {
        while facts.append_chunks(vec![chunk(0), chunk(1)]).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), again).await.unwrap();
    assert_eq!(facts.chunks(&chunk(0).run, 0, 10).await.unwrap(), [chunk(0), chunk(1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_let_in_is_told_why_at_once() {
    let server = MongoServer::start().await;
    let mut options = server.options("master");
    options.credentials.as_mut().unwrap().password = "wrong".into();
    let Err(refused) = Mongo::connect(&options, Arc::new(SystemClock)).await else {
        panic!("a wrong password")
    };
    let ConnectError::Store { error: StoreError::Permanent(why), .. } = &refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("uthentication failed"), "{why}");
    options.credentials = None;
    let Err(refused) = Mongo::connect(&options, Arc::new(SystemClock)).await else { panic!("no password") };
    assert!(refused.to_string().contains("allow_unauthenticated_stores"), "{refused}");
}
