//! The way to the collector, and what is told of it: one line when it stops taking spans, one when it takes them again, and
//! one now and then between.
//!
//! Flow: `spans` → OTLP (`opentelemetry-otlp`) → **`sender`** → collector.

use std::error::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Url;
use reqwest::blocking::Client;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use tracing::{info, warn};

use crate::config::Collector;

/// How long a connection and a whole exchange may take.
const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(5);
/// How often a collector that stays away is told of.
const REMIND: Duration = Duration::from_mins(10);
/// The port on which collectors take OTLP over gRPC.
const GRPC: u16 = 4317;

/// What is known of the collector and of the spans for it.
#[derive(Debug)]
pub(super) struct Watched {
    url: Url,
    /// Spans that wait or are under way.
    waiting: AtomicUsize,
    /// Spans that were given up since the collector was last told of.
    lost: AtomicU64,
    away: Mutex<Option<Away>>,
}

/// A collector that does not take spans.
#[derive(Debug, Clone, Copy)]
struct Away {
    since: Instant,
    told: Instant,
}

impl Watched {
    pub(super) fn new(url: Url) -> Self {
        let (waiting, lost) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { url, waiting, lost, away: Mutex::new(None) }
    }

    /// Takes a place among the spans that wait; false when `most` wait already, and one more is lost.
    pub(super) fn take_place(&self, most: usize) -> bool {
        let next = |waiting: usize| (waiting < most).then(|| waiting + 1);
        let taken = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok();
        if !taken {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Notes that so many spans wait no more.
    pub(super) fn left(&self, spans: usize, sent: bool) {
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        if !sent {
            self.lost.fetch_add(spans as u64, Ordering::Relaxed);
        }
    }

    /// Returns how many spans wait or are under way.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns true while the collector does not take spans.
    pub(super) fn is_away(&self) -> bool {
        self.away().is_some()
    }

    fn answers(&self) {
        if let Some(away) = self.away().take() {
            let (seconds, lost) = (away.since.elapsed().as_secs(), self.lost.swap(0, Ordering::Relaxed));
            info!("{} takes spans again after {seconds} s; {lost} were lost", self.url);
        }
    }

    fn fails(&self, why: &str) {
        let mut away = self.away();
        let now = Instant::now();
        match &mut *away {
            None => {
                *away = Some(Away { since: now, told: now });
                let hint = match self.url.port() {
                    Some(GRPC) => "; port 4317 is that of gRPC as a rule, OTLP over HTTP has 4318",
                    _ => "",
                };
                warn!(
                    "{} takes no spans: {why}{hint}; runs go on, some spans wait, later ones are lost",
                    self.url
                );
            }
            Some(away) if now.duration_since(away.told) >= REMIND => {
                away.told = now;
                let (minutes, lost) =
                    (away.since.elapsed().as_secs() / 60, self.lost.load(Ordering::Relaxed));
                warn!("{} takes no spans for {minutes} minutes: {why}; {lost} were lost", self.url);
            }
            Some(_) => {}
        }
    }

    fn away(&self) -> MutexGuard<'_, Option<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Posts spans, and notes whether they were taken.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    watched: std::sync::Arc<Watched>,
}

impl Sender {
    /// Returns a sender to this collector. It keeps a thread of its own, so no runtime may be entered here.
    ///
    /// # Errors
    /// When there is no way to reach anybody (no certificates to trust).
    pub(super) fn new(collector: &Collector, watched: std::sync::Arc<Watched>) -> Result<Self> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .default_headers(collector.headers.iter().cloned().collect::<HeaderMap>())
            .user_agent(concat!("sandglass/", env!("CARGO_PKG_VERSION")));
        client = if collector.url.scheme() == "http" {
            client.tls_certs_only([])
        } else {
            client.tls_certs_merge(collector.trusted.clone())
        };
        let client = client.build().context("could not set up the way to the collector of spans")?;
        Ok(Self { client, watched })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.client.send_bytes(request).await;
        match &answer {
            Ok(answer) if answer.status().is_success() => self.watched.answers(),
            Ok(answer) => self.watched.fails(&format!("it answered {}", answer.status())),
            Err(error) => self.watched.fails(&innermost(error.as_ref())),
        }
        answer
    }
}

/// Returns what is below an error: the client's own words name the address again.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut below = error;
    while let Some(cause) = below.source() {
        below = cause;
    }
    below.to_string()
}
