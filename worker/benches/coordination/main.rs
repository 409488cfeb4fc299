//! What it costs to agree on who runs a tick: transactions and time of herds of ticks, on a real etcd, by workers of
//! which nothing but the executor is left out, and beside them the naive scheme in the same run.
//!
//! Flow: `fleet` (workers over counted stores) → herds, lateness, many jobs; `naive` (a lock per job, for which every
//! worker races). All of it shares this machine's processors, so the last claim of many workers is an upper bound.

mod count;
mod fleet;
mod idle;
mod naive;

use std::time::{Duration, Instant};

use model::testing::bench::Bench;
use model::time::{Span, Timestamp};
use serde_json::json;
use stores::testing::EtcdServer;
use tokio::runtime::Runtime;

use crate::fleet::{Fleet, seed};

/// How long every worker of a new fleet takes at most to know every other: a heartbeat, and the one after it.
const ACQUAINTED: Duration = Duration::from_secs(8);

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(all(Bench::start("coordination")));
}

async fn all(mut bench: Bench) {
    let quick = bench.is_quick();
    let (workers, herds): (&[usize], &[usize]) =
        if quick { (&[1, 4], &[1, 1_500]) } else { (&[1, 4, 16, 32], &[1, 1_500, 10_000]) };
    // First, while nothing else has grown this process.
    many_jobs(&mut bench, if quick { 5_000 } else { 100_000 }).await;
    for workers in workers {
        let server = EtcdServer::start().await;
        let fleet = Fleet::start(&server, *workers, 10_000).await;
        tokio::time::sleep(ACQUAINTED).await;
        for ticks in herds {
            herd(&mut bench, &server, &fleet, *ticks).await;
        }
        fleet.end().await;
        for ticks in herds {
            naive::race(&mut bench, &server, *workers, *ticks).await;
        }
    }
    lateness(&mut bench, if quick { 5 } else { 20 }).await;
    bench.finish();
}

/// So many jobs fall due at one instant: from there to the last claim, and all that it took.
async fn herd(bench: &mut Bench, server: &EtcdServer, fleet: &Fleet, ticks: usize) {
    let lead = Span::from_seconds(6 + ticks as u64 / 400);
    let at = Timestamp::from_seconds((fleet.now() + lead).as_seconds());
    let job = |n: usize| {
        (
            json!({ "name": format!("herd-{ticks}-{n}"), "schedule": format!("@at {at}"),
            "shell": { "script": "true" } }),
            fleet.now(),
        )
    };
    seed(server, ticks, job).await;
    assert!(fleet.now() < at, "the jobs are saved before they fall due");
    let until_then = at.since(fleet.now()).as_millis().saturating_sub(300);
    tokio::time::sleep(Duration::from_millis(until_then)).await;

    let (before, transactions) = (fleet.count.taken(), server_transactions(server));
    let ended = fleet.tally.ended();
    fleet.tally.wait_for(ended + ticks).await;
    let (after, transactions) = (fleet.count.taken(), server_transactions(server) - transactions);
    fleet.tally.assert_once();

    let who = format!("{} workers, {ticks} ticks", fleet.workers);
    // One alone is lost among the reports of the workers, so its batches are counted: each is one transaction.
    let (claims, others) = (after.claims - before.claims, after.others - before.others);
    let sent = if ticks == 1 { claims + others } else { transactions };
    let thousandth = |count: u64| count as f64 * 1_000.0 / ticks as f64;
    let limit = match ticks {
        1 => Some(2_000.0),
        10_000 => Some(50.0),
        _ => None,
    };
    bench.figure(&format!("{who}: transactions per 1,000 ticks"), thousandth(sent), "", limit);
    bench.figure(&format!("{who}: batches of claims"), claims as f64, "", None);
    bench.figure(&format!("{who}: batches of completions"), others as f64, "", None);
    let writes = thousandth(after.written - before.written);
    bench.figure(&format!("{who}: key writes per 1,000 ticks"), writes, "", None);
    let lost = (after.lost - before.lost) as f64;
    bench.figure(&format!("{who}: swaps that lost"), lost, "", None);
    let last = fleet.count.last_claim().since(at).as_millis() as f64;
    let limit = (fleet.workers == 4 && ticks == 10_000).then_some(2_000.0);
    bench.figure(&format!("{who}: last claim"), last, "ms", limit);
}

/// 200 ticks a second, evenly spread, by two workers: how long after its instant a tick starts.
async fn lateness(bench: &mut Bench, seconds: usize) {
    let server = EtcdServer::start().await;
    let fleet = Fleet::start(&server, 2, 200).await;
    tokio::time::sleep(ACQUAINTED).await;
    let base = fleet.now();
    let job = |n: usize| {
        let text = json!({ "name": format!("each-second-{n}"), "schedule": "@every 1s", "overlap": "allow",
            "shell": { "script": "true" } });
        (text, base + Span::from_millis(5 * n as u64))
    };
    seed(&server, 200, job).await;
    // The first seconds are those of the saves.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = fleet.tally.started();
    fleet.tally.wait_for_starts(before + 200 * seconds).await;
    let mut late = fleet.tally.lateness_ms(before);
    late.sort_unstable();
    fleet.tally.assert_once();
    let at = |share: usize| late[(late.len() - 1) * share / 100] as f64;
    bench.figure("200 ticks a second, 2 workers: lateness p50", at(50), "ms", None);
    bench.figure("200 ticks a second, 2 workers: lateness p99", at(99), "ms", Some(100.0));
    fleet.end().await;
}

/// A worker that starts on a store of many jobs, one of which is due.
async fn many_jobs(bench: &mut Bench, jobs: usize) {
    let server = EtcdServer::start().await;
    let job = |n: usize, schedule: String| {
        let text = json!({ "name": format!("job-{n}"), "schedule": schedule,
            "shell": { "script": "exec /usr/bin/report --all" } });
        (text, fleet::now())
    };
    let began = Instant::now();
    seed(&server, jobs, |n| job(n, "0 0 1 1 *".to_owned())).await;
    bench.figure(&format!("{jobs} jobs: saved"), began.elapsed().as_secs_f64(), "s", None);
    // Saved last, so that it is not too late however long the others took.
    let due = Timestamp::from_seconds(fleet::now().as_seconds() + 1);
    seed(&server, 1, |_| job(jobs, format!("@at {due}"))).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let empty = fleet::resident_mib();
    let began = Instant::now();
    let fleet = Fleet::start(&server, 1, 8).await;
    fleet.tally.wait_for_starts(1).await;
    let took = began.elapsed().as_millis() as f64;
    bench.figure(&format!("{jobs} jobs: worker start to first claim"), took, "ms", Some(3_000.0));
    bench.figure(&format!("{jobs} jobs: memory of the worker"), fleet::resident_mib() - empty, "MiB", None);
    fleet.end().await;
}

/// Returns how many transactions the server has answered.
fn server_transactions(server: &EtcdServer) -> u64 {
    fleet::metric(&server.endpoint(), "grpc_server_handled_total", "Txn")
        .expect("etcd counts its transactions")
}
