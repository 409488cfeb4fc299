//! Clocks that differ, on a real etcd and a real MongoDB: what the one that is off does, and says.
//!
//! Not here: who is off (`model::clocks`), and a clock that is set (`clocks`).

use std::sync::Arc;

use model::ports::{Clock, Registry};
use model::time::Span;
use model::worker::Worker;
use model::workload::Kind;
use serde_json::json;
use stores::sqlite::Sqlite;
use stores::testing::{EtcdServer, MongoServer};
use worker::Ports;

use crate::support::{Puppets, Running, TestClock, World, until};

/// The servers of a fleet.
struct Fleet {
    etcd: EtcdServer,
    mongo: MongoServer,
    world: World,
    registry: Arc<dyn Registry>,
}

impl Fleet {
    async fn start() -> Self {
        let (etcd, mongo) = (EtcdServer::start().await, MongoServer::start().await);
        let clock = Arc::new(TestClock::default());
        let shared: Arc<dyn Clock> = clock.clone();
        let (intents, facts) =
            (etcd.connect("master", shared.clone()).await, mongo.connect("master", shared.clone()).await);
        let sqlite = Sqlite::in_memory(shared).unwrap();
        let world = World::over(clock, sqlite, (intents.intent(), facts.facts()));
        Self { etcd, mongo, world, registry: intents.registry() }
    }

    /// Starts a worker under the role of workers, with a clock of its own.
    async fn worker(&self, id: &str, clock: Arc<TestClock>, puppets: &Arc<Puppets>) -> Running {
        let clock: Arc<dyn Clock> = clock;
        let etcd = self.etcd.connect("worker", clock.clone()).await;
        let mongo = self.mongo.connect("worker", clock.clone()).await;
        let ports = Ports {
            intent: etcd.intent(),
            registry: etcd.registry(),
            facts: mongo.facts(),
            shell: puppets.executor(Kind::Shell),
            wasm: puppets.executor(Kind::Wasm),
            clock,
        };
        World::start_on(self.world.options(id), ports)
    }

    async fn find(&self, id: &str) -> Option<Worker> {
        let workers = self.registry.workers().await.unwrap();
        workers.into_iter().find(|worker| worker.identity.id.as_str() == id)
    }

    /// Waits until so many more runs have ended.
    async fn ends(&self, more: usize) {
        let before = self.world.runs("job-0").await.len();
        self.world.ends_of("job-0", before + more).await;
    }
}

/// Goal: of two workers whose clocks differ by two seconds the one that is off claims nothing and says by how much and
/// against whom; once its clock is set right it takes part.
/// Catches: a worker that compares with nobody, and `clock_ok` that only knows its own jumps.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_clock_is_off_claims_nothing_and_says_so() {
    let fleet = Fleet::start().await;
    let world = &fleet.world;
    let (one, two) = (world.puppets("w1"), world.puppets("w2"));
    for n in 0..8 {
        world.save(&format!("job-{n}"), "say hi", json!({ "schedule": "* * * * * *" })).await;
    }
    let _right = fleet.worker("w1", world.clock.clone(), &one).await;
    until("the first to run jobs", async || (!one.started().is_empty()).then_some(())).await;
    let ahead = Arc::new(TestClock::default());
    ahead.set_forward(Span::from_seconds(2));
    let _wrong = fleet.worker("w2", ahead.clone(), &two).await;
    let off = until("the second to say that its clock is off", async || {
        let status = fleet.find("w2").await?.status;
        status.clock_off.filter(|_| !status.clock_ok)
    })
    .await;
    assert!(off.ahead_ms > 500, "{off}");
    assert!(off.against.contains(&"the facts store".to_owned()), "{off}");
    fleet.ends(2).await;
    let before = two.started().len();
    fleet.ends(3).await;
    assert_eq!(two.started().len(), before, "it claims nothing");
    let right = fleet.find("w1").await.unwrap().status;
    assert!(right.clock_ok && right.clock_off.is_none(), "{:?}", right.clock_off);
    ahead.set_back(Span::from_seconds(2));
    until("the second to take part", async || (two.started().len() > before).then_some(())).await;
    let status = until("the second to say that its clock is good", async || {
        Some(fleet.find("w2").await?.status).filter(|status| status.clock_ok)
    })
    .await;
    assert_eq!(status.clock_off, None);
}
