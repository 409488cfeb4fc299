//! Blobs: uploaded modules, named by the digest of their bytes.

use async_trait::async_trait;
use bytes::Bytes;

use super::StoreError;
use crate::id::Digest;
use crate::module::{Module, ModuleReport};
use crate::quantity::ByteSize;
use crate::time::Timestamp;

/// What is said of a module when it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewModule {
    /// The name under which it was uploaded.
    pub name: String,
    /// Who uploads it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Timestamp,
    /// What was found in it.
    pub report: ModuleReport,
}

/// An upload under way. Dropped before it is kept, it leaves nothing behind.
#[async_trait]
pub trait Upload: Send {
    /// Adds bytes at the end.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Ends the upload; its bytes can be read and then kept.
    async fn seal(self: Box<Self>) -> Result<Box<dyn SealedUpload>, StoreError>;
}

/// An upload whose bytes are all there.
#[async_trait]
pub trait SealedUpload: Send {
    /// Returns the digest of the bytes.
    fn digest(&self) -> &Digest;

    /// Returns how many bytes there are.
    fn size(&self) -> ByteSize;

    /// Returns the bytes.
    async fn read(&self) -> Result<Bytes, StoreError>;

    /// Keeps the module; returns it as stored and whether it was new. The same bytes again change nothing.
    async fn keep(self: Box<Self>, module: NewModule) -> Result<(Module, bool), StoreError>;
}

/// Uploaded modules.
///
/// Every implementation owes:
/// * a module is either kept whole, with its bytes matching its digest, or not there; what was answered survives a
///   crash of the store;
/// * an upload that was not kept leaves nothing behind, also when the process died in it;
/// * the same bytes uploaded twice, or at the same time, are one module, as it was kept first;
/// * a module that was removed is gone, bytes and all, and can be uploaded again.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Begins an upload.
    async fn begin(&self) -> Result<Box<dyn Upload>, StoreError>;

    /// Returns a module's bytes, checked against its digest.
    async fn bytes(&self, digest: &Digest) -> Result<Option<Bytes>, StoreError>;

    /// Returns what is known of a module.
    async fn module(&self, digest: &Digest) -> Result<Option<Module>, StoreError>;

    /// Returns all modules, newest first.
    async fn modules(&self) -> Result<Vec<Module>, StoreError>;

    /// Removes a module; returns whether it was there. Who calls it makes sure that no job uses it.
    async fn remove(&self, digest: &Digest) -> Result<bool, StoreError>;
}

/// Why a module was not taken, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable word for it (`not_wasm`, `unknown_import`).
    pub code: &'static str,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// Looks into a module without running it. The sandbox offers it, the master asks it before it keeps an upload.
pub trait ModuleInspector: Send + Sync + 'static {
    /// Returns what was found in a module that this version can run.
    ///
    /// # Errors
    /// [`Rejection`] when it could not run, with the reason.
    fn inspect(&self, bytes: &[u8]) -> Result<ModuleReport, Rejection>;
}
