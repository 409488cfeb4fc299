//! What alerts know of the facts: ends that nobody has looked at (a mark on their documents), and the history of notices.

use async_trait::async_trait;
use futures::TryStreamExt as _;
use model::alert::Notice;
use model::ports::{AlertLog, NoticeQuery, StoreError, Untold};
use model::run::{RangeRecord, RunRecord};
use model::time::Timestamp;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::{Collection, Database};

use super::documents::{self, date, decode, encode};
use super::error;
use super::facts::ROWS_MAX;
use super::options::Options;
use super::{NOTICES, RANGES, RUNS};

pub(super) struct MongoAlertLog {
    pub(super) database: Database,
}

impl MongoAlertLog {
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    async fn find(&self, name: &str, limit: usize) -> Result<Vec<RawDocumentBuf>, StoreError> {
        let limit = i64::try_from(limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let collection = self.collection(name);
        let find = collection.find(doc! { "untold": true }).limit(limit);
        async { find.await?.with_type().try_collect().await }
            .await
            .map_err(|e: mongodb::error::Error| error::store(&e))
    }

    async fn update(&self, collection: &str, updates: Vec<Document>) -> Result<(), StoreError> {
        if updates.is_empty() {
            return Ok(());
        }
        let command = doc! {
            "update": collection,
            "updates": updates,
            "ordered": false,
            "writeConcern": Options::write_concern(),
        };
        let answer = self.database.run_command(command).await.map_err(|e| error::store(&e))?;
        super::facts::refused(&answer)
    }
}

#[async_trait]
impl AlertLog for MongoAlertLog {
    async fn untold(&self, limit: usize) -> Result<Untold, StoreError> {
        let runs = self.find(RUNS, limit).await?;
        let ranges = self.find(RANGES, limit).await?;
        Ok(Untold {
            runs: runs.iter().map(|document| documents::read_run(document)).collect::<Result<_, _>>()?,
            ranges: ranges.iter().map(|document| decode(document, "of a job")).collect::<Result<_, _>>()?,
        })
    }

    async fn mark_told(&self, told: &Untold) -> Result<(), StoreError> {
        let told_now = doc! { "$set": { "untold": false } };
        let run = |run: &RunRecord| {
            doc! { "q": { "_id": run.id.as_str(), "order": documents::order(run) }, "u": &told_now }
        };
        self.update(RUNS, told.runs.iter().map(run).collect()).await?;
        let range = |range: &RangeRecord| {
            let (id, _) = documents::range(range);
            doc! { "q": { "_id": id, "to": range.to.as_millis() }, "u": &told_now }
        };
        self.update(RANGES, told.ranges.iter().map(range).collect()).await
    }

    async fn put_history(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        let put = |notice: &Notice| {
            doc! { "q": { "_id": notice.id.as_str() }, "u": document(notice), "upsert": true }
        };
        for some in notices.chunks(ROWS_MAX) {
            self.update(NOTICES, some.iter().map(put).collect()).await?;
        }
        Ok(())
    }

    async fn history(&self, query: NoticeQuery) -> Result<Vec<Notice>, StoreError> {
        let limit = i64::try_from(query.limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let notices = self.collection(NOTICES);
        let find = notices.find(filter(&query)).sort(doc! { "made_at": -1, "_id": -1 }).limit(limit);
        let found: Vec<RawDocumentBuf> = async { find.await?.with_type().try_collect().await }
            .await
            .map_err(|e: mongodb::error::Error| error::store(&e))?;
        found.iter().map(|document| decode(document, document.get_str("_id").unwrap_or_default())).collect()
    }

    async fn prune_history(&self, before: Timestamp) -> Result<(), StoreError> {
        let old = doc! { "made_at": { "$lt": date(before) } };
        self.collection(NOTICES).delete_many(old).await.map(|_| ()).map_err(|e| error::store(&e))
    }
}

fn document(notice: &Notice) -> Document {
    let deliveries: Vec<Document> = notice
        .deliveries
        .iter()
        .map(|one| doc! { "channel": one.channel.as_str(), "state": one.state.as_str() })
        .collect();
    doc! {
        "_id": notice.id.as_str(),
        "made_at": date(notice.made_at),
        "job": notice.job.as_ref().map(|job| job.as_str()),
        "condition": notice.condition.as_str(),
        "deliveries": deliveries,
        "version": documents::version::<Notice>(),
        "record": encode(notice),
    }
}

fn filter(query: &NoticeQuery) -> Document {
    let mut filter = doc! {};
    if let Some(job) = &query.job {
        filter.insert("job", job.as_str());
    }
    if !query.condition.is_empty() {
        let words: Vec<_> = query.condition.iter().map(|condition| condition.as_str()).collect();
        filter.insert("condition", doc! { "$in": words });
    }
    if let Some(channel) = &query.channel {
        filter.insert("deliveries.channel", channel.as_str());
    }
    if let Some(state) = query.state {
        filter.insert("deliveries.state", state.as_str());
    }
    let mut made_at = doc! {};
    made_at.extend(query.from.map(|from| ("$gte".to_owned(), Bson::from(date(from)))));
    made_at.extend(query.to.map(|to| ("$lt".to_owned(), Bson::from(date(to)))));
    if !made_at.is_empty() {
        filter.insert("made_at", made_at);
    }
    if let Some((at, id)) = &query.after {
        let at = date(*at);
        let before =
            vec![doc! { "made_at": { "$lt": at } }, doc! { "made_at": at, "_id": { "$lt": id.as_str() } }];
        filter.insert("$or", before);
    }
    filter
}
