//! Runs, ranges and output.
//!
//! Of two versions of a record the higher one stays: an update looks for a lower one, and where it finds none makes
//! the document, which fails as a duplicate when a higher one is there. Chunks are only ever inserted; one that is
//! there already was delivered before.
//!
//! Not here: the list of runs (`runs`), hints (`watch`), what is forgotten (`prune`).

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use model::chunk::Chunk;
use model::id::{JobName, RunId};
use model::outcome::Outcome;
use model::ports::{Clock, Facts, FactsChange, RunQuery, RunTally, StoreError, TickFilter};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::time::{Span, Timestamp};
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::options::{ReadPreference, SelectionCriteria};
use mongodb::{Collection, Database};

use super::documents::{self, chunk_id, date, encode, read_chunk};
use super::error::{self, DUPLICATE};
use super::options::Options;
use super::{CHUNKS, RANGES, RUNS, prune, runs, watch};

/// Most rows in one answer.
pub(super) const ROWS_MAX: usize = 1000;

pub(super) struct MongoFacts {
    pub(super) database: Database,
    pub(super) clock: std::sync::Arc<dyn Clock>,
}

impl MongoFacts {
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// Sends some upserts as one command. What a higher or equal version refuses as a duplicate is done.
    async fn upsert(&self, collection: &str, updates: Vec<Document>) -> Result<(), StoreError> {
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
        refused(&answer)
    }

    /// Makes the documents of runs for which only output has come, so that it goes in time if their record never
    /// comes. Only a run's first chunk asks for it.
    async fn note_first(&self, chunks: &[Chunk], now: Timestamp) -> Result<(), StoreError> {
        let first: BTreeSet<_> =
            chunks.iter().filter(|chunk| chunk.seq == 0).map(|chunk| &chunk.run).collect();
        let note = |run: &&RunId| {
            doc! {
                "q": { "_id": run.as_str() },
                "u": { "$setOnInsert": { "first_at": date(now) } },
                "upsert": true,
            }
        };
        self.upsert(RUNS, first.iter().map(note).collect()).await
    }
}

/// Returns an error when anything but duplicates was refused.
pub(super) fn refused(answer: &Document) -> Result<(), StoreError> {
    if let Ok(concern) = answer.get_document("writeConcernError") {
        let why = concern.get_str("errmsg").unwrap_or("a majority did not keep it in time");
        return Err(StoreError::Unavailable(format!("mongodb: {why}")));
    }
    let Ok(errors) = answer.get_array("writeErrors") else { return Ok(()) };
    let mut errors = errors.iter().filter_map(Bson::as_document);
    let other = errors.find(|one| one.get_i32("code").ok() != Some(DUPLICATE));
    let Some(other) = other else { return Ok(()) };
    let why = other.get_str("errmsg").unwrap_or("without a reason");
    let why = format!("mongodb refused a write: {why}");
    let invalid = other.get_i32("code").is_ok_and(error::is_invalid_code);
    Err(if invalid { StoreError::Refused(why) } else { StoreError::Permanent(why) })
}

#[async_trait]
impl Facts for MongoFacts {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        let update = |run: &RunRecord| {
            doc! {
                "q": { "_id": run.id.as_str(), "order": { "$not": { "$gte": documents::order(run) } } },
                "u": { "$set": documents::run(run) },
                "upsert": true,
            }
        };
        self.upsert(RUNS, runs.iter().map(update).collect()).await
    }

    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError> {
        let update = doc! {
            "q": { "_id": run.as_str() },
            "u": {
                "$set": { "late_outcome": encode(&outcome) },
                "$setOnInsert": { "first_at": date(self.clock.now()) },
            },
            "upsert": true,
        };
        self.upsert(RUNS, vec![update]).await
    }

    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError> {
        let update = |range: &RangeRecord| {
            let (id, set) = documents::range(range);
            doc! { "q": { "_id": id, "to": { "$lt": range.to.as_millis() } }, "u": { "$set": set }, "upsert": true }
        };
        self.upsert(RANGES, ranges.iter().map(update).collect()).await
    }

    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError> {
        if chunks.is_empty() {
            return Ok(());
        }
        self.note_first(&chunks, self.clock.now()).await?;
        let documents = chunks.iter().map(documents::chunk);
        match self.collection(CHUNKS).insert_many(documents).ordered(false).await {
            Ok(_) => Ok(()),
            Err(error) if error::only_duplicates(&error) => Ok(()),
            Err(error) => Err(error::store(&error)),
        }
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let record = doc! { "_id": id.as_str(), "order": { "$exists": true } };
        let runs = self.collection(RUNS).clone_with_type::<RawDocumentBuf>();
        let found = runs.find_one(record).await.map_err(|e| error::store(&e))?;
        found.map(|document| documents::read_run(&document)).transpose()
    }

    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        runs::list(&self.collection(RUNS), &query).await
    }

    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        runs::recent(&self.collection(RUNS), jobs, each).await
    }

    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        let touching = doc! {
            "_id.uid": filter.uid.as_str(),
            "_id.from": { "$lt": filter.to.as_millis() },
            "to": { "$gte": filter.from.as_millis() },
        };
        let limit = i64::try_from(filter.limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let ranges = self.collection(RANGES);
        let find = ranges.find(touching).sort(doc! { "_id.from": 1, "_id.worker": 1 }).limit(limit);
        let found: Vec<RawDocumentBuf> =
            async { find.await?.with_type().try_collect().await }.await.map_err(|e| error::store(&e))?;
        found.iter().map(|document| documents::decode(document, filter.uid.as_str())).collect()
    }

    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        let touching = doc! { "to": { "$gte": from.as_millis() }, "_id.from": { "$lt": to.as_millis() } };
        let limit = i64::try_from(limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
        let ranges = self.collection(RANGES);
        let find = ranges.find(touching).sort(doc! { "to": 1, "_id": 1 }).limit(limit);
        let found: Vec<RawDocumentBuf> =
            async { find.await?.with_type().try_collect().await }.await.map_err(|e| error::store(&e))?;
        found.iter().map(|document| documents::decode(document, "of some job")).collect()
    }

    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError> {
        runs::tally(&self.collection(RUNS), from, to, late_after).await
    }

    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        let limit = limit.min(ROWS_MAX);
        if limit == 0 || i64::try_from(from).is_err() {
            return Ok(Vec::new());
        }
        let keys = doc! { "_id": { "$gte": chunk_id(run, from), "$lte": chunk_id(run, u64::MAX) } };
        let limit = i64::try_from(limit).expect("at most a thousand");
        let chunks = self.collection(CHUNKS);
        let find = chunks.find(keys).sort(doc! { "_id": 1 }).limit(limit);
        let found: Vec<Document> =
            async { find.await?.try_collect().await }.await.map_err(|e| error::store(&e))?;
        found.into_iter().map(|document| read_chunk(run, document)).collect()
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        watch::watch(&self.database).await
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        let hello = self.database.run_command(doc! { "hello": 1 });
        // Of the primary, as all that is written.
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let hello = hello.selection_criteria(primary).await.map_err(|e| error::store(&e))?;
        let time = hello.get_datetime("localTime").map_err(|_| {
            StoreError::Permanent("mongodb: the answer to `hello` has no `localTime`".to_owned())
        })?;
        Ok(Timestamp::from_millis(time.timestamp_millis()))
    }

    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError> {
        prune::prune(&self.database, now, ranges_days).await.map_err(|e| error::store(&e))
    }
}
