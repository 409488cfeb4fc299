//! What a planned job costs: a million plans with their schedules, and 100,000 jobs in a worker that has loaded them.
//!
//! The mix: 10 % each minute, 30 % each 5 or 15 minutes, 30 % hourly, 25 % daily, the rest weekly and monthly; 70 % in UTC.
//! Memory is what the process holds resident after less before, so that nothing is left out.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use model::id::{JobUid, Revision, SpecId};
use model::job::{Job, SavedJob};
use model::policy::{DstRule, Weekdays};
use model::ports::{Snapshot, StateKey, Versioned};
use model::schedule::{Schedule, Source};
use model::state::{JobState, Ticks as _};
use model::testing::bench::Bench;
use model::testing::mix;
use model::time::{Span, Timestamp};
use serde_json::json;
use worker::testing::{Loaded, Plans};

/// 2026-12-01 08:00:00 UTC.
const START: Timestamp = Timestamp::from_seconds(1_796_112_000);

fn main() {
    let mut bench = Bench::start("timetable");
    let (plans, states) = if bench.is_quick() { (20_000, 2_000) } else { (1_000_000, 100_000) };
    println!();
    million(&mut bench, plans);
    burst(&mut bench, plans);
    loaded(&mut bench, states);
    bench.finish();
}

/// Returns the schedule of the `n`th job.
fn nth(n: usize) -> Schedule {
    let (text, zone) = mix::schedule(n);
    schedule(&text, zone)
}

fn schedule(text: &str, zone: &str) -> Schedule {
    Schedule::parse(Source {
        text,
        timezone: zone,
        dst: DstRule::Vixie,
        weekdays: Weekdays::Unix,
        seed: "",
        anchor: START,
    })
    .expect("the schedules of the bench are right")
}

/// Plans all jobs, each with its schedule, and goes on for some minutes of their time.
fn million(bench: &mut Bench, count: usize) {
    // The zones are shared by all; what they hold is no job's.
    for n in 0..100 {
        black_box(nth(n));
    }
    let empty = resident();
    let began = Instant::now();
    let schedules: Vec<Schedule> = (0..count).map(nth).collect();
    bench.figure("read a schedule", began.elapsed().as_nanos() as f64 / count as f64, "ns", None);
    let with_schedules = resident();
    let mut plans = Plans::default();
    let began = Instant::now();
    for (job, schedule) in schedules.iter().enumerate() {
        plans.plan(job, schedule.next_after(START).expect("all go on"));
    }
    bench.figure(
        "plan a job for the first time",
        began.elapsed().as_nanos() as f64 / count as f64,
        "ns",
        None,
    );
    let each = |bytes: usize| bytes as f64 / count as f64;
    bench.figure("its schedule", each(with_schedules - empty), "B", None);
    bench.figure("its plan", each(resident() - with_schedules), "B", None);

    let began = Instant::now();
    let (mut now, mut popped) = (START, 0);
    while popped < count {
        now = now + Span::from_seconds(1);
        while let Some(job) = plans.pop_due(now) {
            plans.plan(job, schedules[job].next_after(now).expect("all go on"));
            popped += 1;
        }
    }
    let took = began.elapsed().as_secs_f64();
    bench.figure("take a due job out and plan it anew", took * 1e9 / popped as f64, "ns", None);
    bench.figure("due jobs a second", popped as f64 / took / 1e6, "million", None);
    // After some minutes, with replaced plans still in the heap.
    bench.figure(
        "schedule and plan together, once it has gone on",
        each(resident() - empty),
        "B",
        Some(300.0),
    );
    drop((plans, schedules));

    let empty = resident();
    let mut known: HashMap<(String, &str), Arc<Schedule>> = HashMap::new();
    let shared: Vec<Arc<Schedule>> = (0..count)
        .map(|n| {
            let key = mix::schedule(n);
            let new = || Arc::new(schedule(&key.0, key.1));
            known.get(&key).cloned().unwrap_or_else(|| known.entry(key.clone()).or_insert_with(new).clone())
        })
        .collect();
    bench.figure(
        "its schedule, if equal texts shared one",
        each(resident().saturating_sub(empty)),
        "B",
        None,
    );
    bench.figure("texts that differ", known.len() as f64, "", None);
    drop(shared);
}

/// All jobs are due in one second: midnight.
fn burst(bench: &mut Bench, count: usize) {
    let daily = schedule("0 0 * * *", "UTC");
    let (mut plans, mut now) = (Plans::default(), START);
    (0..count).for_each(|job| plans.plan(job, daily.next_after(now).expect("it goes on")));
    for night in 1..=3 {
        now = plans.earliest().expect("all are planned");
        let began = Instant::now();
        let mut drained = 0;
        while let Some(job) = plans.pop_due(now) {
            plans.plan(job, daily.next_after(now).expect("it goes on"));
            drained += 1;
        }
        assert_eq!(drained, count, "each once");
        let name = format!("all due in one second, taken out and planned anew ({night})");
        bench.figure(&name, began.elapsed().as_secs_f64(), "s", Some(0.3));
    }
}

/// What a worker holds of its jobs, and what its decisions take, beside the timetable.
fn loaded(bench: &mut Bench, count: usize) {
    let empty = resident();
    let snapshot = snapshot(count, "0 9 * * *");
    let with_snapshot = resident();
    let each = |bytes: usize| bytes as f64 / count as f64;
    bench.figure(
        "a saved job and its state, as the store gives them",
        each(with_snapshot - empty),
        "B",
        None,
    );
    let began = Instant::now();
    let mut worker = Loaded::new(snapshot, u32::MAX, START);
    bench.figure("all jobs loaded by a worker", began.elapsed().as_secs_f64(), "s", None);
    bench.figure("a job that a worker has loaded, all told", each(resident() - empty), "B", None);
    for day in 0..3 {
        let nine = START + Span::from_minutes(60) + Span::from_days(day);
        let began = Instant::now();
        let started = worker.wake(nine);
        assert_eq!(started, if day == 0 { count } else { 0 }, "each once; then they are busy");
        if day == 0 {
            let took = began.elapsed().as_nanos() as f64 / count as f64;
            bench.figure("one claim decided, with its answer and the next plan", took, "ns", None);
        }
    }
}

fn snapshot(count: usize, schedule: &str) -> Snapshot {
    let mut snapshot = Snapshot { revision: Revision(1), ..Snapshot::default() };
    for n in 0..count {
        let text = json!({ "name": format!("job-{n}"), "schedule": schedule,
            "shell": { "script": "exec /usr/local/bin/report --all" } });
        let uid = JobUid::random();
        let job = Job::parse(&text).expect("the job of the bench is right");
        let key = StateKey::job(job.name.clone());
        let saved = SavedJob {
            version: SavedJob::VERSION,
            uid: uid.clone(),
            spec_id: SpecId::FIRST,
            author: "bench".into(),
            reason: String::new(),
            saved_at: START,
            anchor: START,
            job,
        };
        let state = JobState::new(uid, SpecId::FIRST, None, START);
        snapshot.jobs.push(Versioned { revision: Revision(1), value: saved });
        snapshot.states.push((key, Versioned { revision: Revision(1), value: state }));
    }
    snapshot
}

/// Returns how many bytes of this process are resident.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a bench runs on Linux");
    let pages: usize =
        statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}
