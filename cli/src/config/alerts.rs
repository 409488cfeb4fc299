//! `[alerts]`: where a master may send messages, whose certificates it trusts for it, and how long it waits before it tells
//! that somebody is away.

use std::ops::RangeInclusive;

use master::AlertOptions;
use model::fault::Faults;
use model::time::Span;

use super::reach;
use super::section::Section;

/// How long somebody may be away before it is told.
const AWAY: RangeInclusive<Span> = Span::from_seconds(1)..=Span::from_days(1);

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> AlertOptions {
    let allow = section.texts("allow", reach::net, faults);
    let ca = section.content("ca_file", faults).map(String::into_bytes);
    let default = AlertOptions::default();
    let down_after = section
        .within("worker_down_after", AWAY, faults)
        .unwrap_or_else(|| section.default("worker_down_after", default.down_after));
    let trouble_after = section
        .within("store_trouble_after", AWAY, faults)
        .unwrap_or_else(|| section.default("store_trouble_after", default.trouble_after));
    section.finish(faults);
    AlertOptions { allow, ca, down_after, trouble_after, ..default }
}
