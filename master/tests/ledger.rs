//! "Why did it not run?": every reason that the ledger has, brought about on purpose; a month on one page; and what it
//! tells while the store of facts is away.
//!
//! Not here: the same with real workers (`e2e/tests/fleet_reasons.rs`).
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use std::time::Duration;

use axum::http::Method;
use common::mode::Mode;
use common::stage::Stage;
use common::{House, world};
use master::Options;
use master::api::TickView;
use model::id::{Fence, RunId};
use model::ports::{Clock as _, Registration};
use model::run::{Beginning, RunRecord, RunStatus, Trigger};
use model::time::{Span, Timestamp};
use model::worker::WorkerStatus;
use serde_json::{Value, json};

/// Returns a job with `more` fields, or others.
fn with(mut job: Value, more: Value) -> Value {
    if let (Value::Object(job), Value::Object(more)) = (&mut job, more) {
        job.extend(more);
    }
    job
}

/// Saves a job of every quarter of an hour, with `more` fields.
async fn save(house: &House, name: &str, more: Value) -> Value {
    let job = json!({ "name": name, "schedule": "*/15 * * * *", "shell": { "script": "true" },
        "limits": { "timeout": "2h" } });
    house.post("/api/v1/jobs", with(job, more)).await.expect(201)
}

/// Saves a job anew, with `more` fields.
async fn save_anew(house: &House, view: &Value, more: Value) {
    let job = with(view["job"].clone(), more);
    let path = format!("/api/v1/jobs/{}", job["name"].as_str().unwrap());
    let etag = house.get(&path).await.header("etag").to_owned();
    house.put(&path, &[("if-match", &etag)], job).await.expect(200);
}

/// Returns the ticks of today, the earliest first, as `08:15 kind: reason`.
async fn told(house: &House, name: &str) -> Vec<String> {
    let path = format!("/api/v1/jobs/{name}/ticks?from=2026-12-01T00:00:00Z");
    let page = house.get(&path).await.expect(200);
    let line = |tick: &Value| {
        facts_say_it(tick);
        let word = |name: &str| tick[name].as_str().unwrap().to_owned();
        format!("{} {}: {}", &word("at")[11..16], word("kind"), word("reason"))
    };
    page["ticks"].as_array().unwrap().iter().rev().map(line).collect()
}

/// Whoever has the facts of a tick alone can say all of its reason.
fn facts_say_it(tick: &Value) {
    let tick: TickView = serde_json::from_value(tick.clone()).unwrap();
    let why = tick.why.as_ref().unwrap_or_else(|| panic!("no facts: {tick:?}"));
    let clocks = tick.clocks.iter().map(|seen| format!("; on worker `{}` {}", seen.worker, seen.event));
    assert_eq!(tick.reason, why.to_string() + &clocks.collect::<String>());
}

/// Has a worker report that it is otherwise.
async fn report(house: &House, registration: &Registration, change: impl FnOnce(&mut WorkerStatus)) {
    let registry = house.ports.registry.clone();
    let mut status = registry.workers().await.unwrap().remove(0).status;
    change(&mut status);
    registry.report(registration, status).await.unwrap();
}

/// Caught: a ledger that does not look at the workers.
async fn a_tick_that_nobody_takes_says_why(mode: Mode) {
    let house = House::new(mode).await;
    save(&house, "a", json!({ "placement": { "labels": { "role": "db" } } })).await;
    house.clock.pass(Span::from_minutes(16));
    let late = async |why: &str, untaken: Value| {
        let line = format!("08:15 overdue: late: {why}; it may start until 2026-12-01T08:25:00Z");
        assert_eq!(told(&house, "a").await, [line]);
        let tick = house.get("/api/v1/jobs/a/ticks").await.expect(200)["ticks"][0].clone();
        let mut facts = json!({ "kind": "late", "until": "2026-12-01T08:25:00Z", "untaken": untaken });
        if untaken.is_null() {
            facts.as_object_mut().unwrap().remove("untaken");
        }
        assert_eq!(tick["why"], facts);
    };
    let every = |obstacle: &str| json!({ "kind": "obstacles", "obstacles": [{ "obstacle": obstacle, "workers": 1 }] });
    late("no worker is alive", json!({ "kind": "no_worker" })).await;
    let registration = world::register(&house, &[("role", "web")]).await;
    let labels = json!({ "kind": "no_labels", "labels": { "role": "db" }, "workers": 1 });
    late("the worker that is alive has not the labels role=db", labels).await;
    report(&house, &registration, |status| {
        status.labels = [("role".to_owned(), "db".to_owned())].into();
        status.busy = status.slots;
    })
    .await;
    late("every worker that matches has no free slot", every("full")).await;
    report(&house, &registration, |status| status.output.ends_full = true).await;
    late(
        "every worker that matches waits for the store of facts (MongoDB) to take the ends of earlier runs",
        every("waits_for_facts"),
    )
    .await;
    report(&house, &registration, |status| status.clock_ok = false).await;
    late("every worker that matches has a clock that is off", every("clock_off")).await;
    report(&house, &registration, |status| status.draining = true).await;
    late("every worker that matches is draining", every("draining")).await;
    report(&house, &registration, |status| status.shell.refuses = Some("switched off".to_owned())).await;
    late("every worker that matches starts no scripts (`sandglass job check` says why)", every("no_scripts"))
        .await;
    report(&house, &registration, |status| {
        (status.draining, status.clock_ok, status.busy, status.output.ends_full) = (false, true, 0, false);
        status.shell.refuses = None;
    })
    .await;
    late("no worker has taken it yet", Value::Null).await;

    // Past its deadline, and the policy (`latest`) still runs it. etcd's own clock says when a registration ends.
    house.ports.registry.release(&registration).await.unwrap();
    house.clock.pass(Span::from_minutes(10));
    assert_eq!(
        told(&house, "a").await,
        [
            "08:15 overdue: no worker started it in time: no worker is alive; the missed policy decides once one takes it"
        ]
    );
}

/// Caught: a ledger that leaves what nobody wrote down as pending for ever.
async fn a_missed_tick_says_by_which_policy_with_and_without_a_worker(mode: Mode) {
    let house = House::new(mode).await;
    let policies = [
        ("none", json!({ "policy": "none" })),
        ("latest", json!({ "policy": "latest" })),
        ("window", json!({ "policy": "all", "window": "20m", "max": 10 })),
        ("max", json!({ "policy": "all", "max": 1 })),
    ];
    for (name, missed) in policies {
        let more = json!({ "missed": missed, "start_deadline": "1m", "overlap": "allow" });
        save(&house, name, more).await;
    }
    house.clock.pass(Span::from_minutes(50));
    let because = ": no worker is alive";
    let missed =
        |at: &str, why: &str| format!("{at} missed: no worker started it in time, and {why}{because}");
    let open = |at: &str| {
        format!(
            "{at} overdue: no worker started it in time{because}; the missed policy decides once one takes it"
        )
    };
    let table = [
        ("none", "the job's missed policy is `none`", 3),
        ("latest", "the missed policy runs only the newest", 2),
        ("window", "it is older than the missed policy's window", 1),
        ("max", "the missed policy runs no more than its maximum", 2),
    ];
    let ats = ["08:15", "08:30", "08:45"];
    for (name, why, ended) in table {
        let line = |n: usize| if n < ended { missed(ats[n], why) } else { open(ats[n]) };
        assert_eq!(told(&house, name).await, (0..3).map(line).collect::<Vec<_>>(), "{name}");
    }
    // A worker comes: the same ticks end in the same way, now on record, and the others run.
    world::register(&house, &[]).await;
    for (name, why, ended) in table {
        world::claim(&house, name).await;
        let told = told(&house, name).await;
        for (n, line) in told.iter().enumerate() {
            let recorded = missed(ats[n], why).replace(because, "");
            let ran = format!("{} run: running on `w1`", ats[n]);
            assert_eq!(line, if n < ended { &recorded } else { &ran }, "{name}");
        }
    }
}

async fn a_skipped_tick_says_by_what_and_by_whom(mode: Mode) {
    let house = House::new(mode).await;
    let edited = save(&house, "edited", json!({})).await;
    let disabled = save(&house, "disabled", json!({})).await;
    save(&house, "paused", json!({})).await;
    save(&house, "overlap", json!({})).await;
    save(&house, "replaced", json!({ "overlap": "replace", "start_deadline": "30m" })).await;
    house.clock.pass(Span::from_minutes(15));
    let held = world::claim(&house, "overlap").await.remove(0);
    world::claim(&house, "replaced").await;
    save_anew(&house, &edited, json!({ "jitter": "1s" })).await;
    save_anew(&house, &disabled, json!({ "enabled": false })).await;
    house.post("/api/v1/jobs/paused/pause", json!({ "why": "moving" })).await.expect(200);
    house.clock.pass(Span::from_minutes(16));
    // Two ticks wait for the run of 08:15 to be stopped; the newer takes the place of the older.
    world::claim(&house, "replaced").await;
    house.clock.pass(Span::from_minutes(15));
    world::claim(&house, "replaced").await;
    let by = "by `admin`";
    assert_eq!(
        told(&house, "edited").await[0],
        format!("08:15 skipped: the job was saved anew before it started, {by}")
    );
    assert_eq!(told(&house, "disabled").await, [format!("08:15 skipped: the job was not enabled, {by}")]);
    assert_eq!(
        told(&house, "paused").await,
        [
            format!("08:15 skipped: the job was paused, {by}"),
            "08:30 skipped: the job is paused by `admin`: moving".to_owned(),
            "08:45 skipped: the job is paused by `admin`: moving".to_owned(),
        ]
    );
    let waits = format!("run {} goes on; it is skipped when that ends", held.id);
    assert_eq!(
        told(&house, "overlap").await[1..],
        [format!("08:30 pending: {waits}"), format!("08:45 pending: {waits}")]
    );
    let replaced = told(&house, "replaced").await;
    assert_eq!(replaced[1], "08:30 skipped: a newer tick took its place", "{replaced:?}");
    assert!(
        replaced[2].starts_with("08:45 pending: it waits until the run before it is stopped"),
        "{replaced:?}"
    );
    world::end(&house, &held, 0, 0).await;
    let ended = told(&house, "overlap").await;
    let because = format!(
        "an earlier run still went on, and the job's overlap policy does not allow two (run {})",
        held.id
    );
    assert_eq!(ended[1..], [format!("08:30 skipped: {because}"), format!("08:45 skipped: {because}")]);
}

/// Goal: what ran says how late, where, how it ended and after how many tries; what is lost, with which worker.
async fn a_tick_that_ran_says_how_late_where_and_how_it_ended(mode: Mode) {
    let house =
        House::with(mode, Options { settle_every: Duration::from_millis(20), ..Options::default() }).await;
    save(&house, "a", json!({ "retries": { "max": 2, "backoff": "1m" }, "overlap": "skip" })).await;
    house.clock.pass(Span::from_seconds(15 * 60 + 42));
    let tick = async || {
        house.get("/api/v1/jobs/a/ticks?limit=1&to=2026-12-01T08:15:01Z").await.expect(200)["ticks"][0]
            .clone()
    };
    let first = world::claim(&house, "a").await.remove(0);
    let running = tick().await;
    assert_eq!(
        (&running["status"], &running["worker"], &running["late"]),
        (&json!("running"), &json!("w1"), &json!("42s"))
    );
    assert_eq!(running["why"], json!({ "kind": "stands", "status": "running", "worker": "w1" }));
    facts_say_it(&running);
    world::end(&house, &first, 3, 0).await;
    let owed = tick().await;
    facts_say_it(&owed);
    assert_eq!((&owed["status"], &owed["attempts"]), (&json!("retrying"), &json!(1)), "{owed}");
    house.clock.pass(Span::from_minutes(3));
    let second = world::claim(&house, "a").await.remove(0);
    world::end(&house, &second, 0, 0).await;
    let ran = tick().await;
    assert_eq!(
        (&ran["status"], &ran["attempts"], &ran["late"], &ran["reason"]),
        (&json!("succeeded"), &json!(2), &json!("42s"), &json!("exit code 0")),
        "the first attempt is what was late: {ran}"
    );
    assert_eq!(ran["why"], json!({ "kind": "exited", "code": 0 }));
    facts_say_it(&ran);

    house.clock.pass(Span::from_minutes(15));
    let gone = world::claim(&house, "a").await.remove(0);
    house.clock.pass(Span::from_minutes(125));
    house.until(&format!("/api/v1/runs/{}", gone.id), |run| run["status"] == "lost").await;
    let path = "/api/v1/jobs/a/ticks?to=2026-12-01T08:30:01Z&limit=1";
    let lost = house.get(path).await.expect(200)["ticks"][0].clone();
    assert_eq!((&lost["status"], &lost["worker"]), (&json!("lost"), &json!("w1")), "{lost}");
    let how = json!({ "kind": "lost", "why": "worker_gone" });
    assert_eq!(lost["why"], json!({ "kind": "settled", "how": how }));
    facts_say_it(&lost);
}

/// Goal: a month of a job of every minute is one page, with each tick once; without a worker and without a record too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_of_every_minute_is_one_page() {
    const TICKS: usize = 30 * 24 * 60;
    let house = House::new(Mode::Standalone).await;
    let of = |name: &str| json!({ "name": name, "schedule": "* * * * *", "shell": { "script": "true" } });
    let ran = house.post("/api/v1/jobs", of("ran")).await.expect(201);
    house.post("/api/v1/jobs", of("alone")).await.expect(201);
    let begun = house.clock.now();
    house.clock.pass(Span::from_days(30));
    let records: Vec<RunRecord> =
        (1..=TICKS as u64).map(|n| record(&ran, begun + Span::from_minutes(n))).collect();
    for some in records.chunks(1_000) {
        house.ports.facts.put_runs(some.to_vec()).await.unwrap();
    }
    let window = "from=2026-12-01T08:00:00Z&to=2026-12-31T08:00:01Z&limit=50000";
    for (name, kind) in [("ran", "run"), ("alone", "missed")] {
        let page = house.get(&format!("/api/v1/jobs/{name}/ticks?{window}")).await.expect(200);
        let ticks = page["ticks"].as_array().unwrap();
        assert_eq!((ticks.len(), page.get("next")), (TICKS, None), "{name}");
        let at = |n: usize| ticks[n]["at"].as_str().unwrap().to_owned();
        assert_eq!((at(0), at(TICKS - 1)), ("2026-12-31T08:00:00Z".into(), "2026-12-01T08:01:00Z".into()));
        assert!(ticks.windows(2).all(|pair| pair[0]["at"].as_str() > pair[1]["at"].as_str()), "each once");
        // The last ones without a worker are not missed yet.
        assert!(ticks[20..].iter().all(|tick| tick["kind"] == kind), "{name}: {}", ticks[20]);
    }
    let most = house.get("/api/v1/jobs/ran/ticks?limit=50001").await;
    assert_eq!(most.refused(400), "invalid_query");
}

/// Returns the record of a run of this job at a tick.
fn record(view: &Value, at: Timestamp) -> RunRecord {
    let uid = view["saved"]["uid"].as_str().unwrap().parse().unwrap();
    let begun = RunRecord::begin(Beginning {
        id: RunId::for_tick(&uid, at, 1, None),
        job: view["job"]["name"].as_str().unwrap().parse().unwrap(),
        uid,
        spec_id: model::id::SpecId::FIRST,
        kind: model::workload::Kind::Shell,
        trigger: Trigger::Schedule,
        scheduled_at: at,
        attempt: 1,
        retention: Span::from_days(90),
    });
    let worker = Some("w1".parse().unwrap());
    let (started_at, ended_at) = (Some(at), Some(at));
    RunRecord { status: RunStatus::Succeeded, worker, fence: Some(Fence(1)), started_at, ended_at, ..begun }
}

/// Goal: while MongoDB is away the states still tell what waits and why.
/// Caught: a ledger that answers 503 then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_mongodb_is_away_what_waits_is_told_of() {
    let mut stage = Stage::with_its_own_servers(Options::default()).await;
    let job = json!({ "name": "a", "schedule": "* * * * * *", "shell": { "script": "true" } });
    stage.admin(Method::POST, "/api/v1/jobs", job).await.expect(201);
    let ticks = async |stage: &Stage| {
        stage.admin(Method::GET, "/api/v1/jobs/a/ticks?limit=500", Value::Null).await.expect(200)
    };
    let some = async |stage: &Stage| {
        let began = std::time::Instant::now();
        loop {
            let page = ticks(stage).await;
            if page["ticks"].as_array().unwrap().iter().any(|tick| tick["kind"] == "overdue") {
                return page;
            }
            assert!(began.elapsed() < common::PATIENCE, "{page}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert_eq!(some(&stage).await.get("facts_away"), None);
    stage.mongo.as_mut().unwrap().kill();
    let page = some(&stage).await;
    assert_eq!(page["facts_away"], true);
    let tick = page["ticks"].as_array().unwrap().iter().find(|tick| tick["kind"] == "overdue").unwrap();
    assert!(tick["reason"].as_str().unwrap().starts_with("late: no worker is alive"), "{tick}");
    // What only MongoDB knows is refused by its name.
    let runs = stage.admin(Method::GET, "/api/v1/runs", Value::Null).await;
    assert_eq!(runs.refused(503), "store_unavailable");
    assert!(
        runs.text().contains("MongoDB, which keeps runs,") && !runs.text().contains("etcd"),
        "{}",
        runs.text()
    );
}

/// Goal: while etcd is away nobody knows what a job is, and whoever asks is told which store it is and what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_etcd_is_away_the_ledger_says_which_store_it_lacks_and_what_to_do() {
    let mut stage = Stage::with_its_own_servers(Options::default()).await;
    let job = json!({ "name": "a", "schedule": "* * * * * *", "shell": { "script": "true" } });
    stage.admin(Method::POST, "/api/v1/jobs", job).await.expect(201);
    let path = "/api/v1/jobs/a/ticks?limit=500";
    stage.admin(Method::GET, path, Value::Null).await.expect(200);
    stage.etcd.as_mut().unwrap().kill();
    let told = stage.admin(Method::GET, path, Value::Null).await;
    assert_eq!(told.refused(503), "store_unavailable");
    assert_eq!(
        told.json()["detail"],
        "etcd, which keeps jobs, their states and accounts, does not answer; nothing was changed. It is asked anew by \
         each request: try again in a moment, and if that lasts look at `/readyz` and at the log of the server, which has the \
         reason"
    );
    stage.etcd.as_mut().unwrap().restart().await;
    let began = std::time::Instant::now();
    while stage.admin(Method::GET, path, Value::Null).await.status != 200 {
        assert!(began.elapsed() < common::PATIENCE, "it answers again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

crate::both!(
    a_tick_that_nobody_takes_says_why,
    a_missed_tick_says_by_which_policy_with_and_without_a_worker,
    a_skipped_tick_says_by_what_and_by_whom,
    a_tick_that_ran_says_how_late_where_and_how_it_ended,
);
