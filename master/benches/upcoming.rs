//! What lies ahead of 100,000 jobs: one page of ticks, and the forecast of a day and of a week, through the router.
//!
//! The mix: 10 % each minute, 30 % each 5 or 15 minutes, 30 % hourly, 25 % daily, the rest weekly and monthly; 70 % in UTC.

#[path = "../tests/common/mod.rs"]
mod common;

use common::House;
use common::mode::Mode;
use common::seed::seed;
use model::testing::bench::{Bench, Contestant};
use model::testing::mix;
use model::time::Span;
use serde_json::{Value, json};

fn main() {
    let mut bench = Bench::start("upcoming");
    let count = if bench.is_quick() { 2_000 } else { 100_000 };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let house = runtime.block_on(House::new(Mode::Standalone));
    let jobs: Vec<Value> = (0..count).map(job).collect();
    runtime.block_on(seed(&house, &jobs));
    // Not in the minute in which all were saved.
    house.clock.pass(Span::from_minutes(7));

    let get = |path: &str| runtime.block_on(house.get(path)).expect(200);
    let page = get("/api/v1/upcoming?limit=50");
    let second = format!("/api/v1/upcoming?limit=50&cursor={}", page["next"].as_str().expect("a next page"));
    let far = "/api/v1/upcoming?limit=500&from=2026-12-20T12:00:30Z&to=2026-12-21T00:00:00Z";
    bench.rounds(15);
    bench.group(
        "a page of ticks ahead",
        vec![
            Contestant::calls("the first, 50 ticks", || get("/api/v1/upcoming?limit=50")),
            Contestant::calls("the second, 50 ticks", || get(&second)),
            Contestant::calls("500 ticks, three weeks ahead", || get(far)),
            Contestant::calls("one job", || get("/api/v1/upcoming?job=job-77&limit=50")),
        ],
    );
    // The kept forecast is too old after a minute.
    let fresh = |hours: u32| {
        house.clock.pass(Span::from_seconds(61));
        get(&format!("/api/v1/forecast?hours={hours}"))
    };
    bench.rounds(7);
    bench.group(
        "forecast",
        vec![
            Contestant::calls("24 hours", || fresh(24)),
            Contestant::calls("168 hours", || fresh(168)),
            Contestant::calls("168 hours, kept", || get("/api/v1/forecast?hours=168")),
        ],
    );
    bench.finish();
}

fn job(n: usize) -> Value {
    let (text, zone) = mix::schedule(n);
    json!({ "name": format!("job-{n}"), "schedule": text, "timezone": zone, "shell": { "script": "true" } })
}
