//! The list of runs with its filters, newest first.
//!
//! It goes along `(scheduled_at, _id)` downwards from the cursor, so that a page costs the same however deep it lies.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use model::id::JobName;
use model::ports::{RunQuery, RunTally, StoreError};
use model::run::{RecentRun, RunRecord, Trigger};
use model::time::{Span, Timestamp};
use mongodb::Collection;
use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};

use super::documents::read_run;
use super::error;
use super::facts::ROWS_MAX;

/// Jobs whose last runs are asked for in one question.
const JOBS_AT_ONCE: usize = 50;

/// Returns a page of records.
pub(super) async fn list(
    runs: &Collection<Document>,
    query: &RunQuery,
) -> Result<Vec<RunRecord>, StoreError> {
    let limit = i64::try_from(query.limit.clamp(1, ROWS_MAX)).expect("at most a thousand");
    let find = runs.find(filter(query)).sort(doc! { "scheduled_at": -1, "_id": -1 }).limit(limit);
    let found: Vec<RawDocumentBuf> = async { find.await?.with_type().try_collect().await }
        .await
        .map_err(|e: mongodb::error::Error| error::store(&e))?;
    found.iter().map(|document| read_run(document)).collect()
}

/// Returns the last runs of each job, by the fields that a strip needs. One question for many jobs: each is a pipeline of its
/// own along the index of jobs, and their answers follow each other.
pub(super) async fn recent(
    runs: &Collection<Document>,
    jobs: &[JobName],
    each: usize,
) -> Result<Vec<Vec<RecentRun>>, StoreError> {
    let limit = i64::try_from(each.clamp(1, ROWS_MAX)).expect("at most a thousand");
    let last_of = |job: &JobName| {
        // A record that BSON cannot hold is text: it is read whole.
        let is_text = doc! { "$eq": [{ "$type": "$record" }, "string"] };
        [
            doc! { "$match": { "job": job.as_str(), "order": { "$exists": true } } },
            doc! { "$sort": { "scheduled_at": -1, "_id": -1 } },
            doc! { "$limit": limit },
            doc! { "$project": {
                "job": 1, "status": 1, "trigger": 1, "scheduled_at": 1,
                "started_at": "$record.started_at", "ended_at": "$record.ended_at",
                "version": { "$cond": [is_text.clone(), "$version", "$$REMOVE"] },
                "record": { "$cond": [is_text, "$record", "$$REMOVE"] },
            } },
        ]
    };
    let mut recent: BTreeMap<String, Vec<RecentRun>> = BTreeMap::new();
    // A job that is named twice is asked for once.
    let once: Vec<_> = jobs.iter().collect::<BTreeSet<_>>().into_iter().collect();
    for pack in once.chunks(JOBS_AT_ONCE) {
        let mut stages = Vec::new();
        for job in pack {
            if stages.is_empty() {
                stages.extend(last_of(job));
            } else {
                let others = doc! { "coll": runs.name(), "pipeline": last_of(job).to_vec() };
                stages.push(doc! { "$unionWith": others });
            }
        }
        let found: Vec<RawDocumentBuf> =
            async { runs.aggregate(stages).await?.with_type().try_collect().await }
                .await
                .map_err(|e: mongodb::error::Error| error::store(&e))?;
        for document in found {
            let job = document.get_str("job").unwrap_or_default().to_owned();
            recent.entry(job).or_default().push(read_recent(&document)?);
        }
    }
    Ok(jobs.iter().map(|job| recent.get(job.as_str()).cloned().unwrap_or_default()).collect())
}

fn read_recent(document: &RawDocument) -> Result<RecentRun, StoreError> {
    if let Ok(Some(_)) = document.get("record") {
        return Ok(RecentRun::from(&read_run(document)?));
    }
    let time = |name: &str| document.get_str(name).ok().map(str::parse).transpose().ok();
    let read = || {
        Some(RecentRun {
            id: document.get_str("_id").ok()?.parse().ok()?,
            status: document.get_str("status").ok()?.parse().ok()?,
            trigger: document.get_str("trigger").ok()?.parse().ok()?,
            scheduled_at: Timestamp::from_millis(document.get_i64("scheduled_at").ok()?),
            started_at: time("started_at")?,
            ended_at: time("ended_at")?,
        })
    };
    read().ok_or_else(|| StoreError::Permanent(format!("mongodb: a run cannot be read: {document:?}")))
}

/// Counts runs by hour and status; the index has all that is asked for, and no document is read.
pub(super) async fn tally(
    runs: &Collection<Document>,
    from: Timestamp,
    to: Timestamp,
    late_after: Span,
) -> Result<Vec<RunTally>, StoreError> {
    let of_schedule = doc! { "$eq": ["$trigger", Trigger::Schedule.as_str()] };
    let counted = |begun: Document| {
        // Null is less than any number.
        let known = doc! { "$gt": ["$delay", Bson::Null] };
        doc! { "$sum": { "$cond": [{ "$and": [of_schedule.clone(), known, begun] }, 1_i64, 0_i64] } }
    };
    let late = millis(late_after);
    let stages = [
        doc! { "$match": { "scheduled_at": { "$gte": from.as_millis(), "$lt": to.as_millis() } } },
        doc! { "$group": {
            "_id": {
                "hour": { "$subtract": ["$scheduled_at", { "$mod": ["$scheduled_at", 3_600_000_i64] }] },
                "status": "$status",
            },
            "runs": { "$sum": 1_i64 },
            "on_time": counted(doc! { "$lte": ["$delay", late.clone()] }),
            "late": counted(doc! { "$gt": ["$delay", late] }),
        } },
        doc! { "$sort": { "_id": 1 } },
    ];
    let found: Vec<Document> = async { runs.aggregate(stages).await?.try_collect().await }
        .await
        .map_err(|e: mongodb::error::Error| error::store(&e))?;
    found.iter().map(read_tally).collect()
}

fn read_tally(document: &Document) -> Result<RunTally, StoreError> {
    let read = || {
        let id = document.get_document("_id").ok()?;
        let count = |name: &str| u64::try_from(document.get_i64(name).ok()?).ok();
        Some(RunTally {
            hour: Timestamp::from_millis(id.get_i64("hour").ok()?),
            status: id.get_str("status").ok()?.parse().ok()?,
            runs: count("runs")?,
            on_time: count("on_time")?,
            late: count("late")?,
        })
    };
    read()
        .ok_or_else(|| StoreError::Permanent(format!("mongodb: a count of runs cannot be read: {document}")))
}

fn filter(query: &RunQuery) -> Document {
    let mut filter = doc! { "order": { "$exists": true } };
    if let Some(job) = &query.job {
        filter.insert("job", job.as_str());
    }
    if let Some(worker) = &query.worker {
        filter.insert("worker", worker.as_str());
    }
    let statuses: Vec<_> = query.status.iter().map(|status| status.as_str()).collect();
    if !statuses.is_empty() {
        filter.insert("status", doc! { "$in": statuses });
    }
    let triggers: Vec<_> = query.trigger.iter().map(|trigger| trigger.as_str()).collect();
    if !triggers.is_empty() {
        filter.insert("trigger", doc! { "$in": triggers });
    }
    let mut duration = Document::new();
    duration.extend(query.duration_min.map(|least| ("$gte".to_owned(), millis(least))));
    duration.extend(query.duration_max.map(|most| ("$lte".to_owned(), millis(most))));
    if !duration.is_empty() {
        filter.insert("duration", duration);
    }
    let mut window = Document::new();
    if let Some(from) = query.from {
        window.insert("$gte", from.as_millis());
    }
    if let Some(to) = query.to {
        window.insert("$lt", to.as_millis());
    }
    if let Some(after) = &query.after {
        let at = after.scheduled_at.as_millis();
        window.insert("$lte", at);
        filter.insert(
            "$or",
            vec![
                doc! { "scheduled_at": { "$lt": at } },
                doc! { "scheduled_at": at, "_id": { "$lt": after.id.as_str() } },
            ],
        );
    }
    if !window.is_empty() {
        filter.insert("scheduled_at", window);
    }
    filter
}

fn millis(span: Span) -> Bson {
    Bson::Int64(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}
