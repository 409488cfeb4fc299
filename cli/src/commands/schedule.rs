//! `schedule next` and `schedule explain`: the engine of the server, asked on this machine.

use anyhow::Result;
use comfy_table::Table;
use model::fault::Faults;
use model::language::Language;
use model::policy::{DstRule, Weekdays};
use model::ports::Clock as _;
use model::schedule::{Schedule, Source, Upcoming};
use model::state::Ticks as _;
use model::time::Timestamp;
use serde::Serialize;
use stores::SystemClock;

use crate::arguments::{self, Dst, Format, ScheduleExplain, ScheduleNext, ScheduleText, WeekdayNumbers};
use crate::exit::{Exit, Impossible};
use crate::{language, show};

pub(super) fn run(asked: arguments::Schedule) -> Result<Exit> {
    match asked {
        arguments::Schedule::Next(options) => next(&options),
        arguments::Schedule::Explain(options) => explain(&options),
    }
}

fn next(options: &ScheduleNext) -> Result<Exit> {
    let schedule = compile(&options.schedule)?;
    let from = from(&options.schedule);
    let any = schedule.next_after(from).is_some();
    match if options.json { Some(Format::Json) } else { options.format } {
        None => plain(&schedule, from, options.schedule.count)?,
        Some(format) if any => {
            let language = language::chosen(options.language);
            let upcoming = schedule.upcoming(from, options.schedule.count as usize, language);
            show::value(format, &upcoming, |upcoming| table(upcoming))?;
        }
        Some(_) => {}
    }
    // Nothing at all is told by the exit code, so that a script need not count lines.
    Ok(if any { Exit::Done } else { Exit::Failed })
}

/// Prints instants in UTC, one a line.
fn plain(schedule: &Schedule, from: Timestamp, count: u32) -> Result<()> {
    let ticks = std::iter::successors(schedule.next_after(from), |tick| schedule.next_after(*tick));
    for tick in ticks.take(count as usize) {
        show::line(&tick.to_string())?;
    }
    Ok(())
}

fn table(upcoming: &[Upcoming]) -> Table {
    let mut table = show::table(&["UTC", "ZONE", "NOTE"]);
    for next in upcoming {
        table.add_row([next.at.to_string(), next.local.clone(), next.note.clone().unwrap_or_default()]);
    }
    table
}

/// What a schedule means.
#[derive(Serialize)]
struct Explained {
    language: Language,
    words: String,
    zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_changes: Option<String>,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    next: Vec<Upcoming>,
}

fn explain(options: &ScheduleExplain) -> Result<Exit> {
    let schedule = compile(&options.schedule)?;
    let (from, language) = (from(&options.schedule), language::chosen(options.language));
    let explained = Explained {
        language,
        words: schedule.in_words(language),
        zone: schedule.zone().to_owned(),
        clock_changes: schedule.clock_changes(from, language),
        warnings: schedule.warnings(language),
        ended: schedule.ended(from, language),
        next: schedule.upcoming(from, options.schedule.count as usize, language),
    };
    match if options.json { Format::Json } else { options.format } {
        Format::Table => tell(&explained)?,
        format => show::value(format, &explained, |_| Table::new())?,
    }
    Ok(Exit::Done)
}

fn tell(explained: &Explained) -> Result<()> {
    let Explained { words, zone, .. } = explained;
    // The words have the zone where the text itself names it.
    show::line(&if words.contains(zone) { words.clone() } else { format!("{words} ({zone})") })?;
    for warning in &explained.warnings {
        show::line(&format!("warning: {warning}"))?;
    }
    for line in explained.clock_changes.iter().chain(&explained.ended) {
        show::line(line)?;
    }
    for next in &explained.next {
        let note = next.note.as_ref().map_or_else(String::new, |note| format!("  {note}"));
        show::line(&format!("  {}  {}{note}", next.at, next.local))?;
    }
    Ok(())
}

fn from(text: &ScheduleText) -> Timestamp {
    text.from.unwrap_or_else(|| SystemClock.now())
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
        anchor: text.anchor,
    };
    Schedule::parse(source).map_err(|faults: Faults| Impossible(faults.to_string()).into())
}
