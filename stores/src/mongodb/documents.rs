//! The shapes of the documents: what queries and indexes look at stands beside the record itself.
//!
//! ```text
//! runs     _id: run        job, uid, status, worker, trigger, scheduled_at, order, expires_at, duration, delay,
//!                          untold, version, record, late_outcome, first_at
//! chunks   _id: {run, seq} code, at, bytes
//! ranges   _id: {uid, worker, from}   to, untold, version, record
//! modules  _id: digest     uploaded_at, file, version, record
//! audit    _id: line       at, user, target, denied, version, record
//! revisions _id: {job, revision}   at, deleted, version, record
//! marks    _id: name       to
//! notices  _id: notice     made_at, job, condition, deliveries, version, record
//! ```
//!
//! A document of `runs` without `order` is no record: output or a late outcome came before it.
//! Flow: model type → **`documents`** → BSON, and back.

use std::fmt;

use bytes::Bytes;
use model::chunk::Chunk;
use model::id::RunId;
use model::outcome::Outcome;
use model::ports::StoreError;
use model::run::{RangeRecord, RunRecord};
use model::time::Timestamp;
use mongodb::bson::serde_helpers::HumanReadable;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, RawBsonRef, RawDocument, deserialize_from_slice, doc};

use super::error;
use crate::documents::{self, Document as Stored};

/// Returns a record as BSON, so that it can be read with MongoDB's own tools.
pub(super) fn encode<D: Stored>(record: &D) -> Bson {
    let value =
        serde_json::to_value(record).expect("a stored type has string keys and no failing serializer");
    Bson::try_from(value).unwrap_or_else(|_| Bson::String(documents::encode(record)))
}

/// Reads the record of a document, straight from its bytes; `name` says in a message whose it is.
pub(super) fn decode<D: Stored>(document: &RawDocument, name: &str) -> Result<D, StoreError> {
    let version = document.get_i32("version").ok().and_then(|version| u32::try_from(version).ok());
    let version = version.ok_or_else(|| damaged::<D>(name, "it has no version"))?;
    documents::known::<D>(version, name).map_err(|unreadable| error::unreadable(&unreadable))?;
    let record = document.get("record").ok().flatten();
    read(record.ok_or_else(|| damaged::<D>(name, "it has no record"))?, name)
}

/// Reads what [`encode`] made.
fn read<D: Stored>(record: RawBsonRef<'_>, name: &str) -> Result<D, StoreError> {
    match record {
        // One that BSON cannot hold (a count beyond 2^63) is kept as text.
        RawBsonRef::String(text) => serde_json::from_str(text).map_err(|error| damaged::<D>(name, error)),
        // Instants and spans stand as they do in JSON.
        RawBsonRef::Document(record) => deserialize_from_slice::<HumanReadable<D>>(record.as_bytes())
            .map(|HumanReadable(record)| record)
            .map_err(|error| damaged::<D>(name, error)),
        _ => Err(damaged::<D>(name, "it is no document")),
    }
}

fn damaged<D: Stored>(name: &str, why: impl fmt::Display) -> StoreError {
    let text = format!("{} `{name}` cannot be read: {why}", D::WHAT);
    error::unreadable(&documents::Unreadable::Damaged(text))
}

/// Returns the format of a record as it is stored.
pub(super) fn version<D: Stored>() -> i32 {
    i32::try_from(D::VERSION).expect("formats are few")
}

/// Returns an instant as MongoDB knows it.
pub(super) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millis())
}

/// Returns the order of a record as one number, which rises as [`RunRecord::order`] does.
pub(super) fn order(run: &RunRecord) -> i64 {
    let (fence, stage) = run.order();
    i64::try_from(fence).unwrap_or(i64::MAX / 4).saturating_mul(4).saturating_add(i64::from(stage))
}

/// Returns what is set for a record.
pub(super) fn run(run: &RunRecord) -> Document {
    let ended_at = run.ended_at.unwrap_or(run.scheduled_at);
    let expires_at = run.status.is_final().then(|| date(ended_at + run.retention));
    doc! {
        "job": run.job.as_str(),
        "uid": run.uid.as_str(),
        "status": run.status.as_str(),
        "worker": run.worker.as_ref().map(|worker| worker.as_str()),
        "trigger": run.trigger.as_str(),
        "scheduled_at": run.scheduled_at.as_millis(),
        "order": order(run),
        "expires_at": expires_at,
        "duration": run.duration_ms(),
        "delay": run.delay_ms(),
        "untold": run.status.is_final(),
        "version": version::<RunRecord>(),
        "record": encode(run),
    }
}

/// Reads a document of `runs` that is a record.
pub(super) fn read_run(document: &RawDocument) -> Result<RunRecord, StoreError> {
    let id = document.get_str("_id").unwrap_or_default();
    let mut run: RunRecord = decode(document, id)?;
    if let Ok(Some(late)) = document.get("late_outcome") {
        run.late_outcome = Some(read::<Outcome>(late, id)?);
    }
    Ok(run)
}

/// Returns the key of a chunk; keys of one run stand together, in order of sequence.
pub(super) fn chunk_id(run: &RunId, seq: u64) -> Document {
    doc! { "run": run.as_str(), "seq": i64::try_from(seq).unwrap_or(i64::MAX) }
}

/// Returns the document of a chunk.
pub(super) fn chunk(chunk: &Chunk) -> Document {
    doc! {
        "_id": chunk_id(&chunk.run, chunk.seq),
        "code": i32::from(chunk.code()),
        "at": chunk.at.as_millis(),
        "bytes": Binary { subtype: BinarySubtype::Generic, bytes: chunk.payload().to_vec() },
    }
}

/// Reads a chunk.
pub(super) fn read_chunk(run: &RunId, mut document: Document) -> Result<Chunk, StoreError> {
    let mut read = || {
        let seq = document.get_document("_id").ok()?.get_i64("seq").ok()?;
        let code = u8::try_from(document.get_i32("code").ok()?).ok()?;
        let at = Timestamp::from_millis(document.get_i64("at").ok()?);
        let Bson::Binary(payload) = document.remove("bytes")? else { return None };
        let payload = Bytes::from(payload.bytes);
        Chunk::from_stored(run.clone(), u64::try_from(seq).ok()?, at, code, payload)
    };
    read().ok_or_else(|| StoreError::Permanent(format!("mongodb: a chunk of run `{run}` cannot be read")))
}

/// Returns the key of a range and what is set for it.
pub(super) fn range(range: &RangeRecord) -> (Document, Document) {
    let worker = range.worker.as_ref().map_or("", |worker| worker.as_str());
    let id = doc! { "uid": range.uid.as_str(), "worker": worker, "from": range.from.as_millis() };
    let set = doc! {
        "to": range.to.as_millis(),
        "untold": true,
        "version": version::<RangeRecord>(),
        "record": encode(range),
    };
    (id, set)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::RawDocumentBuf;

    use super::*;

    #[test]
    fn what_bson_cannot_hold_is_kept_as_text() {
        let range = RangeRecord {
            job: "nightly".parse().expect("a name"),
            uid: model::id::JobUid::random(),
            from: Timestamp::from_seconds(0),
            to: Timestamp::from_seconds(60),
            end: model::state::Unrun::Missed { why: model::state::MissReason::Window },
            worker: None,
        };
        let stored = |record: Bson| {
            let document = doc! { "version": version::<RangeRecord>(), "record": record };
            RawDocumentBuf::try_from(&document).expect("a document")
        };
        assert_eq!(decode::<RangeRecord>(&stored(encode(&range)), "nightly").expect("read"), range);
        let text = Bson::String(documents::encode(&range));
        assert_eq!(decode::<RangeRecord>(&stored(text), "nightly").expect("read"), range);
    }
}
