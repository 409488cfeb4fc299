//! What ran by the hour, on the stores of both modes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::http::Method;
use common::mode::Mode;
use common::stage::Stage;
use master::Options;
use model::id::{JobName, JobUid, RunId, SpecId};
use model::run::{RangeRecord, RunRecord, RunStatus, Trigger};
use model::state::{MissReason, Unrun};
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Counted by hour and status; a tick without a record counts by the schedule.
async fn runs_are_counted_by_the_hour(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let job = json!({ "name": "a", "schedule": "*/10 * * * *", "shell": { "script": "true" } });
    let saved = stage.admin(Method::POST, "/api/v1/jobs", job).await.expect(201);
    let uid: JobUid = saved["saved"]["uid"].as_str().unwrap().parse().unwrap();
    let name: JobName = "a".parse().unwrap();
    let run = |when: &str, delay_ms: u64, status: RunStatus, trigger: Trigger| RunRecord {
        version: RunRecord::VERSION,
        id: RunId::for_tick(&uid, at(when), 1, None),
        job: name.clone(),
        uid: uid.clone(),
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger,
        scheduled_at: at(when),
        attempt: 1,
        requested_by: None,
        status,
        reason: String::new(),
        worker: None,
        fence: None,
        claimed_at: None,
        started_at: Some(at(when) + Span::from_millis(delay_ms)),
        ended_at: Some(at(when) + Span::from_seconds(60)),
        outcome: None,
        late_outcome: None,
        settled: None,
        output: None,
        retention: Span::from_days(3650),
    };
    let runs = vec![
        run("2026-05-01T08:00:00Z", 20, RunStatus::Succeeded, Trigger::Schedule),
        run("2026-05-01T08:10:00Z", 9_000, RunStatus::Succeeded, Trigger::Schedule),
        run("2026-05-01T08:20:00Z", 20, RunStatus::Failed, Trigger::Schedule),
        run("2026-05-01T08:21:00Z", 0, RunStatus::Succeeded, Trigger::Manual),
        run("2026-05-01T10:00:00Z", 20, RunStatus::Running, Trigger::Schedule),
    ];
    stage.ports.facts.put_runs(runs).await.unwrap();
    let missed = |from: &str, to: &str, uid: &JobUid| RangeRecord {
        job: name.clone(),
        uid: uid.clone(),
        from: at(from),
        to: at(to),
        end: Unrun::Missed { why: MissReason::Window },
        worker: None,
    };
    let range = missed("2026-05-01T08:50:00Z", "2026-05-01T09:50:00Z", &uid);
    stage.ports.facts.put_ranges(vec![range]).await.unwrap();

    let ask =
        async |query: &str| stage.admin(Method::GET, &format!("/api/v1/stats{query}"), json!(null)).await;
    let told = ask("?from=2026-05-01T08:30:00Z&to=2026-05-01T10:30:00Z").await.expect(200);
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("2026-05-01T08:00:00Z"), &json!("2026-05-01T11:00:00Z"))
    );
    let hours = told["hours"].as_array().unwrap();
    let of = |hour: usize, field: &str| hours[hour][field].clone();
    assert_eq!(hours.len(), 3);
    assert_eq!(of(0, "statuses"), json!({ "succeeded": 3, "failed": 1 }));
    assert_eq!((of(0, "on_time"), of(0, "late"), of(0, "missed")), (json!(2), json!(1), json!(1)));
    assert_eq!(of(0, "success_rate"), json!(0.75));
    assert_eq!((of(1, "runs"), of(1, "missed"), of(1, "success_rate")), (json!(0), json!(6), Value::Null));
    assert_eq!((of(2, "statuses"), of(2, "on_time")), (json!({ "running": 1 }), json!(1)));
    assert_eq!(
        (&told["total"]["runs"], &told["total"]["missed"], &told["complete"]),
        (&json!(5), &json!(7), &json!(true))
    );
    assert_eq!(told["late_after"], "5s");

    // What a job that is gone missed is not known, and that is said.
    let gone = missed("2026-05-02T08:00:00Z", "2026-05-02T09:00:00Z", &JobUid::random());
    stage.ports.facts.put_ranges(vec![gone]).await.unwrap();
    let unknown = ask("?from=2026-05-02T00:00:00Z&to=2026-05-03T00:00:00Z").await.expect(200);
    assert_eq!((unknown["hours"].as_array().unwrap().len(), &unknown["complete"]), (24, &json!(false)));

    let today = ask("").await.expect(200);
    assert!([24, 25].contains(&today["hours"].as_array().unwrap().len()), "{today}");
    for bad in [
        "?from=2026-05-03T00:00:00Z&to=2026-05-02T00:00:00Z",
        "?from=2026-01-01T00:00:00Z&to=2026-05-01T00:00:00Z",
        "?from=x",
    ] {
        assert_eq!(ask(bad).await.refused(400), "invalid_query", "{bad}");
    }
}

crate::both!(runs_are_counted_by_the_hour);
