//! What a thread can run: a preview 1 command or a preview 2 component, loaded into its engine and linked.
//!
//! Both are run in the same way, under the same bounds, and end in the same words; only how their beginning is
//! called differs. A component that says it failed (`wasi:cli/run` returns an error) has exited with 1, which is all
//! that its interface can say, unless it calls `exit-with-code`.
//!
//! Flow: `modules` (code) → `thread` → **`Linkers::link`** → `guest`.

use model::network::NetworkGrant;
use model::outcome::Stage;
use model::ports::StartError;
use model::quantity::ByteSize;
use wasmtime::component::{self, Component};
use wasmtime::{Engine, InstancePre, Linker, Module, Store};
use wasmtime_wasi::p2::bindings::CommandPre;

use super::classify::Fault;
use super::guest::Guest;
use super::sections::PAGE_BYTES;
use super::{preview1, preview2};

/// Machine code in an engine.
pub(super) enum Loaded {
    /// Of a core module.
    Module(Module),
    /// Of a component.
    Component(Component),
}

/// Something that can be run again and again.
#[derive(Clone)]
pub(super) enum Program {
    /// A preview 1 command.
    Command(InstancePre<Guest>),
    /// A component with `wasi:cli/run`.
    Component(CommandPre<Guest>),
}

/// Every function that a guest may call, for one engine.
pub(super) struct Linkers {
    command: Linker<Guest>,
    component: component::Linker<Guest>,
}

impl Linkers {
    /// Returns the functions of both previews.
    pub(super) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        let mut command = Linker::new(engine);
        preview1::add_to_linker(&mut command)?;
        let mut component = component::Linker::new(engine);
        preview2::add_to_linker(&mut component)?;
        Ok(Self { command, component })
    }

    /// Links what was loaded.
    ///
    /// # Errors
    /// When it imports what is not there, by name, or exports no beginning.
    pub(super) fn link(&self, loaded: &Loaded) -> wasmtime::Result<Program> {
        Ok(match loaded {
            Loaded::Module(module) => Program::Command(self.command.instantiate_pre(module)?),
            Loaded::Component(component) => {
                Program::Component(CommandPre::new(self.component.instantiate_pre(component)?)?)
            }
        })
    }
}

impl Program {
    /// Returns the engine that it is linked for.
    pub(super) fn engine(&self) -> &Engine {
        match self {
            Self::Command(pre) => pre.module().engine(),
            Self::Component(pre) => pre.engine(),
        }
    }

    /// Checks that it can begin with what its job gives it.
    ///
    /// # Errors
    /// The job's doing: it starts with more memory than its limit, or a core module is granted a network.
    pub(super) fn fits(&self, memory: ByteSize, network: &[NetworkGrant]) -> Result<(), StartError> {
        if let (Self::Command(_), Some(grant)) = (self, network.first()) {
            let message = format!(
                "`wasm.network` grants `{grant}`, but this is a preview 1 module, which cannot connect to anything\n\
                 hint: remove `wasm.network` from the job, or build a component (for Rust `wasm32-wasip2`)"
            );
            return Err(StartError::job(Stage::Grants, message));
        }
        let needs = self.first_memory();
        if needs > memory {
            let message =
                format!("the module starts with {needs} of memory, more than `limits.memory: {memory}`");
            return Err(StartError::job(Stage::Limits, message));
        }
        Ok(())
    }

    /// Returns what its largest memory starts with; the limit itself counts them together.
    fn first_memory(&self) -> ByteSize {
        let needs = match self {
            Self::Command(pre) => Some(pre.module().resources_required()),
            Self::Component(pre) => pre.instance_pre().component().resources_required(),
        };
        let pages = needs.and_then(|needs| needs.max_initial_memory_size).unwrap_or(0);
        ByteSize::from_bytes(pages.saturating_mul(PAGE_BYTES))
    }

    /// Runs it to its end and returns its exit code.
    pub(super) async fn call(&self, store: &mut Store<Guest>) -> Result<i32, Fault> {
        match self {
            Self::Command(pre) => {
                let instance = pre.instantiate_async(&mut *store).await.map_err(Fault::Instantiate)?;
                let start = instance.get_typed_func::<(), ()>(&mut *store, "_start");
                let start = start.map_err(Fault::Instantiate)?;
                start.call_async(&mut *store, ()).await.map_err(Fault::Call).map(|()| 0)
            }
            Self::Component(pre) => {
                let command = pre.instantiate_async(&mut *store).await.map_err(Fault::Instantiate)?;
                let ended = command.wasi_cli_run().call_run(&mut *store).await.map_err(Fault::Call)?;
                Ok(i32::from(ended.is_err()))
            }
        }
    }
}
