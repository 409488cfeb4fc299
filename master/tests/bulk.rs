//! One action on many jobs or runs: shown first, then done on what was shown; on the stores of both modes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::time::Duration;

use axum::http::Method;
use common::PATIENCE;
use common::mode::Mode;
use common::stage::Stage;
use master::Options;
use model::id::{JobName, JobUid, RunId, SpecId};
use model::run::{RunRecord, RunStatus, Trigger};
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde_json::{Value, json};

const JOBS: &str = "/api/v1/jobs/actions";
const RUNS: &str = "/api/v1/runs/actions";

async fn save(stage: &Stage, name: &str, team: &str) -> Value {
    let job = json!({ "name": name, "schedule": "0 9 1 1 *", "labels": { "team": team }, "shell": { "script": "true" } });
    stage.admin(Method::POST, "/api/v1/jobs", job).await.expect(201)
}

/// Asks for the dry run of an action; returns the same action as it is then sent.
async fn looked(stage: &Stage, path: &str, action: &Value) -> (Value, Value) {
    let mut dry = action.clone();
    dry["dry_run"] = json!(true);
    let told = stage.admin(Method::POST, path, dry).await.expect(200);
    assert!(told["items"].as_array().unwrap().iter().all(|item| item["result"] == "planned"), "{told}");
    let mut act = action.clone();
    act["expect"] = json!({ "count": told["count"], "set": told["set"] });
    (told, act)
}

fn names(reply: &Value) -> Vec<&str> {
    reply["items"].as_array().unwrap().iter().map(|item| item["job"].as_str().unwrap()).collect()
}

async fn until(stage: &Stage, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let value = stage.admin(Method::GET, path, json!(null)).await.expect(200);
            if done(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never became so"))
}

async fn many_jobs_are_shown_then_changed(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    for (name, team) in [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")] {
        save(&stage, name, team).await;
    }
    let pause = json!({ "action": "pause", "filter": { "label": "team:x" }, "why": "maintenance" });

    // Never without a look, and never on others than were seen.
    assert_eq!(stage.admin(Method::POST, JOBS, pause.clone()).await.refused(428), "dry_run_first");
    let (told, act) = looked(&stage, JOBS, &pause).await;
    assert_eq!((&told["count"], names(&told)), (&json!(3), vec!["a", "b", "c"]));
    stage.admin(Method::DELETE, "/api/v1/jobs/c", json!(null)).await.expect(200);
    let changed = stage.admin(Method::POST, JOBS, act.clone()).await;
    assert_eq!(changed.refused(409), "set_changed");
    assert!(changed.text().contains("2 are meant now, not 3"), "{}", changed.text());
    save(&stage, "c", "x").await;
    let changed = stage.admin(Method::POST, JOBS, act).await;
    assert_eq!(changed.refused(409), "set_changed", "another job has the name of one that was shown");
    for name in ["a", "b", "c"] {
        let job = stage.admin(Method::GET, &format!("/api/v1/jobs/{name}"), json!(null)).await.expect(200);
        assert!(job["state"]["paused"].is_null(), "{name}");
    }

    // Done on what was shown, each with its line in the audit.
    let (_, act) = looked(&stage, JOBS, &pause).await;
    let done = stage.admin(Method::POST, JOBS, act).await.expect(200);
    assert_eq!((&done["done"], &done["failed"], &done["dry_run"]), (&json!(3), &json!(0), &json!(false)));
    for (name, paused) in [("a", true), ("b", true), ("c", true), ("d", false)] {
        let job = stage.admin(Method::GET, &format!("/api/v1/jobs/{name}"), json!(null)).await.expect(200);
        assert_eq!(job["state"]["paused"]["why"] == "maintenance", paused, "{name}");
    }
    let line = |audit: &Value, target: &str| {
        let all = audit["items"].as_array().unwrap().clone();
        all.into_iter()
            .find(|line| line["action"] == "POST /api/v1/jobs/actions (pause)" && line["target"] == target)
    };
    let audit =
        until(&stage, "/api/v1/audit?limit=500", |audit| line(audit, "/api/v1/jobs/b").is_some()).await;
    let of_b = line(&audit, "/api/v1/jobs/b").unwrap();
    assert_eq!(
        (&of_b["user"], &of_b["status"], &of_b["after"]["paused"]["by"]),
        (&json!("admin"), &json!(200), &json!("admin"))
    );
    assert_eq!(line(&audit, "/api/v1/jobs/d"), None);
    let all = audit["items"].as_array().unwrap();
    let acts = all.iter().filter(|line| line["target"] == JOBS && line["status"] == 200).count();
    assert_eq!(acts, 1, "a look leaves no line");

    // One that fails hinders no other, and is told.
    let run = json!({ "action": "run", "names": ["a", "d"] });
    let (_, act) = looked(&stage, JOBS, &run).await;
    for _ in 0..model::state::REQUESTS_MAX {
        stage.admin(Method::POST, "/api/v1/jobs/a/run", json!(null)).await.expect(202);
    }
    let part = stage.admin(Method::POST, JOBS, act).await.expect(200);
    assert_eq!((&part["done"], &part["failed"]), (&json!(1), &json!(1)));
    let (a, d) = (&part["items"][0], &part["items"][1]);
    assert_eq!((&a["result"], &a["code"]), (&json!("failed"), &json!("too_many_requests")));
    assert_eq!(d["result"], "done");
    let started = format!("/api/v1/runs/{}", d["started"].as_str().unwrap());
    assert_eq!(stage.admin(Method::GET, &started, json!(null)).await.expect(200)["job"], "d");
    let (_, act) = looked(&stage, JOBS, &json!({ "action": "kill", "names": ["a"] })).await;
    assert_eq!(stage.admin(Method::POST, JOBS, act).await.expect(200)["done"], 1);

    // Enabled and disabled by a save like any other.
    let (_, act) = looked(&stage, JOBS, &json!({ "action": "disable", "filter": { "q": "d" } })).await;
    stage.admin(Method::POST, JOBS, act).await.expect(200);
    let d = stage.admin(Method::GET, "/api/v1/jobs/d", json!(null)).await.expect(200);
    assert_eq!((&d["job"]["enabled"], &d["saved"]["spec_id"]), (&json!(false), &json!(2)));
    let disabled = json!({ "action": "enable", "filter": { "enabled": false } });
    let (told, act) = looked(&stage, JOBS, &disabled).await;
    assert_eq!(names(&told), ["d"]);
    stage.admin(Method::POST, JOBS, act).await.expect(200);

    // What is wrong with it is told.
    let missing = stage.admin(Method::POST, JOBS, json!({ "action": "run", "names": ["a", "nobody"] })).await;
    assert_eq!(missing.refused(422), "invalid_action");
    assert_eq!(missing.problem()["errors"][0]["path"], "names[1]");
    for neither in [json!({ "action": "run" }), json!({ "action": "run", "names": [], "filter": {} })] {
        assert_eq!(stage.admin(Method::POST, JOBS, neither).await.refused(422), "invalid_action");
    }
    for (path, field, nothing) in [
        ("export", "names", json!({ "names": [], "pause": false })),
        ("import", "jobs", json!({ "jobs": [], "dry_run": true })),
    ] {
        let nothing = stage.admin(Method::POST, &format!("/api/v1/transfer/jobs/{path}"), nothing).await;
        assert_eq!(nothing.refused(422), "invalid_action");
        assert_eq!(nothing.problem()["errors"][0]["path"], field);
    }
    let many: Vec<String> = (0..1001).map(|n| format!("j{n}")).collect();
    let many = stage.admin(Method::POST, JOBS, json!({ "action": "run", "names": many })).await;
    assert_eq!(many.refused(422), "too_many_items");
    assert_eq!(
        stage.admin(Method::POST, JOBS, json!({ "action": "burn", "names": [] })).await.refused(400),
        "invalid_body"
    );

    // An operator runs and pauses; to delete takes an editor, also by the hundred.
    let (operator, _) = stage.user("op", "operator").await;
    let dry = json!({ "action": "delete", "filter": {}, "dry_run": true });
    assert_eq!(stage.ask(&operator, Method::POST, JOBS, dry).await.refused(403), "role_too_low");
    let dry = json!({ "action": "resume", "filter": {}, "dry_run": true });
    assert_eq!(stage.ask(&operator, Method::POST, JOBS, dry).await.expect(200)["count"], 4);
    let (_, act) = looked(&stage, JOBS, &json!({ "action": "delete", "filter": {} })).await;
    assert_eq!(stage.admin(Method::POST, JOBS, act).await.expect(200)["done"], 4);
    assert_eq!(stage.admin(Method::GET, "/api/v1/jobs", json!(null)).await.expect(200)["total"], 0);
}

/// Returns the record of a run that ended, or goes on.
fn record(job: &JobName, uid: &JobUid, second: u64, status: RunStatus) -> RunRecord {
    let at = Timestamp::from_seconds(1_790_000_000) + Span::from_seconds(second);
    RunRecord {
        version: RunRecord::VERSION,
        id: RunId::for_tick(uid, at, 1, None),
        job: job.clone(),
        uid: uid.clone(),
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger: Trigger::Schedule,
        scheduled_at: at,
        attempt: 1,
        requested_by: None,
        status,
        reason: "=1+1, \"said\" it".into(),
        worker: Some("w1".parse().unwrap()),
        fence: None,
        claimed_at: Some(at),
        started_at: Some(at + Span::from_millis(250)),
        ended_at: status.is_final().then(|| at + Span::from_seconds(second)),
        outcome: None,
        late_outcome: None,
        settled: None,
        output: None,
        retention: Span::from_days(3650),
    }
}

/// Reruns and kills of many runs, and of one; and all of them as CSV.
async fn many_runs_are_run_again_killed_and_written_as_lines(mode: Mode) {
    let stage = Stage::new(mode, Options { leading: false, ..Options::default() }).await;
    let saved = save(&stage, "a", "x").await;
    let uid: JobUid = saved["saved"]["uid"].as_str().unwrap().parse().unwrap();
    let (a, gone): (JobName, JobName) = ("a".parse().unwrap(), "gone".parse().unwrap());
    let mut records: Vec<RunRecord> = (1..=600)
        .map(|n| record(&a, &uid, n, if n % 200 == 0 { RunStatus::Failed } else { RunStatus::Succeeded }))
        .collect();
    records.push(record(&a, &uid, 1000, RunStatus::Running));
    records.push(record(&gone, &JobUid::random(), 2000, RunStatus::Failed));
    for some in records.chunks(100) {
        stage.ports.facts.put_runs(some.to_vec()).await.unwrap();
    }

    // Of many that match, those that have ended are run again, and the one whose job is gone is told.
    let rerun = json!({ "action": "rerun", "filter": { "status": "failed,running" } });
    let (told, act) = looked(&stage, RUNS, &rerun).await;
    assert_eq!((&told["count"], names(&told)), (&json!(4), vec!["gone", "a", "a", "a"]));
    let done = stage.admin(Method::POST, RUNS, act).await.expect(200);
    assert_eq!(
        (&done["done"], &done["failed"], &done["items"][0]["code"]),
        (&json!(3), &json!(1), &json!("job_gone"))
    );
    let new = format!("/api/v1/runs/{}", done["items"][1]["started"].as_str().unwrap());
    let new = stage.admin(Method::GET, &new, json!(null)).await.expect(200);
    assert_eq!((&new["job"], &new["trigger"]), (&json!("a"), &json!("manual")));

    // One by itself.
    let path = |run: &RunRecord| format!("/api/v1/runs/{}/rerun", run.id);
    let one = stage.admin(Method::POST, &path(&records[0]), json!(null)).await;
    let accepted = one.expect(202);
    assert_eq!(one.header("location"), format!("/api/v1/runs/{}", accepted["run"].as_str().unwrap()));
    assert_eq!(
        stage.admin(Method::POST, &path(&records[600]), json!(null)).await.refused(409),
        "run_not_ended"
    );
    assert_eq!(stage.admin(Method::POST, &path(&records[601]), json!(null)).await.refused(409), "job_gone");

    // A kill of what the state does not have is told for it alone.
    let kill = json!({ "action": "kill", "filter": { "job": "a" } });
    let (told, act) = looked(&stage, RUNS, &kill).await;
    assert_eq!((&told["count"], &told["items"][0]["run"]), (&json!(1), &json!(records[600].id)));
    let done = stage.admin(Method::POST, RUNS, act).await.expect(200);
    assert_eq!((&done["failed"], &done["items"][0]["code"]), (&json!(1), &json!("run_ended")));
    let by_id = json!({ "action": "kill", "ids": ["000000000000000000000000"], "dry_run": true });
    assert_eq!(stage.admin(Method::POST, RUNS, by_id).await.refused(422), "invalid_action");
    let too_many = json!({ "action": "rerun", "filter": { "job": "a" }, "dry_run": true });
    assert_eq!(stage.admin(Method::POST, RUNS, too_many).await.refused(422), "too_many_items");

    // Durations combine with the other filters; 600 lines come in one answer.
    let count = async |query: &str| {
        let page = stage.admin(Method::GET, &format!("/api/v1/runs?limit=500&{query}"), json!(null)).await;
        page.expect(200)["runs"].as_array().unwrap().len()
    };
    assert_eq!(count("duration_min=9m50s&duration_max=10m").await, 10, "591 to 600 s, less a quarter");
    assert_eq!(count("duration_min=9m50s&duration_max=10m&status=failed").await, 1);
    assert_eq!(count("duration_min=9m50s&worker=w2").await, 0);
    assert_eq!(count("duration_min=9m50s&trigger=schedule&job=gone").await, 1);
    let refused = stage.admin(Method::GET, "/api/v1/runs?duration_min=long", json!(null)).await;
    assert_eq!(refused.refused(400), "invalid_query");
    let csv = stage.admin(Method::GET, "/api/v1/runs?format=csv&trigger=schedule", json!(null)).await;
    assert_eq!(
        (csv.status.as_u16(), csv.header("content-type")),
        (200, "text/csv; charset=utf-8; header=present")
    );
    let text = csv.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("id,job,save,kind,trigger,"), "{}", lines[0]);
    assert_eq!(lines.len(), 1 + records.len() + 1, "the head, each run, and the end of the last line");
    assert!(lines[1].contains(",gone,") && lines[1].contains(",\"'=1+1, \"\"said\"\" it\","), "{}", lines[1]);
    assert!(lines[1].contains(",250,1999750,"), "{}", lines[1]);
    let few = stage.admin(Method::GET, "/api/v1/runs?format=csv&status=failed&limit=2", json!(null)).await;
    assert_eq!(few.text().lines().count(), 3);
}

crate::both!(many_jobs_are_shown_then_changed, many_runs_are_run_again_killed_and_written_as_lines);
