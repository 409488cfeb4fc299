//! The stores' documents, read by the checker itself: no type of ours between the bytes and the judgement.
//!
//! Only what the checks look at is read; a document that lacks it fails the whole check.

use anyhow::{Context as _, Result, bail};
use chrono::DateTime;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One change of one key.
#[derive(Debug, Clone)]
pub struct Change {
    /// The revision that it made; changes of one transaction share it.
    pub revision: u64,
    /// When it was seen, in milliseconds since 1970; later than it was made while etcd or the recorder is slow.
    pub seen_ms: i64,
    /// What changed.
    pub what: What,
}

/// What a key of ours says. None: it was removed.
#[derive(Debug, Clone)]
pub enum What {
    /// A job's text.
    Job(String, Option<Box<Text>>),
    /// A job's record.
    State(String, Option<Box<State>>),
    /// A worker registered, or its registration ended.
    Worker(String, bool),
    /// A worker said how it is: whether its clock is good.
    Status(String, bool),
}

/// A saved text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Text {
    pub uid: String,
    pub spec_id: u64,
    #[serde(deserialize_with = "instant")]
    pub saved_at: i64,
    pub job: Job,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Job {
    pub enabled: bool,
    pub schedule: String,
    pub overlap: String,
    #[serde(deserialize_with = "span")]
    pub start_deadline: i64,
    pub on_worker_loss: String,
    pub placement: Placement,
    pub retries: Retries,
    pub limits: Limits,
}

impl Job {
    /// Returns true when each worker has its own ticks, and the job's own record has none.
    pub(super) fn is_everywhere(&self) -> bool {
        self.placement.mode == "all"
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Placement {
    pub mode: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Retries {
    pub max: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Limits {
    #[serde(deserialize_with = "span")]
    pub grace: i64,
}

/// A job's record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct State {
    pub uid: String,
    pub spec_id: u64,
    pub paused: Option<Paused>,
    pub deleted: Option<Value>,
    #[serde(deserialize_with = "instant")]
    pub resolved: i64,
    #[serde(default)]
    pub active: Vec<Active>,
    pub waiting: Option<Waiting>,
    #[serde(default)]
    pub retries: Vec<Waiting>,
    #[serde(default)]
    pub requests: Vec<Value>,
    #[serde(default)]
    pub unrecorded: Vec<Unrecorded>,
    #[serde(default)]
    pub last_keys: Vec<Value>,
    /// For placement `all`: how often people changed the job; in a worker's record, how much of that it has followed.
    #[serde(default)]
    pub edition: Edition,
    /// In the own record of such a job: what some worker's record has not taken yet.
    #[serde(default)]
    pub orders: Vec<Value>,
    /// In a worker's record: when it joined.
    #[serde(default, deserialize_with = "some_instant")]
    pub joined: Option<i64>,
    /// Bytes of the document.
    #[serde(skip)]
    pub bytes: usize,
}

impl State {
    /// Returns true when nothing is under way, owed or not told.
    pub fn is_at_rest(&self) -> bool {
        let lists = [&self.requests, &self.orders].map(Vec::len);
        let owed = [self.active.len(), self.retries.len(), self.unrecorded.len()];
        lists.iter().chain(&owed).all(|length| *length == 0) && self.waiting.is_none()
    }

    /// Returns true when a run is under way that was claimed after an instant.
    pub fn claimed_since(&self, since_ms: i64) -> bool {
        self.active.iter().any(|active| active.since > since_ms)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Edition {
    pub number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Paused {
    #[serde(deserialize_with = "instant")]
    pub since: i64,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Active {
    pub run: String,
    pub uid: String,
    pub spec_id: u64,
    pub cause: Cause,
    pub attempt: u32,
    pub worker: String,
    #[serde(deserialize_with = "instant")]
    pub since: i64,
    pub nonce: String,
    pub kill: Option<Value>,
}

/// What waits for a run before it, or is owed again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    pub cause: Cause,
}

/// Why a run exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    Tick {
        #[serde(deserialize_with = "instant")]
        at: i64,
        #[serde(default)]
        catch_up: bool,
    },
    Request {
        #[serde(deserialize_with = "instant")]
        at: i64,
    },
}

impl Cause {
    /// Returns the instant of a tick.
    pub(super) fn tick(&self) -> Option<i64> {
        match self {
            Self::Tick { at, .. } => Some(*at),
            Self::Request { .. } => None,
        }
    }

    pub(super) fn at(&self) -> i64 {
        let (Self::Tick { at, .. } | Self::Request { at }) = self;
        *at
    }
}

/// An end that waits for MongoDB.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unrecorded {
    Ticks {
        uid: String,
        #[serde(deserialize_with = "instant")]
        from: i64,
        #[serde(deserialize_with = "instant")]
        to: i64,
        end: End,
    },
    Run {},
}

/// How ticks ended that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct End {
    pub status: String,
    pub why: String,
}

/// A record of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// The run.
    pub id: String,
    /// Its job.
    pub job: String,
    /// Counts the tries.
    pub attempt: u32,
    /// Where it stands.
    pub status: String,
    /// Why it ended so.
    #[serde(default)]
    pub reason: String,
    /// Its whole output.
    pub output: Option<Output>,
}

/// What is said of a run's whole output.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Output {
    /// How many chunks.
    pub chunks: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes that were not kept.
    pub dropped: u64,
    /// Of the bytes, in hexadecimal.
    pub sha256: String,
}

/// A range of ticks that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Range {
    /// The job's own id.
    pub uid: String,
    /// The first, in milliseconds since 1970.
    #[serde(deserialize_with = "instant")]
    pub from: i64,
    /// The last.
    #[serde(deserialize_with = "instant")]
    pub to: i64,
    /// For placement `all`: the worker whose ticks these are.
    #[serde(default)]
    pub worker: Option<String>,
    /// How they ended.
    pub end: End,
}

impl Range {
    /// Returns true when it tells of a tick, of a worker's record or of the job's own.
    pub(super) fn tells(&self, uid: &str, worker: Option<&str>, tick: i64) -> bool {
        self.uid == uid && self.worker.as_deref() == worker && (self.from..=self.to).contains(&tick)
    }
}

/// A piece of output as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The run.
    pub run: String,
    /// Its number.
    pub seq: i64,
    /// The bytes; none where it stands for what was not kept.
    pub bytes: Option<Vec<u8>>,
}

/// Reads a key and its value; none when the key is of no account here.
pub(super) fn read(prefix: &str, key: &[u8], value: Option<&[u8]>) -> Result<Option<What>> {
    let key = std::str::from_utf8(key).context("a key of ours is text")?;
    let key = key.strip_prefix(prefix).unwrap_or(key);
    let name = key.rsplit('/').next().unwrap_or_default().to_owned();
    let what = match key.split('/').next().unwrap_or_default() {
        "job" => What::Job(name, value.map(document::<Text>).transpose().context("a job")?.map(Box::new)),
        "state" => What::State(name, value.map(state).transpose().context("a state")?.map(Box::new)),
        "worker" => What::Worker(name, value.is_some()),
        "worker-status" => {
            let status = value.map(serde_json::from_slice::<Value>).transpose().context("a status")?;
            What::Status(name, status.is_some_and(|status| is_good(&status)))
        }
        _ => return Ok(None),
    };
    Ok(Some(what))
}

/// Looks wherever the status stands: as a document or by itself.
fn is_good(status: &Value) -> bool {
    let status = status.get("document").unwrap_or(status);
    status["clock_ok"] == true
}

fn state(value: &[u8]) -> Result<State> {
    let mut state: State = document(value)?;
    state.bytes = value.len();
    Ok(state)
}

fn document<D: for<'de> Deserialize<'de>>(value: &[u8]) -> Result<D> {
    let mut value: Value = serde_json::from_slice(value)?;
    let document = value["document"].take();
    serde_json::from_value(document.clone()).with_context(|| format!("not as expected: {document}"))
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    millis(&text).map_err(serde::de::Error::custom)
}

fn some_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| millis(&text).map_err(serde::de::Error::custom)).transpose()
}

/// Reads an RFC 3339 instant as milliseconds since 1970.
///
/// # Errors
/// When it is none.
pub fn millis(text: &str) -> Result<i64> {
    Ok(DateTime::parse_from_rfc3339(text)
        .with_context(|| format!("not an instant: {text}"))?
        .timestamp_millis())
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    span_ms(&text).map_err(serde::de::Error::custom)
}

/// Reads spans such as `1m30s` as milliseconds.
fn span_ms(text: &str) -> Result<i64> {
    let (mut sum, mut rest) = (0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).context("a unit")?;
        let (count, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit_ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => bail!("`{text}` has an unknown unit"),
        };
        sum += count.parse::<i64>().with_context(|| format!("not a span: {text}"))? * unit_ms;
        rest = after;
    }
    Ok(sum)
}
