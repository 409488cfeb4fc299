//! Hints that a run changed, from the change stream of the database.
//!
//! Only keys travel, not the output itself. Where there is no change stream (a server that is no replica set), or it
//! breaks, the hint is `Anything`, each second: whoever looks at something looks again.
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
use tokio::time::sleep;

use super::{CHUNKS, RUNS};

/// Between two looks where there is no change stream, and between two tries to have one.
const POLL: Duration = Duration::from_secs(1);

type Events = ChangeStream<ChangeStreamEvent<Document>>;

/// Returns hints from now on.
pub(super) async fn watch(database: &Database) -> Result<BoxStream<'static, FactsChange>, StoreError> {
    let watcher = Watcher { database: database.clone(), events: open(database).await };
    let hints = stream::unfold(watcher, |mut watcher| async {
        let hint = watcher.next().await;
        Some((hint, watcher))
    });
    Ok(hints.boxed())
}

struct Watcher {
    database: Database,
    events: Option<Events>,
}

impl Watcher {
    async fn next(&mut self) -> FactsChange {
        loop {
            let Some(events) = &mut self.events else {
                sleep(POLL).await;
                self.events = open(&self.database).await;
                // Whatever happened in between was not heard.
                return FactsChange::Anything;
            };
            match events.next().await {
                Some(Ok(event)) => {
                    if let Some(run) = event.document_key.as_ref().and_then(run_of) {
                        return FactsChange::Run(run);
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!("the change stream of MongoDB broke, it is opened again: {error}");
                    self.events = None;
                }
                None => self.events = None,
            }
        }
    }
}

async fn open(database: &Database) -> Option<Events> {
    let pipeline = [
        doc! { "$match": {
            "ns.coll": { "$in": [RUNS, CHUNKS] },
            "operationType": { "$in": ["insert", "update", "replace"] },
        } },
        doc! { "$project": { "operationType": 1, "documentKey": 1 } },
    ];
    match database.watch().pipeline(pipeline).await {
        Ok(events) => Some(events),
        Err(error) => {
            tracing::debug!("MongoDB gives no change stream, it is asked each second: {error}");
            None
        }
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
