//! Runs: listed and read; their output in parts, whole and live.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::body::Body;
use axum::http::Method;
use common::mode::Mode;
use common::tail::Tail;
use common::{House, Reply, world};
use model::chunk::Stream;
use model::run::RunRecord;
use model::time::Span;
use serde_json::{Value, json};

async fn started(house: &House, name: &str) -> RunRecord {
    house.act(&format!("/api/v1/jobs/{name}/run")).await.expect(202);
    world::claim(house, name).await.remove(0)
}

async fn runs_are_listed_newest_first_and_filtered(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    house.job("b", "0 9 * * *").await;
    let mut ids = Vec::new();
    for i in 0..5 {
        let run = started(&house, "a").await;
        world::end(&house, &run, i % 2, 0).await;
        ids.insert(0, json!(run.id));
        house.clock.pass(Span::from_seconds(1));
    }
    let other = started(&house, "b").await;

    let ids_of = |page: &Value| -> Vec<Value> {
        page["runs"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect()
    };
    let mut all = Vec::new();
    let mut path = "/api/v1/runs?job=a&limit=2".to_owned();
    loop {
        let page = house.get(&path).await.expect(200);
        all.extend(ids_of(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/runs?job=a&limit=2&cursor={next}");
    }
    assert_eq!(all, ids);
    let failed = house.get("/api/v1/runs?job=a&status=failed,timed_out&trigger=manual").await.expect(200);
    assert_eq!(ids_of(&failed).len(), 2);
    let running = house.get("/api/v1/runs?status=running&worker=w1").await.expect(200);
    assert_eq!(ids_of(&running), [json!(other.id)]);
    assert_eq!(house.get("/api/v1/runs?worker=w2").await.expect(200)["runs"], json!([]));
    let since = house.get("/api/v1/runs?job=a&from=2026-12-01T08:00:03Z&to=2026-12-01T08:00:04Z").await;
    assert_eq!(ids_of(&since.expect(200)).len(), 1);
    for bad in ["status=green", "trigger=moon", "from=yesterday", "cursor=x", "limit=9999", "job=A"] {
        assert_eq!(house.get(&format!("/api/v1/runs?{bad}")).await.refused(400), "invalid_query", "{bad}");
    }
    let shows = |page: &Value| page["jobs"][1]["running"] == 1;
    let recent = house.until("/api/v1/jobs?include=recent", shows).await;
    assert_eq!(recent["jobs"][0]["recent"].as_array().unwrap().len(), 5);
}

async fn an_unknown_run_is_not_found(mode: Mode) {
    let house = House::new(mode).await;
    let unknown = "/api/v1/runs/000000000000000000000000";
    for path in [unknown.to_owned(), format!("{unknown}/output"), format!("{unknown}/output/stream")] {
        assert_eq!(house.get(&path).await.refused(404), "not_found", "{path}");
    }
    assert_eq!(house.get("/api/v1/runs/nonsense").await.refused(400), "invalid_path");
}

async fn output_comes_in_parts_and_whole(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let run = started(&house, "a").await;
    world::output(&house, &run.id, 0, Stream::Stdout, b"one\n").await;
    world::output(&house, &run.id, 1, Stream::Stderr, b"\xff\xfe").await;
    world::output(&house, &run.id, 2, Stream::Stdout, b"three\n").await;
    let path = format!("/api/v1/runs/{}/output", run.id);

    let page = house.get(&format!("{path}?limit=2")).await.expect(200);
    assert_eq!(page["chunks"][0]["text"], "one\n");
    assert_eq!(page["chunks"][0]["stream"], "stdout");
    assert_eq!(page["chunks"][1]["base64"], "//4=");
    assert_eq!(page["chunks"][1].get("text"), None);
    assert_eq!((page["next"].clone(), page["ended"].clone()), (json!(2), json!(false)));
    let page = house.get(&format!("{path}?from=2")).await.expect(200);
    assert_eq!((page["next"].clone(), page["ended"].clone()), (json!(3), json!(false)));
    world::end(&house, &run, 0, 3).await;
    let page = house.get(&format!("{path}?from=3")).await.expect(200);
    assert_eq!((page["next"].clone(), page["ended"].clone()), (json!(3), json!(true)));
    assert_eq!(page["status"], "succeeded");

    let bytes: &[u8] = b"one\n\xff\xfethree\n";
    let whole = house.get(&format!("{path}?format=text")).await;
    assert_eq!(whole.bytes, bytes);
    assert_eq!(whole.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    let accept = [("accept", "text/plain")];
    assert_eq!(house.ask(Method::GET, &path, &accept, Body::empty()).await.bytes, bytes);
    assert_eq!(house.get(&format!("{path}?limit=1001")).await.refused(400), "invalid_query");
}

/// A line has a number, a place, and is found by what stands in it, page by page.
async fn lines_are_numbered_and_found(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let run = started(&house, "a").await;
    // More chunks than are read at one time.
    for seq in 0..200 {
        let text = format!("row {seq} of many\nan er");
        world::output(&house, &run.id, seq * 2, Stream::Stdout, text.leak().as_bytes()).await;
        world::output(&house, &run.id, seq * 2 + 1, Stream::Stderr, b"fine\n").await;
    }
    let path = format!("/api/v1/runs/{}/output", run.id);

    let place = |query: &'static str| {
        let (house, path) = (&house, &path);
        async move { house.get(&format!("{path}/lines?{query}")).await.expect(200) }
    };
    let all = json!({ "chunk": 0, "lines_before": 0, "lines": 400, "chunks": 400 });
    assert_eq!(place("").await, all);
    let at = |chunk, before| json!({ "chunk": chunk, "lines_before": before, "lines": 400, "chunks": 400 });
    assert_eq!(place("line=1").await, at(0, 0));
    assert_eq!(place("line=300").await, at(299, 299));
    assert_eq!(place("line=9999").await, at(399, 399));
    assert_eq!(place("chunk=7").await, at(7, 7));
    assert_eq!(house.get(&format!("{path}/lines?line=0")).await.refused(400), "invalid_query");

    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("{path}/search?pattern=ERROW&limit=70{cursor}")).await.expect(200);
        found.extend(page["matches"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let numbers: Vec<_> = found.iter().map(|found| found["line"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (0..199).map(|row| row * 2 + 3).collect();
    assert_eq!(numbers, expected);
    assert_eq!(found[0]["text"], "an errow 1 of many");
    assert_eq!((found[0]["start"].clone(), found[0]["end"].clone()), (json!(3), json!(8)));
    assert_eq!((found[0]["chunk"].clone(), found[0]["stream"].clone()), (json!(0), json!("stdout")));

    let search = |query: &'static str| {
        let (house, path) = (&house, &path);
        async move { house.get(&format!("{path}/search?{query}")).await }
    };
    let lines = |page: &Value| page["matches"].as_array().unwrap().len();
    assert_eq!(lines(&search("pattern=%5Efine%24&regex=true&limit=1000").await.expect(200)), 200);
    assert_eq!(lines(&search("pattern=fine&stream=stdout").await.expect(200)), 0);
    assert_eq!(lines(&search("pattern=FINE&case=true").await.expect(200)), 0);
    // What has not ended may still go on; once the run has ended it will not.
    assert_eq!(lines(&search("pattern=er%24&regex=true").await.expect(200)), 0);
    world::end(&house, &run, 0, 400).await;
    let last = search("pattern=er%24&regex=true").await.expect(200);
    assert_eq!((lines(&last), last["matches"][0].get("line")), (1, None));
    assert_eq!(search("pattern=(&regex=true").await.refused(400), "invalid_pattern");
    assert_eq!(search("pattern=a&cursor=!").await.refused(400), "invalid_query");
}

async fn a_tail_follows_a_run_to_its_end(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let run = started(&house, "a").await;
    world::output(&house, &run.id, 0, Stream::Stdout, b"one\n").await;
    let path = format!("/api/v1/runs/{}/output/stream", run.id);
    let mut tail = Tail::open(&house, &path, &[]).await;
    let event = tail.next().await.unwrap();
    insta::allow_duplicates!(insta::assert_snapshot!(event, @r#"
event: chunk
id: 1
data: {"seq":0,"stream":"stdout","at":"2026-12-01T08:00:00Z","text":"one\n"}
"#));
    world::output(&house, &run.id, 1, Stream::Stderr, b"two\n").await;
    assert!(tail.next().await.unwrap().contains("\"two\\n\""));
    world::end(&house, &run, 3, 2).await;
    let event = tail.next().await.unwrap();
    insta::allow_duplicates!(insta::assert_snapshot!(event, @r#"
event: end
id: 2
data: {"status":"failed","reason":"exit code 3","next":2,"dropped":0,"missing":0}
"#));
    assert_eq!(tail.next().await, None);
}

async fn a_tail_goes_on_where_it_was_cut_off(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let run = started(&house, "a").await;
    for (seq, bytes) in [(0, &b"zero"[..]), (1, b"one"), (2, b"two")] {
        world::output(&house, &run.id, seq, Stream::Stdout, bytes).await;
    }
    world::end(&house, &run, 0, 3).await;
    let path = format!("/api/v1/runs/{}/output/stream", run.id);
    let mut tail = Tail::open(&house, &format!("{path}?from=0"), &[("last-event-id", "2")]).await;
    assert!(tail.next().await.unwrap().contains("\"two\""));
    assert!(tail.next().await.unwrap().contains("event: end"));
    let mut tail = Tail::open(&house, &format!("{path}?from=1"), &[]).await;
    assert!(tail.next().await.unwrap().contains("\"one\""));
    let bad: Reply = house.ask(Method::GET, &path, &[("last-event-id", "x")], Body::empty()).await;
    assert_eq!(bad.refused(400), "invalid_header");
}

/// Goal: a run that was only asked for can be followed, from before any worker has taken it.
async fn a_tail_waits_for_a_run_that_has_not_begun(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let accepted = house.act("/api/v1/jobs/a/run").await.expect(202);
    let path = format!("/api/v1/runs/{}/output/stream", accepted["run"].as_str().unwrap());
    let mut tail = Tail::open(&house, &path, &[]).await;
    let run = world::claim(&house, "a").await.remove(0);
    world::output(&house, &run.id, 0, Stream::Stdout, b"begun").await;
    assert!(tail.next().await.unwrap().contains("\"begun\""));
}

async fn workers_are_listed_while_they_live(mode: Mode) {
    let house = House::new(mode).await;
    assert_eq!(house.get("/api/v1/workers").await.expect(200)["workers"], json!([]));
    let registration = world::register(&house, &[("role", "db")]).await;
    let list = house.get("/api/v1/workers").await.expect(200);
    assert_eq!(list["workers"][0]["identity"]["id"], "w1");
    assert_eq!(list["workers"][0]["status"]["labels"]["role"], "db");
    house.ports.registry.release(&registration).await.unwrap();
    assert_eq!(house.get("/api/v1/workers").await.expect(200)["workers"], json!([]));
}

/// A clock that was set forward went by the tick: nobody could start it, and the reason says so.
async fn a_tick_that_a_clock_went_by_says_so(mode: Mode) {
    let house = House::new(mode).await;
    let job = serde_json::json!({ "name": "a", "schedule": "0 9 * * *", "missed": { "policy": "none" },
        "start_deadline": "1m", "shell": { "script": "true" } });
    house.post("/api/v1/jobs", job).await.expect(201);
    house.clock.pass(Span::from_minutes(120));
    let registration = world::register(&house, &[]).await;
    let registry = house.ports.registry.clone();
    let worker = registry.workers().await.unwrap().remove(0);
    let clock_event = Some(model::worker::ClockEvent {
        change: model::worker::ClockChange::SetForward,
        by: Span::from_minutes(90),
        at: model::ports::Clock::now(&*house.clock),
    });
    let status = model::worker::WorkerStatus { clock_event, ..worker.status };
    registry.report(&registration, status).await.unwrap();
    world::claim(&house, "a").await;
    let ticks = house.get("/api/v1/jobs/a/ticks").await.expect(200);
    assert_eq!(
        ticks["ticks"][0]["reason"],
        "no worker started it in time, and the job's missed policy is `none`; on worker `w1` its clock was set \
         forward by 1h30m, seen at 2026-12-01T10:00:00Z"
    );
}

crate::both!(
    runs_are_listed_newest_first_and_filtered,
    an_unknown_run_is_not_found,
    output_comes_in_parts_and_whole,
    lines_are_numbered_and_found,
    a_tail_follows_a_run_to_its_end,
    a_tail_goes_on_where_it_was_cut_off,
    a_tail_waits_for_a_run_that_has_not_begun,
    workers_are_listed_while_they_live,
    a_tick_that_a_clock_went_by_says_so,
);
