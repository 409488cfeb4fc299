//! How many jobs start when: counts per minute, piles, what would spread them, and the warning of a save.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use common::House;
use common::mode::Mode;
use common::seed::{schedule, seed};
use model::ports::Clock as _;
use model::state::{Spec, Ticks as _, due};
use model::time::{Span, Timestamp};
use serde_json::{Value, json};

fn shell(name: &str, schedule: &str) -> Value {
    json!({ "name": name, "schedule": schedule, "shell": { "script": "true" } })
}

/// The clock stands within a minute, and a schedule may begin with seconds.
async fn each_start_is_counted_in_its_minute_whatever_jobs_share(mode: Mode) {
    let house = House::new(mode).await;
    let kinds = [
        "*/7 * * * *",
        "0 9 * * *",
        "H * * * *",
        "*/20 * * * * *",
        "@every 90s",
        "@every 1500ms",
        "30 2 1 * *",
    ];
    let mut jobs: Vec<Value> = (0..70).map(|n| shell(&format!("job-{n}"), kinds[n % kinds.len()])).collect();
    for n in 0..5 {
        let mut job = shell(&format!("jitter-{n}"), "*/10 * * * *");
        job["jitter"] = "15m".into();
        jobs.push(job);
    }
    house.clock.pass(Span::from_millis(20_500));
    seed(&house, &jobs).await;
    house.clock.pass(Span::from_minutes(3));
    let from: Timestamp = "2026-12-01T08:03:00Z".parse().unwrap();
    let mut expected = vec![0_u64; 120];
    for job in &jobs {
        let (saved, schedule) = schedule(&house, job["name"].as_str().unwrap()).await;
        let spec = Spec { saved: &saved, ticks: &schedule, worker: None };
        // Jitter carries ticks of earlier minutes into the window; what fell due before now is not counted.
        let mut at: Timestamp = "2026-12-01T08:00:20.500Z".parse().unwrap();
        while let Some(tick) = schedule.next_after(at).filter(|tick| *tick < from + Span::from_minutes(120)) {
            let minute = (due(spec, tick).as_seconds() - from.as_seconds()).div_euclid(60);
            let ahead = due(spec, tick).as_seconds() > house.clock.now().as_seconds();
            if let Some(starts) = usize::try_from(minute).ok().and_then(|minute| expected.get_mut(minute)) {
                *starts += u64::from(ahead);
            }
            at = tick;
        }
    }
    let forecast = house.get("/api/v1/forecast?hours=2").await.expect(200);
    assert_eq!(forecast["from"], json!(from));
    assert_eq!(forecast["starts"], json!(expected));
    assert_eq!(forecast["total"], expected.iter().sum::<u64>());
    assert_eq!(forecast["jobs"], 75);
}

async fn piles_name_their_schedules_and_what_would_spread_them(mode: Mode) {
    let house = House::new(mode).await;
    let mut jobs: Vec<Value> = (0..200).map(|n| shell(&format!("night-{n}"), "0 0 * * *")).collect();
    jobs.extend((0..80).map(|n| shell(&format!("weekly-{n}"), "0 0 * * 3")));
    jobs.extend((0..100).map(|n| shell(&format!("spread-{n}"), "H H * * *")));
    seed(&house, &jobs).await;
    let forecast = house.get("/api/v1/forecast?hours=48").await.expect(200);
    assert_eq!(forecast["starts"].as_array().unwrap().len(), 48 * 60);
    let piles = forecast["piles"].as_array().unwrap();
    assert_eq!(piles.len(), 1, "two midnights, one pile: {piles:#?}");
    let pile = &piles[0];
    assert_eq!((&pile["at"], &pile["share"]), (&json!("2026-12-02T00:00:00Z"), &json!("minute")));
    assert_eq!((&pile["second"], &pile["times"]), (&json!(280), &json!(2)));
    assert_eq!(
        pile["schedules"][0],
        json!({
            "schedule": "0 0 * * *", "zone": "UTC", "jobs": 200, "spread": "H H(0-3) * * *",
            "examples": ["night-0", "night-1", "night-10"],
        })
    );
    assert_eq!(pile["schedules"][1]["spread"], "H H(0-3) * * 3");
    let message = pile["message"].as_str().unwrap();
    assert!(message.starts_with("280 jobs start in one minute at 2026-12-02T00:00:00Z, "), "{message}");
}

async fn jobs_of_every_minute_pile_up_in_its_first_second(mode: Mode) {
    let house = House::new(mode).await;
    let jobs: Vec<Value> = (0..150).map(|n| shell(&format!("job-{n}"), "* * * * *")).collect();
    seed(&house, &jobs).await;
    let forecast = house.get("/api/v1/forecast?hours=1").await.expect(200);
    assert_eq!(forecast["mean"], 147.5, "what fell due at the moment of the save is resolved");
    let pile = &forecast["piles"][0];
    assert_eq!(
        (&pile["share"], &pile["second"], &pile["times"]),
        (&json!("second"), &json!(150), &json!(59))
    );
    assert_eq!(pile["schedules"][0]["spread"], "H * * * * *");
}

async fn what_is_paused_or_disabled_is_not_counted(mode: Mode) {
    let house = House::new(mode).await;
    house.job("runs", "30 * * * *").await;
    house.job("held", "30 * * * *").await;
    let counted = house.get("/api/v1/forecast?hours=2").await.expect(200);
    assert_eq!((&counted["total"], &counted["jobs"]), (&json!(4), &json!(2)));
    house.post("/api/v1/jobs/held/pause", json!({ "until": "2026-12-01T09:00:00Z" })).await.expect(200);
    house.until("/api/v1/forecast?hours=2", |forecast| forecast["total"] == 3).await;
    house.act("/api/v1/jobs/runs/pause").await.expect(200);
    house.until("/api/v1/forecast?hours=2", |forecast| forecast["total"] == 1 && forecast["jobs"] == 1).await;
}

async fn a_job_saved_into_a_pile_is_warned_of_it(mode: Mode) {
    let house = House::new(mode).await;
    let jobs: Vec<Value> = (0..100).map(|n| shell(&format!("night-{n}"), "0 0 * * *")).collect();
    seed(&house, &jobs).await;
    let warning = "100 jobs start in the same minute as this one at 2026-12-02T00:00:00Z; `H H(0-3) * * *` would spread them";
    let checked = house.post("/api/v1/jobs/check", shell("one", "@daily")).await.expect(200);
    assert_eq!(checked["schedule"]["warnings"], json!([warning]));
    let saved = house.post("/api/v1/jobs", shell("one", "@daily")).await.expect(201);
    assert_eq!(saved["schedule"]["warnings"], json!([warning]));
    for apart in ["H H * * *", "0 1 * * *"] {
        let checked = house.post("/api/v1/jobs/check", shell("two", apart)).await.expect(200);
        assert_eq!(checked["schedule"]["warnings"], json!([]), "{apart}");
    }
}

async fn hours_out_of_range_are_refused(mode: Mode) {
    let house = House::new(mode).await;
    for hours in ["0", "169"] {
        let reply = house.get(&format!("/api/v1/forecast?hours={hours}")).await;
        assert_eq!(reply.refused(400), "invalid_query");
        assert_eq!(reply.problem()["detail"], format!("hours: must be 1 to 168, got `{hours}`"));
    }
}

crate::both!(
    each_start_is_counted_in_its_minute_whatever_jobs_share,
    piles_name_their_schedules_and_what_would_spread_them,
    jobs_of_every_minute_pile_up_in_its_first_second,
    what_is_paused_or_disabled_is_not_counted,
    a_job_saved_into_a_pile_is_warned_of_it,
    hours_out_of_range_are_refused,
);
