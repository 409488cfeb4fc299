//! Every zone of the data: around each change of its clock the schedules run when the naive walk says so.
//!
//! Flow: the tests (a part of the zones), `cargo xtask soak schedule` (all) → **`sweep`**.
//! Zones that do the same have one walk: names that differ share most of their clocks.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::reading::Reading;
use super::walk::Walk;
use crate::policy::{DstRule, Weekdays};
use crate::schedule::{Schedule, Source};
use crate::state::Ticks as _;
use crate::time::Timestamp;

/// Expressions of each kind that changes of the clock treat in their own way: a star or none, one time or many, on
/// the hour or off it, at midnight, on one day only.
const EXPRESSIONS: [&str; 10] = [
    "* * * * *",
    "*/20 * * * *",
    "17 * * * *",
    "*/15 2 * * *",
    "30 2 * * *",
    "0,30 1-3 * * *",
    "0 0 * * *",
    "30 0,23 * * *",
    "15 1,13 * * sun",
    "45 3 L * ?",
];
const RULES: [DstRule; 3] = [DstRule::Vixie, DstRule::Wall, DstRule::Skip];
/// How far before and after a change: two days.
const REACH: i64 = 2 * 86_400;

/// What a sweep went over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Names of zones.
    pub zones: usize,
    /// Groups of zones whose clocks do the same.
    pub clocks: usize,
    /// Changes of a clock.
    pub changes: usize,
    /// Windows compared: one for each change, expression and rule.
    pub windows: usize,
    /// Runs in them.
    pub runs: usize,
}

/// Compares one clock in `every`, from `since` to `until` (years), and says what was gone over.
///
/// # Panics
/// At the first difference, naming zone, expression, rule and window.
pub fn sweep(since: i16, until: i16, every: usize) -> Swept {
    let year = |year| TimeZone::UTC.to_timestamp(jiff::civil::date(year, 1, 1).at(0, 0, 0, 0));
    let (since, until) = (year(since).expect("a year"), year(until).expect("a year"));
    let mut clocks: BTreeMap<Vec<(i64, i32)>, Vec<String>> = BTreeMap::new();
    for name in TimeZoneDatabase::bundled().available() {
        let zone = super::zone(name.as_str());
        let first = (since.as_second(), zone.to_offset(since).seconds());
        let following = zone.following(since).take_while(|change| change.timestamp() < until);
        let changes = following.map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        let changes = std::iter::once(first).chain(changes).collect();
        clocks.entry(changes).or_default().push(name.to_string());
    }
    let mut swept = Swept::default();
    for (changes, names) in clocks.iter().step_by(every) {
        swept.zones += names.len();
        swept.clocks += 1;
        for pair in changes.windows(2).filter(|pair| pair[0].1 != pair[1].1) {
            swept.changes += 1;
            around(&names[0], pair[1].0, &mut swept);
        }
    }
    swept
}

/// Compares all expressions under all rules around a change.
fn around(name: &str, change: i64, swept: &mut Swept) {
    let (first, end) = (change - REACH, change + REACH);
    let walk = Walk::of(&super::zone(name), first, end, 60);
    for text in EXPRESSIONS {
        let reading = Reading::of(text, Weekdays::Unix, "").expect("a cron text");
        for dst in RULES {
            let (weekdays, anchor) = (Weekdays::Unix, Timestamp::from_millis(0));
            let schedule = Schedule::parse(Source { text, timezone: name, dst, weekdays, seed: "", anchor });
            let schedule = schedule.unwrap_or_else(|faults| panic!("{text}: {faults}"));
            let next = |at: i64| schedule.next_after(Timestamp::from_seconds(at)).map(Timestamp::as_seconds);
            let ours: Vec<i64> =
                std::iter::successors(next(first), |at| next(*at)).take_while(|at| *at < end).collect();
            let wanted = walk.runs(&reading, dst);
            assert_eq!(ours, wanted, "`{text}` in {name} under {dst:?} around {change}");
            swept.windows += 1;
            swept.runs += wanted.len();
        }
    }
}
