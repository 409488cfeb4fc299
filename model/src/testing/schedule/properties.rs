//! What holds for every text that anybody can type: checked over random bytes by the fuzzer and over fixed ones by the
//! tests.
//!
//! Flow: bytes → `Case` → **`properties`** → `crate::schedule`, compared with `reading` and `walk`.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::reading::Reading;
use super::walk::Walk;
use crate::language::Language;
use crate::policy::{DstRule, Weekdays};
use crate::schedule::{Schedule, Source};
use crate::state::Ticks as _;
use crate::time::Timestamp;

/// Zones whose clocks do what most do not: half hours, midnight, lost days, negative summer time, several changes a
/// year, offsets with seconds.
pub const ZONES: [&str; 16] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "Europe/Dublin",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Asia/Pyongyang",
    "America/Caracas",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Africa/Monrovia",
    "Pacific/Kwajalein",
];
/// Pieces of which texts are made: the fuzzer's dictionary.
pub static DICTIONARY: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("../../../fuzz/schedule.dict").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| line.trim_matches('"')).collect()
});
/// Texts from which a search starts: one of each form, and those that once were, or might be, hard: the fuzzer's seeds.
pub static CORPUS: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../../../fuzz/schedule.seeds").lines().collect());
/// How many bytes steer a case before its text begins.
const STEERING: usize = 8;
/// The most days without a match over which the naive walk looks.
const DAYS_MAX: usize = 800;

/// Changes of the clock in each of the zones.
static CHANGES: LazyLock<Vec<Vec<i64>>> = LazyLock::new(|| {
    let changes = |name: &&str| {
        let since = "1970-06-01T00:00:00Z".parse().expect("an instant");
        let until: jiff::Timestamp = "2060-01-01T00:00:00Z".parse().expect("an instant");
        let zone = super::zone(name);
        let following = zone.following(since).take_while(|change| change.timestamp() < until);
        following.map(|change| change.timestamp().as_second()).collect()
    };
    ZONES.iter().map(changes).collect()
});

/// A text with its zone and rules, and an instant from which it is asked.
#[derive(Debug, Clone)]
pub struct Case {
    /// What somebody typed.
    pub text: String,
    /// The job's zone.
    pub zone: &'static str,
    /// The rule at changes of the clock.
    pub dst: DstRule,
    /// How weekdays are numbered.
    pub weekdays: Weekdays,
    /// Seconds since 1970.
    pub from: i64,
}

impl Case {
    /// Makes a case of any bytes: some steer, the rest is the text. Three in four are asked within a day of a change
    /// of the clock, if their zone has any.
    pub fn of(bytes: &[u8]) -> Self {
        let mut steer = [0_u8; STEERING];
        let (head, text) = bytes.split_at(bytes.len().min(STEERING));
        steer[..head.len()].copy_from_slice(head);
        let zone = usize::from(steer[0]) % ZONES.len();
        let changes = &CHANGES[zone];
        let anywhere = i64::from(u32::from_le_bytes([steer[4], steer[5], steer[6], steer[7]]));
        let from = match changes.len() {
            0 => anywhere,
            _ if steer[2].is_multiple_of(4) => anywhere,
            count => changes[usize::from(steer[3]) % count] - 86_400 + anywhere % 172_800,
        };
        Self {
            text: String::from_utf8_lossy(text).into_owned(),
            zone: ZONES[zone],
            dst: [DstRule::Vixie, DstRule::Wall, DstRule::Skip][usize::from(steer[1] % 3)],
            weekdays: if steer[1] >= 192 { Weekdays::Quartz } else { Weekdays::Unix },
            from,
        }
    }

    /// Returns the schedule; none when the text is refused.
    fn schedule(&self) -> Option<Schedule> {
        let parsed = Schedule::parse(Source {
            text: &self.text,
            timezone: self.zone,
            dst: self.dst,
            weekdays: self.weekdays,
            seed: "nightly-report",
            anchor: Timestamp::from_millis(0),
        });
        match parsed {
            Ok(schedule) => Some(schedule),
            Err(faults) => {
                assert!(!faults.to_string().is_empty(), "`{}` is refused without a word", self.text);
                None
            }
        }
    }
}

/// Checks a case; returns true when its text was a schedule.
///
/// # Panics
/// When something does not hold: words are empty, instants do not rise strictly, or the naive reading runs at other
/// instants.
pub fn holds(case: &Case) -> bool {
    let Some(schedule) = case.schedule() else { return false };
    for language in Language::ALL {
        assert!(!schedule.in_words(language).is_empty(), "{case:?}");
        let from = Timestamp::from_seconds(case.from);
        assert_eq!(schedule.ended(from, language).is_some(), schedule.next_after(from).is_none(), "{case:?}");
        schedule.warnings(language);
        schedule.clock_changes(from, language);
        schedule.upcoming(from, 3, language);
    }
    rises(case, &schedule);
    if let Some(reading) = Reading::of(&case.text, case.weekdays, "nightly-report") {
        equals_the_walk(case, &schedule, &reading);
        skips_no_day(case, &schedule, &reading);
    }
    true
}

/// Each instant is later than the one before, and found from each moment just before it.
fn rises(case: &Case, schedule: &Schedule) {
    let mut at = Timestamp::from_seconds(case.from);
    for _ in 0..4 {
        let Some(next) = schedule.next_after(at) else { break };
        assert!(next > at, "{case:?}: {next} after {at}");
        let again = schedule.next_after(Timestamp::from_millis(next.as_millis() - 1));
        assert_eq!(again, Some(next), "{case:?} asked just before");
        at = next;
    }
}

/// The runs of the next hours are those of the naive walk.
fn equals_the_walk(case: &Case, schedule: &Schedule, reading: &Reading) {
    let zone = super::zone(reading.zone().unwrap_or(case.zone));
    let whole = reading.is_of_whole_minutes() && zone_has_whole_minutes(&zone, case.from);
    let (step, steps) = if whole { (60, 420) } else { (1, 1_500) };
    let from = case.from / 60 * 60;
    let until = from + step * steps;
    let wanted = Walk::of(&zone, from, until, step).runs(reading, case.dst);
    let next = |at: i64| schedule.next_after(Timestamp::from_seconds(at)).map(Timestamp::as_seconds);
    let ours: Vec<i64> =
        std::iter::successors(next(from), |at| next(*at)).take_while(|at| *at < until).collect();
    assert_eq!(ours, wanted, "{case:?}");
}

/// Between an instant and the next, no date matches on which the wall could have shown a time.
fn skips_no_day(case: &Case, schedule: &Schedule, reading: &Reading) {
    let zone = super::zone(reading.zone().unwrap_or(case.zone));
    let date = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
    let from = Timestamp::from_seconds(case.from);
    let start = date(from);
    let next = schedule.next_after(from).map(date);
    let end = Date::constant(2201, 1, 1);
    let days = start.tomorrow().into_iter().flat_map(|day| day.series(1.day())).take(DAYS_MAX);
    for day in days.take_while(|day| *day < end) {
        if next.is_some_and(|next| next <= day) {
            return;
        }
        let plain = has_every_time(&zone, day);
        assert!(!plain || !reading.on(day), "{case:?}: {day} is left out, next is {next:?}");
    }
}

/// Returns true when the wall shows each time of a date once, from midnight on.
fn has_every_time(zone: &TimeZone, date: Date) -> bool {
    let midnight = date.at(0, 0, 0, 0);
    let Ok(begin) = zone.to_timestamp(midnight) else { return false };
    let end = begin.as_second() + 86_400;
    let changes = zone.following(begin).next().is_some_and(|change| change.timestamp().as_second() <= end);
    zone.to_datetime(begin) == midnight && !changes
}

/// Returns true when the wall shows whole minutes at whole minutes around an instant.
fn zone_has_whole_minutes(zone: &TimeZone, at: i64) -> bool {
    [at - 172_800, at, at + 172_800].into_iter().all(|at| {
        let at = jiff::Timestamp::from_second(at).expect("an instant");
        zone.to_offset(at).seconds() % 60 == 0
    })
}
