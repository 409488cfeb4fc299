//! Keeps the figures of this process and writes them out for Prometheus.
//!
//! Flow: `model::metric` → **`figures`** (the recorder) → `/metrics` of a master, or of a worker that was told to listen.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use model::metric::{self, Exposition, Kind};
use tokio::time::sleep;

/// How often what was measured is put into its buckets: a process that nobody scrapes keeps no more than that.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The figures of this process.
#[derive(Clone)]
pub(crate) struct Figures {
    handle: PrometheusHandle,
    process: Arc<Collector>,
}

impl Figures {
    /// Begins to keep them, for the life of the process.
    ///
    /// # Errors
    /// When somebody else keeps them already: our own bug.
    pub(crate) fn keep() -> Result<Self> {
        let mut builder = PrometheusBuilder::new();
        for metric in metric::ALL {
            if let Kind::Seconds(bounds) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                builder = builder.set_buckets_for_metric(name, bounds).context("the bounds of a figure")?;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).context("figures were kept twice")?;
        metric::ALL.iter().for_each(|metric| metric.describe());
        let process = Collector::default();
        process.describe();
        Ok(Self { handle, process: Arc::new(process) })
    }

    /// Returns what writes them out.
    pub(crate) fn exposition(&self) -> Exposition {
        let kept = self.clone();
        Arc::new(move || {
            kept.process.collect();
            kept.handle.render()
        })
    }

    /// Keeps what waits small, for as long as it is asked to.
    pub(crate) async fn upkeep(self) {
        loop {
            sleep(UPKEEP_EVERY).await;
            self.handle.run_upkeep();
        }
    }
}
