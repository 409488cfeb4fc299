//! What other workers and masters have to do with what this one claims: drains, and versions of zone data.

use std::collections::BTreeMap;

use model::limits::Enforceable;
use model::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};

use super::*;

/// Returns a live worker that takes runs.
fn peer(id: &str, zone_data: &str) -> Worker {
    let identity = WorkerIdentity {
        id: id.parse().unwrap(),
        boot: "boot".parse().unwrap(),
        host: "h".into(),
        version: "0".into(),
        zone_data: zone_data.into(),
        started_at: now(0).wall,
    };
    let status = WorkerStatus {
        slots: 8,
        busy: 0,
        labels: [("role".to_owned(), "db".to_owned())].into(),
        clock_ok: true,
        clock_off: None,
        facts_clock: None,
        clock_event: None,
        disk_free_percent: None,
        output: model::worker::OutputWaits::default(),
        draining: false,
        shell: Enforceable::default(),
        wasm: Enforceable::default(),
        at: now(0).wall,
    };
    Worker { identity, status, registration: Revision(1), drain: None }
}

fn among(peers: Vec<Worker>) -> Event {
    Event::Standing(Standing { peers: peers.into(), ..standing(7) })
}

fn drained(worker: Worker) -> Worker {
    let drain = Drain { by: "ops".into(), reason: String::new(), since: now(0).wall };
    Worker { drain: Some(drain), ..worker }
}

/// Catches: a claim before the clocks were compared and the wish to drain was looked for.
#[test]
fn nothing_is_claimed_before_the_first_look_at_the_others() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(Event::Standing(Standing { peers_seen_at: None, ..standing(7) }), 0);
    bench.on(Event::Wake, 1);
    assert!(bench.orders().is_empty());
    bench.on(among(vec![peer("w1", "2026b")]), 2);
    assert_eq!(bench.orders().len(), 1);
}

#[test]
fn a_worker_that_somebody_drains_claims_nothing_and_says_so() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(among(vec![drained(peer("w1", "2026b"))]), 0);
    assert!(bench.decisions.load().draining);
    bench.on(Event::Wake, 1);
    assert!(bench.orders().is_empty());
    bench.on(among(vec![peer("w1", "2026b")]), 2);
    assert!(!bench.decisions.load().draining);
    assert_eq!(bench.orders().len(), 1);
}

/// Goal: two versions of zone data never share the jobs of a zone; each other difference between workers leaves them be.
/// Catches: versions that are compared the other way round, and a newer worker that counts although it takes nothing.
#[test]
fn older_zone_data_steps_back_while_newer_data_lives() {
    let off = |worker: Worker| Worker { status: WorkerStatus { clock_ok: false, ..worker.status }, ..worker };
    let unlike = |worker: Worker| Worker {
        status: WorkerStatus { labels: BTreeMap::new(), ..worker.status },
        ..worker
    };
    let berlin = json!({ "timezone": "Europe/Berlin", "placement": { "labels": { "role": "db" } } });
    let without_scripts = |mut worker: Worker| {
        worker.status.shell.refuses = Some("scripts are off".to_owned());
        worker
    };
    // Ours is 2026b.
    let table = [
        ("newer data", &berlin, peer("w2", "2026c"), false),
        ("newer data, and UTC is the same in all", &json!({}), peer("w2", "2026c"), true),
        ("the same data", &berlin, peer("w2", "2026b"), true),
        ("older data", &berlin, peer("w2", "2026a"), true),
        ("newer data on a worker that drains", &berlin, drained(peer("w2", "2026c")), true),
        ("newer data on a worker whose clock is off", &berlin, off(peer("w2", "2026c")), true),
        ("newer data on a worker that does not match", &berlin, unlike(peer("w2", "2026c")), true),
        ("newer data on a worker without scripts", &berlin, without_scripts(peer("w2", "2026c")), true),
    ];
    for (name, text, other, claims) in table {
        let mut bench = Bench::new(8, 1, text);
        bench.on(among(vec![peer("w1", "2026b"), other]), 0);
        // Long enough for any rank to have had its turn.
        for second in 1..60 {
            bench.on(Event::Wake, second);
        }
        assert_eq!(!bench.orders().is_empty(), claims, "{name}");
    }
    let mut bench = Bench::new(8, 1, &berlin);
    bench.on(among(vec![peer("w1", "2026b"), peer("w2", "2026c")]), 0);
    bench.on(Event::Wake, 1);
    bench.on(among(vec![peer("w1", "2026b")]), 2);
    for second in 2..20 {
        bench.on(Event::Wake, second);
    }
    assert!(!bench.orders().is_empty(), "the newer one is gone: the older goes on");
}
