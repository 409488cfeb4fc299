//! The two modes in which masters run, so that one body is a test on the stores of each.
//!
//! A test of a fleet has keys and a database of its own; the servers below are started once for all tests of a binary that
//! run at one time. Not here: tests that kill a server (`Stage::with_its_own_servers`).

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use master::Ports;
use model::ports::Clock;
use stores::etcd::Etcd;
use stores::mongodb::Mongo;
use stores::sqlite::Sqlite;
use stores::testing::{EtcdServer, MongoServer};
use tokio::sync::Mutex;

use super::inspector;

/// Whose stores a master has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// SQLite in memory, as `standalone` has it on disk.
    Standalone,
    /// A real etcd and a real MongoDB with passwords, as a fleet has them.
    Fleet,
}

/// Makes two tests of each body `async fn name(mode: Mode)`: one on the stores of each mode.
#[macro_export]
macro_rules! both {
    ($($body:ident),+ $(,)?) => {
        mod standalone {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $body() {
                super::$body(super::common::mode::Mode::Standalone).await;
            })+
        }

        mod fleet {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $body() {
                super::$body(super::common::mode::Mode::Fleet).await;
            })+
        }
    };
}

/// What must live as long as the ports to it.
pub(crate) type Kept = Box<dyn Any + Send>;

/// Opens empty stores of a mode.
pub(crate) async fn open(mode: Mode, clock: Arc<dyn Clock>) -> (Ports, Kept) {
    match mode {
        Mode::Standalone => {
            let store = Sqlite::in_memory(clock.clone()).unwrap();
            (of_sqlite(&store, clock), Box::new(store))
        }
        Mode::Fleet => {
            let servers = Servers::shared().await;
            let part = format!("part-{}", PARTS.fetch_add(1, Ordering::SeqCst));
            let etcd = servers.etcd.connect_apart(&part, clock.clone()).await;
            let mongo = servers.mongod.connect_apart(&part, clock.clone()).await;
            (of_fleet(&etcd, &mongo, clock), Box::new((etcd, mongo, servers)))
        }
    }
}

/// Returns the ports to the embedded store.
pub(crate) fn of_sqlite(store: &Sqlite, clock: Arc<dyn Clock>) -> Ports {
    Ports {
        intent: store.intent(),
        registry: store.registry(),
        election: store.election(),
        facts: store.facts(),
        blobs: store.blobs(),
        accounts: store.accounts(),
        audit: store.audit(),
        revisions: store.revisions(),
        alerts: store.alerts(),
        alert_log: store.alert_log(),
        inspector: inspector(),
        clock,
        exposition: None,
    }
}

/// Returns the ports to the stores of a fleet.
pub(crate) fn of_fleet(etcd: &Etcd, mongo: &Mongo, clock: Arc<dyn Clock>) -> Ports {
    Ports {
        intent: etcd.intent(),
        registry: etcd.registry(),
        election: etcd.election(),
        facts: mongo.facts(),
        blobs: mongo.blobs(),
        accounts: etcd.accounts(),
        audit: mongo.audit(),
        revisions: mongo.revisions(),
        alerts: etcd.alerts(),
        alert_log: mongo.alert_log(),
        inspector: inspector(),
        clock,
        exposition: None,
    }
}

/// The servers that tests share.
struct Servers {
    etcd: EtcdServer,
    mongod: MongoServer,
}

/// Those that a test holds just now: the last one to let go ends them, since nothing ends what is static.
static SERVERS: Mutex<Weak<Servers>> = Mutex::const_new(Weak::new());
/// How many parts of them were handed out.
static PARTS: AtomicUsize = AtomicUsize::new(0);

impl Servers {
    async fn shared() -> Arc<Self> {
        let mut there = SERVERS.lock().await;
        if let Some(servers) = there.upgrade() {
            return servers;
        }
        let (etcd, mongod) = tokio::join!(EtcdServer::start(), MongoServer::start());
        mongod.allow_apart().await;
        let servers = Arc::new(Self { etcd, mongod });
        *there = Arc::downgrade(&servers);
        servers
    }
}
