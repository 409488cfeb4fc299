//! The naive scheme: a lock per job and tick, and every worker races for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use etcd_client::{Compare, CompareOp, ConnectOptions, Txn, TxnOp};
use model::testing::bench::Bench;
use stores::testing::EtcdServer;
use tokio::task::JoinSet;

/// Requests of one worker at one time.
const AT_ONCE: usize = 64;
/// How long a race may last; what is not locked by then is told.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has so many workers race for so many locks; who wins one gives it back, as the end of a run.
pub(crate) async fn race(bench: &mut Bench, server: &EtcdServer, workers: usize, ticks: usize) {
    let (sent, won) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut clients = Vec::new();
    for _ in 0..workers {
        let options = ConnectOptions::new().with_user("root", "root");
        let client = etcd_client::Client::connect([server.endpoint()], Some(options)).await;
        clients.push(client.expect("etcd lets root in"));
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for client in clients {
        let next = Arc::new(AtomicUsize::new(0));
        for _ in 0..AT_ONCE {
            let (mut client, next) = (client.clone(), Arc::clone(&next));
            let (sent, won) = (Arc::clone(&sent), Arc::clone(&won));
            tasks.spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= ticks || began.elapsed() > PATIENCE {
                        return;
                    }
                    let key = format!("/naive/{workers}/{ticks}/{n}");
                    let free = Compare::create_revision(key.clone(), CompareOp::Equal, 0);
                    let lock = Txn::new().when([free]).and_then([TxnOp::put(key.clone(), "locked", None)]);
                    let locked = client.txn(lock).await.expect("etcd answers").succeeded();
                    sent.fetch_add(1, Ordering::Relaxed);
                    if locked {
                        won.fetch_add(1, Ordering::Relaxed);
                        // The lock of a tick stays: given back, it would be won a second time.
                        client.put(key, "done", None).await.expect("etcd answers");
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no panic");
    }
    let (sent, won) = (sent.load(Ordering::Relaxed) as f64, won.load(Ordering::Relaxed));
    let who = format!("naive, {workers} workers, {ticks} ticks");
    bench.figure(&format!("{who}: transactions a tick"), sent / won.max(1) as f64, "", None);
    bench.figure(&format!("{who}: all locked and done"), began.elapsed().as_secs_f64(), "s", None);
    if won < ticks {
        println!("  {who}: given up with {won} locked");
    }
}
