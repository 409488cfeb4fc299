//! `[wasm]`: what WASI jobs may be granted.

use std::path::PathBuf;

use model::fault::Faults;

use super::section::Section;

/// Reads the section: the directories beneath which jobs may be granted directories.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Vec<PathBuf> {
    let roots = section.texts("roots", absolute, faults);
    section.finish(faults);
    roots
}

/// Reads a path that does not depend on where the process was started.
///
/// # Errors
/// When it does.
pub(super) fn absolute(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err(format!("must be an absolute path, got `{text}`")) }
}
