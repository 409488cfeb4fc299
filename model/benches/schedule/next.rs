//! How long a schedule takes to say when it runs next, and how large it is, against the crates `cron` and `croner`.
//!
//! Each is asked as a scheduler asks: for the instant after the last one, anew each time.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use model::fault::Faults;
use model::policy::{DstRule, Weekdays};
use model::schedule::{Schedule, Source};
use model::state::Ticks as _;
use model::testing::bench::{Bench, Contestant};
use model::time::Timestamp;
use stats_alloc::Region;

/// Expressions by class: what it is, six fields as all three read them, and the limit for ours in nanoseconds.
/// Weekdays have names, since `cron` numbers them in its own way.
const CLASSES: [(&str, &str, f64); 10] = [
    ("every second", "* * * * * *", 100.0),
    ("every minute", "0 * * * * *", 100.0),
    ("every 5 minutes", "0 */5 * * * *", 100.0),
    ("hourly at :17", "0 17 * * * *", 100.0),
    ("daily at 03:30", "0 30 3 * * *", 100.0),
    ("weekdays, 9 to 17", "0 0 9-17 * * MON-FRI", 100.0),
    ("monthly on the 1st", "0 0 0 1 * *", 100.0),
    ("yearly on 1 January", "0 0 0 1 1 *", 100.0),
    ("29 February", "0 0 0 29 2 *", 1_000.0),
    ("every Friday the 13th (AND)", "0 0 0 13 * +FRI", 1_000.0),
];
/// Where each begins anew, so that all walk the same years: 2026-01-01 to 2056.
const FROM: i64 = 1_767_225_600;
const UNTIL: i64 = 2_714_000_000;

/// Measures each class in two zones.
pub(crate) fn next(bench: &mut Bench) {
    let mut medians = Vec::new();
    for zone in ["UTC", "America/New_York"] {
        for (class, text, limit) in CLASSES {
            let title = format!("next: {class}, {zone}");
            let contestants = vec![ours(text, zone), by_cron(text, zone), by_croner(text, zone)];
            let measured = bench.group(&title, contestants);
            medians.push((title, measured[0].median, limit));
        }
    }
    println!();
    for (title, median, limit) in medians {
        bench.figure(&title, median, "ns", Some(limit));
    }
}

/// Counts the bytes of one schedule, inline and on the heap; its zone is shared and was loaded before.
pub(crate) fn bytes(bench: &mut Bench) {
    println!();
    let texts = CLASSES.map(|(class, text, _)| (class, text));
    let rare =
        [("the last weekday of the month", "0 0 18 LW * *"), ("with a year", "0 0 9 1 6 * 2030,2032,2040")];
    for (class, text) in texts.into_iter().chain(rare) {
        let limit = if class == "with a year" { None } else { Some(64.0) };
        bench.figure(&format!("bytes: {class}, sandglass"), size(|| parsed(text, "UTC")), "B", limit);
        let cron = text.replace('+', "");
        if cron::Schedule::from_str(&cron).is_ok() {
            let theirs = size(|| cron::Schedule::from_str(&cron).expect("read above"));
            bench.figure(&format!("bytes: {class}, cron 0.17"), theirs, "B", None);
        }
        bench.figure(&format!("bytes: {class}, croner 4"), size(|| read_by_croner(text)), "B", None);
    }
}

/// Returns the bytes of what is made, inline and on the heap. Made twice: the first may fill what is shared.
fn size<T>(make: impl Fn() -> T) -> f64 {
    drop(make());
    let region = Region::new(crate::ALLOCATOR);
    let made = make();
    let change = region.change();
    drop(made);
    (size_of::<T>() + change.bytes_allocated - change.bytes_deallocated) as f64
}

fn parsed(text: &str, zone: &str) -> Schedule {
    read(text, zone).expect("the expressions of the bench are right")
}

/// Reads a text in a zone.
pub(crate) fn read(text: &str, timezone: &str) -> Result<Schedule, Faults> {
    let (dst, weekdays, anchor) = (DstRule::Vixie, Weekdays::Unix, Timestamp::from_millis(0));
    Schedule::parse(Source { text, timezone, dst, weekdays, seed: "nightly-report", anchor })
}

fn ours<'a>(text: &str, zone: &str) -> Contestant<'a> {
    let schedule = parsed(text, zone);
    let mut at = Timestamp::from_seconds(FROM);
    Contestant::calls("sandglass", move || {
        at = match schedule.next_after(at) {
            Some(next) if next.as_seconds() < UNTIL => next,
            _ => Timestamp::from_seconds(FROM),
        };
        at
    })
}

fn start<Z: chrono::TimeZone>(zone: &Z) -> DateTime<Z> {
    DateTime::<Utc>::from_timestamp(FROM, 0).expect("an instant").with_timezone(zone)
}

/// `cron` joins two day fields by AND anyway, and knows no `+`.
fn by_cron<'a>(text: &str, zone: &str) -> Contestant<'a> {
    let schedule = cron::Schedule::from_str(&text.replace('+', "")).expect("`cron` reads it too");
    let zone: chrono_tz::Tz = zone.parse().expect("a zone");
    let mut at = start(&zone);
    Contestant::calls("cron 0.17", move || {
        at = match schedule.after(&at).next() {
            Some(next) if next.timestamp() < UNTIL => next,
            _ => start(&zone),
        };
        at
    })
}

/// Reads a text by `croner`.
pub(crate) fn read_by_croner(text: &str) -> croner::Cron {
    croner::parser::CronParser::builder()
        .seconds(croner::parser::Seconds::Optional)
        .year(croner::parser::Year::Optional)
        .build()
        .parse(text)
        .expect("`croner` reads it too")
}

fn by_croner<'a>(text: &str, zone: &str) -> Contestant<'a> {
    let schedule = read_by_croner(text);
    let zone: chrono_tz::Tz = zone.parse().expect("a zone");
    let mut at = start(&zone);
    Contestant::calls("croner 4", move || {
        at = match schedule.find_next_occurrence(&at, false) {
            Ok(next) if next.timestamp() < UNTIL => next,
            _ => start(&zone),
        };
        at
    })
}
