//! Reads and validates a program's sections, those of nested modules too, and keeps what the inspector judges.
//!
//! Bounded for every input: what could take more than a look at each byte (functions, locals, instances, nesting,
//! long signatures) is counted, and refused above its limit.
//!
//! Not here: the judgement (`inspect`), which features are on (`features`), which tools made it (`producers`).

use model::module::ModuleShape;
use model::ports::Rejection;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::{
    ComponentExternalKind, Encoding, Export, ExternalKind, FuncValidatorAllocations, FunctionBody,
    KnownCustom, Parser, Payload, TypeRef, ValidPayload, Validator, types::Types,
};

use super::imports::{self, Imported, RUN};
use super::{features, producers, sniff};

/// Bytes of one page of linear memory.
pub(super) const PAGE_BYTES: u64 = 65_536;
/// Functions of all modules of a program; large interpreters have a third of it.
pub(super) const FUNCTIONS_MAX: u32 = 100_000;
/// Local variables of all functions together: each costs the compiler, a few bytes declare thousands.
pub(super) const LOCALS_MAX: u64 = 5_000_000;
/// Parameters or results of one type: a jump table checks them once for each of its targets.
pub(super) const SIGNATURE_MAX: usize = 128;
/// Instances that a component makes of its parts: each is checked against the whole type of its part.
pub(super) const INSTANCES_MAX: u32 = 256;
/// Modules and components inside each other.
pub(super) const NESTING_MAX: usize = 16;

/// What a program has to be run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// What a command has: `_start`, or `run` of `wasi:cli/run`.
    Command,
    /// The right name, but not the right type.
    WrongType,
    /// `_initialize` alone.
    Reactor,
    /// The interface of an HTTP handler.
    Handler,
    /// Neither.
    None,
}

/// A module's own memory, or all those of a component's modules together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Bytes that it starts with.
    pub(super) min: u64,
    /// True when a core module exports it as `memory`.
    pub(super) exported: bool,
}

/// One import of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Import {
    /// Of a core module: from which module, under which name, and what.
    Core(String, String, Imported),
    /// Of a component: its full name.
    Component(String),
}

/// What was found in a valid program.
#[derive(Debug)]
pub(super) struct Sections {
    /// Core module or component.
    pub(super) shape: ModuleShape,
    /// Its imports.
    pub(super) imports: Vec<Import>,
    /// Names of its exports.
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
    /// Validates the whole program and returns what is in it.
    ///
    /// # Errors
    /// [`Rejection`] for one that ends early, uses a feature that is off, passes a limit, or is not valid.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut reader = Reader::new();
        let types = reader.read(bytes)?;
        Ok(reader.finish(&types))
    }
}

struct Reader {
    found: Sections,
    /// Modules and components around what is read.
    depth: usize,
    functions: u32,
    locals: u64,
    instances: u32,
    /// Index of the function exported as `_start`.
    start: Option<u32>,
    memory_exported: bool,
}

impl Reader {
    fn new() -> Self {
        let found = Sections {
            shape: ModuleShape::Core,
            imports: Vec::new(),
            exports: Vec::new(),
            entry: Entry::None,
            memory: None,
            tables: Vec::new(),
            producers: Vec::new(),
        };
        Self { found, depth: 0, functions: 0, locals: 0, instances: 0, start: None, memory_exported: false }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Types, Rejection> {
        let mut validator = Validator::new_with_features(features::allowed());
        let mut allocations = FuncValidatorAllocations::default();
        let mut types = None;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(invalid)?;
            // Counted before it is validated: the limits keep validation short.
            self.count(&payload)?;
            match validator.payload(&payload).map_err(invalid)? {
                ValidPayload::Func(function, body) => {
                    self.count_locals(&body)?;
                    let mut function = function.into_validator(allocations);
                    function.validate(&body).map_err(invalid)?;
                    allocations = function.into_allocations();
                }
                // The last end is that of the whole.
                ValidPayload::End(found) => types = Some(found),
                _ => {}
            }
            self.note(&payload).map_err(invalid)?;
        }
        Ok(types.expect("a program that was read to its end has types"))
    }

    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Rejection> {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } if self.depth >= NESTING_MAX => {
                too_many("modules and components inside each other", NESTING_MAX)
            }
            Payload::FunctionSection(section) => {
                self.functions = self.functions.saturating_add(section.count());
                if self.functions > FUNCTIONS_MAX {
                    return too_many("functions", FUNCTIONS_MAX);
                }
                Ok(())
            }
            Payload::InstanceSection(section) => self.count_instances(section.count()),
            Payload::ComponentInstanceSection(section) => self.count_instances(section.count()),
            Payload::TypeSection(section) => {
                // One that does not read is the validator's to refuse.
                let long = |function: &wasmparser::FuncType| {
                    function.params().len().max(function.results().len()) > SIGNATURE_MAX
                };
                if section.clone().into_iter_err_on_gc_types().map_while(Result::ok).any(|ty| long(&ty)) {
                    return too_many("parameters or results of one function type", SIGNATURE_MAX);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count_instances(&mut self, more: u32) -> Result<(), Rejection> {
        self.instances = self.instances.saturating_add(more);
        if self.instances > INSTANCES_MAX {
            too_many("instances of its parts", INSTANCES_MAX)
        } else {
            Ok(())
        }
    }

    fn count_locals(&mut self, body: &FunctionBody<'_>) -> Result<(), Rejection> {
        for group in body.get_locals_reader().map_err(invalid)? {
            let (count, _) = group.map_err(invalid)?;
            self.locals = self.locals.saturating_add(count.into());
        }
        if self.locals > LOCALS_MAX { too_many("local variables", LOCALS_MAX) } else { Ok(()) }
    }

    fn note(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } if self.depth == 0 => {
                self.found.shape = ModuleShape::Component;
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let min = memory?.initial.saturating_mul(PAGE_BYTES);
                    let before = self.found.memory.map_or(0, |memory| memory.min);
                    self.found.memory = Some(Memory { min: before.saturating_add(min), exported: false });
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.found.tables.push(table?.ty.initial);
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Producers(section) = section.as_known() {
                    producers::add(&mut self.found.producers, section);
                }
            }
            _ if self.depth == 0 => self.note_names(payload)?,
            _ => {}
        }
        Ok(())
    }

    /// Notes what the program itself imports and exports; what its parts do is between them.
    fn note_names(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    let imported = match import.ty {
                        // Its type is looked up at the end.
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => Imported::Function(String::new()),
                        TypeRef::Memory(_) => Imported::Other("a memory"),
                        TypeRef::Table(_) => Imported::Other("a table"),
                        TypeRef::Global(_) => Imported::Other("a global"),
                        TypeRef::Tag(_) => Imported::Other("a tag"),
                    };
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    self.found.imports.push(Import::Core(module, name, imported));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    self.note_export(&export?);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.found.imports.push(Import::Component(import?.name.full_name().into_owned()));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    let name = export.name.full_name();
                    if export.kind == ComponentExternalKind::Instance && imports::is_handler(&name) {
                        self.found.entry = Entry::Handler;
                    }
                    self.found.exports.push(name.into_owned());
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
        match self.found.shape {
            ModuleShape::Core => self.finish_core(types),
            ModuleShape::Component => self.finish_component(types),
        }
        self.found
    }

    fn finish_core(&mut self, types: &Types) {
        let types = types.as_ref();
        let function = |index| types[types.core_function_at(index)].unwrap_func();
        if let Some(start) = self.start {
            let start = function(start);
            let plain = start.params().is_empty() && start.results().is_empty();
            self.found.entry = if plain { Entry::Command } else { Entry::WrongType };
        }
        // Imported functions have the first indices, in their order.
        let mut index = 0;
        for import in &mut self.found.imports {
            if let Import::Core(_, _, Imported::Function(ty)) = import {
                *ty = imports::type_of(function(index));
                index += 1;
            }
        }
        if let Some(memory) = &mut self.found.memory {
            memory.exported = self.memory_exported;
        }
    }

    fn finish_component(&mut self, types: &Types) {
        let types = types.as_ref();
        let runs = self.found.exports.iter().find(|name| imports::interface(name) == Some(RUN));
        let Some(item) = runs.and_then(|name| types.component_item_for_export(name)) else { return };
        // `run: func() -> result`; what kind of result is the engine's to check.
        let plain = match item.ty {
            ComponentEntityType::Instance(instance) => {
                match types[instance].exports.get("run").map(|run| run.ty) {
                    Some(ComponentEntityType::Func(run)) => {
                        types[run].params.is_empty() && types[run].result.is_some() && !types[run].async_
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        self.found.entry = if plain { Entry::Command } else { Entry::WrongType };
    }
}

fn too_many<T>(what: &str, most: impl std::fmt::Display) -> Result<T, Rejection> {
    let message =
        format!("the module has more than {most} {what}: it would take too long to look into and to compile");
    Err(Rejection { code: "too_complex", message })
}

#[expect(clippy::needless_pass_by_value, reason = "taken as `map_err` gives it")]
fn invalid(error: wasmparser::Error) -> Rejection {
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
