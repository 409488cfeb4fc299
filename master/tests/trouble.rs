//! Stores that fail: answers that are left open, swaps that are lost, calls that hang or panic.
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use common::mode::Mode;
use common::{House, world};
use futures::FutureExt as _;
use master::{Options, Ports};
use model::id::{JobName, WorkerId};
use model::ports::{Batch, Committed, Intent, RegisterError, Registration, Registry, StoreError};
use model::time::Span;
use model::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};
use serde_json::json;
use stores::testing::Meddled;

/// What becomes of one commit.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It is written, and its answer is lost.
    WrittenUnsaid,
    /// It is not written, and its answer is lost.
    LostUnsaid,
    /// The store is away.
    Away,
    /// Somebody else changes the state first.
    Overtaken,
}

/// Commits as `fate` has it.
async fn commit(store: Arc<dyn Intent>, batch: Batch, fate: Option<Fate>) -> Result<Committed, StoreError> {
    let unsaid = || StoreError::Ambiguous("the connection was cut".into());
    match fate {
        None => store.commit(batch).await,
        Some(Fate::WrittenUnsaid) => store.commit(batch).await.and(Err(unsaid())),
        Some(Fate::LostUnsaid) => Err(unsaid()),
        Some(Fate::Away) => Err(StoreError::Unavailable("it is away".into())),
        Some(Fate::Overtaken) => {
            let mut first = batch.clone();
            first.swaps[0].state.as_mut().unwrap().resolved = "2026-12-01T08:00:00.001Z".parse().unwrap();
            store.commit(first).await?;
            store.commit(batch).await
        }
    }
}

/// Returns a house over a store whose next commits have the fates that are handed in.
async fn fateful(mode: Mode) -> (House, impl Fn(&[Fate])) {
    let fates = Arc::new(Mutex::new(VecDeque::new()));
    let theirs = fates.clone();
    let options = Options { leading: false, ..Options::default() };
    let house = House::on(mode, options, |ports| {
        let intent = Meddled::new(ports.intent.clone(), move |store, batch| {
            let fate = theirs.lock().unwrap().pop_front();
            commit(store, batch, fate).boxed()
        });
        Ports { intent, ..ports }
    })
    .await;
    (house, move |next: &[Fate]| fates.lock().unwrap().extend(next))
}

fn job() -> serde_json::Value {
    json!({ "name": "a", "schedule": "0 9 * * *", "shell": { "script": "true" } })
}

/// Goal: an answer that was lost is settled by reading again; nothing is done twice, nothing that was done is denied.
async fn an_open_answer_is_settled_by_reading_again(mode: Mode) {
    let (house, next) = fateful(mode).await;
    next(&[Fate::WrittenUnsaid]);
    assert_eq!(house.post("/api/v1/jobs", job()).await.expect(201)["saved"]["spec_id"], 1);
    next(&[Fate::LostUnsaid, Fate::WrittenUnsaid]);
    let etag = house.get("/api/v1/jobs/a").await.header("etag").to_owned();
    let saved = house.put("/api/v1/jobs/a", &[("if-match", &etag)], job()).await.expect(200);
    assert_eq!(saved["saved"]["spec_id"], 2);
    next(&[Fate::WrittenUnsaid]);
    let accepted = house.act("/api/v1/jobs/a/run").await.expect(202);
    let waiting = house.get("/api/v1/jobs/a").await.expect(200)["state"]["waiting"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
    assert_eq!(waiting[0]["run"], accepted["run"]);
    next(&[Fate::WrittenUnsaid]);
    house.delete("/api/v1/jobs/a").await.expect(200);
    assert_eq!(house.get("/api/v1/jobs/a").await.refused(404), "not_found");
}

async fn a_lost_swap_is_decided_anew(mode: Mode) {
    let (house, next) = fateful(mode).await;
    house.post("/api/v1/jobs", job()).await.expect(201);
    next(&[Fate::Overtaken, Fate::Overtaken]);
    house.act("/api/v1/jobs/a/run").await.expect(202);
    let view = house.get("/api/v1/jobs/a").await.expect(200);
    assert!(!view["state"]["waiting"].as_array().unwrap().is_empty());
}

async fn a_store_that_is_away_is_said_so(mode: Mode) {
    let (house, next) = fateful(mode).await;
    next(&[Fate::Away]);
    let reply = house.post("/api/v1/jobs", job()).await;
    assert_eq!(reply.refused(503), "store_unavailable");
    next(&[Fate::LostUnsaid; 12]);
    assert_eq!(house.post("/api/v1/jobs", job()).await.refused(503), "store_ambiguous");
    house.post("/api/v1/jobs", job()).await.expect(201);
}

/// A registry that does not answer, or panics.
struct Broken {
    panics: bool,
}

#[async_trait]
impl Registry for Broken {
    async fn register(&self, _: WorkerIdentity, _: WorkerStatus) -> Result<Registration, RegisterError> {
        pending().await
    }
    async fn renew(&self, _: &Registration) -> Result<Option<Registration>, StoreError> {
        pending().await
    }
    async fn report(&self, _: &Registration, _: WorkerStatus) -> Result<(), StoreError> {
        pending().await
    }
    async fn release(&self, _: &Registration) -> Result<(), StoreError> {
        pending().await
    }
    async fn drain(&self, _: &WorkerId, _: Drain) -> Result<(), StoreError> {
        pending().await
    }
    async fn undrain(&self, _: &WorkerId) -> Result<Option<Drain>, StoreError> {
        pending().await
    }
    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        assert!(!self.panics, "the secret of the registry");
        pending().await
    }
}

async fn a_call_that_hangs_ends_at_the_deadline(mode: Mode) {
    let options = Options { request_timeout: Span::from_millis(50), ..Options::default() };
    let house =
        House::on(mode, options, |ports| Ports { registry: Arc::new(Broken { panics: false }), ..ports })
            .await;
    assert_eq!(house.get("/api/v1/workers").await.refused(503), "too_slow");
}

async fn a_panic_is_an_answer_that_tells_nothing(mode: Mode) {
    let house = House::on(mode, Options::default(), |ports| Ports {
        registry: Arc::new(Broken { panics: true }),
        ..ports
    })
    .await;
    let reply = house.get("/api/v1/workers").await;
    assert_eq!(reply.refused(500), "internal");
    assert!(!reply.text().contains("secret"), "{}", reply.text());
    assert_eq!(house.get("/healthz").await.status, 200);
}

/// Goal: ends that wait in a state reach the facts store once, and leave the state after that.
async fn ends_are_recorded_and_then_leave_the_state(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "*/15 * * * *").await;
    house.clock.pass(Span::from_minutes(15));
    let run = world::claim(&house, "a").await.remove(0);
    house.clock.pass(Span::from_minutes(31));
    world::end(&house, &run, 0, 0).await;
    let name: JobName = "a".parse().unwrap();
    let recorded = async {
        loop {
            let (saved, state) = house.ports.intent.get(&name).await.unwrap();
            if state.unwrap().value.unrecorded.is_empty() {
                return saved.unwrap().value.uid;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let uid = tokio::time::timeout(common::PATIENCE, recorded).await.expect("the state is emptied");
    let filter = model::ports::TickFilter {
        uid,
        from: "2026-12-01T08:00:00Z".parse().unwrap(),
        to: "2026-12-01T10:00:00Z".parse().unwrap(),
        limit: 10,
    };
    let ranges = house.ports.facts.ranges(filter).await.unwrap();
    assert_eq!(ranges.len(), 1, "{ranges:?}");
    assert!(ranges[0].is_overlap());
    assert_eq!(ranges[0].job, name);
}

crate::both!(
    an_open_answer_is_settled_by_reading_again,
    a_lost_swap_is_decided_anew,
    a_store_that_is_away_is_said_so,
    a_call_that_hangs_ends_at_the_deadline,
    a_panic_is_an_answer_that_tells_nothing,
    ends_are_recorded_and_then_leave_the_state,
);
