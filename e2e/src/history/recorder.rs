//! Watches etcd from its first revision, and keeps every change in exact order with when it was seen.
//!
//! A watch that breaks goes on after the last revision that was whole, so no change is missed or told twice. Nothing may
//! compact this etcd meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use etcd_client::{Client, ConnectOptions, EventType, WatchOptions, WatchResponse};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::documents::{Change, read};

/// The prefix of all keys.
const PREFIX: &str = "/sandglass/";
/// Between two tries to reach etcd, and how long a change may be waited for before the watch is made anew.
const PAUSE: Duration = Duration::from_millis(100);
const SILENCE: Duration = Duration::from_secs(2);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(2);

/// Records until it is asked for what it has.
pub struct Recorder {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
    endpoint: String,
}

#[derive(Default)]
struct Seen {
    changes: Vec<Change>,
    /// The last revision that is whole.
    revision: i64,
    /// Why it gave up.
    failed: Option<String>,
}

impl Recorder {
    /// Begins to record; `now_ms` tells the time.
    pub fn start(runtime: &Runtime, endpoint: String, now_ms: fn() -> i64) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = runtime.spawn(watch(endpoint.clone(), Arc::clone(&seen), now_ms));
        Self { seen, task, endpoint }
    }

    /// Calls `look` with all that was seen so far.
    pub fn so_far<T>(&self, look: impl FnOnce(&[Change]) -> T) -> T {
        look(&self.seen.lock().expect("whoever holds it does not panic").changes)
    }

    /// Waits until everything up to now is seen, and returns it.
    ///
    /// # Errors
    /// When etcd cannot be read, or a document of it.
    pub async fn finish(self) -> Result<Vec<Change>> {
        let mut client = connect(&self.endpoint).await?;
        let head = client.get(PREFIX, None).await?.header().context("a header")?.revision();
        // A watch tells of changes alone: this one comes after all of them.
        let end = client.put(format!("{PREFIX}recorder"), "end", None).await?;
        let end = end.header().context("a header")?.revision();
        for _ in 0..600 {
            if let Some(changes) = self.whole(end)? {
                self.task.abort();
                let until = u64::try_from(head)?;
                return Ok(changes.into_iter().filter(|change| change.revision <= until).collect());
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("the recorder did not see revision {end} in time")
    }
}

impl Recorder {
    /// Returns all changes once `end` is seen.
    fn whole(&self, end: i64) -> Result<Option<Vec<Change>>> {
        let seen = self.seen.lock().expect("whoever holds it does not panic");
        if let Some(failed) = &seen.failed {
            bail!("the recorder gave up: {failed}");
        }
        Ok((seen.revision >= end).then(|| seen.changes.clone()))
    }
}

async fn connect(endpoint: &str) -> Result<Client> {
    let options = ConnectOptions::new().with_user("root", "root").with_timeout(REQUEST);
    Ok(Client::connect([endpoint], Some(options.with_connect_timeout(REQUEST))).await?)
}

async fn watch(endpoint: String, seen: Arc<Mutex<Seen>>, now_ms: fn() -> i64) {
    loop {
        // Whatever ends a watch, the next one goes on behind what was seen.
        let ended = watch_once(&endpoint, &seen, now_ms).await;
        if let Err(Fatal(why)) = ended {
            seen.lock().expect("whoever holds it does not panic").failed = Some(why);
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What no second try would mend.
struct Fatal(String);

async fn watch_once(endpoint: &str, seen: &Mutex<Seen>, now_ms: fn() -> i64) -> Result<(), Fatal> {
    let next = seen.lock().expect("whoever holds it does not panic").revision + 1;
    let Ok(mut client) = connect(endpoint).await else { return Ok(()) };
    let options = WatchOptions::new().with_prefix().with_start_revision(next);
    let Ok(mut stream) = client.watch(PREFIX, Some(options)).await else { return Ok(()) };
    while let Ok(Ok(Some(message))) = timeout(SILENCE, stream.message()).await {
        if message.compact_revision() > 0 {
            return Err(Fatal(format!("etcd was compacted at {}", message.compact_revision())));
        }
        if message.canceled() {
            return Ok(());
        }
        let read = read_all(&message, now_ms()).map_err(|error| Fatal(format!("{error:#}")))?;
        let mut seen = seen.lock().expect("whoever holds it does not panic");
        seen.changes.extend(read);
        if let Some(last) = message.events().last().and_then(|event| event.kv()) {
            seen.revision = last.mod_revision();
        }
    }
    Ok(())
}

fn read_all(message: &WatchResponse, seen_ms: i64) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for event in message.events() {
        let Some(pair) = event.kv() else { continue };
        let value = (event.event_type() == EventType::Put).then(|| pair.value());
        let read = read(PREFIX, pair.key(), value);
        let read = read.with_context(|| format!("`{}`", String::from_utf8_lossy(pair.key())))?;
        let revision = u64::try_from(pair.mod_revision())?;
        changes.extend(read.map(|what| Change { revision, seen_ms, what }));
    }
    Ok(changes)
}
