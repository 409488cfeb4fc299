//! A schedule in words, and what the user should know about it, in each language.
//!
//! Flow: `Plan` → `phrase` (what is to be said) → **`words`** → `cli`, API, page. Read from the bits that `eval` runs
//! by, so that words and ticks cannot differ: `0,30` and `*/30` say the same.
//!
//! Inside: `shape` (what a set looks like), `phrase` (what is to be said), and one folder for each language, all with
//! the same files.

mod chinese;
mod english;
mod phrase;
mod shape;

use self::phrase::{Days, Time};
pub(super) use self::phrase::{Note, Twice};
use super::cron::{Cron, Join};
use super::eval::Change;
use super::zone::Zone;
use super::{Plan, Schedule};
use crate::language::Language;
use crate::state::Ticks as _;
use crate::time::{Span, Timestamp};

/// What every language has words for.
trait Tongue {
    /// Says which days and times match.
    fn cron(&self, days: &Days, time: &Time) -> String;
    /// Says a period and where it counts from.
    fn every(&self, period: Span, anchor: Timestamp) -> String;
    /// Says the one instant, as the wall shows it.
    fn once(&self, local: &str) -> String;
    /// Adds to the words that the job's name chose a part of them.
    fn spread(&self, words: String) -> String;
    /// Adds to the words in which zone they are meant.
    fn in_zone(&self, words: String, zone: &str) -> String;
    /// Warns of two restricted day fields; none where the user said how they go together.
    fn join_warning(&self, join: Join) -> Option<&'static str>;
    /// Says what changes of the clock do to the schedule.
    fn change(&self, change: Change) -> &'static str;
    /// Says what a change of the clock did to a run.
    fn note(&self, note: &Note) -> String;
    /// Puts notes about one run together.
    fn notes(&self, notes: &[String]) -> String;
    /// Says that the schedule has no further instant, and which was its last.
    fn ended(&self, last: Option<&str>) -> String;
}

fn tongue(language: Language) -> &'static dyn Tongue {
    match language {
        Language::English => &english::English,
        Language::Chinese => &chinese::Chinese,
    }
}

/// Returns what the user should know about a plan.
pub(super) fn warnings(plan: &Plan, language: Language) -> Vec<String> {
    let Plan::Cron(cron) = plan else { return Vec::new() };
    tongue(language).join_warning(cron.join).map(str::to_owned).into_iter().collect()
}

/// Returns a schedule in words.
pub(super) fn in_words(schedule: &Schedule, language: Language) -> String {
    let tongue = tongue(language);
    let words = match &schedule.plan {
        Plan::Cron(cron) => cron_in_words(cron, tongue),
        Plan::Every { period, anchor } => tongue.every(*period, *anchor),
        Plan::At(at) => tongue.once(&schedule.zone.local(*at)),
    };
    if schedule.names_zone { tongue.in_zone(words, schedule.zone.name()) } else { words }
}

fn cron_in_words(cron: &Cron, tongue: &dyn Tongue) -> String {
    let words = tongue.cron(&Days::of(cron), &Time::of(cron));
    if cron.spread { tongue.spread(words) } else { words }
}

/// Returns what changes of the clock after `from` do to a schedule; none where there are none, or none that matter.
pub(super) fn clock_changes(schedule: &Schedule, from: Timestamp, language: Language) -> Option<String> {
    let Plan::Cron(cron) = &schedule.plan else { return None };
    let changes = changes_after(&schedule.zone, from);
    changes.then(|| tongue(language).change(Change::of(schedule.dst, cron)).to_owned())
}

fn changes_after(zone: &Zone, from: Timestamp) -> bool {
    zone.segments().last().is_some_and(|last| last.start > from.as_seconds())
}

/// Returns that a schedule has no instant after `from`, with its last one; none while it has some.
pub(super) fn ended(schedule: &Schedule, from: Timestamp, language: Language) -> Option<String> {
    if schedule.next_after(from).is_some() {
        return None;
    }
    let last = schedule.last_within(Timestamp::MIN, from).map(|last| schedule.zone.local(last));
    Some(tongue(language).ended(last.as_deref()))
}

/// Returns notes about one run; none when there are none.
pub(super) fn notes(notes: &[Note], language: Language) -> Option<String> {
    let tongue = tongue(language);
    let told: Vec<String> = notes.iter().map(|note| tongue.note(note)).collect();
    (!told.is_empty()).then(|| tongue.notes(&told))
}
