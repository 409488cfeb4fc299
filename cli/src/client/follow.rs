//! Follows a run's output until the run ends; goes on at the same place when the connection breaks.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use futures::StreamExt as _;
use master::api::{ChunkView, OutputEnd};
use model::chunk::Stream;
use model::id::RunId;
use reqwest::Method;

use super::events::Events;
use super::{Client, Refused};

/// How long to wait before connecting anew; doubles up to [`WAIT_MAX`].
const WAIT_MIN: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(5);
/// How often in a row a connection may fail before we give up: two minutes or so.
const TRIES_MAX: u32 = 30;

/// Prints a run's output as it comes and returns how it ended.
pub(crate) async fn follow(client: &Client, run: &RunId) -> Result<OutputEnd> {
    let mut next = 0;
    let mut tries = 0;
    let mut wait = WAIT_MIN;
    loop {
        let before = next;
        match tail(client, run, &mut next).await {
            Ok(Some(end)) => return Ok(end),
            // The server ended the stream, as it does when it is itself ended.
            Ok(None) => {}
            Err(error) if error.downcast_ref::<Refused>().is_some_and(Refused::is_impossible) => {
                return Err(error);
            }
            Err(error) if tries >= TRIES_MAX => return Err(error.context("gave up following the output")),
            Err(_) => {}
        }
        if next > before {
            (tries, wait) = (0, WAIT_MIN);
        }
        tries += 1;
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(WAIT_MAX);
    }
}

/// Prints output from `next` on; returns the run's end, none when the stream ended before it.
async fn tail(client: &Client, run: &RunId, next: &mut u64) -> Result<Option<OutputEnd>> {
    let request = client
        .request(Method::GET, &format!("/runs/{run}/output/stream"))
        .query(&[("from", next.to_string())]);
    let mut bytes = client.send(request).await?.bytes_stream();
    let mut events = Events::default();
    while let Some(piece) = bytes.next().await {
        for event in events.feed(&piece.context("the output stream broke")?)? {
            match event.kind.as_str() {
                "chunk" => {
                    let chunk: ChunkView = serde_json::from_str(&event.data).context("a chunk of output")?;
                    print(&chunk)?;
                    *next = chunk.seq + 1;
                }
                "end" => {
                    let end: OutputEnd =
                        serde_json::from_str(&event.data).context("the end of the output")?;
                    if end.missing > 0 {
                        eprintln!("\nwarning: {} pieces of the output never reached the store", end.missing);
                    }
                    return Ok(Some(end));
                }
                _ => {}
            }
        }
    }
    Ok(None)
}

/// Writes a chunk to the stream that it came from, byte for byte; a gap as a line of words to standard error.
pub(crate) fn print(chunk: &ChunkView) -> Result<()> {
    if let Some(gap) = &chunk.gap {
        eprintln!("\n{}", gap.words);
        return Ok(());
    }
    let bytes = match (&chunk.text, &chunk.base64) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(coded)) => base64::prelude::BASE64_STANDARD.decode(coded).context("a chunk of output")?,
        (None, None) => Vec::new(),
    };
    match chunk.stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes)?;
            out.flush()?;
        }
        Stream::Stderr => std::io::stderr().lock().write_all(&bytes)?,
    }
    Ok(())
}
