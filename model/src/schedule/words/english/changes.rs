//! Changes of the clock in English: the rule, and what one did to a run.
//!
//! Flow: `eval::Change`, `phrase::Note` → **`changes`** → `english`.

use super::super::phrase::{Note, Twice, clock, date, same_date};
use super::and;
use crate::schedule::eval::Change;

/// Returns what a rule does.
pub(super) fn rule(change: Change) -> &'static str {
    match change {
        Change::Fixed => {
            "when the clock goes forward, a time that does not exist runs right after; when it goes back, a time that \
             comes twice runs once"
        }
        Change::Follow => {
            "when the clock goes forward, times that do not exist do not run; when it goes back, times that come \
             twice run twice"
        }
        Change::Skip => {
            "when the clock goes forward, times that do not exist do not run; when it goes back, times that come \
             twice run once"
        }
    }
}

/// Returns what one change did to a run.
pub(super) fn note(note: &Note) -> String {
    match note {
        Note::Gap { times, more, runs, moved } => gap(times, *more, *runs, *moved),
        Note::Twice { time, run } => {
            let twice = format!("{} happens twice that day", clock(*time));
            match run {
                Twice::First => format!("{twice}, this is the first run of two"),
                Twice::Second => format!("{twice}, this is the second run"),
                Twice::Only => format!("{twice}, runs at the first"),
            }
        }
    }
}

fn gap(times: &[i64], more: bool, runs: i64, moved: bool) -> String {
    let same_day = same_date(times[0], runs);
    let mut clocks: Vec<String> = times.iter().map(|time| clock(*time)).collect();
    if more {
        clocks.push("others".to_owned());
    }
    let verb = if clocks.len() == 1 { "does" } else { "do" };
    let names = and(&clocks);
    let day = if same_day { "that day".to_owned() } else { format!("on {}", date(times[0])) };
    match moved {
        true if same_day => format!("runs at {}, {names} {verb} not exist {day}", clock(runs)),
        true => format!("runs on {} at {}, {names} {verb} not exist {day}", date(runs), clock(runs)),
        false => format!("{names} {verb} not exist {day} and {verb} not run"),
    }
}
