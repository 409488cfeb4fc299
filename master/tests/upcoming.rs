//! What lies ahead: the ticks of all jobs in a window, merged and paged.
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use common::House;
use common::mode::Mode;
use common::seed::seed;
use model::job::Job;
use model::language::Language;
use model::ports::Clock as _;
use model::schedule::{Schedule, Source};
use model::state::Ticks as _;
use model::time::{Span, Timestamp};
use serde_json::{Value, json};

fn shell(name: &str, schedule: &str, zone: &str) -> Value {
    json!({ "name": name, "schedule": schedule, "timezone": zone, "shell": { "script": "true" } })
}

/// Returns the ticks of all pages.
async fn all(house: &House, query: &str) -> Vec<Value> {
    all_after(house, query, None).await
}

/// Returns the ticks of all pages after a cursor.
async fn all_after(house: &House, query: &str, cursor: Option<&str>) -> Vec<Value> {
    let mut ticks = Vec::new();
    let mut cursor = cursor.map(str::to_owned);
    loop {
        let cursor_part = cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = house.get(&format!("/api/v1/upcoming?{query}{cursor_part}")).await.expect(200);
        ticks.extend(page["ticks"].as_array().unwrap().iter().cloned());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return ticks;
        }
    }
}

fn names(ticks: &[Value]) -> Vec<(&str, &str)> {
    ticks.iter().map(|tick| (tick["scheduled_at"].as_str().unwrap(), tick["job"].as_str().unwrap())).collect()
}

/// Returns the ticks of one job in a window, one after the other from 40 days before on.
fn naive(name: &str, schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, String, Value)> {
    let start = from - Span::from_days(40);
    let ticks = std::iter::successors(schedule.next_after(start), |at| schedule.next_after(*at));
    let ticks: Vec<Timestamp> = ticks.take_while(|at| *at < to).collect();
    let ahead = ticks.iter().filter(|at| **at >= from).count();
    let before = ticks.iter().rev().nth(ahead).copied().unwrap_or(start);
    let told = schedule.upcoming(before, ahead, Language::English);
    let within = told.into_iter().filter(|tick| tick.at >= from && tick.at < to);
    within
        .map(|tick| {
            let mut value = json!({ "job": name, "kind": "shell", "scheduled_at": tick.at, "local": tick.local,
                "zone": schedule.zone() });
            if let Some(note) = tick.note {
                value["note"] = note.into();
            }
            (tick.at, name.to_owned(), value)
        })
        .collect()
}

/// The window spans the night in which Berlin puts its clocks forward.
async fn all_pages_of_ten_thousand_jobs_are_the_naive_list(mode: Mode) {
    let house = House::new(mode).await;
    let schedules =
        ["30 2 * * *", "0 0 * * *", "H H * * *", "15 3 * * 0", "0 */6 * * *", "@every 7h", "0 5 1 * *"];
    let zones = ["UTC", "Europe/Berlin", "America/New_York"];
    let name = |n: usize| format!("job-{n}");
    let jobs: Vec<Value> = (0..10_000)
        .map(|n| shell(&name(n), schedules[n % schedules.len()], zones[n % zones.len()]))
        .collect();
    seed(&house, &jobs).await;
    let (from, to): (Timestamp, Timestamp) =
        ("2027-03-27T22:00:00Z".parse().unwrap(), "2027-03-28T09:00:00Z".parse().unwrap());
    let mut expected = Vec::new();
    for (n, text) in jobs.iter().enumerate() {
        let job = Job::parse(text).unwrap();
        let schedule = Schedule::parse(Source {
            text: &job.schedule,
            timezone: &job.timezone,
            dst: job.dst,
            weekdays: job.weekdays,
            seed: job.name.as_str(),
            anchor: house.clock.now(),
        });
        expected.extend(naive(&name(n), &schedule.unwrap(), from, to));
    }
    expected.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let listed = all(&house, &format!("from={from}&to={to}&limit=500")).await;
    assert!(listed.len() > 10_000, "{}", listed.len());
    assert!(listed.iter().any(|tick| tick["note"] == "runs at 03:00, 02:30 does not exist that day"));
    for (one, (_, _, other)) in listed.iter().zip(&expected) {
        assert_eq!(one, other);
    }
    assert_eq!(listed.len(), expected.len());
}

async fn a_window_begins_now_and_lasts_a_day_unless_told(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 */12 * * *").await;
    house.job("b", "0 8 * * *").await;
    let page = house.get("/api/v1/upcoming").await.expect(200);
    assert_eq!(
        (&page["from"], &page["to"]),
        (&json!("2026-12-01T08:00:00Z"), &json!("2026-12-02T08:00:00Z"))
    );
    let ticks = page["ticks"].as_array().unwrap();
    // What fell due at the moment of the save has no owner, and the window does not reach the next 08:00.
    assert_eq!(names(ticks), [("2026-12-01T12:00:00Z", "a"), ("2026-12-02T00:00:00Z", "a")]);
    assert_eq!(ticks[0]["local"], "2026-12-01T12:00:00+00:00");
    assert_eq!(page.get("next"), None);
    let one = all(&house, "job=b&to=2026-12-03T00:00:00Z").await;
    assert_eq!(names(&one), [("2026-12-02T08:00:00Z", "b")]);
    assert!(all(&house, "job=c").await.is_empty());
}

async fn pages_stay_stable_while_jobs_come_go_and_change(mode: Mode) {
    let house = House::new(mode).await;
    for name in ["a", "b", "c", "d"] {
        house.job(name, "0 * * * *").await;
    }
    let query = "/api/v1/upcoming?limit=2&to=2026-12-01T10:30:00Z";
    let first = house.get(query).await.expect(200);
    assert_eq!(
        names(first["ticks"].as_array().unwrap()),
        [("2026-12-01T09:00:00Z", "a"), ("2026-12-01T09:00:00Z", "b"),]
    );
    house.delete("/api/v1/jobs/a").await.expect(200);
    house.delete("/api/v1/jobs/b").await.expect(200);
    house.job("aa", "0 * * * *").await;
    house.job("cc", "0 * * * *").await;
    house.until("/api/v1/jobs?limit=1", |page| page["total"] == 4).await;
    let next = first["next"].as_str().unwrap();
    house.clock.pass(Span::from_minutes(1));
    let rest = all_after(&house, "limit=2&to=2026-12-01T10:30:00Z", Some(next)).await;
    assert_eq!(
        names(&rest)[..3],
        [("2026-12-01T09:00:00Z", "c"), ("2026-12-01T09:00:00Z", "cc"), ("2026-12-01T09:00:00Z", "d"),]
    );
    let ten = names(&rest)[3..].iter().map(|(_, job)| *job).collect::<Vec<_>>();
    assert_eq!(ten, ["aa", "c", "cc", "d"], "each once, the removed ones not at all");
}

async fn what_is_paused_or_disabled_is_listed_on_request_and_marked(mode: Mode) {
    let house = House::new(mode).await;
    for name in ["held", "later", "runs"] {
        house.job(name, "0 9,10 * * *").await;
    }
    let off =
        json!({ "name": "off", "schedule": "0 9 * * *", "enabled": false, "shell": { "script": "true" } });
    house.post("/api/v1/jobs", off).await.expect(201);
    house.act("/api/v1/jobs/held/pause").await.expect(200);
    house.post("/api/v1/jobs/later/pause", json!({ "until": "2026-12-01T10:00:00Z" })).await.expect(200);
    house.until("/api/v1/jobs?paused=true", |page| page["total"] == 2).await;
    let window = "to=2026-12-01T12:00:00Z";
    let plain = all(&house, window).await;
    assert_eq!(
        names(&plain),
        [
            ("2026-12-01T09:00:00Z", "runs"),
            ("2026-12-01T10:00:00Z", "later"),
            ("2026-12-01T10:00:00Z", "runs"),
        ]
    );
    assert!(plain.iter().all(|tick| tick.get("held").is_none()));
    let both = all(&house, &format!("{window}&include=paused,disabled")).await;
    let held: Vec<(&str, Option<&str>)> =
        both.iter().map(|tick| (tick["job"].as_str().unwrap(), tick["held"].as_str())).collect();
    assert_eq!(
        held,
        [
            ("held", Some("paused")),
            ("later", Some("paused")),
            ("off", Some("disabled")),
            ("runs", None),
            ("held", Some("paused")),
            ("later", None),
            ("runs", None),
        ]
    );
}

async fn jitter_shows_when_a_tick_falls_due(mode: Mode) {
    let house = House::new(mode).await;
    let job = json!({ "name": "a", "schedule": "0 * * * *", "jitter": "10m", "shell": { "script": "true" } });
    house.post("/api/v1/jobs", job).await.expect(201);
    let ticks = all(&house, "to=2026-12-01T12:30:00Z").await;
    assert_eq!(ticks.len(), 4);
    for tick in ticks {
        let instant = |field: &str| -> Timestamp { tick[field].as_str().unwrap().parse().unwrap() };
        assert_eq!(instant("scheduled_at").as_seconds() % 3_600, 0, "the tick's name is the schedule's");
        assert!(instant("due_at").since(instant("scheduled_at")) < Span::from_minutes(10));
    }
}

/// The wall clock goes by those instants a second time, and they do not run again.
async fn ticks_that_have_their_end_already_are_not_ahead_once_the_clock_was_set_back(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 * * * *").await;
    house.clock.pass(Span::from_minutes(125));
    common::world::claim(&house, "a").await;
    house.until("/api/v1/jobs/a", |job| job["state"]["resolved"] == "2026-12-01T10:00:00Z").await;
    house.clock.set_back(Span::from_minutes(120));
    house
        .until("/api/v1/jobs?include=next", |page| page["jobs"][0]["next_at"] == "2026-12-01T11:00:00Z")
        .await;
    let ticks = all(&house, "to=2026-12-01T11:30:00Z").await;
    assert_eq!(names(&ticks), [("2026-12-01T11:00:00Z", "a")]);
}

async fn windows_out_of_bounds_are_refused_with_the_bound(mode: Mode) {
    let house = House::new(mode).await;
    let table = [
        (
            "from=2026-11-29T08:00:00Z",
            "from: must be at most 1d ago (2026-11-30T08:00:00Z), got `2026-11-29T08:00:00Z`; what became of earlier ticks is at `/jobs/{name}/ticks`",
        ),
        (
            "from=2028-01-01T00:00:00Z",
            "from: must be at most 366d ahead (2027-12-02T08:00:00Z), got `2028-01-01T00:00:00Z`",
        ),
        (
            "to=2026-12-01T08:00:00Z",
            "to: must be later than `from` (2026-12-01T08:00:00Z), got `2026-12-01T08:00:00Z`",
        ),
        (
            "to=2027-01-02T08:00:00Z",
            "to: must be at most 31d after `from` (2027-01-01T08:00:00Z), got `2027-01-02T08:00:00Z`",
        ),
        ("include=all", "include: must be `paused` or `disabled`, got `all`"),
        ("limit=501", "limit: must be 1 to 500, got `501`"),
        ("cursor=x", "cursor: must be the `next` of an earlier page, got `x`"),
    ];
    for (query, detail) in table {
        let reply = house.get(&format!("/api/v1/upcoming?{query}")).await;
        assert_eq!(reply.refused(400), "invalid_query", "{query}");
        assert_eq!(reply.problem()["detail"], detail);
    }
}

crate::both!(
    all_pages_of_ten_thousand_jobs_are_the_naive_list,
    a_window_begins_now_and_lasts_a_day_unless_told,
    pages_stay_stable_while_jobs_come_go_and_change,
    what_is_paused_or_disabled_is_listed_on_request_and_marked,
    jitter_shows_when_a_tick_falls_due,
    ticks_that_have_their_end_already_are_not_ahead_once_the_clock_was_set_back,
    windows_out_of_bounds_are_refused_with_the_bound,
);
