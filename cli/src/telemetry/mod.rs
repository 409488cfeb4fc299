//! Where log lines go: standard error, as text for people or as JSON. And where spans go: to a collector, where one is named.
//!
//! Not here: what a span is (`worker::runner`, `master::layers`), and which collector (`config::telemetry`).

#[cfg(feature = "opentelemetry")]
mod conventions;
#[cfg(feature = "opentelemetry")]
mod sender;
#[cfg(feature = "opentelemetry")]
mod spans;

use anyhow::{Context as _, Result};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, format::Writer};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{Registry, registry, reload};

use crate::config::Collector;

/// Which log lines are printed, and how.
pub(crate) struct Lines<'a> {
    /// A level, or one by module.
    pub(crate) filter: &'a str,
    pub(crate) json: bool,
}

/// Who a collector takes this process for.
#[cfg_attr(not(feature = "opentelemetry"), expect(dead_code, reason = "nobody asks without a collector"))]
pub(crate) struct Service {
    /// What it is: the same for all processes of its role.
    pub(crate) name: &'static str,
    /// Which one of them it is.
    pub(crate) instance: String,
}

/// What was started. Dropped at the end of the process, it sends the spans that wait.
#[must_use = "spans that wait are sent when it is dropped"]
pub(crate) struct Telemetry {
    filter: Filter,
    #[cfg(feature = "opentelemetry")]
    _spans: Option<spans::Spans>,
}

impl Telemetry {
    /// Returns what changes which lines are printed.
    #[cfg_attr(
        not(all(feature = "etcd", feature = "mongodb")),
        expect(dead_code, reason = "the filter of a standalone server is a flag")
    )]
    pub(crate) fn printed(&self) -> Filter {
        self.filter.clone()
    }
}

/// Which lines are printed, from now on.
#[derive(Clone)]
pub(crate) struct Filter(reload::Handle<EnvFilter, Registry>);

impl Filter {
    /// Prints what `filter` says.
    ///
    /// # Errors
    /// When it does not read.
    #[cfg_attr(
        not(all(feature = "etcd", feature = "mongodb")),
        expect(dead_code, reason = "the filter of a standalone server is a flag")
    )]
    pub(crate) fn set(&self, text: &str) -> Result<()> {
        let filter = filter(text).map_err(anyhow::Error::msg)?;
        self.0.reload(filter).context("could not change which lines are printed")
    }
}

/// Reads which lines are printed.
///
/// # Errors
/// When it is no filter, as what follows the option's name.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text).map_err(|_| format!("`{text}` is not a filter like `info` or `worker=debug`"))
}

/// Starts logging for the life of the process. To be called before there is a runtime.
///
/// # Errors
/// When the filter does not read, or a collector cannot be asked at all.
pub(crate) fn start(lines: &Lines<'_>, to: Option<&Collector>, service: &Service) -> Result<Telemetry> {
    let filter = filter(lines.filter).map_err(|why| anyhow::anyhow!("--log {why}"))?;
    let (filter, printed_now) = reload::Layer::new(filter);
    let layer = fmt::layer().with_timer(Utc).with_writer(std::io::stderr);
    let layer = if lines.json {
        layer.json().flatten_event(true).boxed()
    } else {
        layer.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
    };
    let printed = registry().with(layer.with_filter(filter));
    #[cfg(feature = "opentelemetry")]
    if let Some(collector) = to {
        let spans = spans::Spans::start(collector, service)?;
        let subscriber = printed.with(spans.layer());
        tracing::subscriber::set_global_default(subscriber).context(TWICE)?;
        return Ok(Telemetry { filter: Filter(printed_now), _spans: Some(spans) });
    }
    #[cfg(not(feature = "opentelemetry"))]
    let (_, _) = (to, service);
    tracing::subscriber::set_global_default(printed).context(TWICE)?;
    Ok(Telemetry {
        filter: Filter(printed_now),
        #[cfg(feature = "opentelemetry")]
        _spans: None,
    })
}

const TWICE: &str = "logging was started twice";

/// Instants in UTC, as everywhere else.
pub(crate) struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        use model::ports::Clock as _;
        write!(writer, "{}", stores::SystemClock.now())
    }
}
