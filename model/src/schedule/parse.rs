//! From the text to a plan: which kind of schedule it is, and its zone.
//!
//! Flow: `Source` → **`parse`** → `fields` → `Plan`. Goes on after a fault, so that all are told at once.
//!
//! Not here: the fields of a cron expression (`fields`), and when the plan is due (`eval`).

use super::cron::{Cron, Join};
use super::eval::{self, Change};
use super::foreign;
use super::hint::{MACROS, macro_hint};
use super::item::Reader;
use super::lookalike::{self, Mended};
use super::slip::Slips;
use super::token::{Part, words};
use super::zone::{FIRST, Zone, ZoneRef, nearest_name};
use super::{Plan, Source};
use crate::fault::{Faults, Sentence};
use crate::sentence;
use crate::time::{Span, Timestamp};

/// The most bytes of a schedule: enough for a list of every year.
const TEXT_BYTES_MAX: usize = 1_280;
/// The shortest period of `@every`.
const PERIOD_MIN: Span = Span::from_seconds(1);

/// What a text says.
pub(super) struct Parsed {
    /// When it runs.
    pub plan: Plan,
    /// In which zone.
    pub zone: ZoneRef,
    /// True when the text itself names the zone.
    pub names_zone: bool,
}

/// Returns what a source says.
pub(super) fn parse(source: Source<'_>) -> Result<Parsed, Faults> {
    let mut slips = Slips::new(source.text);
    if source.text.len() > TEXT_BYTES_MAX {
        let message = sentence!("has {} bytes, at most {} are allowed", source.text.len(), TEXT_BYTES_MAX);
        slips.push_plain("schedule", message, None);
        return Err(slips.into_faults());
    }
    if let Some(mended) = lookalike::mended(source.text) {
        return Err(looks_like(slips, &mended, source));
    }
    let words = words(source.text);
    let named = words.first().and_then(|word| word.without_prefix("CRON_TZ="));
    let (zone, words) = match named {
        Some(name) => (zone_in_text(&mut slips, name), &words[1..]),
        None => (zone_of_job(&mut slips, source.timezone), &words[..]),
    };
    let mut reader = Reader { slips, seed: source.seed, weekdays: source.weekdays, spread: false };
    let plan = match words.first() {
        Some(word) if word.without_prefix("TZ=").is_some() => {
            reader.slips.add_with_hint(
                word.span(),
                sentence!("`TZ=` is not known here"),
                sentence!("write `CRON_TZ=Zone` or set the time zone"),
            );
            None
        }
        Some(word) if word.text.starts_with('@') => reader.named(words, source.anchor),
        _ if reader.foreign(source.text, words) => None,
        _ => reader.cron(words).map(Plan::Cron),
    };
    let mut slips = reader.slips;
    if let (Some(Plan::Cron(cron)), Some(zone)) = (&plan, &zone) {
        let change = Change::of(source.dst, cron);
        if eval::next_after(cron, zone, change, FIRST - 1).is_none() {
            never_fires(&mut slips, words, cron);
        }
    }
    match (plan, zone) {
        (Some(plan), Some(zone)) => {
            slips.into_faults().into_result(Parsed { plan, zone, names_zone: named.is_some() })
        }
        _ => Err(slips.into_faults()),
    }
}

/// Returns the faults of a text whose letters only look right, together with those of what was meant.
fn looks_like(mut slips: Slips<'_>, mended: &Mended, source: Source<'_>) -> Faults {
    let letters = mended
        .letters
        .iter()
        .map(|(letter, meant)| match meant {
            Some(meant) => sentence!("{} only looks like `{}`", lookalike::name(*letter), meant),
            None => sentence!("{} is no letter of a schedule", lookalike::name(*letter)),
        })
        .reduce(|all, letter| sentence!("{}, {}", all, letter));
    let hint = sentence!("write `{}`", mended.text.trim());
    slips.add_at(&mended.places, letters.expect("a text is mended by a letter at least"), hint);
    let mut faults = slips.into_faults();
    if let Err(more) = parse(Source { text: &mended.text, ..source }) {
        more.into_vec().into_iter().for_each(|fault| faults.push(fault));
    }
    faults
}

fn zone_of_job(slips: &mut Slips<'_>, name: &str) -> Option<ZoneRef> {
    Zone::find(name).or_else(|| {
        slips.push_plain("timezone", unknown_zone(name), zone_hint(name));
        None
    })
}

fn zone_in_text(slips: &mut Slips<'_>, name: Part<'_>) -> Option<ZoneRef> {
    Zone::find(name.text).or_else(|| {
        match zone_hint(name.text) {
            Some(hint) => slips.add_with_hint(name.span(), unknown_zone(name.text), hint),
            None => slips.add(name.span(), unknown_zone(name.text)),
        }
        None
    })
}

fn unknown_zone(name: &str) -> Sentence {
    sentence!("`{}` is not a time zone of the IANA data", name.escape_debug())
}

fn zone_hint(name: &str) -> Option<Sentence> {
    match nearest_name(name) {
        Some(near) => Some(sentence!("did you mean `{}`?", near)),
        None if name.starts_with(['+', '-']) => {
            Some(sentence!("an offset is not a zone; name one like `Europe/Berlin`"))
        }
        None => Some(sentence!("a zone has a name like `Europe/Berlin` or `UTC`")),
    }
}

fn never_fires(slips: &mut Slips<'_>, words: &[Part<'_>], cron: &Cron) {
    let least = cron.days.trailing_zeros();
    let longest = [(31, 0b1_0101_1010_1010), (30, 0b0_1010_0101_0000), (29, 0b100)]
        .into_iter()
        .find(|(_, months)| cron.months & months != 0)
        .map_or(31, |(days, _)| days);
    let reason = if cron.is_plain() && cron.join != Join::Either && least > longest {
        sentence!("no month that it names has a day {}", least)
    } else {
        sentence!("no time from 1970 to 2200 matches all of its fields")
    };
    let (from, to) = (words[0].at, words[words.len() - 1].span().end);
    slips.add(from..to, sentence!("never fires: {}", reason));
}

impl Reader<'_> {
    /// Tells what is wrong with a text that is written for something else; false for all others.
    fn foreign(&mut self, text: &str, words: &[Part<'_>]) -> bool {
        let Some(found) = foreign::foreign(text, words) else { return false };
        self.slips.add_with_hint(found.span, found.message, found.hint);
        true
    }

    /// Reads what begins with `@`.
    fn named(&mut self, words: &[Part<'_>], anchor: Timestamp) -> Option<Plan> {
        let (name, rest) = words.split_first()?;
        if name.is("@every") {
            return self.every(*name, rest).map(|period| Plan::Every { period, anchor });
        }
        if name.is("@at") {
            return self.at(*name, rest).map(Plan::At);
        }
        if let Some(extra) = rest.first() {
            let end = rest[rest.len() - 1].span().end;
            let hint = sentence!("a command stands in `shell.script`");
            self.slips.add_with_hint(extra.at..end, sentence!("nothing may follow `{}`", name.text), hint);
        }
        if ["@reboot", "@boot", "@startup"].iter().any(|known| name.is(known)) {
            let message = sentence!(
                "`{}` is not supported: a fleet has no one reboot, and a restart of a worker is no tick",
                name.text
            );
            let hint = sentence!(
                "start it by the host's own service manager, or run the job by hand or through the API"
            );
            self.slips.add_with_hint(name.span(), message, hint);
            return None;
        }
        match MACROS.iter().find(|(known, _)| name.is(known)) {
            Some((_, fields)) => self.cron(&super::token::words(fields)).map(Plan::Cron),
            None => {
                let message = sentence!("`{}` is not known", name.text);
                self.slips.add_with_hint(name.span(), message, macro_hint(name.text));
                None
            }
        }
    }

    fn every(&mut self, name: Part<'_>, rest: &[Part<'_>]) -> Option<Span> {
        let Some((span, text)) = self.joined(rest) else {
            let hint = sentence!("write how often: `@every 90s`, `@every 1h30m`");
            self.slips.add_with_hint(name.span(), sentence!("`@every` has no length of time"), hint);
            return None;
        };
        match text.parse::<Span>() {
            Ok(period) if period >= PERIOD_MIN => return Some(period),
            Ok(period) => {
                self.slips.add(span, sentence!("`@every` takes at least {}, got `{}`", PERIOD_MIN, period));
            }
            Err(invalid) => {
                let message = sentence!("`@every`: {}", Sentence::from(invalid));
                match every_hint(&text) {
                    Some(hint) => self.slips.add_with_hint(span, message, hint),
                    None => self.slips.add(span, message),
                }
            }
        }
        None
    }

    fn at(&mut self, name: Part<'_>, rest: &[Part<'_>]) -> Option<Timestamp> {
        let Some((span, text)) = self.joined(rest) else {
            let hint = sentence!("write when: `@at 2026-12-01T09:00:00+01:00`");
            self.slips.add_with_hint(name.span(), sentence!("`@at` has no instant"), hint);
            return None;
        };
        match text.parse::<Timestamp>() {
            Ok(at) => Some(at),
            Err(invalid) => {
                let hint = sentence!("an instant has an offset: `Z` or `+01:00`");
                self.slips.add_with_hint(span, sentence!("`@at`: {}", Sentence::from(invalid)), hint);
                None
            }
        }
    }

    fn joined(&self, words: &[Part<'_>]) -> Option<(std::ops::Range<usize>, String)> {
        let (first, last) = (words.first()?, words.last()?);
        let text = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
        Some((first.at..last.span().end, text))
    }
}

/// Returns what to write instead of a length of time that does not read.
fn every_hint(text: &str) -> Option<Sentence> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(sentence!("a number needs its unit: `@every {}s`, `@every {}m`", text, text));
    }
    match foreign::period(text) {
        Some(period) => Some(sentence!("write `@every {}`", period)),
        None if text.contains("month") => Some(sentence!("months differ in length; write `@monthly`")),
        None if text.contains("year") => Some(sentence!("years differ in length; write `@yearly`")),
        None => None,
    }
}
