//! Blobs: uploaded modules, named by the digest of their bytes, and the tags that point to them.

use async_trait::async_trait;
use bytes::Bytes;

use super::StoreError;
use crate::id::{Digest, ModuleTag};
use crate::module::{Module, ModuleReport, Tag};
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

/// Most tags of all modules together: a list of them is one answer.
pub const TAGS_MAX: usize = 1000;

/// What became of setting a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// It points there now; before it pointed to this module, if to any.
    Set {
        /// The module that it pointed to until now.
        before: Option<Digest>,
    },
    /// There is no such module; nothing changed.
    NoModule,
    /// There are [`TAGS_MAX`] others; nothing changed.
    Full,
}

/// What became of removing a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It is gone, its tags with it.
    Gone,
    /// There was no such module.
    Missing,
    /// Somebody holds it until this instant at most; nothing changed.
    Held {
        /// When the last hold ends by itself.
        until: Timestamp,
    },
}

/// A module that is held: see [`Blobs::hold`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The module.
    pub digest: Digest,
    /// Names the hold among those of the module.
    pub id: u64,
}

/// Uploaded modules and their tags.
///
/// Every implementation owes:
/// * a module is either kept whole, with its bytes matching its digest, or not there; what was answered survives a
///   crash of the store;
/// * an upload that was not kept leaves nothing behind, also when the process died in it;
/// * the same bytes uploaded twice, or at the same time, are one module, as it was kept first;
/// * a module that was removed is gone, bytes and all, and can be uploaded again;
/// * a tag points to one module that is there: it is set and moved in one step, and goes with its module;
/// * at most [`TAGS_MAX`] tags stand, and what was answered of them survives a crash of the store;
/// * a module that is held is not removed until the last hold is released or its time has passed.
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

    /// Removes a module and its tags, unless somebody holds it at `now`. Who calls it has seen that no job uses it.
    async fn remove(&self, digest: &Digest, now: Timestamp) -> Result<Removed, StoreError>;

    /// Keeps a module from being removed until it is released or `until` has passed; none when it is not there.
    ///
    /// Who saves a job that names a module holds it before, and releases it after: whoever removes it looks for
    /// jobs first, so that of the two one sees the other.
    async fn hold(&self, digest: &Digest, until: Timestamp) -> Result<Option<Hold>, StoreError>;

    /// Gives a hold back. One that is gone already is fine.
    async fn release(&self, hold: Hold) -> Result<(), StoreError>;

    /// Points a tag to a module, whatever it pointed to before.
    async fn tag(&self, tag: Tag) -> Result<Tagged, StoreError>;

    /// Removes a tag; returns whether it was there. Its module stays.
    async fn untag(&self, tag: &ModuleTag) -> Result<bool, StoreError>;

    /// Returns where a tag points.
    async fn tagged(&self, tag: &ModuleTag) -> Result<Option<Tag>, StoreError>;

    /// Returns all tags, sorted by name.
    async fn tags(&self) -> Result<Vec<Tag>, StoreError>;
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
