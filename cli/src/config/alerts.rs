//! `[alerts]`: where a master may send messages, and whose certificates it trusts for it.

use master::AlertOptions;
use model::fault::Faults;

use super::reach;
use super::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> AlertOptions {
    let allow = section.texts("allow", reach::net, faults);
    let ca = section.content("ca_file", faults).map(String::into_bytes);
    section.finish(faults);
    AlertOptions { allow, ca, ..AlertOptions::default() }
}
