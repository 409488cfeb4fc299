//! Fetches modules by digest and compiles each once, one at a time.
//!
//! Code that is in memory is handed out at once; code on disk is checked and then kept in memory; what is neither is
//! fetched, looked into, and compiled, never two at once.
//!
//! Flow: `executor` → **`Modules`** (memory → `cache` → blobs → inspector → `compiler` → `cache`) → `Code`.

use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::id::Digest;
use model::outcome::Stage;
use model::ports::{Blobs, Clock, ModuleInspector as _, StartError};
use model::quantity::ByteSize;
use tokio::task::spawn_blocking;

use super::cache::Cache;
use super::code::Code;
use super::compiler::Compiler;
use super::inspect::Inspector;
use super::lru::Lru;
use super::sealed::sealed;

/// Compiled modules by digest. Dropped, it ends a compilation that is under way.
pub(super) struct Modules {
    blobs: Arc<dyn Blobs>,
    module_bytes_max: ByteSize,
    shop: Arc<Shop>,
    /// Held while one module is compiled.
    compiling: Arc<tokio::sync::Mutex<()>>,
}

/// What works on threads that may wait.
struct Shop {
    inspector: Inspector,
    compiler: Compiler,
    cache: Option<Cache>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Lru<Digest, Arc<Code>>>,
}

impl Modules {
    /// Returns the modules of `blobs`, with an empty memory.
    pub(super) fn new(
        blobs: Arc<dyn Blobs>,
        compiler: Compiler,
        options: &super::Options,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let cache = options.cache.as_ref().and_then(|root| {
            Cache::open(root, &compiler.engine, options.cache_bytes_max.as_bytes())
                .inspect_err(|e| {
                    tracing::warn!("compiled modules are not kept on disk, in `{}`: {e}", root.display());
                })
                .ok()
        });
        let kept = Mutex::new(Lru::new(options.code_bytes_max.as_bytes()));
        let inspector = Inspector::new(options.memory_max);
        let shop = Arc::new(Shop { inspector, compiler, cache, clock, kept });
        Self { blobs, module_bytes_max: options.module_bytes_max, shop, compiling: Arc::default() }
    }

    /// Returns the code of a module, compiled now if it was not before. Cancel-safe: a compilation that has begun
    /// goes on and its result is kept.
    ///
    /// # Errors
    /// The worker's doing where the module could not be fetched, the job's where it is not there or cannot run.
    pub(super) async fn code(&self, digest: &Digest) -> Result<Arc<Code>, StartError> {
        if let Some(code) = self.shop.kept(digest) {
            return Ok(code);
        }
        let name = self.known(digest).await?;
        if self.shop.cache.is_some() {
            let (shop, digest, name) = (self.shop.clone(), digest.clone(), name.clone());
            if let Some(code) = blocking(move || Ok(shop.cached(&digest, name))).await? {
                return Ok(code);
            }
        }
        let turn = self.compiling.clone().lock_owned().await;
        if let Some(code) = self.shop.kept(digest) {
            return Ok(code);
        }
        let bytes = self.fetch(digest).await?;
        let (shop, digest) = (self.shop.clone(), digest.clone());
        blocking(move || {
            let _turn = turn;
            shop.make(&digest, name, &bytes)
        })
        .await
    }

    /// Returns a module's name.
    async fn known(&self, digest: &Digest) -> Result<String, StartError> {
        let known = self.blobs.module(digest).await.map_err(|e| away(digest, &e))?;
        let known = known.ok_or_else(|| missing(digest))?;
        if known.size > self.module_bytes_max {
            let (size, most) = (known.size, self.module_bytes_max);
            return Err(StartError::job(
                Stage::Module,
                format!("the module has {size}; this worker compiles modules up to {most}"),
            ));
        }
        Ok(known.name)
    }

    async fn fetch(&self, digest: &Digest) -> Result<Bytes, StartError> {
        let bytes = self.blobs.bytes(digest).await.map_err(|e| away(digest, &e))?;
        bytes.ok_or_else(|| missing(digest))
    }
}

impl Drop for Modules {
    fn drop(&mut self) {
        self.shop.compiler.stopped.store(true, Ordering::Relaxed);
    }
}

impl Shop {
    fn kept(&self, digest: &Digest) -> Option<Arc<Code>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(digest)
    }

    fn keep(&self, digest: &Digest, code: Code) -> Arc<Code> {
        let code = Arc::new(code);
        let weight = code.weight();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(digest.clone(), code.clone(), weight);
        code
    }

    /// Returns what the disk has of a module.
    fn cached(&self, digest: &Digest, name: String) -> Option<Arc<Code>> {
        let file = self.cache.as_ref()?.get(digest, &*self.clock)?;
        Some(self.keep(digest, Code::of(name, file).ok()?))
    }

    /// Compiles a module and keeps its code.
    fn make(&self, digest: &Digest, name: String, module: &[u8]) -> Result<Arc<Code>, StartError> {
        if Digest::of(module) != *digest {
            let message = format!("the bytes of module `{digest}` do not match its digest");
            return Err(StartError::worker(Stage::Module, message));
        }
        self.inspector.inspect(module).map_err(|refused| StartError::job(Stage::Module, refused.message))?;
        let code = self.compiler.compile(module)?;
        let file = self.file_of(digest, &code).and_then(|file| Code::of(name, file));
        let failed =
            |e| StartError::worker(Stage::Module, format!("failed to keep the compiled module: {e}"));
        Ok(self.keep(digest, file.map_err(failed)?))
    }

    /// Returns the code as a file: of the cache if that takes it, else in memory.
    fn file_of(&self, digest: &Digest, code: &[u8]) -> std::io::Result<File> {
        if let Some(cache) = &self.cache {
            match cache.put(digest, code, &*self.clock) {
                Ok(file) => return Ok(file),
                Err(e) => tracing::warn!("a compiled module is not kept on disk: {e}"),
            }
        }
        sealed("code", code)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    spawn_blocking(work).await.unwrap_or_else(|e| {
        Err(StartError::job(Stage::Module, format!("the compiler failed on this module: {e}")))
    })
}

fn away(digest: &Digest, e: &model::ports::StoreError) -> StartError {
    StartError::worker(Stage::Module, format!("failed to fetch module `{digest}`: {e}"))
}

fn missing(digest: &Digest) -> StartError {
    let hint = "hint: upload it again, or name another module in the job";
    StartError::job(Stage::Module, format!("there is no module `{digest}`\n{hint}"))
}
