//! A network that falls silent: connections to etcd stay open and carry nothing more, as when a firewall forgets them or a
//! cable is pulled. A watch must notice, and miss nothing.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use model::id::{JobUid, SpecId};
use model::ports::{Batch, Committed, Guard, Intent, JobWrite, StateKey, Swap, SwapResult};
use model::state::JobState;
use model::time::Timestamp;
use stores::SystemClock;
use stores::etcd::Etcd;
use stores::testing::EtcdServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What is waited for at most for something that comes by itself.
const DEADLINE: Duration = Duration::from_secs(60);

/// Passes connections on to a server, until they fall silent.
struct Network {
    address: String,
    /// Connections below this number carry nothing more.
    silent_below: Arc<AtomicUsize>,
    opened: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Network {
    async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (silent_below, opened) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        let (silent, count) = (Arc::clone(&silent_below), Arc::clone(&opened));
        tasks.spawn(async move {
            let mut passing = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let n = count.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(server.trim_start_matches("http://")).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                passing.spawn(pass(from_client, to_server, n, Arc::clone(&silent)));
                passing.spawn(pass(from_server, to_client, n, Arc::clone(&silent)));
            }
        });
        Self { address, silent_below, opened, _tasks: tasks }
    }

    /// Has all connections that there are carry nothing more; they stay open. New ones pass.
    fn fall_silent(&self) {
        self.silent_below.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

/// Passes bytes on; once the connection is silent it takes them and drops them.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, n: usize, silent_below: Arc<AtomicUsize>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let silent = n < silent_below.load(Ordering::SeqCst);
        if !silent && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Writes a state and returns the revision of that.
async fn write(intent: &dyn Intent, name: &str) -> model::id::Revision {
    let at = Timestamp::from_seconds(1);
    let uid: JobUid = "0".repeat(32).parse().unwrap();
    let swap = Swap {
        key: StateKey::job(name.parse().unwrap()),
        expect: None,
        head: None,
        state: Some(JobState::new(uid, SpecId::FIRST, None, at)),
        job: JobWrite::Keep,
    };
    let committed = intent.commit(Batch { guard: Guard::None, swaps: vec![swap] }).await.unwrap();
    let Committed::Done(results) = committed else { panic!("it has no guard") };
    let SwapResult::Swapped(revision) = results[0] else { panic!("lost: {results:?}") };
    revision
}

/// Caught: a client without keep-alives whose watch waits for ever for what comes next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_whose_connection_falls_silent_goes_on_over_another_and_misses_nothing() {
    let server = EtcdServer::start().await;
    let direct = server.connect("master", Arc::new(SystemClock)).await.intent();
    let network = Network::before(server.endpoint()).await;
    let options =
        stores::etcd::Options { endpoints: vec![network.address.clone()], ..server.options("master") };
    let watched = Etcd::connect(&options, Arc::new(SystemClock)).await.unwrap().intent();
    let mut watch = watched.watch(watched.load().await.unwrap().revision).await.unwrap();
    let seen = write(&*direct, "seen").await;
    let mut next =
        async || timeout(DEADLINE, watch.next()).await.expect("in time").unwrap().unwrap().revision;
    assert_eq!(next().await, seen);
    network.fall_silent();
    let first = write(&*direct, "first").await;
    let second = write(&*direct, "second").await;
    let mut told = next().await;
    assert!(told >= first);
    while told < second {
        told = next().await;
    }
    assert!(network.opened.load(Ordering::SeqCst) > 1, "over another connection");
}
