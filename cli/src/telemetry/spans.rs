//! Spans of runs and requests, sent to a collector in batches by a thread of their own. Nobody waits for it: what finds no
//! place in the queue is lost, and counted.
//!
//! Flow: `tracing` → **`spans`** → `conventions` → queue → OTLP → `sender`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_otlp::{
    Protocol, RetryPolicy, SpanExporter as Otlp, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::registry::LookupSpan;

use super::Service;
use super::conventions::{self, REQUEST, RUN};
use super::sender::{Sender, Watched};
use crate::config::Collector;

/// Most spans that wait: a kilobyte or less each.
const QUEUE_MAX: usize = 8_192;
/// Most spans of a message.
const BATCH_MAX: usize = 512;
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(2);
/// How long a message is sent again before its spans are given up: a collector is restarted within this.
const GIVE_UP: Duration = Duration::from_secs(30);
/// Pauses between two tries, and more tries than find room in that time.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
const RETRIES_MAX: usize = 30;
/// How long the end of the process waits for spans: while the collector takes them, and while it does not.
const FLUSH: Duration = Duration::from_secs(5);
const FLUSH_AWAY: Duration = Duration::from_millis(200);
/// Our own code, whose spans they are.
const OURS: [&str; 2] = ["worker::", "master::"];

/// Spans on their way. Dropped, those that wait are sent.
pub(super) struct Spans {
    provider: SdkTracerProvider,
    watched: Arc<Watched>,
}

impl Spans {
    /// Begins to send.
    ///
    /// # Errors
    /// When there is no way to the collector at all; one that is only away is no error.
    pub(super) fn start(collector: &Collector, service: &Service) -> Result<Self> {
        let watched = Arc::new(Watched::new(collector.url.clone()));
        let otlp = Otlp::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.url.as_str())
            .with_timeout(GIVE_UP)
            .with_retry_policy(
                RetryPolicy::recommended()
                    .with_max_retries(RETRIES_MAX)
                    .with_initial_delay(PAUSES.0)
                    .with_max_delay(PAUSES.1),
            )
            .with_http_client(Sender::new(collector, watched.clone())?)
            .build()
            .context("could not set up OTLP")?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(DELAY)
            .build();
        let exporter = Counted { inner: otlp, watched: watched.clone() };
        let queue = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let resource = Resource::builder().with_service_name(service.name).with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", service.instance.clone()),
        ]);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_span_processor(Bounded { queue, watched: watched.clone() })
            .build();
        Ok(Self { provider, watched })
    }

    /// Returns what takes our spans, and no lines.
    pub(super) fn layer<S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync>(
        &self,
    ) -> impl Layer<S> + Send + Sync + use<S> {
        let scope =
            InstrumentationScope::builder("sandglass").with_version(env!("CARGO_PKG_VERSION")).build();
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer_with_scope(scope))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(FilterFn::new(is_sent).with_max_level_hint(LevelFilter::INFO))
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        let wait = if self.watched.is_away() { FLUSH_AWAY } else { FLUSH };
        // What went wrong with the collector is told already.
        drop(self.provider.shutdown_with_timeout(wait));
        match self.watched.waiting() {
            0 => {}
            left => warn!("{left} spans were not sent before the end"),
        }
    }
}

/// Returns true for a span that stands for something outside: a run, or a request.
fn is_sent(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && [RUN, REQUEST].contains(&metadata.name())
        && OURS.iter().any(|ours| metadata.target().starts_with(ours))
}

/// A queue that counts what it does not take.
#[derive(Debug)]
struct Bounded {
    queue: BatchSpanProcessor,
    watched: Arc<Watched>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.queue.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        // What the sampler left out would be left out by the queue, and wait for ever in our count.
        if !span.span_context.is_sampled() {
            return;
        }
        if let Some(span) = conventions::of(span)
            && self.watched.take_place(QUEUE_MAX)
        {
            self.queue.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.queue.set_resource(resource);
    }
}

/// Sends batches, and counts what became of them.
#[derive(Debug)]
struct Counted {
    inner: Otlp,
    watched: Arc<Watched>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.inner.export(batch).await;
        self.watched.left(spans, sent.is_ok());
        sent
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.inner.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
