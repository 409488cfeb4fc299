//! Dates without a zone: day numbers since 1970, years, months and days.
//!
//! Flow: `zone` (offset) → **`calendar`** → `cron`. Only for the years from 1970 on, so all of it is unsigned.
//! Not here: anything that knows of zones or of schedules.

/// Seconds of a day on the wall.
pub(super) const DAY: i64 = 86_400;
/// The first year that a schedule may name.
pub(super) const YEAR_MIN: u32 = 1970;
/// The last year that a schedule may name.
pub(super) const YEAR_MAX: u32 = 2200;
/// The first wall second after [`YEAR_MAX`].
pub(super) const WALL_END: i64 = day_number(YEAR_MAX + 1, 1) * DAY;

/// Days of the 400 years after which the calendar repeats.
const ERA_DAYS: u32 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: u32 = 719_468;

/// A date, with its day number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// Days since 1970-01-01.
    pub number: i64,
    /// The year.
    pub year: u32,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day, 1 to 31.
    pub day: u32,
}

impl Date {
    /// Returns the date of a day number, which must not be negative.
    pub(super) fn of(number: i64) -> Self {
        debug_assert!((0..=200_000).contains(&number), "day {number} is outside the years of a schedule");
        let days = number as u32 + EPOCH_DAYS;
        let era = days / ERA_DAYS;
        let of_era = days % ERA_DAYS;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months counted from March, so that the odd one is the last.
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2);
        Self { number, year, month, day }
    }
}

/// Returns the day number of the first of a month.
pub(super) const fn day_number(year: u32, month: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = if month <= 2 { month + 9 } else { month - 3 };
    let era = year / 400;
    let year_of_era = year % 400;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * from_march + 2) / 5;
    (era * ERA_DAYS + of_era) as i64 - EPOCH_DAYS as i64
}

/// Returns how many days a month has.
pub(super) const fn month_days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the weekday of a day number, 0 = Sunday.
pub(super) const fn weekday(number: i64) -> u32 {
    // 1970-01-01 was a Thursday.
    ((number + 4) % 7) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of the years of a schedule, against `jiff`.
    #[test]
    fn each_day_has_the_date_and_weekday_that_jiff_gives_it() {
        let mut civil = jiff::civil::date(1970, 1, 1);
        for number in 0..WALL_END / DAY {
            let date = Date::of(number);
            let (year, month, day) = (civil.year() as u32, civil.month() as u32, civil.day() as u32);
            assert_eq!((date.year, date.month, date.day), (year, month, day));
            assert_eq!(weekday(number), civil.weekday().to_sunday_zero_offset() as u32);
            assert_eq!(day_number(year, month) + i64::from(day) - 1, number);
            assert_eq!(month_days(year, month), civil.days_in_month() as u32);
            civil = civil.tomorrow().unwrap();
        }
        assert_eq!(civil.year(), 2201);
    }
}
