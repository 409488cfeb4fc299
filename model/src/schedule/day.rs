//! The forms of days that depend on the month: `L`, `L-3`, `LW`, `L-3W`, `15W`, `FRI#2`, `FRIL`.
//!
//! Flow: `parse` → **`day`** → `cron`. An item that is none of them is left to `item`.

use super::cron::Cron;
use super::field::Field;
use super::item::Reader;
use super::token::Part;
use crate::sentence;

/// The most days before the last of a month that `L-n` may name.
const BEFORE_LAST_MAX: u32 = 30;

impl Reader<'_> {
    /// Reads an item of the day of month; none when it is no form of its own, `Some` also when it has a fault.
    pub(super) fn day_form(&mut self, item: Part<'_>, cron: &mut Cron) -> Option<()> {
        if item.is("L") {
            cron.last |= 1;
        } else if item.is("LW") {
            cron.last_nearest |= 1;
        } else if let Some(before) = item.without_prefix("L-") {
            let (before, set) = match before.without_suffix("W") {
                Some(before) => (before, &mut cron.last_nearest),
                None => (before, &mut cron.last),
            };
            match before.number() {
                Some(days) if (1..=BEFORE_LAST_MAX).contains(&days) => *set |= 1 << days,
                _ => self.slips.add(
                    before.span(),
                    sentence!(
                        "{}: `{}` is not in 1-{}, the days before the last",
                        Field::Day.name(),
                        before.text,
                        BEFORE_LAST_MAX
                    ),
                ),
            }
        } else if let Some(day) = item.without_suffix("W").filter(|day| day.number().is_some()) {
            if let Some(day) = self.value(day, Field::Day) {
                cron.nearest |= 1 << day;
            }
        } else {
            return None;
        }
        Some(())
    }

    /// Reads an item of the day of week; none when it is no form of its own, `Some` also when it has a fault.
    pub(super) fn weekday_form(&mut self, item: Part<'_>, cron: &mut Cron) -> Option<()> {
        let (weekday, week) = if let Some((weekday, week)) = item.split_once('#') {
            (weekday, self.week(week))
        } else {
            let weekday = item.without_suffix("L").filter(|weekday| !weekday.text.is_empty())?;
            (weekday, Some(5))
        };
        let weekday = self.value(weekday, Field::Weekday);
        if let (Some(weekday), Some(week)) = (weekday, week) {
            cron.nth[week] |= 1 << (weekday % 7);
        }
        Some(())
    }

    /// Reads which of its weekdays in a month: 1 to 5, or `L` for the last; the place in [`Cron::nth`].
    fn week(&mut self, week: Part<'_>) -> Option<usize> {
        match week.number() {
            _ if week.is("L") => Some(5),
            Some(count @ 1..=5) => Some(count as usize - 1),
            _ => {
                let message =
                    sentence!("{}: `{}` is not in 1-5 behind `#`", Field::Weekday.name(), week.text);
                let hint = sentence!("`FRI#2` is the second Friday of the month, `FRIL` the last");
                self.slips.add_with_hint(week.span(), message, hint);
                None
            }
        }
    }
}
