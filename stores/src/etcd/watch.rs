//! A watch that goes on: over broken connections, through silence, past an expired token.
//!
//! It ends only where the caller must load again: when the changes since its revision are compacted, when the store
//! has gone back behind it (put back from a copy), or when it may not look. A compacted watch stays open and silent
//! after one message that says `canceled`: who overlooks that waits for ever. A whole message is a step: etcd never
//! splits a revision over two of them.
//!
//! Flow: etcd → **`watch`** → worker's and master's loops.

use std::time::Duration;

use etcd_client::{Event, EventType, WatchOptions, WatchResponse, WatchStream};
use futures::stream::{self, BoxStream, StreamExt};
use model::id::Revision;
use model::ports::{Change, Changes, StoreError, WatchError};
use tokio::time::{sleep, timeout};

use super::connection::{Connection, MESSAGE_BYTES_MAX, header_revision};
use super::epoch::RESTORED;
use super::error::Fault;
use super::keys::Key;
use super::values::decode;

/// After how much silence the store is asked whether the watch still lives, and then how long its answer may take.
const SILENCE: Duration = Duration::from_secs(10);
/// Waiting before the first and before each later try to open a broken watch again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Returns the changes after `from`.
pub(super) fn watch(
    connection: Connection,
    from: Revision,
) -> BoxStream<'static, Result<Changes, WatchError>> {
    let watcher = Watcher { connection, last: from, stream: None, pause: PAUSES.0, asked: false };
    let items = stream::unfold(Some(watcher), |watcher| async {
        let mut watcher = watcher?;
        match watcher.next().await {
            Ok(changes) => Some((Ok(changes), Some(watcher))),
            Err(error) => Some((Err(error), None)),
        }
    });
    items.boxed()
}

/// One watcher: where it stands.
struct Watcher {
    connection: Connection,
    /// Everything up to here was told.
    last: Revision,
    stream: Option<WatchStream>,
    pause: Duration,
    /// Whether the store was asked if it lives and has not answered.
    asked: bool,
}

impl Watcher {
    /// Returns the next changes. Not cancel-safe in between: the stream's owner drops it as a whole.
    async fn next(&mut self) -> Result<Changes, WatchError> {
        loop {
            let Some(stream) = &mut self.stream else {
                self.open().await?;
                continue;
            };
            match timeout(SILENCE, stream.message()).await {
                Ok(Ok(Some(message))) => {
                    if let Some(changes) = self.heard(&message)? {
                        return Ok(changes);
                    }
                }
                Ok(Ok(None)) => self.broken("it was closed").await,
                Ok(Err(error)) => self.broken(&error.to_string()).await,
                Err(_) if self.asked => self.broken("it does not answer").await,
                Err(_) => match stream.request_progress().await {
                    Ok(()) => self.asked = true,
                    Err(error) => self.broken(&error.to_string()).await,
                },
            }
        }
    }

    async fn open(&mut self) -> Result<(), WatchError> {
        let Some(last) = self.connection.epoch.number(self.last) else {
            return Err(WatchError::Compacted(self.last));
        };
        let (first, end) = self.connection.keys.intent();
        let options = WatchOptions::new()
            .with_range(end)
            .with_start_revision(last.saturating_add(1))
            .with_progress_notify();
        let opened = self.connection.send(|client| {
            let (first, options) = (first.clone(), options.clone());
            let mut client = client.watch_client().max_decoding_message_size(MESSAGE_BYTES_MAX);
            async move { client.watch(first, Some(options)).await }
        });
        match opened.await {
            Ok(stream) => {
                self.stream = Some(stream);
                self.asked = false;
                Ok(())
            }
            Err(Fault::Compacted) => Err(WatchError::Compacted(self.last)),
            Err(Fault::Refused(why)) => Err(WatchError::Store(StoreError::Permanent(why))),
            Err(fault) => {
                self.broken(&fault.of_read().to_string()).await;
                Ok(())
            }
        }
    }

    /// Takes one message; returns the changes in it, if it has any.
    fn heard(&mut self, message: &WatchResponse) -> Result<Option<Changes>, WatchError> {
        self.asked = false;
        if message.compact_revision() > 0 {
            return Err(WatchError::Compacted(self.last));
        }
        if message.canceled() {
            // An expired token, mostly; the next request brings a new one.
            tracing::debug!("etcd ended a watch: {}", message.cancel_reason());
            self.stream = None;
            return Ok(None);
        }
        if message.created() && self.connection.epoch.revision(header_revision(message.header())) < self.last
        {
            return Err(WatchError::Compacted(self.last));
        }
        let Some(last) = message.events().last().and_then(Event::kv) else { return Ok(None) };
        let upto = self.connection.epoch.revision(last.mod_revision());
        let mut changes = Vec::with_capacity(message.events().len());
        for event in message.events() {
            changes.extend(self.change(event)?);
        }
        self.last = upto;
        self.pause = PAUSES.0;
        Ok((!changes.is_empty()).then_some(Changes { revision: upto, changes }))
    }

    fn change(&self, event: &Event) -> Result<Option<Change>, StoreError> {
        let Some(key) = event.kv() else { return Ok(None) };
        let at = self.connection.epoch.revision(key.mod_revision());
        let there = event.event_type() == EventType::Put;
        Ok(match self.connection.keys.read(key.key()) {
            Key::Job(name) => {
                let job = if there { Some(Box::new(decode(key)?.value)) } else { None };
                Some(Change::Job(name, at, job))
            }
            Key::State(name) => {
                let state = if there { Some(Box::new(decode(key)?.value)) } else { None };
                Some(Change::State(name, at, state))
            }
            Key::Restored => return Err(StoreError::Permanent(RESTORED.to_owned())),
            Key::Other => None,
        })
    }

    /// Lets the watch go and waits a little, longer each time.
    async fn broken(&mut self, why: &str) {
        tracing::debug!("a watch of etcd broke, it is opened again from revision {}: {why}", self.last);
        self.stream = None;
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSES.1);
    }
}
