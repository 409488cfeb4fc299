//! What is done with a job: run, kill, pause, resume; what becomes of its ticks.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::body::Body;
use axum::http::Method;
use common::mode::Mode;
use common::{House, world};
use model::time::Span;
use serde_json::{Value, json};

async fn a_run_is_asked_for_once_per_key(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let key = [("idempotency-key", "k1")];
    let first = house.ask(Method::POST, "/api/v1/jobs/a/run", &key, Body::empty()).await;
    let accepted = first.expect(202);
    assert_eq!(accepted["known"], false);
    assert_eq!(first.header("location"), format!("/api/v1/runs/{}", accepted["run"].as_str().unwrap()));
    let again = house.ask(Method::POST, "/api/v1/jobs/a/run", &key, Body::empty()).await.expect(202);
    assert_eq!(again["known"], true);
    assert_eq!(again["run"], accepted["run"]);

    // Before a worker has taken it, the run can be read already.
    let run = house.get(first.header("location")).await.expect(200);
    assert_eq!(run["status"], "waiting");
    assert_eq!(run["requested_by"], "admin");
    let started = world::claim(&house, "a").await;
    assert_eq!(json!(started[0].id), accepted["run"]);
    assert_eq!(house.get(first.header("location")).await.expect(200)["status"], "running");
}

/// Mutation: without its check a run-now of nobody is answered as asked for.
async fn a_run_of_every_worker_is_refused_while_there_is_none(mode: Mode) {
    let house = House::new(mode).await;
    let job = json!({ "name": "all", "schedule": "0 9 * * *", "placement": { "mode": "all" }, "shell": { "script": "true" } });
    house.post("/api/v1/jobs", job).await.expect(201);
    let refused = house.act("/api/v1/jobs/all/run").await;
    assert_eq!(refused.refused(409), "no_worker");
    let view = house.get("/api/v1/jobs/all").await.expect(200);
    assert_eq!((&view["state"]["workers"], &view["state"]["waiting"]), (&Value::Null, &json!([])));
    house.act("/api/v1/jobs/all/pause").await.expect(200);
    house.act("/api/v1/jobs/all/kill").await.expect(202);
}

async fn a_run_differs_only_in_what_applies_to_it(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let run = async |body: Value| house.post("/api/v1/jobs/a/run", body).await;
    run(json!({ "env": { "DAY": "2026-11-30" }, "timeout": "5s" })).await.expect(202);
    let refused = run(json!({ "args": ["x"] })).await;
    assert_eq!(refused.refused(422), "invalid_run");
    assert_eq!(refused.problem()["errors"][0]["path"], "args");
    let refused = run(json!({ "timeout": "1ms", "env": { "not a name": "x" } })).await;
    assert_eq!(refused.refused(422), "invalid_run");
    let paths: Vec<_> = refused.problem()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["path"].as_str().unwrap().to_owned())
        .collect();
    assert!(paths.iter().any(|path| path == "timeout"), "{paths:?}");
    assert!(paths.iter().any(|path| path.starts_with("env")), "{paths:?}");
    assert_eq!(run(json!({ "user": "root" })).await.refused(400), "invalid_body");
    assert_eq!(run(json!({ "env": { "A": "x".repeat(17_000) } })).await.refused(413), "too_large");
    let blank = [("idempotency-key", "a b")];
    let reply = house.ask(Method::POST, "/api/v1/jobs/a/run", &blank, Body::empty()).await;
    assert_eq!(reply.refused(400), "invalid_header");
    assert_eq!(house.act("/api/v1/jobs/b/run").await.refused(404), "not_found");
}

async fn requests_beyond_their_bound_are_refused(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    for _ in 0..model::state::REQUESTS_MAX {
        house.act("/api/v1/jobs/a/run").await.expect(202);
    }
    assert_eq!(house.act("/api/v1/jobs/a/run").await.refused(429), "too_many_requests");
    let killed = house.act("/api/v1/jobs/a/kill").await.expect(202);
    assert_eq!(killed["removed"].as_array().unwrap().len(), model::state::REQUESTS_MAX);
    house.act("/api/v1/jobs/a/run").await.expect(202);
}

async fn a_kill_marks_what_runs_and_takes_back_what_waits(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    house.act("/api/v1/jobs/a/run").await.expect(202);
    let run = world::claim(&house, "a").await.remove(0);
    let waiting = house.act("/api/v1/jobs/a/run").await.expect(202);
    let killed = house.act("/api/v1/jobs/a/kill").await.expect(202);
    assert_eq!(killed["stopping"], json!([run.id]));
    assert_eq!(killed["removed"], json!([waiting["run"]]));
    let job = house.get("/api/v1/jobs/a").await.expect(200);
    assert_eq!(job["state"]["active"][0]["stopping"], true);
    // What was taken back has a record that says so.
    let path = format!("/api/v1/runs/{}", waiting["run"].as_str().unwrap());
    let record = house.until(&path, |run| run["status"] != "waiting").await;
    assert_eq!(record["status"], "skipped", "{record}");
    assert_eq!(house.act("/api/v1/jobs/b/kill").await.refused(404), "not_found");
}

async fn one_run_is_killed_and_an_ended_one_is_not(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    house.act("/api/v1/jobs/a/run").await.expect(202);
    let run = world::claim(&house, "a").await.remove(0);
    let path = format!("/api/v1/runs/{}/kill", run.id);
    assert_eq!(house.act(&path).await.expect(202)["stopping"], json!([run.id]));
    world::end(&house, &run, 0, 0).await;
    assert_eq!(house.act(&path).await.refused(409), "run_ended");
    let unknown = "/api/v1/runs/000000000000000000000000/kill";
    assert_eq!(house.act(unknown).await.refused(404), "not_found");
    assert_eq!(house.act("/api/v1/runs/x/kill").await.refused(400), "invalid_path");
}

async fn a_pause_says_who_why_and_until_when(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let body = json!({ "why": "moving house", "until": "2026-12-03T00:00:00Z" });
    let view = house.post("/api/v1/jobs/a/pause", body).await.expect(200);
    assert_eq!(view["state"]["paused"]["by"], "admin");
    assert_eq!(view["state"]["paused"]["why"], "moving house");
    assert_eq!(view["schedule"]["next"][0]["at"], "2026-12-03T09:00:00Z");
    // A save never touches the pause.
    let etag = [("if-match", view["saved"]["etag"].as_str().unwrap())];
    let saved = house.put("/api/v1/jobs/a", &etag, view["job"].clone()).await.expect(200);
    assert_eq!(saved["state"]["paused"], view["state"]["paused"]);
    let resumed = house.act("/api/v1/jobs/a/resume").await.expect(200);
    assert_eq!(resumed["state"].get("paused"), None);
    house.act("/api/v1/jobs/a/resume").await.expect(200);

    let past = json!({ "until": "2026-11-30T00:00:00Z" });
    assert_eq!(house.post("/api/v1/jobs/a/pause", past).await.refused(422), "invalid_pause");
    let long = json!({ "why": "x".repeat(1001) });
    assert_eq!(house.post("/api/v1/jobs/a/pause", long).await.refused(422), "invalid_pause");
    assert_eq!(house.act("/api/v1/jobs/b/pause").await.refused(404), "not_found");
    assert_eq!(house.act("/api/v1/jobs/b/resume").await.refused(404), "not_found");
}

async fn a_pause_that_has_passed_is_none(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    house.post("/api/v1/jobs/a/pause", json!({ "until": "2026-12-01T08:30:00Z" })).await.expect(200);
    house.clock.pass(Span::from_minutes(31));
    let view = house.get("/api/v1/jobs/a").await.expect(200);
    assert_eq!(view["state"].get("paused"), None);
    assert_eq!(view["schedule"]["next"][0]["at"], "2026-12-01T09:00:00Z");
}

/// Goal: each tick in the window has an answer, newest first, whatever became of it.
async fn every_tick_has_a_story(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "*/15 * * * *").await;
    // 08:15 runs and succeeds; it goes on over 08:30, which is skipped for it.
    house.clock.pass(Span::from_minutes(15));
    let run = world::claim(&house, "a").await.remove(0);
    house.clock.pass(Span::from_minutes(16));
    world::end(&house, &run, 0, 0).await;
    // 08:45 falls due while the job is paused; 09:00 after that, and nobody has taken it yet.
    house.post("/api/v1/jobs/a/pause", json!({ "why": "tea" })).await.expect(200);
    house.clock.pass(Span::from_minutes(25));
    house.act("/api/v1/jobs/a/resume").await.expect(200);
    house.clock.pass(Span::from_minutes(5));

    let path = "/api/v1/jobs/a/ticks?from=2026-12-01T08:00:00Z&to=2026-12-01T09:20:00Z";
    let page = house.get(path).await.expect(200);
    let told: Vec<String> = page["ticks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tick| {
            let word = |name: &str| tick[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}: {}", &word("at")[11..16], word("kind"), word("status"), word("reason"))
        })
        .collect();
    let told = told.join("\n").replace(&format!("run {}", run.id), "[run]");
    insta::allow_duplicates!(insta::assert_snapshot!(told, @r#"
09:15 pending -: due at 2026-12-01T09:15:00Z
09:00 overdue -: late: no worker is alive; it may start until 2026-12-01T09:10:00Z
08:45 skipped -: the job was paused, by `admin`
08:30 skipped -: an earlier run still went on, and the job's overlap policy does not allow two ([run])
08:15 run succeeded: exit code 0
"#));

    // The same, one at a time.
    let mut at = Vec::new();
    let mut next = format!("{path}&limit=1");
    loop {
        let page = house.get(&next).await.expect(200);
        at.extend(page["ticks"].as_array().unwrap().iter().map(|tick| tick["at"].clone()));
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("{path}&limit=1&cursor={cursor}");
    }
    let whole: Vec<_> = page["ticks"].as_array().unwrap().iter().map(|tick| tick["at"].clone()).collect();
    assert_eq!(at, whole);
}

async fn ticks_of_an_earlier_text_are_told_by_their_records(mode: Mode) {
    let house = House::new(mode).await;
    let view = house.job("a", "*/15 * * * *").await;
    house.clock.pass(Span::from_minutes(15));
    let run = world::claim(&house, "a").await.remove(0);
    world::end(&house, &run, 3, 0).await;
    house.clock.pass(Span::from_minutes(5));
    let mut job = view["job"].clone();
    job["schedule"] = json!("@hourly");
    let etag = [("if-match", view["saved"]["etag"].as_str().unwrap())];
    house.put("/api/v1/jobs/a", &etag, job).await.expect(200);
    house.clock.pass(Span::from_minutes(50));
    let path = "/api/v1/jobs/a/ticks?from=2026-12-01T08:00:00Z";
    let page = house.get(path).await.expect(200);
    let at: Vec<_> =
        page["ticks"].as_array().unwrap().iter().map(|tick| tick["at"].as_str().unwrap()).collect();
    assert_eq!(at, ["2026-12-01T09:00:00Z", "2026-12-01T08:15:00Z"]);
    assert_eq!(page["ticks"][1]["status"], "failed");
    assert_eq!(page["ticks"][1]["reason"], "exit code 3");
    let backwards = "/api/v1/jobs/a/ticks?from=2026-12-02T08:00:00Z";
    assert_eq!(house.get(backwards).await.refused(400), "invalid_query");
    assert_eq!(house.get("/api/v1/jobs/b/ticks").await.refused(404), "not_found");
}

crate::both!(
    a_run_is_asked_for_once_per_key,
    a_run_of_every_worker_is_refused_while_there_is_none,
    a_run_differs_only_in_what_applies_to_it,
    requests_beyond_their_bound_are_refused,
    a_kill_marks_what_runs_and_takes_back_what_waits,
    one_run_is_killed_and_an_ended_one_is_not,
    a_pause_says_who_why_and_until_when,
    a_pause_that_has_passed_is_none,
    every_tick_has_a_story,
    ticks_of_an_earlier_text_are_told_by_their_records,
);
