//! A run's output as it comes: the live tail, and the whole of it as bytes.
//!
//! Flow: facts (chunks), `hints` → **`tail`** → server-sent events.
//! A hint only says "read again": after a hint, after a while and at the start the same step reads on from the last
//! number, so that nothing comes twice. The run's record is read before its chunks, so that "ended, and nothing more"
//! is true when it is said. A number that is not there yet is waited for: chunks may become visible in another order.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use async_stream::stream;
use axum::response::sse::Event;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::Stream;
use model::chunk::Chunk;
use model::id::RunId;
use model::ports::StoreError;
use model::run::RunRecord;
use tokio::time::Instant;

use crate::api::{ChunkView, GapView, OutputEnd};
use crate::app::App;

/// Chunks read at one time: at most 4 MiB.
const CHUNKS_AT_ONCE: usize = 64;
/// How long a tail waits for a hint before it reads again.
const PERIOD: Duration = Duration::from_secs(2);
/// How long a tail reads on after the run's end while chunks that its record counts have not come.
const LATE_MAX: Duration = Duration::from_secs(30);

/// How soon a browser comes back after its stream's server has ended.
const RECONNECT: Duration = Duration::from_secs(1);

/// Returns how a chunk shows itself.
pub(crate) fn view(chunk: &Chunk) -> ChunkView {
    let (text, base64) = match std::str::from_utf8(&chunk.bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(STANDARD.encode(&chunk.bytes))),
    };
    let gap = chunk.gap.map(|gap| GapView { bytes: gap.bytes, lines: gap.lines, words: gap.in_words() });
    ChunkView { seq: chunk.seq, stream: chunk.stream, at: chunk.at, text, base64, gap }
}

/// Returns true when the run has ended and chunk `next` is none of it.
pub(crate) fn is_whole(run: &RunRecord, next: u64) -> bool {
    run.status.is_final() && run.output.as_ref().is_none_or(|output| output.chunks <= next)
}

/// Returns how many of `chunks` follow each other from number `next` on.
pub(crate) fn unbroken(chunks: &[Chunk], next: u64) -> usize {
    chunks.iter().zip(next..).take_while(|(chunk, seq)| chunk.seq == *seq).count()
}

/// Returns the events of a tail from chunk `next` on; ends after the run's end, or with the server.
pub(crate) fn events(app: App, id: RunId, mut next: u64) -> impl Stream<Item = Result<Event, Infallible>> {
    stream! {
        // Before the first look, so that nothing falls between the two.
        let mut hints = app.hints.listen(&id);
        let mut late_until = None;
        let mut missing = 0;
        while !app.closing.is_cancelled() {
            match read(&app, &id, next).await {
                Ok((run, chunks)) => {
                    let ended = run.filter(|run| run.status.is_final());
                    let give_up = ended.is_some() && {
                        let until = *late_until.get_or_insert_with(|| Instant::now() + LATE_MAX);
                        Instant::now() >= until
                    };
                    let there = if give_up { chunks.len() } else { unbroken(&chunks, next) };
                    let (full, broken) = (chunks.len() == CHUNKS_AT_ONCE, there < chunks.len());
                    for chunk in chunks.into_iter().take(there) {
                        missing += chunk.seq - next;
                        next = chunk.seq + 1;
                        yield Ok(event("chunk", next, &view(&chunk)));
                    }
                    if full && !broken {
                        continue;
                    }
                    if let Some(run) = ended.filter(|run| give_up || (!broken && is_whole(run, next))) {
                        yield Ok(event("end", next, &end(&run, next, missing)));
                        return;
                    }
                }
                Err(error) => tracing::warn!(run.id = %id, %error, "cannot read output; trying again"),
            }
            tokio::select! {
                () = app.closing.cancelled() => {}
                () = hints.changed(PERIOD) => {}
            }
        }
        yield Ok(farewell());
    }
}

/// Returns the last event of a stream that ends with its server: it tells browsers how soon to connect again, to the
/// server that comes after this one or stands beside it.
pub(crate) fn farewell() -> Event {
    Event::default().comment("the server ends: connect again").retry(RECONNECT)
}

async fn read(app: &App, id: &RunId, next: u64) -> Result<(Option<RunRecord>, Vec<Chunk>), StoreError> {
    let run = app.ports.facts.run(id).await?;
    let chunks = app.ports.facts.chunks(id, next, CHUNKS_AT_ONCE).await?;
    Ok((run, chunks))
}

fn end(run: &RunRecord, next: u64, missing: u64) -> OutputEnd {
    let counted = run.output.as_ref().map_or(0, |output| output.chunks);
    OutputEnd {
        missing: missing + counted.saturating_sub(next),
        status: run.status,
        reason: run.reason.clone(),
        next,
        dropped: run.output.as_ref().map_or(0, |output| output.dropped),
    }
}

fn event<T: serde::Serialize>(name: &str, id: u64, body: &T) -> Event {
    let text = serde_json::to_string(body).expect("an event's body is plain data");
    Event::default().event(name).id(id.to_string()).data(text)
}

/// Returns the bytes that a run has written so far, from chunk `next` on; a gap is a line of words.
pub(crate) fn bytes(app: App, id: RunId, mut next: u64) -> impl Stream<Item = io::Result<Bytes>> {
    stream! {
        loop {
            match app.ports.facts.chunks(&id, next, CHUNKS_AT_ONCE).await {
                Ok(chunks) => {
                    let full = chunks.len() == CHUNKS_AT_ONCE;
                    for chunk in chunks {
                        next = chunk.seq + 1;
                        yield Ok(match chunk.gap {
                            None => chunk.bytes,
                            // On a line of its own: who reads the bytes alone must see that some are missing.
                            Some(gap) => format!("\n{}\n", gap.in_words()).into(),
                        });
                    }
                    if !full {
                        return;
                    }
                }
                // The answer has begun, so that only a broken connection can say that it is not whole.
                Err(error) => {
                    tracing::warn!(run.id = %id, %error, "cannot read output");
                    yield Err(io::Error::other(error));
                    return;
                }
            }
        }
    }
}
