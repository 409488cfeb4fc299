//! Changes of the clock in Chinese: the rule, and what one did to a run.
//!
//! Flow: `eval::Change`, `phrase::Note` → **`changes`** → `chinese`.

use super::super::phrase::{Note, Twice, clock, date, same_date};
use super::{and, spaced};
use crate::schedule::eval::Change;

/// Returns what a rule does.
pub(super) fn rule(change: Change) -> &'static str {
    match change {
        Change::Fixed => "时钟拨快时，不存在的时刻在跳过后立即运行；时钟拨慢时，出现两次的时刻只运行一次",
        Change::Follow => "时钟拨快时，不存在的时刻不运行；时钟拨慢时，出现两次的时刻运行两次",
        Change::Skip => "时钟拨快时，不存在的时刻不运行；时钟拨慢时，出现两次的时刻只运行一次",
    }
}

/// Returns what one change did to a run.
pub(super) fn note(note: &Note) -> String {
    match note {
        Note::Gap { times, more, runs, moved } => gap(times, *more, *runs, *moved),
        Note::Twice { time, run } => {
            let twice = format!("当天 {} 出现两次", clock(*time));
            match run {
                Twice::First => format!("{twice}，这是两次运行中的第一次"),
                Twice::Second => format!("{twice}，这是第二次运行"),
                Twice::Only => format!("{twice}，只在第一次时运行"),
            }
        }
    }
}

fn gap(times: &[i64], more: bool, runs: i64, moved: bool) -> String {
    let same_day = same_date(times[0], runs);
    let clocks: Vec<String> = times.iter().map(|time| clock(*time)).collect();
    let names = if more { format!("{}等时刻", clocks.join("、")) } else { and(&clocks) };
    let day = if same_day { "当天".to_owned() } else { date(times[0]) };
    spaced(&match moved {
        true if same_day => format!("改在{}运行，{day}没有{names}", clock(runs)),
        true => format!("改在{} {}运行，{day}没有{names}", date(runs), clock(runs)),
        false => format!("{day}没有{names}，不运行"),
    })
}
