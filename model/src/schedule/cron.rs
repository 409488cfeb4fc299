//! A cron expression as bit sets, and the next time on the wall that it matches.
//!
//! Flow: `parse` → **`cron`** → `eval`. Bits make each step a shift and a count, so that a search looks at months
//! that can match and at nothing else; the years end at 2200, so every search ends.
//!
//! Not here: zones (`eval`), and how the text is written (`parse`).

use super::calendar::{DAY, Date, WALL_END, YEAR_MAX, YEAR_MIN, day_number, month_days, weekday};

/// How the two day fields go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Join {
    /// Both must match: at most one is restricted, or the weekday begins with `+`.
    Both,
    /// Both must match, since one of them begins with `*` though it is restricted (`*/2`).
    BothByStar,
    /// Either may match: both are restricted.
    Either,
}

/// A compiled cron expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Cron {
    /// Bits 0 to 59.
    pub seconds: u64,
    /// Bits 0 to 59.
    pub minutes: u64,
    /// Bits 0 to 23.
    pub hours: u32,
    /// Bits 1 to 31.
    pub days: u32,
    /// Bits 1 to 12.
    pub months: u16,
    /// Bits 0 (Sunday) to 6.
    pub weekdays: u8,
    /// How the day fields go together.
    pub join: Join,
    /// True when a field of the time begins with `*`: the job follows the wall through changes of the clock.
    pub wildcard: bool,
    /// True when an `H` was resolved by the seed.
    pub spread: bool,
    /// Bit n: n days before the last of the month (`L-n`).
    pub last: u32,
    /// Bit n: the weekday nearest to that day (`L-nW`, `LW`).
    pub last_nearest: u32,
    /// Bit n: the weekday nearest to day n (`nW`).
    pub nearest: u32,
    /// Weekdays of the first to fifth week of the month (`n#k`), and of the last (`nL`).
    pub nth: [u8; 6],
    /// Bit n: the year 1970 + n; none for every year.
    pub years: Option<Box<[u64; 4]>>,
}

impl Cron {
    /// Every bit of the field of days.
    pub(super) const DAYS_ALL: u32 = !1;
    /// Every bit of the field of months.
    const MONTHS_ALL: u16 = 0x1ffe;
    /// Every bit of the field of weekdays.
    pub(super) const WEEKDAYS_ALL: u8 = 0x7f;

    /// Returns the first match at `from` or later and earlier than `before`, in seconds on the wall since 1970.
    pub(super) fn next_wall(&self, from: i64, before: i64) -> Option<i64> {
        let (from, before) = (from.max(0), before.min(WALL_END));
        if from >= before {
            return None;
        }
        let (today, time) = (from / DAY, (from % DAY) as u32);
        let hit = if self.every_day() {
            match self.time_from(time) {
                Some(time) => today * DAY + i64::from(time),
                None => (today + 1) * DAY + i64::from(self.time_from(0)?),
            }
        } else {
            let date = Date::of(today);
            match self.time_from(time).filter(|_| self.matches_day(date)) {
                Some(time) => today * DAY + i64::from(time),
                None => self.day_after(date, (before - 1) / DAY)? * DAY + i64::from(self.time_from(0)?),
            }
        };
        (hit < before).then_some(hit)
    }

    /// Returns true when no day is left out, which needs no calendar.
    fn every_day(&self) -> bool {
        self.days == Self::DAYS_ALL
            && self.weekdays == Self::WEEKDAYS_ALL
            && self.months == Self::MONTHS_ALL
            && self.years.is_none()
    }

    /// Returns true when no day depends on the month, and every year matches.
    pub(super) fn is_plain(&self) -> bool {
        self.last | self.last_nearest | self.nearest == 0 && self.nth == [0; 6] && self.years.is_none()
    }

    /// Returns the first matching second of a day, at `from` or later.
    fn time_from(&self, from: u32) -> Option<u32> {
        let (hour, minute, second) = (from / 3_600, from / 60 % 60, from % 60);
        if self.hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = bit_from(self.seconds, second)
            {
                return Some(hour * 3_600 + minute * 60 + second);
            }
            if let Some(minute) = bit_from(self.minutes, minute + 1) {
                return Some(hour * 3_600 + minute * 60 + self.seconds.trailing_zeros());
            }
        }
        let hour = bit_from(self.hours.into(), hour + 1)?;
        Some(hour * 3_600 + self.minutes.trailing_zeros() * 60 + self.seconds.trailing_zeros())
    }

    fn matches_day(&self, date: Date) -> bool {
        self.has_year(date.year)
            && self.months >> date.month & 1 == 1
            && self.days_of(date.year, date.month, date.number - i64::from(date.day) + 1) >> date.day & 1 == 1
    }

    /// Returns the number of the first matching day after `date` and not after `last`.
    fn day_after(&self, date: Date, last: i64) -> Option<i64> {
        let (mut year, mut month) = (date.year, date.month);
        let mut first = date.number - i64::from(date.day) + 1;
        let mut open = (!0u32).checked_shl(date.day + 1).unwrap_or(0);
        while first <= last {
            if self.months >> month & 1 == 1 && self.has_year(year) {
                let days = self.days_of(year, month, first) & open;
                if days != 0 {
                    let day = first + i64::from(days.trailing_zeros()) - 1;
                    return (day <= last).then_some(day);
                }
            }
            open = !0;
            match bit_from(self.months.into(), month + 1) {
                Some(later) if self.has_year(year) => month = later,
                _ => {
                    year = (year + 1..=YEAR_MAX).find(|year| self.has_year(*year))?;
                    month = self.months.trailing_zeros();
                }
            }
            first = day_number(year, month);
        }
        None
    }

    fn has_year(&self, year: u32) -> bool {
        let Some(years) = &self.years else { return true };
        let index = year - YEAR_MIN;
        years[index as usize / 64] >> (index % 64) & 1 == 1
    }

    /// Returns the matching days of a month as bits 1 to 31; `first` is the number of its first day.
    fn days_of(&self, year: u32, month: u32, first: i64) -> u32 {
        let length = month_days(year, month);
        let (mut days, mut weekdays) = (self.days, days_of_weekdays(self.weekdays, first));
        if self.last | self.last_nearest | self.nearest != 0 {
            days |= self.days_by_length(length, first);
        }
        if self.nth != [0; 6] {
            weekdays |= self.weekdays_by_week(length, first);
        }
        days_of_month(length) & if self.join == Join::Either { days | weekdays } else { days & weekdays }
    }

    /// Returns the days of `L`, `L-n`, `LW`, `L-nW` and `nW`.
    fn days_by_length(&self, length: u32, first: i64) -> u32 {
        let in_month = days_of_month(length);
        // Bit n, counted from the last day, to the bit of that day.
        let from_last = |before: u32| before.reverse_bits() >> (31 - length);
        let nearest = (self.nearest | from_last(self.last_nearest)) & in_month;
        from_last(self.last) | nearest_weekdays(nearest, length, first)
    }

    /// Returns the days of `n#k` and `nL`.
    fn weekdays_by_week(&self, length: u32, first: i64) -> u32 {
        let mut days = 0;
        for (week, weekdays) in self.nth[..5].iter().enumerate() {
            days |= days_of_weekdays(*weekdays, first) & 0x7f << (7 * week + 1);
        }
        days | days_of_weekdays(self.nth[5], first) & !0 << (length - 6)
    }
}

/// Returns the days of a month as bits 1 to 31.
fn days_of_month(length: u32) -> u32 {
    (!0 >> (31 - length)) & !1
}

/// Returns for each of the days the one from Monday to Friday that is nearest to it within its month.
fn nearest_weekdays(days: u32, length: u32, first: i64) -> u32 {
    let (first_day, last_day) = (1 << 1, 1 << length);
    let saturdays = days & days_of_weekdays(1 << 6, first);
    let sundays = days & days_of_weekdays(1 << 0, first);
    days & !saturdays & !sundays
        | (saturdays & !first_day) >> 1
        | (saturdays & first_day) << 2
        | (sundays & !last_day) << 1
        | (sundays & last_day) >> 2
}

/// Returns the days of a month that fall on the weekdays, as bits 1 to 31.
fn days_of_weekdays(weekdays: u8, first: i64) -> u32 {
    /// A bit at the start of each of six weeks.
    const WEEKS: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35;
    let weeks = u64::from(weekdays) * WEEKS;
    ((weeks >> weekday(first)) << 1) as u32
}

/// Returns the lowest bit at `from` or higher.
fn bit_from(set: u64, from: u32) -> Option<u32> {
    let rest = set & (!0u64).checked_shl(from)?;
    (rest != 0).then(|| rest.trailing_zeros())
}

/// Returns the bits of a set in rising order.
pub(super) fn bits(set: u64) -> impl Iterator<Item = u32> + Clone {
    let mut rest = set;
    std::iter::from_fn(move || {
        let bit = (rest != 0).then(|| rest.trailing_zeros())?;
        rest &= rest - 1;
        Some(bit)
    })
}
