//! Tags: names that point to modules.
//!
//! A tag is written first and its module looked for after: a removal that came between takes the tag along, or is
//! seen here, and the tag is taken back. So none is left that points to what is not there.

use futures::TryStreamExt as _;
use model::id::{Digest, ModuleTag};
use model::module::Tag;
use model::ports::{StoreError, TAGS_MAX, Tagged};
use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc};
use mongodb::error::Result;
use mongodb::{Collection, Database};

use super::documents::{decode, encode, version};

/// Where tags stand.
const TAGS: &str = "tags";

fn tags(database: &Database) -> Collection<Document> {
    database.collection(TAGS)
}

/// Points a tag to a module; `there` says whether the module is there now.
pub(super) async fn set<F>(database: &Database, tag: &Tag, there: impl Fn() -> F) -> Result<Tagged>
where
    F: Future<Output = Result<bool>>,
{
    let tags = tags(database);
    let name = tag.tag.as_str();
    if !there().await? {
        return Ok(Tagged::NoModule);
    }
    let known = tags.find_one(doc! { "_id": name }).await?.is_some();
    if !known && tags.count_documents(doc! {}).await? >= TAGS_MAX as u64 {
        return Ok(Tagged::Full);
    }
    let digest = tag.digest.as_str();
    let set = doc! { "$set": { "digest": digest, "version": version::<Tag>(), "record": encode(tag) } };
    let before = tags.find_one_and_update(doc! { "_id": name }, set).upsert(true).await?;
    if !there().await? {
        tags.delete_one(doc! { "_id": name, "digest": digest }).await?;
        return Ok(Tagged::NoModule);
    }
    let before = before.as_ref().and_then(|before| before.get_str("digest").ok()?.parse().ok());
    Ok(Tagged::Set { before })
}

/// Removes a tag; returns whether it was there.
pub(super) async fn remove(database: &Database, tag: &ModuleTag) -> Result<bool> {
    let gone = tags(database).delete_one(doc! { "_id": tag.as_str() }).await?;
    Ok(gone.deleted_count > 0)
}

/// Removes the tags of a module.
pub(super) async fn remove_of(database: &Database, digest: &Digest) -> Result<()> {
    tags(database).delete_many(doc! { "digest": digest.as_str() }).await?;
    Ok(())
}

/// Returns the document of a tag.
pub(super) async fn find(database: &Database, tag: &ModuleTag) -> Result<Option<RawDocumentBuf>> {
    tags(database).clone_with_type().find_one(doc! { "_id": tag.as_str() }).await
}

/// Returns the documents of all tags, sorted by name.
pub(super) async fn all(database: &Database) -> Result<Vec<RawDocumentBuf>> {
    tags(database).find(doc! {}).sort(doc! { "_id": 1 }).await?.with_type().try_collect().await
}

/// Reads a tag.
pub(super) fn read(document: &RawDocument) -> std::result::Result<Tag, StoreError> {
    decode(document, document.get_str("_id").unwrap_or_default())
}
