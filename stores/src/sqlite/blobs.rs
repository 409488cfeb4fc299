//! Modules: their bytes as files in `DATA/modules`, what is known of them in the intent database.
//!
//! What tags are is in `tags`. A file is written under a temporary name, synced and renamed; the row that follows is what makes it a module.
//! Whatever has no row when the store is opened is the rest of an upload that was not kept, and goes.

use std::collections::HashSet;
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use model::id::{Digest, ModuleTag};
use model::module::{Module, Tag};
use model::ports::{Blobs, Hold, NewModule, Removed, SealedUpload, StoreError, Tagged, Upload};
use model::quantity::ByteSize;
use model::time::Timestamp;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::Mutex;

use super::Shared;
use super::columns::{Document, decode, encode};
use super::error::{Fault, OpenError, io_error};
use super::folder::sync_names;
use super::holds::Holds;
use super::tags;

/// How the name of an upload's file begins.
const UPLOAD: &str = "upload-";
/// How the name of a module's file ends.
const MODULE: &str = ".wasm";

pub(super) struct SqliteBlobs {
    pub(super) shared: Arc<Shared>,
}

/// The folder of the modules' bytes.
pub(super) struct Folder {
    path: PathBuf,
    /// Locked while a file and its row change together, so that keeping and removing one module do not mix.
    changing: Mutex<Holds>,
}

impl Folder {
    /// Opens the folder, or makes it, and removes the uploads and modules whose file name is not in `known`.
    pub(super) fn open(path: &Path, known: &HashSet<String>) -> Result<Self, OpenError> {
        let io = |error: io::Error| OpenError::io(path, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        for entry in path.read_dir().map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.starts_with(UPLOAD) || name.ends_with(MODULE);
            if ours && !known.contains(&name) {
                tracing::info!(file = %entry.path().display(), "removing the rest of an upload that was not kept");
                std::fs::remove_file(entry.path()).map_err(io)?;
            }
        }
        Ok(Self { path: path.to_owned(), changing: Mutex::default() })
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self, digest: &Digest) -> PathBuf {
        self.path.join(file_name(digest))
    }
}

fn file_name(digest: &Digest) -> String {
    format!("{}{MODULE}", digest.hex())
}

/// Returns the names of the files that belong to a module.
pub(super) fn known_files(connection: &Connection) -> Result<HashSet<String>, Fault> {
    let mut statement = connection.prepare_cached("SELECT digest FROM modules")?;
    let mut rows = statement.query([])?;
    let mut names = HashSet::new();
    while let Some(row) = rows.next()? {
        let digest: Digest = super::columns::parse(&row.get::<_, String>(0)?, "a module's digest")?;
        names.insert(file_name(&digest));
    }
    Ok(names)
}

/// Runs file work on the blocking pool.
async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let cut_off = |_| StoreError::Unavailable("file work was cut off".into());
    let done = tokio::task::spawn_blocking(move || work(&path).map_err(|error| io_error(&path, &error)));
    done.await.map_err(cut_off)?
}

#[async_trait]
impl Blobs for SqliteBlobs {
    async fn begin(&self) -> Result<Box<dyn Upload>, StoreError> {
        let named = |folder: &Path| tempfile::Builder::new().prefix(UPLOAD).tempfile_in(folder);
        let file = blocking(self.shared.modules.path.clone(), named).await?;
        Ok(Box::new(SqliteUpload {
            shared: self.shared.clone(),
            file: Some(file),
            sum: Sha256::new(),
            size: 0,
        }))
    }

    async fn bytes(&self, digest: &Digest) -> Result<Option<Bytes>, StoreError> {
        if self.module(digest).await?.is_none() {
            return Ok(None);
        }
        let bytes = blocking(self.shared.modules.file(digest), |path| match std::fs::read(path) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        match bytes.await? {
            Some(bytes) if Digest::of(&bytes) == *digest => Ok(Some(bytes)),
            // It may have been removed between the two looks.
            None if self.module(digest).await?.is_none() => Ok(None),
            _ => Err(StoreError::Permanent(format!(
                "the file of module `{digest}` is damaged or gone\nhint: remove the module and upload it again"
            ))),
        }
    }

    async fn module(&self, digest: &Digest) -> Result<Option<Module>, StoreError> {
        let digest = digest.clone();
        self.shared.intent.read(move |connection| read(connection, &digest)).await
    }

    async fn modules(&self) -> Result<Vec<Module>, StoreError> {
        let all = |connection: &Connection| {
            let sql = "SELECT version, document, digest FROM modules ORDER BY uploaded_at DESC, digest";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut modules = Vec::new();
            while let Some(row) = rows.next()? {
                let (text, digest): (String, String) = (row.get(1)?, row.get(2)?);
                modules.push(decode(row.get(0)?, &text, digest)?);
            }
            Ok(modules)
        };
        self.shared.intent.read(all).await
    }

    async fn remove(&self, digest: &Digest, now: Timestamp) -> Result<Removed, StoreError> {
        let mut holds = self.shared.modules.changing.lock().await;
        if let Some(until) = holds.until(digest, now) {
            return Ok(Removed::Held { until });
        }
        let key = digest.clone();
        let delete = move |connection: &Connection| {
            tags::remove_of(connection, &key)?;
            let sql = "DELETE FROM modules WHERE digest = ?";
            Ok(connection.prepare_cached(sql)?.execute([key.as_str()])?)
        };
        if self.shared.intent.write(delete).await? == 0 {
            return Ok(Removed::Missing);
        }
        // The row is gone, and so is the module; a file that stays is removed at the next open.
        if let Err(error) =
            blocking(self.shared.modules.file(digest), |path| std::fs::remove_file(path)).await
        {
            tracing::warn!(%digest, %error, "removing the file of module {digest} failed: {error}");
        }
        Ok(Removed::Gone)
    }

    async fn hold(&self, digest: &Digest, until: Timestamp) -> Result<Option<Hold>, StoreError> {
        let mut holds = self.shared.modules.changing.lock().await;
        Ok(self.module(digest).await?.map(|_| holds.add(digest, until)))
    }

    async fn release(&self, hold: Hold) -> Result<(), StoreError> {
        self.shared.modules.changing.lock().await.release(&hold);
        Ok(())
    }

    async fn tag(&self, tag: Tag) -> Result<Tagged, StoreError> {
        self.shared.intent.write(move |connection| tags::set(connection, &tag)).await
    }

    async fn untag(&self, tag: &ModuleTag) -> Result<bool, StoreError> {
        let tag = tag.clone();
        self.shared.intent.write(move |connection| tags::remove(connection, &tag)).await
    }

    async fn tagged(&self, tag: &ModuleTag) -> Result<Option<Tag>, StoreError> {
        let tag = tag.clone();
        self.shared.intent.read(move |connection| tags::read(connection, &tag)).await
    }

    async fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        self.shared.intent.read(tags::all).await
    }
}

fn read(connection: &Connection, digest: &Digest) -> Result<Option<Module>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT version, document FROM modules WHERE digest = ?")?;
    let mut rows = statement.query([digest.as_str()])?;
    rows.next()?.map(|row| decode(row.get(0)?, &row.get::<_, String>(1)?, digest)).transpose()
}

/// An upload under way. Its temporary file goes with it.
struct SqliteUpload {
    shared: Arc<Shared>,
    /// None while a write is under way, and for good once one was cut off.
    file: Option<NamedTempFile>,
    sum: Sha256,
    size: u64,
}

impl SqliteUpload {
    fn take_file(&mut self) -> Result<NamedTempFile, StoreError> {
        let cut_off = || StoreError::Permanent("the upload was cut off\nhint: begin it again".into());
        self.file.take().ok_or_else(cut_off)
    }
}

#[async_trait]
impl Upload for SqliteUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let mut file = self.take_file()?;
        self.sum.update(&bytes);
        self.size += bytes.len() as u64;
        let write = move |_: &Path| file.write_all(&bytes).map(|()| file);
        self.file = Some(blocking(self.shared.modules.path.clone(), write).await?);
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<Box<dyn SealedUpload>, StoreError> {
        let file = self.take_file()?;
        let sync = move |_: &Path| file.as_file().sync_all().map(|()| file);
        let file = blocking(self.shared.modules.path.clone(), sync).await?;
        let digest = Digest::from_sha256(self.sum.finalize().into());
        let size = ByteSize::from_bytes(self.size);
        Ok(Box::new(SqliteSealedUpload { shared: self.shared, file, digest, size }))
    }
}

/// An upload whose bytes are all there, still under its temporary name.
struct SqliteSealedUpload {
    shared: Arc<Shared>,
    file: NamedTempFile,
    digest: Digest,
    size: ByteSize,
}

#[async_trait]
impl SealedUpload for SqliteSealedUpload {
    fn digest(&self) -> &Digest {
        &self.digest
    }

    fn size(&self) -> ByteSize {
        self.size
    }

    async fn read(&self) -> Result<Bytes, StoreError> {
        blocking(self.file.path().to_owned(), |path| std::fs::read(path).map(Bytes::from)).await
    }

    async fn keep(self: Box<Self>, module: NewModule) -> Result<(Module, bool), StoreError> {
        let Self { shared, file, digest, size } = *self;
        let _changing = shared.modules.changing.lock().await;
        let key = digest.clone();
        if let Some(known) = shared.intent.read(move |connection| read(connection, &key)).await? {
            return Ok((known, false));
        }
        let NewModule { name, uploaded_by, uploaded_at, report } = module;
        let module = Module { digest, name, size, uploaded_by, uploaded_at, report };
        blocking(shared.modules.file(&module.digest), move |path| {
            file.persist(path).map_err(|error| error.error)?;
            sync_names(path.parent().expect("a module's file lies in its folder"))
        })
        .await?;
        let row = module.clone();
        let insert = move |connection: &Connection| {
            let sql = "INSERT INTO modules (digest, uploaded_at, version, document) VALUES (?, ?, ?, ?)";
            let uploaded_at = row.uploaded_at.as_millis();
            let row = params![row.digest.as_str(), uploaded_at, Module::VERSION, encode(&row)];
            connection.prepare_cached(sql)?.execute(row)?;
            Ok(())
        };
        shared.intent.write(insert).await?;
        Ok((module, true))
    }
}
