//! Looks into an uploaded module without running or compiling it: milliseconds, whatever its size.
//!
//! Everything that would keep a module from ever running is refused here, with a reason that its author can act
//! on: what it is not, what it needs that nobody offers, what it does not offer. The engine checks again.
//!
//! Flow: upload → **`Inspector`** → report kept with the module, or a refusal shown to the uploader.
//! Not here: reading the module's sections (`sections`), compiling (`compile`), a size limit on uploads (master).

use model::module::{ModuleReport, ModuleShape};
use model::ports::{ModuleInspector, Rejection};
use model::quantity::ByteSize;

use super::features::TABLE_ELEMENTS_MAX;
use super::imports::{self, PREVIEW_1};
use super::sections::{Entry, Memory, Sections};
use super::sniff;

/// Entries of a list that a report keeps; the rest is counted.
const LISTED_MAX: usize = 1000;
/// Unknown imports that one refusal names; the rest is counted.
const NAMED_MAX: usize = 8;

/// Looks into modules without running them.
#[derive(Debug, Clone)]
pub struct Inspector {
    memory_max: ByteSize,
}

impl Inspector {
    /// Returns an inspector that refuses modules which start with more memory than `memory_max`.
    pub fn new(memory_max: ByteSize) -> Self {
        Self { memory_max }
    }
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new(super::MEMORY_MAX)
    }
}

impl ModuleInspector for Inspector {
    fn inspect(&self, bytes: &[u8]) -> Result<ModuleReport, Rejection> {
        sniff::check(bytes)?;
        let sections = Sections::read(bytes)?;
        check_imports(&sections)?;
        check_entry(&sections)?;
        let memory_min = self.check_memory(&sections)?;
        check_tables(&sections)?;
        Ok(ModuleReport {
            shape: ModuleShape::Core,
            imports: listed(
                sections.imports.iter().map(|(module, name)| format!("{module}::{name}")).collect(),
            ),
            exports: listed(sections.exports),
            memory_min,
            producers: sections.producers,
        })
    }
}

impl Inspector {
    fn check_memory(&self, sections: &Sections) -> Result<ByteSize, Rejection> {
        let Some(Memory { min, exported }) = sections.memory else {
            return reject(
                "no_memory",
                "the module has no memory\nhint: a WASI program exports one as `memory`",
            );
        };
        if !exported {
            return reject(
                "no_memory",
                "the module does not export its memory as `memory`, so it could not print a line\n\
                 hint: link it with `--export-memory`",
            );
        }
        let min = ByteSize::from_bytes(min);
        if min > self.memory_max {
            let message =
                format!("the module starts with {min} of memory, more than the {} allowed", self.memory_max);
            return reject("memory_too_large", message);
        }
        Ok(min)
    }
}

fn check_imports(sections: &Sections) -> Result<(), Rejection> {
    let unknown: Vec<_> =
        sections.imports.iter().filter(|(module, name)| !imports::is_known(module, name)).collect();
    let Some((first, _)) = unknown.first() else { return Ok(()) };
    let mut names: Vec<String> =
        unknown.iter().take(NAMED_MAX).map(|(module, name)| format!("`{}`", shown(module, name))).collect();
    if unknown.len() > NAMED_MAX {
        names.push(format!("{} more", unknown.len() - NAMED_MAX));
    }
    let message = format!(
        "the module imports {}, which nobody offers it: only the functions of `{PREVIEW_1}` are there\nhint: {}",
        names.join(", "),
        imports::hint(first)
    );
    reject("unknown_import", message)
}

fn check_entry(sections: &Sections) -> Result<(), Rejection> {
    match sections.entry {
        Entry::Command => Ok(()),
        Entry::WrongType => reject(
            "no_start",
            "the module's `_start` is not a function without parameters and results, so it is no command",
        ),
        Entry::Reactor => reject(
            "reactor",
            "this is a reactor, not a command: it exports `_initialize` and waits to be called\n\
             hint: build a program with a `main` (for Rust a binary, not a `cdylib`)",
        ),
        Entry::None => reject(
            "no_start",
            "the module exports no `_start`, so there is nothing to run\n\
             hint: build a program with a `main` for `wasm32-wasip1`",
        ),
    }
}

fn check_tables(sections: &Sections) -> Result<(), Rejection> {
    let most = u64::from(TABLE_ELEMENTS_MAX);
    match sections.tables.iter().find(|elements| **elements > most) {
        Some(elements) => reject(
            "table_too_large",
            format!("the module has a table of {elements} elements, more than {most}"),
        ),
        None => Ok(()),
    }
}

/// Sorts a list and cuts it to what a report keeps.
fn listed(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(LISTED_MAX);
    names.truncate(LISTED_MAX);
    if more > 0 {
        names.push(format!("… and {more} more"));
    }
    names
}

/// Returns `module::name` as it may stand in a message: without control characters and not endless.
fn shown(module: &str, name: &str) -> String {
    let text = format!("{module}::{name}").escape_debug().to_string();
    if text.chars().count() > 120 {
        format!("{}…", text.chars().take(120).collect::<String>())
    } else {
        text
    }
}

fn reject<T>(code: &'static str, message: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection { code, message: message.into() })
}
