//! Hints that a run changed, from the change stream of the database.
//!
//! Only keys travel, not the output itself. A stream that breaks, or from which nothing is heard although it should
//! answer each second, is opened again, with the hint `Anything`: whoever looks at something looks again, so nothing
//! that came in between stays unseen. Where there is no change stream, as on a server that is no replica set, that
//! hint comes four times a second.
//!
//! Flow: MongoDB → **`watch`** → the master's live views.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::ports::{FactsChange, StoreError};
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;
use mongodb::error::ErrorKind;
use tokio::time::{Instant, sleep, timeout};

use super::{CHUNKS, RUNS};

/// Between two looks where there is no change stream, and between two tries to have one.
const POLL: Duration = Duration::from_millis(250);
/// Between two tries to have one from a server that is no replica set: it does not become one while it runs.
const RETRY_STANDALONE: Duration = Duration::from_secs(30);
/// How long the server waits for a change before it answers that there is none.
const AWAIT: Duration = Duration::from_secs(1);
/// How long an answer may take before the connection counts as dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// The code of a server that is no replica set.
const NO_REPLICA_SET: i32 = 40_573;

type Events = ChangeStream<ChangeStreamEvent<Document>>;

/// Returns hints from now on.
pub(super) async fn watch(database: &Database) -> Result<BoxStream<'static, FactsChange>, StoreError> {
    let mut watcher = Watcher { database: database.clone(), events: None, try_again: Instant::now() };
    watcher.open().await;
    let hints = stream::unfold(watcher, |mut watcher| async {
        let hint = watcher.next().await;
        Some((hint, watcher))
    });
    Ok(hints.boxed())
}

struct Watcher {
    database: Database,
    events: Option<Events>,
    /// When a stream is asked for again.
    try_again: Instant,
}

impl Watcher {
    async fn next(&mut self) -> FactsChange {
        loop {
            let Some(events) = &mut self.events else {
                sleep(POLL).await;
                if Instant::now() >= self.try_again {
                    self.open().await;
                }
                // Whatever happened in between was not heard.
                return FactsChange::Anything;
            };
            match timeout(SILENCE_MAX, events.next_if_any()).await {
                Ok(Ok(Some(event))) => {
                    if let Some(run) = event.document_key.as_ref().and_then(run_of) {
                        return FactsChange::Run(run);
                    }
                }
                // Nothing changed; a stream that has come to its end says no more than that.
                Ok(Ok(None)) if events.is_alive() => {}
                Ok(Ok(None)) => self.broken("it has ended"),
                Ok(Err(error)) => self.broken(&error.to_string()),
                Err(_) => self.broken("nothing is heard from it"),
            }
        }
    }

    fn broken(&mut self, why: &str) {
        tracing::debug!("the change stream of MongoDB broke, it is opened again: {why}");
        self.events = None;
    }

    async fn open(&mut self) {
        let pipeline = [
            doc! { "$match": {
                "ns.coll": { "$in": [RUNS, CHUNKS] },
                "operationType": { "$in": ["insert", "update", "replace"] },
            } },
            doc! { "$project": { "operationType": 1, "documentKey": 1 } },
        ];
        let opening = self.database.watch().pipeline(pipeline).max_await_time(AWAIT);
        let wait = match timeout(SILENCE_MAX, opening).await {
            Ok(Ok(events)) => {
                self.events = Some(events);
                return;
            }
            Ok(Err(error)) if code(&error) == Some(NO_REPLICA_SET) => {
                tracing::warn!(
                    "MongoDB is no replica set and gives no change stream: it is asked four times a second"
                );
                RETRY_STANDALONE
            }
            Ok(Err(error)) => {
                tracing::debug!("MongoDB gives no change stream: {error}");
                Duration::ZERO
            }
            Err(_) => Duration::ZERO,
        };
        self.try_again = Instant::now() + wait;
    }
}

fn code(error: &mongodb::error::Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}

fn run_of(key: &Document) -> Option<model::id::RunId> {
    let id = match key.get("_id")? {
        Bson::String(run) => run.as_str(),
        Bson::Document(chunk) => chunk.get_str("run").ok()?,
        _ => return None,
    };
    id.parse().ok()
}
