//! Reads and validates a core module's sections and keeps what the inspector judges.
//!
//! Not here: the judgement (`inspect`), which features are on (`features`).

use model::ports::Rejection;
use wasmparser::{
    Encoding, Export, ExternalKind, FuncValidatorAllocations, KnownCustom, Parser, Payload,
    ProducersSectionReader, ValidPayload, Validator, types::Types,
};

use super::{features, sniff};

/// Bytes of one page of linear memory.
pub(super) const PAGE_BYTES: u64 = 65_536;
/// Tools that a report names.
const PRODUCERS_MAX: usize = 16;
/// Characters of one tool's name and version.
const PRODUCER_CHARS_MAX: usize = 200;

/// What a module has to be run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// `_start`, as a command has it.
    Command,
    /// `_start`, but not `() -> ()`.
    WrongType,
    /// `_initialize` alone.
    Reactor,
    /// Neither.
    None,
}

/// A module's own memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Bytes that it starts with.
    pub(super) min: u64,
    /// True when it is exported as `memory`.
    pub(super) exported: bool,
}

/// What was found in a valid module.
#[derive(Debug)]
pub(super) struct Sections {
    /// Module and name of each import.
    pub(super) imports: Vec<(String, String)>,
    /// Names of the exports.
    pub(super) exports: Vec<String>,
    /// How it is run.
    pub(super) entry: Entry,
    /// Its memory, if it has one.
    pub(super) memory: Option<Memory>,
    /// Elements that each of its tables starts with.
    pub(super) tables: Vec<u64>,
    /// The tools that made it.
    pub(super) producers: Vec<String>,
}

impl Sections {
    /// Validates the whole module and returns what is in it.
    ///
    /// # Errors
    /// [`Rejection`] for a module that ends early, uses a feature that is off, or is not valid.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut reader = Reader {
            found: Self {
                imports: Vec::new(),
                exports: Vec::new(),
                entry: Entry::None,
                memory: None,
                tables: Vec::new(),
                producers: Vec::new(),
            },
            start: None,
            memory_exported: false,
        };
        let types = reader.read(bytes).map_err(|e| rejection(&e))?;
        Ok(reader.finish(&types))
    }
}

struct Reader {
    found: Sections,
    /// Index of the function exported as `_start`.
    start: Option<u32>,
    memory_exported: bool,
}

impl Reader {
    fn read(&mut self, bytes: &[u8]) -> wasmparser::Result<Types> {
        let mut validator = Validator::new_with_features(features::allowed());
        let mut allocations = FuncValidatorAllocations::default();
        let mut types = None;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) => {
                    let mut function = function.into_validator(allocations);
                    function.validate(&body)?;
                    allocations = function.into_allocations();
                }
                ValidPayload::End(found) => types = Some(found),
                _ => {}
            }
            self.note(&payload)?;
        }
        Ok(types.expect("a module that was read to its end has types"))
    }

    fn note(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::Version { encoding, .. } => {
                debug_assert_eq!(*encoding, Encoding::Module, "the first bytes were checked before");
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    self.found.imports.push((import.module.to_owned(), import.name.to_owned()));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let min = memory?.initial.saturating_mul(PAGE_BYTES);
                    self.found.memory = Some(Memory { min, exported: false });
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.found.tables.push(table?.ty.initial);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    self.note_export(&export?);
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Producers(producers) = section.as_known() {
                    self.found.producers = tools(producers);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn note_export(&mut self, export: &Export<'_>) {
        self.found.exports.push(export.name.to_owned());
        match (export.name, export.kind) {
            ("_start", ExternalKind::Func) => self.start = Some(export.index),
            ("_start", _) => self.found.entry = Entry::WrongType,
            ("_initialize", ExternalKind::Func) if self.found.entry == Entry::None => {
                self.found.entry = Entry::Reactor;
            }
            ("memory", ExternalKind::Memory) => self.memory_exported = true,
            _ => {}
        }
    }

    fn finish(mut self, types: &Types) -> Sections {
        if let Some(start) = self.start {
            let types = types.as_ref();
            let start = types[types.core_function_at(start)].unwrap_func();
            let plain = start.params().is_empty() && start.results().is_empty();
            self.found.entry = if plain { Entry::Command } else { Entry::WrongType };
        }
        if let Some(memory) = &mut self.found.memory {
            memory.exported = self.memory_exported;
        }
        self.found
    }
}

/// Returns the tools of a `producers` section as `language: Rust`; what cannot be read of it is left out.
fn tools(section: ProducersSectionReader<'_>) -> Vec<String> {
    let mut tools = Vec::new();
    for field in section.into_iter().flatten() {
        for tool in field.values.into_iter().flatten() {
            let text = format!("{}: {} {}", field.name, tool.name, tool.version);
            tools
                .push(text.trim_end().chars().filter(|c| !c.is_control()).take(PRODUCER_CHARS_MAX).collect());
            if tools.len() == PRODUCERS_MAX {
                return tools;
            }
        }
    }
    tools
}

fn rejection(error: &wasmparser::Error) -> Rejection {
    let (message, offset) = (error.message(), error.offset());
    if let Some(feature) = error.missing_wasm_feature() {
        return Rejection {
            code: "feature_off",
            message: format!(
                "the module uses {}, which is off here ({message} at byte {offset})\n\
                 hint: build without that feature",
                features::name(feature)
            ),
        };
    }
    if message.contains("unexpected end") {
        return sniff::truncated();
    }
    Rejection { code: "invalid", message: format!("the module is not valid: {message} at byte {offset}") }
}
