//! Which schedules the jobs of a made-up fleet have, so that benches measure the same load.
//!
//! Flow: benches of `worker` and `master` → **`mix`**.
//! Not here: what the benches do with them, and random schedules (`schedule`).

/// Returns text and zone of the schedule of the `n`th job, the same for each call.
///
/// Of a hundred jobs 10 run each minute, 15 each five minutes, 15 each quarter, 30 each hour, 25 daily, 3 weekly and
/// 2 monthly; seven of ten in UTC, the others in two zones that change their clock.
pub fn schedule(n: usize) -> (String, &'static str) {
    let zone = match n * 7 % 10 {
        0..7 => "UTC",
        7 | 8 => "Europe/Berlin",
        _ => "America/New_York",
    };
    let (minute, hour) = (n / 100 % 60, n / 6_000 % 24);
    let text = match n % 100 {
        0..10 => "* * * * *".to_owned(),
        10..25 => "*/5 * * * *".to_owned(),
        25..40 => format!("{}/15 * * * *", n / 100 % 15),
        40..70 => format!("{minute} * * * *"),
        70..95 => format!("{minute} {hour} * * *"),
        95..98 => format!("{minute} {hour} * * {}", n / 100 % 7),
        _ => format!("{minute} {hour} {} * *", n / 100 % 28 + 1),
    };
    (text, zone)
}
