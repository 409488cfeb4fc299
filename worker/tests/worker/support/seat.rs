//! One worker's own way to a real etcd, with faults and a clock of its own.

use std::sync::Arc;

use model::ports::{Clock, Intent, Registry};
use model::workload::Kind;
use stores::testing::EtcdServer;
use tokio::task::JoinSet;
use worker::{Options, Ports, Shutdown, Worker};

use super::{FaultyFacts, FaultyIntent, Puppets, Running, TestClock, World};

/// Where one worker sits.
pub(crate) struct Seat {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) intent: Arc<FaultyIntent>,
    pub(crate) puppets: Arc<Puppets>,
    registry: Arc<dyn Registry>,
    id: String,
}

impl World {
    /// Returns a world whose jobs are on `server`.
    pub(crate) async fn on(server: &EtcdServer) -> Self {
        let mut world = Self::new();
        world.master = server.connect("master", Arc::clone(&world.clock) as Arc<dyn Clock>).await.intent();
        world
    }

    /// Returns a seat for the worker `id`, with a connection of its own.
    pub(crate) async fn seat(&self, server: &EtcdServer, id: &str) -> Seat {
        let clock = Arc::new(TestClock::default());
        let etcd = server.connect("worker", Arc::clone(&clock) as Arc<dyn Clock>).await;
        Seat {
            intent: Arc::new(FaultyIntent::new(etcd.intent())),
            puppets: Puppets::new(self.runs_dir(id), Arc::clone(&clock) as Arc<dyn Clock>),
            registry: etcd.registry(),
            clock,
            id: id.to_owned(),
        }
    }

    /// Starts the worker of a seat.
    pub(crate) fn start_at(&self, seat: &Seat, slots: u32) -> Running {
        let options = Options { slots, ..self.options(&seat.id) };
        let clock = Arc::clone(&seat.clock) as Arc<dyn Clock>;
        let ports = Ports {
            intent: Arc::clone(&seat.intent) as Arc<dyn Intent>,
            registry: Arc::clone(&seat.registry),
            // A clock that is off is no reason to claim nothing here: what is left is the compare.
            facts: Arc::new(FaultyFacts::new(Arc::clone(&self.kept)).with_time(clock)),
            shell: seat.puppets.executor(Kind::Shell),
            wasm: seat.puppets.executor(Kind::Wasm),
            clock: Arc::clone(&seat.clock) as Arc<dyn Clock>,
        };
        let shutdown = Shutdown::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(Worker::new(options, ports).run(shutdown.clone()));
        Running { shutdown, tasks }
    }
}

impl Seat {
    /// Waits until so many workers live.
    pub(crate) async fn live(&self, count: usize) {
        super::until(&format!("{count} workers to live"), async || {
            // A store on a busy machine may not answer in time.
            self.registry.workers().await.ok().filter(|live| live.len() == count).map(drop)
        })
        .await;
    }
}
