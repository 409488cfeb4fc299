//! Modules: their bytes in GridFS, what is known of them in a collection whose key is the digest.
//!
//! An upload waits in a file without a name on this machine, so that nothing of it is left wherever it ends. Kept, it
//! goes to GridFS first; the document that follows is what makes it a module. Of two that keep the same bytes at the
//! same time one writes that document, and the other takes its own bytes away again. Bytes that no document names
//! after an hour are the rest of a crash, and go when a store is opened.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures::{StreamExt as _, TryStreamExt as _};
use model::id::{Digest, ModuleTag, Nonce};
use model::module::{Module, Tag};
use model::ports::{Blobs, Clock, Hold, NewModule, Removed, SealedUpload, StoreError, Tagged, Upload};
use model::quantity::ByteSize;
use model::time::Timestamp;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::gridfs::GridFsBucket;
use mongodb::options::GridFsBucketOptions;
use mongodb::{Collection, Database};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::documents::{decode, encode, version};
use super::{error, tags};

/// Where what is known of modules stands.
const MODULES: &str = "modules";
/// Where their bytes stand: `module_bytes.files` and `module_bytes.chunks`.
const BUCKET: &str = "module_bytes";
/// Bytes of one document of GridFS.
const PIECE_BYTES: u32 = 1024 * 1024;
/// How old bytes without a module are before they count as the rest of a crash.
const REST_AGE: Duration = Duration::from_secs(3600);

#[derive(Clone)]
pub(super) struct MongoBlobs {
    database: Database,
}

impl MongoBlobs {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    fn modules(&self) -> Collection<Document> {
        self.database.collection(MODULES)
    }

    fn bucket(&self) -> GridFsBucket {
        let options = GridFsBucketOptions::builder()
            .bucket_name(BUCKET.to_owned())
            .chunk_size_bytes(PIECE_BYTES)
            .build();
        self.database.gridfs_bucket(options)
    }

    /// Removes bytes that no module names and that are older than an hour, and holds whose time has passed.
    pub(super) async fn sweep(&self, clock: &dyn Clock) -> mongodb::error::Result<()> {
        let passed = doc! { "$pull": { "holds": { "until": { "$lte": clock.now().as_millis() } } } };
        self.modules().update_many(doc! { "holds.0": { "$exists": true } }, passed).await?;
        let modules: Vec<Document> =
            self.modules().find(doc! {}).projection(doc! { "file": 1 }).await?.try_collect().await?;
        let named: Vec<ObjectId> =
            modules.iter().filter_map(|module| module.get_object_id("file").ok()).collect();
        let age = i64::try_from(REST_AGE.as_millis()).expect("an hour fits");
        let pieces = self.database.collection::<Document>(&format!("{BUCKET}.chunks"));
        let mut firsts = pieces.find(doc! { "n": 0 }).projection(doc! { "files_id": 1 }).await?;
        while let Some(first) = firsts.next().await {
            let Ok(file) = first?.get_object_id("files_id") else { continue };
            let made_at = file.timestamp().timestamp_millis();
            if !named.contains(&file) && made_at + age < clock.now().as_millis() {
                tracing::info!(file = %file, "removing the rest of an upload that was not kept");
                self.remove_file(file).await?;
            }
        }
        Ok(())
    }

    async fn remove_file(&self, file: ObjectId) -> mongodb::error::Result<()> {
        // Each by itself: the rest of a crash has pieces and no file.
        self.database
            .collection::<Document>(&format!("{BUCKET}.files"))
            .delete_one(doc! { "_id": file })
            .await?;
        let pieces = self.database.collection::<Document>(&format!("{BUCKET}.chunks"));
        pieces.delete_many(doc! { "files_id": file }).await?;
        Ok(())
    }

    /// Returns why a module that may be there was not removed.
    async fn why_not_removed(&self, digest: &Digest) -> Result<Removed, StoreError> {
        let found =
            self.modules().find_one(doc! { "_id": digest.as_str() }).await.map_err(|e| error::store(&e))?;
        let Some(found) = found else { return Ok(Removed::Missing) };
        let holds = found.get_array("holds").map(Vec::as_slice).unwrap_or_default();
        let until = holds.iter().filter_map(|hold| hold.as_document()?.get_i64("until").ok()).max();
        Ok(Removed::Held { until: Timestamp::from_millis(until.unwrap_or_default()) })
    }

    async fn find(&self, digest: &Digest) -> Result<Option<(Module, ObjectId)>, StoreError> {
        let modules = self.modules().clone_with_type::<RawDocumentBuf>();
        let found = modules.find_one(doc! { "_id": digest.as_str() }).await.map_err(|e| error::store(&e))?;
        let Some(found) = found else { return Ok(None) };
        let file = found.get_object_id("file").map_err(|_| damaged(digest))?;
        Ok(Some((read(&found)?, file)))
    }
}

fn read(document: &RawDocument) -> Result<Module, StoreError> {
    decode(document, document.get_str("_id").unwrap_or_default())
}

fn damaged(digest: &Digest) -> StoreError {
    StoreError::Permanent(format!(
        "mongodb: the bytes of module `{digest}` are damaged or gone\nhint: remove the module and upload it again"
    ))
}

#[async_trait]
impl Blobs for MongoBlobs {
    async fn begin(&self) -> Result<Box<dyn Upload>, StoreError> {
        let file = blocking(tempfile::tempfile).await?;
        Ok(Box::new(MongoUpload { blobs: self.clone(), file: Some(file), sum: Sha256::new(), size: 0 }))
    }

    async fn bytes(&self, digest: &Digest) -> Result<Option<Bytes>, StoreError> {
        let Some((module, file)) = self.find(digest).await? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(usize::try_from(module.size.as_bytes()).unwrap_or_default());
        let read = async {
            let mut stream = self.bucket().open_download_stream(Bson::ObjectId(file)).await?;
            stream.read_to_end(&mut bytes).await.map_err(mongodb::error::Error::from)
        };
        let read: mongodb::error::Result<usize> = read.await;
        match read {
            Ok(_) if Digest::of(&bytes) == *digest => Ok(Some(bytes.into())),
            // It may have been removed between the two looks.
            _ if self.find(digest).await?.is_none() => Ok(None),
            Ok(_) => Err(damaged(digest)),
            Err(error) => Err(error::store(&error)),
        }
    }

    async fn module(&self, digest: &Digest) -> Result<Option<Module>, StoreError> {
        Ok(self.find(digest).await?.map(|(module, _)| module))
    }

    async fn modules(&self) -> Result<Vec<Module>, StoreError> {
        let modules = self.modules();
        let find = modules.find(doc! {}).sort(doc! { "uploaded_at": -1, "_id": 1 });
        let found: mongodb::error::Result<Vec<RawDocumentBuf>> =
            async { find.await?.with_type().try_collect().await }.await;
        found.map_err(|e| error::store(&e))?.iter().map(|document| read(document)).collect()
    }

    async fn remove(&self, digest: &Digest, now: Timestamp) -> Result<Removed, StoreError> {
        let held = doc! { "$elemMatch": { "until": { "$gt": now.as_millis() } } };
        let free = doc! { "_id": digest.as_str(), "holds": { "$not": held } };
        let gone = self.modules().find_one_and_delete(free).await.map_err(|e| error::store(&e))?;
        let Some(gone) = gone else { return self.why_not_removed(digest).await };
        tags::remove_of(&self.database, digest).await.map_err(|e| error::store(&e))?;
        // The document is gone, and so is the module; bytes that stay are swept in time.
        if let Ok(file) = gone.get_object_id("file")
            && let Err(error) = self.remove_file(file).await
        {
            tracing::warn!(%digest, %error, "removing the bytes of module {digest} failed: {error}");
        }
        Ok(Removed::Gone)
    }

    async fn hold(&self, digest: &Digest, until: Timestamp) -> Result<Option<Hold>, StoreError> {
        // Half of the numbers, since BSON knows only signed ones.
        let id = u64::from_str_radix(Nonce::random().as_str(), 16).expect("a nonce is hexadecimal") >> 1;
        let hold = doc! { "id": i64::try_from(id).expect("halved"), "until": until.as_millis() };
        let push = doc! { "$push": { "holds": hold } };
        let held = self.modules().update_one(doc! { "_id": digest.as_str() }, push).await;
        let held = held.map_err(|e| error::store(&e))?.matched_count > 0;
        Ok(held.then(|| Hold { digest: digest.clone(), id }))
    }

    async fn release(&self, hold: Hold) -> Result<(), StoreError> {
        let id = i64::try_from(hold.id).unwrap_or_default();
        let pull = doc! { "$pull": { "holds": { "id": id } } };
        let module = doc! { "_id": hold.digest.as_str() };
        self.modules().update_one(module, pull).await.map(|_| ()).map_err(|e| error::store(&e))
    }

    async fn tag(&self, tag: Tag) -> Result<Tagged, StoreError> {
        let modules = self.modules();
        let there = async || Ok(modules.find_one(doc! { "_id": tag.digest.as_str() }).await?.is_some());
        tags::set(&self.database, &tag, there).await.map_err(|e| error::store(&e))
    }

    async fn untag(&self, tag: &ModuleTag) -> Result<bool, StoreError> {
        tags::remove(&self.database, tag).await.map_err(|e| error::store(&e))
    }

    async fn tagged(&self, tag: &ModuleTag) -> Result<Option<Tag>, StoreError> {
        let found = tags::find(&self.database, tag).await.map_err(|e| error::store(&e))?;
        found.map(|document| tags::read(&document)).transpose()
    }

    async fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        let found = tags::all(&self.database).await.map_err(|e| error::store(&e))?;
        found.iter().map(|document| tags::read(document)).collect()
    }
}

/// Runs file work on the blocking pool.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let cut_off = |_| StoreError::Unavailable("file work was cut off".into());
    let failed = |error| StoreError::Unavailable(format!("the upload's temporary file: {error}"));
    spawn_blocking(work).await.map_err(cut_off)?.map_err(failed)
}

/// An upload under way.
struct MongoUpload {
    blobs: MongoBlobs,
    /// None while a write is under way, and for good once one was cut off.
    file: Option<std::fs::File>,
    sum: Sha256,
    size: u64,
}

impl MongoUpload {
    fn take_file(&mut self) -> Result<std::fs::File, StoreError> {
        let cut_off = || StoreError::Permanent("the upload was cut off\nhint: begin it again".into());
        self.file.take().ok_or_else(cut_off)
    }
}

#[async_trait]
impl Upload for MongoUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let mut file = self.take_file()?;
        self.sum.update(&bytes);
        self.size += bytes.len() as u64;
        self.file = Some(blocking(move || file.write_all(&bytes).map(|()| file)).await?);
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<Box<dyn SealedUpload>, StoreError> {
        let file = self.take_file()?;
        let digest = Digest::from_sha256(self.sum.finalize().into());
        let size = ByteSize::from_bytes(self.size);
        Ok(Box::new(MongoSealedUpload { blobs: self.blobs, file, digest, size }))
    }
}

/// An upload whose bytes are all there.
struct MongoSealedUpload {
    blobs: MongoBlobs,
    file: std::fs::File,
    digest: Digest,
    size: ByteSize,
}

impl MongoSealedUpload {
    async fn put(&self, name: &str) -> Result<ObjectId, StoreError> {
        let (bytes, file) = (self.read().await?, ObjectId::new());
        let put = async {
            let id = Bson::ObjectId(file);
            let mut stream = self.blobs.bucket().open_upload_stream(name).id(id).await?;
            stream.write_all(&bytes).await?;
            stream.close().await?;
            Ok(file)
        };
        put.await.map_err(|e: mongodb::error::Error| error::store(&e))
    }
}

#[async_trait]
impl SealedUpload for MongoSealedUpload {
    fn digest(&self) -> &Digest {
        &self.digest
    }

    fn size(&self) -> ByteSize {
        self.size
    }

    async fn read(&self) -> Result<Bytes, StoreError> {
        let file = self.file.try_clone();
        blocking(move || {
            let mut file = file?;
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut bytes)?;
            Ok(bytes.into())
        })
        .await
    }

    async fn keep(self: Box<Self>, module: NewModule) -> Result<(Module, bool), StoreError> {
        if let Some((known, _)) = self.blobs.find(&self.digest).await? {
            return Ok((known, false));
        }
        let file = self.put(&module.name).await?;
        let NewModule { name, uploaded_by, uploaded_at, report } = module;
        let module =
            Module { digest: self.digest.clone(), name, size: self.size, uploaded_by, uploaded_at, report };
        let document = doc! {
            "_id": module.digest.as_str(),
            "uploaded_at": uploaded_at.as_millis(),
            "file": file,
            "version": version::<Module>(),
            "record": encode(&module),
        };
        match self.blobs.modules().insert_one(document).await {
            Ok(_) => Ok((module, true)),
            Err(error) if error::only_duplicates(&error) => {
                self.blobs.remove_file(file).await.map_err(|e| error::store(&e))?;
                let known = self.blobs.find(&self.digest).await?;
                let gone = || StoreError::Unavailable("the module was removed meanwhile".into());
                known.map(|(known, _)| (known, false)).ok_or_else(gone)
            }
            Err(error) => Err(error::store(&error)),
        }
    }
}
