//! Compiles a module within bounds: in a process that is killed when it takes too long, or here where there is none.
//!
//! The bounds grow with the module, and a module that goes beyond them is its uploader's affair: the job is told which
//! bound it was. One module is compiled at a time; that is `modules`' to see to.
//!
//! Flow: `modules` → **`Compiler`** → `host::compile` in a process of its own → the code's bytes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::outcome::Stage;
use model::ports::StartError;
use model::quantity::ByteSize;
use wasmtime::Engine;

use super::CompileBounds;
use super::host::{Confinement, FromHost, Process, Task, words};
use super::sealed::{blank, sealed};
use crate::InnerCommand;

/// How often a compilation is asked whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Most code for each byte of a module; it is eight for small ones and less for large ones.
const GROWTH_MAX: u64 = 64;
/// Most code of a module of any size, beside that.
const CODE_BYTES_BASE: u64 = 16 << 20;

/// Compiles modules.
pub(super) struct Compiler {
    pub(super) engine: Engine,
    process: Option<(InnerCommand, Confinement)>,
    bounds: CompileBounds,
    /// True once nobody wants the result any more.
    pub(super) stopped: Arc<AtomicBool>,
}

impl Compiler {
    /// Returns a compiler in processes that are started so and give up so much; without, one in this process, which
    /// holds no bounds.
    pub(super) fn new(
        engine: Engine,
        process: Option<(InnerCommand, Confinement)>,
        bounds: CompileBounds,
    ) -> Self {
        Self { engine, process, bounds, stopped: Arc::default() }
    }

    /// Returns the code of a module. Blocks for as long as the bounds allow.
    ///
    /// # Errors
    /// The job's doing where the module cannot be compiled or not within its bounds; else the worker's.
    pub(super) fn compile(&self, module: &[u8]) -> Result<Vec<u8>, StartError> {
        match &self.process {
            None => precompile(&self.engine, module).map_err(|e| not_compiled(&format!("{e:#}"))),
            Some((command, confinement)) => self.compile_apart(command, confinement, module),
        }
    }

    fn compile_apart(
        &self,
        command: &InnerCommand,
        confinement: &Confinement,
        module: &[u8],
    ) -> Result<Vec<u8>, StartError> {
        let failed = |e: io::Error| {
            StartError::worker(Stage::Module, format!("failed to have the module compiled: {e}"))
        };
        let bounds = self.bounds.of(module.len());
        let confinement = confinement.clone().within(bounds.memory.as_bytes(), bounds.cpu.as_secs().max(1));
        let source = sealed("module", module).map_err(failed)?;
        let code = blank("code").map_err(failed)?;
        let fds = [source.as_fd(), code.as_fd()];
        let mut process = Process::start(command, confinement, Task::Compile, &fds).map_err(failed)?;
        match self.hear(&process, bounds.wall).map_err(failed)? {
            Heard::Said(FromHost::Compiled) => {
                // Gone before its result is read: nothing of it writes any more.
                process.kill().map_err(failed)?;
                read(code, module.len() as u64).map_err(failed)
            }
            Heard::Said(FromHost::NotCompiled { why }) => Err(not_compiled(&why)),
            Heard::Said(FromHost::Unfit { why }) => Err(failed(io::Error::other(why))),
            Heard::Said(_) => Err(failed(io::Error::other("the compiler said something else"))),
            Heard::Gone => {
                let how = words(process.kill());
                Err(StartError::job(
                    Stage::Module,
                    format!("the compiler of the module {how}\n{}", bounds.hint()),
                ))
            }
            Heard::Late => Err(StartError::job(
                Stage::Module,
                format!("the module was not compiled within {:?}\n{}", bounds.wall, bounds.hint()),
            )),
            Heard::Unwanted => {
                Err(StartError::worker(Stage::Module, "the sandbox for modules is shutting down"))
            }
        }
    }

    fn hear(&self, process: &Process, within: Duration) -> io::Result<Heard> {
        let deadline = Instant::now() + within;
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(Heard::Unwanted);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match process.hear(left.min(LOOK_EVERY)) {
                Ok(Some(said)) => return Ok(Heard::Said(said)),
                Ok(None) if left.is_zero() => return Ok(Heard::Late),
                Ok(None) => {}
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(Heard::Gone),
                Err(e) => return Err(e),
            }
        }
    }
}

enum Heard {
    Said(FromHost),
    Gone,
    Late,
    Unwanted,
}

/// The bounds of one compilation.
pub(super) struct Bounds {
    cpu: Duration,
    wall: Duration,
    memory: ByteSize,
    module: ByteSize,
}

impl CompileBounds {
    /// Returns the bounds for a module of so many bytes.
    fn of(&self, module: usize) -> Bounds {
        let module = module as u64;
        let mib = u32::try_from(module.div_ceil(1 << 20)).unwrap_or(u32::MAX);
        let cpu = self.cpu_base.saturating_add(self.cpu_per_mib.saturating_mul(mib));
        let memory = self.memory_base.as_bytes().saturating_add(module.saturating_mul(self.memory_per_byte));
        Bounds {
            cpu,
            wall: cpu.saturating_mul(self.wall_per_cpu),
            memory: ByteSize::from_bytes(memory),
            module: ByteSize::from_bytes(module),
        }
    }
}

impl Bounds {
    fn hint(&self) -> String {
        let Self { cpu, wall, memory, module } = self;
        format!(
            "hint: a module of {module} is compiled within {cpu:?} of processor time, {wall:?} and {memory} of memory; \
             build it smaller"
        )
    }
}

/// Returns the code of a module or of a component, for engines that are set up as this one.
///
/// # Errors
/// Why it cannot be compiled.
pub(super) fn precompile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
    if is_component(bytes) { engine.precompile_component(bytes) } else { engine.precompile_module(bytes) }
}

/// The layer in the fifth to eighth byte tells a component from a core module.
fn is_component(bytes: &[u8]) -> bool {
    bytes.get(6) == Some(&1)
}

fn not_compiled(why: &str) -> StartError {
    StartError::job(Stage::Module, format!("the module cannot be compiled: {why}"))
}

fn read(mut code: File, module: u64) -> io::Result<Vec<u8>> {
    let most = CODE_BYTES_BASE.saturating_add(module.saturating_mul(GROWTH_MAX));
    let length = code.metadata()?.len();
    if length > most {
        return Err(io::Error::other(format!("{length} bytes of code are more than {most}")));
    }
    let mut bytes = Vec::new();
    code.rewind()?;
    code.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
