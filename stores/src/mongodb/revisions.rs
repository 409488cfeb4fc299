//! The texts that jobs had: keys of one job stand together, in order of revision. How far they were copied is a mark.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use model::id::{JobName, Revision};
use model::ports::{RevisionQuery, Revisions, StoreError};
use model::revision::JobRevision;
use model::time::Timestamp;
use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::error::Result as Answer;
use mongodb::{Collection, Database};

use super::documents::{self, date, encode};
use super::error;
use super::facts::ROWS_MAX;
use super::{MARKS, REVISIONS};

/// The name of the mark.
const COPIED: &str = "revisions";

pub(super) struct MongoRevisions {
    pub(super) database: Database,
}

impl MongoRevisions {
    fn collection(&self) -> Collection<Document> {
        self.database.collection(REVISIONS)
    }

    fn marks(&self) -> Collection<Document> {
        self.database.collection(MARKS)
    }

    /// Forgets the oldest revisions of a job beyond `kept`.
    async fn keep_newest(&self, job: &JobName, kept: usize) -> Answer<()> {
        let skip = u64::try_from(kept).unwrap_or(u64::MAX);
        let newest_first = self.collection();
        let first = newest_first.find_one(of(job, None)).sort(doc! { "_id": -1 }).skip(skip);
        if let Some(first) = first.projection(doc! { "_id": 1 }).await? {
            let old = doc! { "_id": { "$gte": key(job, 0), "$lte": field(&first, "_id").clone() } };
            self.collection().delete_many(old).await?;
        }
        Ok(())
    }

    /// Of each job the newest revision from before the instant was what stood at it: all older ones were replaced before,
    /// and it itself goes too where it is a deletion.
    async fn prune(&self, before: Timestamp) -> Answer<()> {
        let stood = [
            doc! { "$match": { "at": { "$lt": date(before) } } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$group": {
                "_id": "$_id.job", "last": { "$last": "$_id" }, "deleted": { "$last": "$deleted" }, "count": { "$sum": 1 },
            } },
            doc! { "$match": { "$or": [{ "count": { "$gt": 1 } }, { "deleted": true }] } },
        ];
        let mut stood = self.collection().aggregate(stood).allow_disk_use(true).await?;
        while let Some(one) = stood.try_next().await? {
            let Ok(job) = one.get_str("_id") else { continue };
            let first = doc! { "job": job, "revision": 0_i64 };
            let end = if one.get_bool("deleted").unwrap_or_default() { "$lte" } else { "$lt" };
            let old = doc! { "_id": { "$gte": first, end: field(&one, "last").clone() } };
            self.collection().delete_many(old).await?;
        }
        Ok(())
    }

    async fn living(&self) -> Answer<Vec<Document>> {
        let newest = [
            doc! { "$project": { "deleted": 1 } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$group": { "_id": "$_id.job", "deleted": { "$last": "$deleted" } } },
            doc! { "$match": { "deleted": false } },
            doc! { "$sort": { "_id": 1 } },
        ];
        self.collection().aggregate(newest).allow_disk_use(true).await?.try_collect().await
    }
}

#[async_trait]
impl Revisions for MongoRevisions {
    async fn put_revisions(&self, revisions: Vec<JobRevision>, kept: usize) -> Result<(), StoreError> {
        if revisions.is_empty() {
            return Ok(());
        }
        match self.collection().insert_many(revisions.iter().map(document)).ordered(false).await {
            Ok(_) => {}
            Err(error) if error::only_duplicates(&error) => {}
            Err(error) => return Err(error::store(&error)),
        }
        let jobs: BTreeSet<&JobName> = revisions.iter().map(|revision| &revision.job).collect();
        for job in jobs {
            self.keep_newest(job, kept).await.map_err(|e| error::store(&e))?;
        }
        Ok(())
    }

    async fn revision(&self, job: &JobName, revision: Revision) -> Result<Option<JobRevision>, StoreError> {
        let collection = self.collection().clone_with_type::<RawDocumentBuf>();
        let found = collection.find_one(doc! { "_id": key(job, revision.0) }).await;
        found.map_err(|e| error::store(&e))?.map(|document| read(&document)).transpose()
    }

    async fn revisions(&self, query: RevisionQuery) -> Result<Vec<JobRevision>, StoreError> {
        let limit = i64::try_from(query.limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let collection = self.collection();
        let find = collection.find(of(&query.job, query.before)).sort(doc! { "_id": -1 }).limit(limit);
        let found: Vec<RawDocumentBuf> =
            async { find.await?.with_type().try_collect().await }.await.map_err(|e| error::store(&e))?;
        found.iter().map(|document| read(document)).collect()
    }

    async fn copied_to(&self) -> Result<Option<Revision>, StoreError> {
        let found = self.marks().find_one(doc! { "_id": COPIED }).await.map_err(|e| error::store(&e))?;
        let to = found.and_then(|found| found.get_i64("to").ok());
        Ok(to.map(|to| Revision(u64::try_from(to).unwrap_or_default())))
    }

    async fn note_copied(&self, to: Revision) -> Result<(), StoreError> {
        let higher = doc! { "$max": { "to": number(to.0) } };
        let noted = self.marks().update_one(doc! { "_id": COPIED }, higher).upsert(true).await;
        noted.map(|_| ()).map_err(|e| error::store(&e))
    }

    async fn living(&self) -> Result<Vec<JobName>, StoreError> {
        let found = MongoRevisions::living(self).await.map_err(|e| error::store(&e))?;
        Ok(found.iter().filter_map(|one| one.get_str("_id").ok()?.parse().ok()).collect())
    }

    async fn prune_revisions(&self, before: Timestamp) -> Result<(), StoreError> {
        self.prune(before).await.map_err(|e| error::store(&e))
    }
}

/// Returns a field, or null.
fn field<'a>(document: &'a Document, name: &str) -> &'a Bson {
    document.get(name).unwrap_or(&Bson::Null)
}

fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn key(job: &JobName, revision: u64) -> Document {
    doc! { "job": job.as_str(), "revision": number(revision) }
}

/// Returns what finds the revisions of a job, those before one of them.
fn of(job: &JobName, before: Option<Revision>) -> Document {
    let before = before.map_or(u64::MAX, |before| before.0);
    doc! { "_id": { "$gte": key(job, 0), "$lt": key(job, before) } }
}

fn document(revision: &JobRevision) -> Document {
    doc! {
        "_id": key(&revision.job, revision.revision.0),
        "at": date(revision.at),
        "deleted": revision.saved.is_none(),
        "version": documents::version::<JobRevision>(),
        "record": encode(revision),
    }
}

fn read(document: &RawDocument) -> Result<JobRevision, StoreError> {
    let name = document.get_document("_id").and_then(|id| id.get_str("job")).unwrap_or_default();
    documents::decode(document, name)
}
