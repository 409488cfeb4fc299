//! `schedule next` and `schedule explain`: the engine of the server, asked on this machine.

use anyhow::Result;
use model::fault::Faults;
use model::policy::{DstRule, Weekdays};
use model::ports::Clock as _;
use model::schedule::{Schedule, Source};
use model::state::Ticks as _;
use model::time::Timestamp;
use stores::SystemClock;

use crate::arguments::{self, Dst, ScheduleNext, ScheduleText, WeekdayNumbers};
use crate::exit::{Exit, Impossible};
use crate::show;

/// How many next instants `explain` shows.
const EXPLAINED: usize = 5;

pub(super) fn run(asked: arguments::Schedule) -> Result<Exit> {
    match asked {
        arguments::Schedule::Next(options) => next(&options),
        arguments::Schedule::Explain(text) => explain(&text),
    }
}

fn next(options: &ScheduleNext) -> Result<Exit> {
    let schedule = compile(&options.schedule)?;
    let mut at = options.from.unwrap_or_else(|| SystemClock.now());
    for printed in 0..options.count {
        let Some(tick) = schedule.next_after(at) else {
            // Nothing at all is told by the exit code, so that a script need not count lines.
            return Ok(if printed == 0 { Exit::Failed } else { Exit::Done });
        };
        show::line(&tick.to_string())?;
        at = tick;
    }
    Ok(Exit::Done)
}

fn explain(text: &ScheduleText) -> Result<Exit> {
    let schedule = compile(text)?;
    show::line(&format!("{} ({})", schedule.in_words(), schedule.zone()))?;
    for warning in schedule.warnings() {
        show::line(&format!("warning: {warning}"))?;
    }
    let upcoming = schedule.upcoming(SystemClock.now(), EXPLAINED);
    if upcoming.is_empty() {
        show::line("it never runs again")?;
    }
    for next in upcoming {
        let note = next.note.map_or_else(String::new, |note| format!("  {note}"));
        show::line(&format!("  {}  {}{note}", next.at, next.local))?;
    }
    Ok(Exit::Done)
}

fn compile(text: &ScheduleText) -> Result<Schedule> {
    let source = Source {
        text: &text.text,
        timezone: &text.tz,
        dst: match text.dst {
            Dst::Vixie => DstRule::Vixie,
            Dst::Wall => DstRule::Wall,
            Dst::Skip => DstRule::Skip,
        },
        weekdays: match text.weekdays {
            WeekdayNumbers::Unix => Weekdays::Unix,
            WeekdayNumbers::Quartz => Weekdays::Quartz,
        },
        seed: &text.name,
        anchor: Timestamp::default(),
    };
    Schedule::parse(source).map_err(|faults: Faults| Impossible(faults.to_string()).into())
}
