//! The days, months and years in Chinese.
//!
//! Flow: `phrase::Days` → **`days`** → `chinese`.

use super::super::phrase::{Days, MonthDay, WeekDay};
use super::super::shape::{Set, Shape, runs};
use super::and;

/// A day from Monday to Friday.
pub(super) const WORKDAY: &str = "工作日";
const WEEKDAYS: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
const WEEKS: [&str; 6] = ["第一个", "第二个", "第三个", "第四个", "第五个", "最后一个"];

/// Returns the days and months; none when it is every day.
pub(super) fn in_words(days: &Days) -> Option<String> {
    if days.every() {
        return None;
    }
    let months = Months::of(days);
    let text = match (&days.of_month, &days.of_week) {
        (Some(month), Some(week)) if days.either => {
            format!("{}以及{}", of_month(month, &months), of_week(week, &months))
        }
        (Some(month), Some(week)) => format!("{}（仅限{}）", of_month(month, &months), only(week)),
        (Some(month), None) => of_month(month, &months),
        (None, Some(week)) => of_week(week, &months),
        (None, None) => months.each_day(),
    };
    Some(text)
}

/// Returns the years before the rest; none when it is every year, or where the months name the only one.
pub(super) fn years(days: &Days) -> Option<String> {
    match days.years[..] {
        [] => None,
        [year] if days.months.shape == Shape::All => Some(format!("{year}年")),
        [_] => None,
        _ => {
            let name = |year| format!("{year}年");
            let runs = runs(&days.years, name, |first, last| format!("{first}至{last}年"));
            Some(format!("{}，", and(&runs)))
        }
    }
}

/// The months that days stand behind.
struct Months {
    /// `1月`, `1月和7月`, `6至8月`; none when it is every month.
    names: Option<String>,
    /// What stands between the names and a day of the month.
    joint: &'static str,
    /// `每年`, or the only year.
    year: String,
}

impl Months {
    fn of(days: &Days) -> Self {
        let year = match days.years[..] {
            [year] => format!("{year}年"),
            _ => "每年".to_owned(),
        };
        let joint = match days.months.shape {
            Shape::One(_) => "",
            Shape::Range(..) => "每月",
            _ => "的",
        };
        Self { names: names(&days.months), joint, year }
    }

    /// Returns what stands before a day of the month: `每月`, `每年1月`, `每年1月和7月的`, `每年6至8月每月`.
    fn before_day(&self) -> String {
        match &self.names {
            None => "每月".to_owned(),
            Some(names) => format!("{}{names}{}", self.year, self.joint),
        }
    }

    /// Returns what stands before a day of each week: nothing, `每年1月的`.
    fn before_week(&self) -> String {
        self.names.as_ref().map_or_else(String::new, |names| format!("{}{names}的", self.year))
    }

    fn each_day(&self) -> String {
        self.names.as_ref().map_or_else(|| "每天".to_owned(), |names| format!("{}{names}每天", self.year))
    }
}

fn names(months: &Set) -> Option<String> {
    match months.shape {
        Shape::All => None,
        Shape::Range(from, to) if to < from => Some(format!("{from}月至次年{to}月")),
        Shape::Range(from, to) => Some(format!("{from}至{to}月")),
        _ => {
            let month = |month| format!("{month}月");
            Some(and(&runs(&months.values, month, |first, last| format!("{first}至{last}月"))))
        }
    }
}

fn of_month(days: &[MonthDay], months: &Months) -> String {
    let parts: Vec<String> = days
        .iter()
        .map(|day| match day {
            MonthDay::Numbers(days) => match days.shape {
                Shape::Row { from, to, step } => format!("{from}至{to}日中每{step}天"),
                _ => {
                    let day = |day| format!("{day}日");
                    and(&runs(&days.values, day, |first, last| format!("{first}至{last}日")))
                }
            },
            MonthDay::Last(0) => "最后一天".to_owned(),
            MonthDay::Last(before) => format!("倒数第{}天", before + 1),
            MonthDay::Nearest(day) => format!("离{day}日最近的{WORKDAY}"),
            MonthDay::NearestLast(0) => format!("最后一个{WORKDAY}"),
            MonthDay::NearestLast(before) => format!("离倒数第{}天最近的{WORKDAY}", before + 1),
        })
        .collect();
    format!("{}{}", months.before_day(), parts.join("、"))
}

fn of_week(days: &[WeekDay], months: &Months) -> String {
    let mut parts = Vec::new();
    let mut nth = Vec::new();
    for day in days {
        match day {
            WeekDay::Each(set) if is_workdays(set) => {
                parts.push(format!("{}每个{WORKDAY}", months.before_week()));
            }
            WeekDay::Each(set) => parts.push(format!("{}每{}", months.before_week(), each(set))),
            WeekDay::Nth { week, day } => nth.push(nth_day(*week, *day)),
        }
    }
    if !nth.is_empty() {
        parts.push(format!("{}{}", months.before_day(), and(&nth)));
    }
    parts.join("以及")
}

/// Returns the days of the week behind `仅限`.
fn only(days: &[WeekDay]) -> String {
    let parts = days.iter().map(|day| match day {
        WeekDay::Each(set) if is_workdays(set) => WORKDAY.to_owned(),
        WeekDay::Each(set) => each(set),
        WeekDay::Nth { week, day } => nth_day(*week, *day),
    });
    parts.collect::<Vec<_>>().join("、")
}

fn is_workdays(set: &Set) -> bool {
    set.shape == Shape::Range(1, 5)
}

fn each(set: &Set) -> String {
    match set.shape {
        Shape::Range(from, to) => format!("{}至{}", WEEKDAYS[from as usize], WEEKDAYS[to as usize]),
        _ => and(&set.values.iter().map(|day| WEEKDAYS[*day as usize].to_owned()).collect::<Vec<_>>()),
    }
}

fn nth_day(week: usize, day: u32) -> String {
    format!("{}{}", WEEKS[week], WEEKDAYS[day as usize])
}
