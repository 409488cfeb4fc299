//! Which tools made a module, by its `producers` sections.
//!
//! Whoever makes a file can write anything there: it is cut short, control characters go, and nothing depends on it.

use wasmparser::ProducersSectionReader;

/// Tools that a report names.
const PRODUCERS_MAX: usize = 16;
/// Characters of one tool's name and version.
const PRODUCER_CHARS_MAX: usize = 200;

/// Adds the tools of a section as `language: Rust`, each once; what cannot be read of it is left out.
pub(super) fn add(tools: &mut Vec<String>, section: ProducersSectionReader<'_>) {
    for field in section.into_iter().flatten() {
        for tool in field.values.into_iter().flatten() {
            if tools.len() == PRODUCERS_MAX {
                return;
            }
            let text = format!("{}: {} {}", field.name, tool.name, tool.version);
            let text: String =
                text.trim_end().chars().filter(|c| !c.is_control()).take(PRODUCER_CHARS_MAX).collect();
            if !tools.contains(&text) {
                tools.push(text);
            }
        }
    }
}
