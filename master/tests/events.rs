//! What changes in the fleet, told live; on the stores of both modes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::http::Method;
use common::mode::Mode;
use common::stage::{As, Stage, ask};
use common::tail::Tail;
use common::{House, TOKEN, world};
use master::Options;
use serde_json::{Value, json};

/// An event: its name, its id, its data.
type Told = (String, Option<String>, Value);

async fn next(tail: &mut Tail) -> Told {
    let text = tail.next().await.expect("another event");
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned);
    let data = serde_json::from_str(&field("data").unwrap()).unwrap();
    (field("event").unwrap(), field("id"), data)
}

/// Returns what comes up to the event of this name.
async fn until(tail: &mut Tail, name: &str) -> Told {
    loop {
        let told = next(tail).await;
        if told.0 == name {
            return told;
        }
    }
}

/// Goal: a change made at one master is told at another, and who was cut off goes on there without a gap and without
/// hearing anything twice.
async fn who_was_cut_off_goes_on_at_another_master(mode: Mode) {
    let mut stage = Stage::new(mode, Options::default()).await;
    let other = stage.another();
    let mut tail = Tail::at(&stage.router, "/api/v1/events", &[]).await;
    let (name, id, _) = next(&mut tail).await;
    assert_eq!((name.as_str(), id.is_some()), ("begin", true));

    let job = |name: &str| json!({ "name": name, "schedule": "0 9 1 1 *", "shell": { "script": "true" } });
    stage.admin(Method::POST, "/api/v1/jobs", job("a")).await.expect(201);
    let (_, _, data) = until(&mut tail, "job_saved").await;
    assert_eq!(data, json!({ "kind": "job_saved", "job": "a", "by": "admin" }));
    stage.admin(Method::POST, "/api/v1/jobs/a/pause", json!({})).await.expect(200);
    let (_, paused, data) = until(&mut tail, "job_paused").await;
    assert_eq!((&data["job"], &data["by"]), (&json!("a"), &json!("admin")));
    drop(tail);

    stage.admin(Method::POST, "/api/v1/jobs/a/resume", json!(null)).await.expect(200);
    let at_other = async |method: Method, path: &str, body: Value| {
        ask(&other, &As::Token(TOKEN.into()), "127.0.0.1", method, path, &[], body).await
    };
    at_other(Method::POST, "/api/v1/jobs", job("b")).await.expect(201);
    at_other(Method::DELETE, "/api/v1/jobs/a", json!(null)).await.expect(200);
    for master in [&other, &stage.router] {
        let headers = [("last-event-id", paused.as_deref().unwrap())];
        let mut tail = Tail::at(master, "/api/v1/events", &headers).await;
        let mut told = Vec::new();
        while told.len() < 4 {
            let (name, _, data) = next(&mut tail).await;
            told.push((name, data["job"].as_str().unwrap_or_default().to_owned()));
        }
        let told: Vec<_> = told.iter().map(|(name, job)| (name.as_str(), job.as_str())).collect();
        assert_eq!(told, [("begin", ""), ("job_resumed", "a"), ("job_saved", "b"), ("job_deleted", "a")]);
    }

    let headers = [("last-event-id", "0.0")];
    let mut tail = Tail::at(&stage.router, "/api/v1/events", &headers).await;
    assert_eq!(next(&mut tail).await.0, "reset", "what is not kept any more is said to be missed");
    let headers = [("last-event-id", "yesterday")];
    let admin = As::Token(TOKEN.into());
    let bad =
        ask(&stage.router, &admin, "127.0.0.1", Method::GET, "/api/v1/events", &headers, json!(null)).await;
    assert_eq!(bad.refused(400), "invalid_header");
}

async fn runs_and_workers_are_told(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let mut tail = Tail::open(&house, "/api/v1/events", &[]).await;
    assert_eq!(next(&mut tail).await.0, "begin");
    house.act("/api/v1/jobs/a/run").await.expect(202);
    let run = world::claim(&house, "a").await.remove(0);
    let (_, id, data) = until(&mut tail, "run_started").await;
    assert!(id.is_some());
    assert_eq!(data, json!({ "kind": "run_started", "job": "a", "run": run.id, "worker": "w1" }));
    world::end(&house, &run, 0, 0).await;
    let (_, _, data) = until(&mut tail, "run_ended").await;
    assert_eq!((&data["run"], &data["worker"]), (&json!(run.id), &json!("w1")));
    // The first look is what later ones are compared with.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    world::register(&house, &[]).await;
    let (_, id, data) = until(&mut tail, "worker_up").await;
    assert_eq!((id, &data["worker"]), (None, &json!("w1")));
}

crate::both!(who_was_cut_off_goes_on_at_another_master, runs_and_workers_are_told,);
