//! The audit: lines that are only ever added, by ids that sort as they were written.
//!
//! A line that is there already was put before.

use async_trait::async_trait;
use futures::TryStreamExt as _;
use model::audit::AuditLine;
use model::ports::{Audit, AuditQuery, StoreError};
use model::time::Timestamp;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

use super::documents::{self, date, decode, encode};
use super::error;
use super::facts::ROWS_MAX;

pub(super) struct MongoAudit {
    pub(super) collection: Collection<Document>,
}

#[async_trait]
impl Audit for MongoAudit {
    async fn put_lines(&self, lines: Vec<AuditLine>) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        match self.collection.insert_many(lines.iter().map(document)).ordered(false).await {
            Ok(_) => Ok(()),
            Err(error) if error::only_duplicates(&error) => Ok(()),
            Err(error) => Err(error::store(&error)),
        }
    }

    async fn lines(&self, query: AuditQuery) -> Result<Vec<AuditLine>, StoreError> {
        let limit = i64::try_from(query.limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let find = self.collection.find(filter(&query)).sort(doc! { "_id": -1 }).limit(limit);
        let found: Vec<RawDocumentBuf> =
            async { find.await?.with_type().try_collect().await }.await.map_err(|e| error::store(&e))?;
        found.iter().map(|document| decode(document, document.get_str("_id").unwrap_or_default())).collect()
    }

    async fn prune_audit(&self, before: Timestamp) -> Result<(), StoreError> {
        let old = doc! { "at": { "$lt": date(before) } };
        self.collection.delete_many(old).await.map(|_| ()).map_err(|e| error::store(&e))
    }
}

fn document(line: &AuditLine) -> Document {
    doc! {
        "_id": line.id.as_str(),
        "at": date(line.at),
        "user": line.user.as_deref(),
        "target": &line.target,
        "denied": line.is_denied(),
        "version": documents::version::<AuditLine>(),
        "record": encode(line),
    }
}

fn filter(query: &AuditQuery) -> Document {
    let mut filter = doc! {};
    if let Some(user) = &query.user {
        filter.insert("user", user);
    }
    if let Some(target) = &query.target {
        // All texts that begin so: no pattern, whose signs a caller would choose.
        filter.insert("target", doc! { "$gte": target, "$lt": format!("{target}\u{10ffff}") });
    }
    if let Some(denied) = query.denied {
        filter.insert("denied", denied);
    }
    let mut at = doc! {};
    at.extend(query.from.map(|from| ("$gte".to_owned(), Bson::from(date(from)))));
    at.extend(query.to.map(|to| ("$lt".to_owned(), Bson::from(date(to)))));
    if !at.is_empty() {
        filter.insert("at", at);
    }
    if let Some(after) = &query.after {
        filter.insert("_id", doc! { "$lt": after.as_str() });
    }
    filter
}
