//! Looks into an uploaded program without running or compiling it: milliseconds, as it reads each byte once.
//!
//! Everything that would keep a program from ever running is refused here, with a reason that its author can act
//! on: what it is not, what it needs that nobody offers, what it does not offer. The engine checks again.
//!
//! Flow: upload → **`Inspector`** → report kept with the module, or a refusal shown to the uploader.
//! Not here: reading the sections (`sections`), compiling, a size limit on uploads (master).

use model::module::{ModuleReport, ModuleShape};
use model::ports::{ModuleInspector, Rejection};
use model::quantity::ByteSize;

use super::features::TABLE_ELEMENTS_MAX;
use super::imports::{self, Imported, PREVIEW_1, Wrong};
use super::sections::{Entry, Import, Memory, Sections};
use super::sniff;

/// Entries of a list that a report keeps; the rest is counted.
const LISTED_MAX: usize = 1000;
/// Imports that one refusal names; the rest is counted.
const NAMED_MAX: usize = 8;
/// Characters of a name in a message.
const NAME_CHARS_MAX: usize = 120;
/// Characters of a name in a report. Names of real programs are shorter.
const LISTED_CHARS_MAX: usize = 200;

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
            shape: sections.shape,
            imports: listed(sections.imports.iter().map(name_of).collect()),
            exports: listed(sections.exports),
            memory_min,
            producers: sections.producers,
        })
    }
}

impl Inspector {
    fn check_memory(&self, sections: &Sections) -> Result<ByteSize, Rejection> {
        let core = sections.shape == ModuleShape::Core;
        match sections.memory {
            None if core => {
                return reject(
                    "no_memory",
                    "the module has no memory\nhint: a WASI program exports one as `memory`",
                );
            }
            Some(Memory { exported: false, .. }) if core => {
                return reject(
                    "no_memory",
                    "the module does not export its memory as `memory`, so it could not print a line\n\
                     hint: link it with `--export-memory`",
                );
            }
            _ => {}
        }
        let min = ByteSize::from_bytes(sections.memory.map_or(0, |memory| memory.min));
        if min > self.memory_max {
            let message =
                format!("the module starts with {min} of memory, more than the {} allowed", self.memory_max);
            return reject("memory_too_large", message);
        }
        Ok(min)
    }
}

fn check_imports(sections: &Sections) -> Result<(), Rejection> {
    let mut unknown: Vec<&Import> = Vec::new();
    let mut wrong = Vec::new();
    for import in &sections.imports {
        match import {
            Import::Core(module, name, imported) => match imports::check(module, name, imported) {
                Ok(()) => {}
                Err(Wrong::Unknown) => unknown.push(import),
                Err(Wrong::Type(offered)) => wrong.push(mistyped(import, imported, &offered)),
            },
            Import::Component(name) if imports::is_interface(name) => {}
            Import::Component(_) => unknown.push(import),
        }
    }
    if let Some(first) = unknown.first() {
        return reject("unknown_import", not_offered(&unknown, first));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the module imports {}\nhint: it was built against another WASI; build with a current toolchain",
        enumerated(wrong.into_iter())
    );
    reject("wrong_import_type", message)
}

fn not_offered(unknown: &[&Import], first: &Import) -> String {
    let names = enumerated(unknown.iter().map(|import| format!("`{}`", shown(&name_of(import)))));
    let (module, offered) = match first {
        Import::Core(module, ..) => (module, format!("only the functions of `{PREVIEW_1}` are there")),
        Import::Component(name) => (name, "only the interfaces of WASI preview 2 are there".to_owned()),
    };
    format!("the module imports {names}, which nobody offers it: {offered}\nhint: {}", imports::hint(module))
}

fn mistyped(import: &Import, imported: &Imported, offered: &str) -> String {
    let name = shown(&name_of(import));
    match imported {
        Imported::Function(ty) => format!("`{name}` as a function `{ty}`, which is `{offered}`"),
        Imported::Other(what) => format!("`{name}` as {what}, which is a function `{offered}`"),
    }
}

/// Returns the first names of a list, and how many there are more.
fn enumerated(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let mut named: Vec<String> = names.take(NAMED_MAX).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    named.join(", ")
}

fn check_entry(sections: &Sections) -> Result<(), Rejection> {
    let (code, message) = match (sections.entry, sections.shape) {
        (Entry::Command, _) => return Ok(()),
        (Entry::WrongType, ModuleShape::Core) => (
            "no_start",
            "the module's `_start` is not a function without parameters and results, so it is no command",
        ),
        (Entry::WrongType, ModuleShape::Component) => (
            "no_run",
            "the component's `wasi:cli/run` has no function `run` without parameters and with a result, so it is no \
             command",
        ),
        (Entry::Reactor, _) => (
            "reactor",
            "this is a reactor, not a command: it exports `_initialize` and waits to be called\n\
             hint: build a program with a `main` (for Rust a binary, not a `cdylib`)",
        ),
        (Entry::Handler, _) => (
            "http_handler",
            "this is an HTTP handler, not a command: it exports `wasi:http/incoming-handler` and waits to be called\n\
             hint: build a program with a `main`, which exports `wasi:cli/run`",
        ),
        (Entry::None, ModuleShape::Core) => (
            "no_start",
            "the module exports no `_start`, so there is nothing to run\n\
             hint: build a program with a `main` for `wasm32-wasip1`",
        ),
        (Entry::None, ModuleShape::Component) => (
            "no_run",
            "the component exports no `wasi:cli/run` of version 0.2, so there is nothing to run\n\
             hint: build a program with a `main` for `wasm32-wasip2`",
        ),
    };
    reject(code, message)
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
    for name in &mut names {
        *name = cut(name, LISTED_CHARS_MAX);
    }
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(LISTED_MAX);
    names.truncate(LISTED_MAX);
    if more > 0 {
        names.push(format!("… and {more} more"));
    }
    names
}

/// Returns an import as people write it: `module::name`, or the name of an interface.
fn name_of(import: &Import) -> String {
    match import {
        Import::Core(module, name, _) => format!("{module}::{name}"),
        Import::Component(name) => name.clone(),
    }
}

/// Returns a name as it may stand in a message.
fn shown(name: &str) -> String {
    cut(name, NAME_CHARS_MAX)
}

/// Returns a name without control characters and not endless: whoever made the file chose it.
fn cut(name: &str, chars_max: usize) -> String {
    // Only so much is looked at; what is left of it may become longer by its escapes.
    let text: String = name.chars().take(chars_max + 1).collect::<String>().escape_debug().to_string();
    if text.chars().count() > chars_max {
        format!("{}…", text.chars().take(chars_max).collect::<String>())
    } else {
        text
    }
}

fn reject<T>(code: &'static str, message: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection { code, message: message.into() })
}
