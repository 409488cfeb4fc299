//! Fetches modules by digest and compiles each once, one at a time.
//!
//! Compiling cannot be stopped and takes seconds for a large module: it happens on a blocking thread, within a
//! size limit, never twice at once. The code goes to the threads' engines as bytes that never leave this process.
//!
//! Flow: `executor` → **`Modules`** (blobs → inspector → compiler → kept code) → `thread` loads it.
//! Not here: code on disk, a compiler process of its own.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::id::Digest;
use model::outcome::Stage;
use model::ports::{Blobs, ModuleInspector as _, StartError};
use model::quantity::ByteSize;
use wasmtime::{Engine, Module};

use super::inspect::Inspector;
use super::lru::Lru;

/// A module's machine code.
pub(super) struct Code {
    /// The name under which the module was uploaded; empty when nobody knows it.
    pub(super) name: String,
    /// Invariant: made by `Engine::precompile_module` in this process and never written since.
    bytes: Vec<u8>,
}

impl Code {
    /// Returns how much memory the code takes.
    pub(super) fn weight(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Loads the code into the engine of one thread.
    #[expect(unsafe_code, reason = "code that was compiled for one engine can enter another only this way")]
    pub(super) fn load(&self, engine: &Engine) -> wasmtime::Result<Module> {
        // SAFETY: the bytes are what this process' own compiler made of a validated module (see the invariant of
        // `bytes`); the engine checks that its configuration fits.
        unsafe { Module::deserialize(engine, &self.bytes) }
    }
}

/// Compiled modules by digest.
pub(super) struct Modules {
    blobs: Arc<dyn Blobs>,
    inspector: Inspector,
    compiler: Engine,
    module_bytes_max: ByteSize,
    kept: Arc<Mutex<Lru<Digest, Arc<Code>>>>,
    /// Held while one module is compiled.
    compiling: Arc<tokio::sync::Mutex<()>>,
}

impl Modules {
    /// Returns an empty store of code.
    pub(super) fn new(blobs: Arc<dyn Blobs>, compiler: Engine, options: &super::Options) -> Self {
        Self {
            blobs,
            inspector: Inspector::new(options.memory_max),
            compiler,
            module_bytes_max: options.module_bytes_max,
            kept: Arc::new(Mutex::new(Lru::new(options.code_bytes_max.as_bytes()))),
            compiling: Arc::default(),
        }
    }

    /// Returns the code of a module, compiled now if it was not before. Cancel-safe: a compilation that has begun
    /// goes on and its result is kept.
    ///
    /// # Errors
    /// The worker's doing where the module could not be fetched, the job's where it is not there or cannot run.
    pub(super) async fn code(&self, digest: &Digest) -> Result<Arc<Code>, StartError> {
        if let Some(code) = self.kept(digest) {
            return Ok(code);
        }
        let turn = self.compiling.clone().lock_owned().await;
        if let Some(code) = self.kept(digest) {
            return Ok(code);
        }
        let (name, bytes) = self.fetch(digest).await?;
        let (compiler, inspector) = (self.compiler.clone(), self.inspector.clone());
        let (kept, digest) = (self.kept.clone(), digest.clone());
        let compiled = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let code = Arc::new(Code { name, bytes: compile(&compiler, &inspector, &digest, &bytes)? });
            kept.lock().unwrap_or_else(PoisonError::into_inner).put(digest, code.clone(), code.weight());
            Ok(code)
        });
        compiled.await.unwrap_or_else(|e| {
            Err(StartError::job(Stage::Module, format!("the compiler failed on this module: {e}")))
        })
    }

    fn kept(&self, digest: &Digest) -> Option<Arc<Code>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(digest)
    }

    /// Returns a module's name and bytes.
    async fn fetch(&self, digest: &Digest) -> Result<(String, Bytes), StartError> {
        let away = |e| StartError::worker(Stage::Module, format!("failed to fetch module `{digest}`: {e}"));
        let missing = || {
            let hint = "hint: upload it again, or name another module in the job";
            StartError::job(Stage::Module, format!("there is no module `{digest}`\n{hint}"))
        };
        let known = self.blobs.module(digest).await.map_err(away)?.ok_or_else(missing)?;
        if known.size > self.module_bytes_max {
            let (size, most) = (known.size, self.module_bytes_max);
            return Err(StartError::job(
                Stage::Module,
                format!("the module has {size}; this worker compiles modules up to {most}"),
            ));
        }
        let bytes = self.blobs.bytes(digest).await.map_err(away)?.ok_or_else(missing)?;
        Ok((known.name, bytes))
    }
}

fn compile(
    compiler: &Engine,
    inspector: &Inspector,
    digest: &Digest,
    bytes: &[u8],
) -> Result<Vec<u8>, StartError> {
    if Digest::of(bytes) != *digest {
        let message = format!("the bytes of module `{digest}` do not match its digest");
        return Err(StartError::worker(Stage::Module, message));
    }
    inspector.inspect(bytes).map_err(|refused| StartError::job(Stage::Module, refused.message))?;
    compiler
        .precompile_module(bytes)
        .map_err(|e| StartError::job(Stage::Module, format!("the module cannot be compiled: {e:#}")))
}
