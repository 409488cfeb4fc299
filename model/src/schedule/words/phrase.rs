//! What is to be said of a schedule, before it is said in a language.
//!
//! Flow: `cron` → **`phrase`** → `english`, `chinese`. Here it is decided what belongs together and what is left out, so
//! that no language leaves out more than another.

use super::shape::{Set, Shape};
use crate::schedule::calendar::{DAY, Date, YEAR_MIN};
use crate::schedule::cron::{Cron, Join, bits};

/// The most clock times that are told one by one.
const CLOCKS_MAX: u32 = 6;

/// The time of the day.
pub(super) enum Time {
    /// So few that they are told one by one: `09:00`, `17:00:30`.
    Clocks(Vec<String>),
    /// One minute of some hours.
    Hours { minute: u32, hours: Shape },
    /// Some minutes of some hours.
    Minutes { minutes: Shape, hours: Shape },
    /// Some seconds of some minutes of some hours.
    Seconds { seconds: Shape, minutes: Shape, hours: Shape },
}

impl Time {
    /// Returns what is to be said of the times of an expression.
    pub(super) fn of(cron: &Cron) -> Self {
        if cron.seconds.count_ones() * cron.minutes.count_ones() * cron.hours.count_ones() <= CLOCKS_MAX {
            return Self::Clocks(clocks(cron));
        }
        let (minutes, hours) = (Shape::of(cron.minutes, 0, 59), Shape::of(cron.hours.into(), 0, 23));
        match (Shape::of(cron.seconds, 0, 59), minutes) {
            (Shape::One(0), Shape::One(minute)) => Self::Hours { minute, hours },
            (Shape::One(0), minutes) => Self::Minutes { minutes, hours },
            (seconds, minutes) => Self::Seconds { seconds, minutes, hours },
        }
    }
}

fn clocks(cron: &Cron) -> Vec<String> {
    let mut times = Vec::new();
    for hour in bits(cron.hours.into()) {
        for minute in bits(cron.minutes) {
            for second in bits(cron.seconds) {
                let seconds = if cron.seconds == 1 { String::new() } else { format!(":{second:02}") };
                times.push(format!("{hour:02}:{minute:02}{seconds}"));
            }
        }
    }
    times
}

/// The days.
pub(super) struct Days {
    /// Which of the month; none when that is not restricted.
    pub of_month: Option<Vec<MonthDay>>,
    /// Which of the week; none when that is not restricted.
    pub of_week: Option<Vec<WeekDay>>,
    /// True when one of the two is enough.
    pub either: bool,
    /// The months.
    pub months: Set,
    /// The years; empty when that is every year.
    pub years: Vec<u32>,
}

/// Days of the month.
pub(super) enum MonthDay {
    /// By number.
    Numbers(Set),
    /// So many days before the last.
    Last(u32),
    /// The day from Monday to Friday that is nearest to a number.
    Nearest(u32),
    /// The day from Monday to Friday that is nearest to so many days before the last.
    NearestLast(u32),
}

/// Days of the week.
pub(super) enum WeekDay {
    /// Each week.
    Each(Set),
    /// Of one week of the month: 0 to 4 the first to the fifth, 5 the last.
    Nth { week: usize, day: u32 },
}

impl Days {
    /// Returns what is to be said of the days of an expression.
    pub(super) fn of(cron: &Cron) -> Self {
        Self {
            of_month: of_month(cron),
            of_week: of_week(cron),
            either: cron.join == Join::Either,
            months: Set::of(cron.months.into(), 1, 12),
            years: years(cron),
        }
    }

    /// Returns true when no day is left out.
    pub(super) fn every(&self) -> bool {
        self.of_month.is_none()
            && self.of_week.is_none()
            && self.months.shape == Shape::All
            && self.years.is_empty()
    }
}

fn of_month(cron: &Cron) -> Option<Vec<MonthDay>> {
    let mut days = Vec::new();
    let numbers = Set::of(cron.days.into(), 1, 31);
    match numbers.shape {
        Shape::All => return None,
        _ if numbers.values.is_empty() => {}
        _ => days.push(MonthDay::Numbers(numbers)),
    }
    days.extend(bits(cron.last.into()).map(MonthDay::Last));
    days.extend(bits(cron.nearest.into()).map(MonthDay::Nearest));
    days.extend(bits(cron.last_nearest.into()).map(MonthDay::NearestLast));
    Some(days)
}

fn of_week(cron: &Cron) -> Option<Vec<WeekDay>> {
    let mut days = Vec::new();
    let mut each = Set::of(cron.weekdays.into(), 0, 6);
    // The week begins on Monday, as people list it.
    each.values.sort_by_key(|day| (day + 6) % 7);
    match each.shape {
        Shape::All => return None,
        _ if each.values.is_empty() => {}
        _ => days.push(WeekDay::Each(each)),
    }
    for (week, set) in cron.nth.iter().enumerate() {
        days.extend(bits((*set).into()).map(|day| WeekDay::Nth { week, day }));
    }
    Some(days)
}

fn years(cron: &Cron) -> Vec<u32> {
    let words = cron.years.iter().flat_map(|years| years.iter()).enumerate();
    words.flat_map(|(word, set)| bits(*set).map(move |bit| YEAR_MIN + 64 * word as u32 + bit)).collect()
}

/// What a change of the clock did to a run. Times are seconds on the wall since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schedule) enum Note {
    /// Times that the wall left out; more than these when `more`. `runs` is when the run came.
    Gap { times: Vec<i64>, more: bool, runs: i64, moved: bool },
    /// A time that the wall shows twice.
    Twice { time: i64, run: Twice },
}

/// Which of the two times a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schedule) enum Twice {
    /// The first of two runs.
    First,
    /// The second of two runs.
    Second,
    /// The first, and there is no second.
    Only,
}

/// Returns a time on the wall as `02:30`, with seconds when there are any.
pub(super) fn clock(wall: i64) -> String {
    let time = wall.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

/// Returns the date of a time on the wall.
pub(super) fn date(wall: i64) -> String {
    let date = Date::of(wall.div_euclid(DAY));
    format!("{}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Returns true when two times on the wall have one date.
pub(super) fn same_date(one: i64, other: i64) -> bool {
    one.div_euclid(DAY) == other.div_euclid(DAY)
}
