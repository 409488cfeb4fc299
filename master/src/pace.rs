//! Bodies that must come: a request whose bytes trickle is ended, so that nobody holds its place by sending slowly.
//!
//! Only the time spent waiting for the client counts; while the server is busy with what came, nobody is slow.

use std::time::Duration;

use async_stream::stream;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::time::Instant;

use crate::app::App;

/// Slowest a body may come on average, beyond the first seconds: a module of 32 MiB in an hour.
const BYTES_PER_SECOND_MIN: u64 = 8 * 1024;

/// A body that did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly: nothing for {} s, or less than 8 KiB a second", .silence.as_secs())]
pub(crate) struct TooSlow {
    silence: Duration,
}

/// Puts the pace around the body of a request that has one.
pub(crate) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let silence = app.options.now().body_timeout.to_std();
    next.run(request.map(|body| Body::from_stream(paced(body.into_data_stream(), silence)))).await
}

fn paced<S>(parts: S, silence: Duration) -> impl Stream<Item = Result<Bytes, axum::Error>>
where
    S: Stream<Item = Result<Bytes, axum::Error>>,
{
    stream! {
        let mut parts = std::pin::pin!(parts);
        let (mut waited, mut bytes) = (Duration::ZERO, 0);
        loop {
            let earned = silence + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN);
            let since = Instant::now();
            let part = tokio::time::timeout(silence.min(earned.saturating_sub(waited)), parts.next()).await;
            waited += since.elapsed();
            match part {
                Ok(Some(part)) => {
                    bytes += part.as_ref().map_or(0, |part| part.len() as u64);
                    yield part;
                }
                Ok(None) => return,
                Err(_) => {
                    yield Err(axum::Error::new(TooSlow { silence }));
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for a busy machine to come to a part in time.
    const SILENCE: Duration = Duration::from_secs(3);

    /// Reads parts of `size` bytes that come `every` so often; returns how many came, and whether it ended well.
    async fn read(size: usize, every: Duration, count: usize) -> (usize, bool) {
        let parts = futures::stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok(Bytes::from(vec![0; size]))
        });
        let mut paced = std::pin::pin!(paced(parts, SILENCE));
        let mut came = 0;
        while let Some(part) = paced.next().await {
            match part {
                Ok(_) => came += 1,
                Err(_) => return (came, false),
            }
        }
        (came, true)
    }

    #[tokio::test]
    async fn a_trickle_ends_and_a_slow_line_does_not() {
        let tenth = Duration::from_millis(100);
        let (came, whole) = read(1, tenth, 1000).await;
        assert!(!whole && came <= 30, "{came}");
        // As many in three times as long, by what each earns.
        assert_eq!(read(16 * 1024, tenth, 90).await, (90, true));
        assert_eq!(read(1024 * 1024, SILENCE * 2, 2).await, (0, false), "a silence");
    }

    #[tokio::test]
    async fn the_servers_own_time_is_nobodys_delay() {
        let parts = futures::stream::iter(0..2).map(|_| Ok(Bytes::from_static(b"x")));
        let mut paced = std::pin::pin!(paced(parts, SILENCE));
        let mut came = 0;
        while let Some(part) = paced.next().await {
            assert!(part.is_ok());
            came += 1;
            tokio::time::sleep(SILENCE * 2).await;
        }
        assert_eq!(came, 2);
    }
}
