//! Where log lines go: standard error, as text for people or as JSON.

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, format::Writer};

/// Starts logging for the life of the process: lines that `filter` lets through, as text or as JSON.
pub(crate) fn start(filter: &str, json: bool) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("--log `{filter}` is not a filter like `info` or `worker=debug`"))?;
    let lines =
        fmt::Subscriber::builder().with_env_filter(filter).with_timer(Utc).with_writer(std::io::stderr);
    let done = if json {
        tracing::subscriber::set_global_default(lines.json().flatten_event(true).finish())
    } else {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        tracing::subscriber::set_global_default(lines.with_ansi(colours).finish())
    };
    done.context("logging was started twice")
}

/// Instants in UTC, as everywhere else.
pub(crate) struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        use model::ports::Clock as _;
        write!(writer, "{}", stores::SystemClock.now())
    }
}
