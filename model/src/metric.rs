//! Every figure that a process tells of itself, in one table: dashboards and rules rely on these names.
//!
//! Flow: `worker`, `master`, `sandbox`, `stores` → **`metric`** → the recorder that the binary installs → `/metrics`.
//! Without a recorder, as in most tests, each call comes to nothing.
//! Not here: how the figures are written out (`cli`), and the documents that name them (`docs/METRICS.md`, `deploy`).

use std::sync::Arc;

use metrics::{Label, SharedString, Unit, counter, gauge, histogram};

/// Writes out all figures of this process as text for Prometheus.
pub type Exposition = Arc<dyn Fn() -> String + Send + Sync>;

/// One figure, or one per value of its labels.
#[derive(Debug)]
pub struct Metric {
    /// Its name, as Prometheus reads it: base units, counters end in `_total`.
    pub name: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// What tells its series apart.
    pub labels: &'static [&'static str],
    /// What it says, for people.
    pub help: &'static str,
}

/// What kind of figure a metric is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only rises while the process lives.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Seconds, counted below each of these bounds.
    Seconds(&'static [f64]),
}

/// Bounds for what should take milliseconds.
const SHORT: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds for how late a start is: the target is 0.1 s, the default deadline ten minutes.
const LATENESS: &[f64] =
    &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 3600.0];
/// Bounds for how long jobs take.
const LONG: &[f64] = &[0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const fn seconds(
    name: &'static str,
    labels: &'static [&'static str],
    bounds: &'static [f64],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Seconds(bounds), labels, help }
}

/// Declares the table: each metric under a name of its own, and all of them in their order.
macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $metric:expr;)*) => {
        $($(#[$doc])* pub static $name: Metric = $metric;)*
        /// All metrics, in the order of the documents.
        pub static ALL: &[&Metric] = &[$(&$name),*];
    };
}

table! {
    /// Ends of runs.
    RUNS_ENDED = counter("sandglass_runs_ended_total", &["kind", "status"],
        "Runs that ended on this worker, by kind of job and by how they ended.");
    /// Lateness of starts.
    START_LATENESS = seconds("sandglass_start_lateness_seconds", &["kind"], LATENESS,
        "How long after its due moment a run by schedule was started, in its first attempt; a job's jitter counts in.");
    /// Starts of processes and modules.
    START_SECONDS = seconds("sandglass_start_seconds", &["kind"], SHORT,
        "How long the sandbox took to start a run, from the request until its process or module ran.");
    /// Refused starts.
    STARTS_REFUSED = counter("sandglass_starts_refused_total", &["kind", "whose"],
        "Runs that were not started, for the job's sake or for this worker's.");
    /// Durations of runs.
    RUN_SECONDS = seconds("sandglass_run_seconds", &["kind"], LONG, "How long runs took, from start to end.");
    /// Processor time of runs.
    RUN_CPU = seconds("sandglass_run_cpu_seconds", &["kind"], LONG,
        "Processor time of the runs that ended on this worker, where the sandbox could count it.");
    /// Fuel of runs.
    RUN_FUEL = counter("sandglass_run_fuel_total", &[], "Fuel that modules used up on this worker.");
    /// Claims.
    CLAIMS = counter("sandglass_claims_total", &["result"],
        "Claims of this worker, by whether they were won or somebody else was first.");
    /// Transactions.
    COMMITS = counter("sandglass_commits_total", &["purpose", "answer"],
        "Transactions that this worker sent, by what for and by what came back.");
    /// Swaps in transactions.
    SWAPS = counter("sandglass_swaps_total", &["purpose"], "Swaps of jobs' states in these transactions.");
    /// Slots.
    SLOTS = gauge("sandglass_slots", &[], "Runs that this worker holds at one time.");
    /// Slots in use.
    SLOTS_BUSY = gauge("sandglass_slots_busy", &[], "Runs that this worker holds now.");
    /// Registration.
    REGISTERED = gauge("sandglass_worker_registered", &[], "1 while this worker is registered; without it nothing is claimed.");
    /// Drain.
    DRAINING = gauge("sandglass_worker_draining", &[], "1 while this worker takes no new runs.");
    /// The clock.
    CLOCK_OK = gauge("sandglass_clock_ok", &[], "1 while this worker's clock is to be trusted; with another nothing is claimed.");
    /// The clock's offset.
    CLOCK_AHEAD = gauge("sandglass_clock_ahead_seconds", &[],
        "How far this worker's clock is ahead of the store of facts, negative when behind; absent while nobody could say.");
    /// Free disk.
    DISK_FREE = gauge("sandglass_disk_free_ratio", &[], "Free part of the disk that holds this worker's runs, 0 to 1.");
    /// The pool of instances.
    MODULES_UNPOOLED = gauge("sandglass_modules_unpooled", &[],
        "1 while modules run without a pool of instances, which is several times slower.");
    /// Output on disk.
    OUTPUT_WAITING = gauge("sandglass_output_waiting_bytes", &[],
        "Output in segments on this worker's disk that was not read for sending.");
    /// Runs held back.
    OUTPUT_HELD_RUNS = gauge("sandglass_output_held_runs", &[], "Runs that are held back, since too much output waits.");
    /// Dropped output.
    OUTPUT_DROPPED = counter("sandglass_output_dropped_bytes_total", &[],
        "Output that was dropped since too much waited (`when_full = truncate`).");
    /// Ended runs that wait.
    BACKLOG = gauge("sandglass_backlog_runs", &[], "Ended runs whose record or output waits for the store of facts.");
    /// Kept chunks.
    CHUNKS = counter("sandglass_output_chunks_total", &[], "Chunks of output that the store of facts acknowledged.");
    /// Kept bytes.
    CHUNK_BYTES = counter("sandglass_output_bytes_total", &[], "Bytes of output that the store of facts acknowledged.");
    /// Calls of stores.
    STORE_SECONDS = seconds("sandglass_store_seconds", &["store", "call"], SHORT,
        "How long calls of the stores took, by store (intent, facts) and by call; streams until they began.");
    /// Failed calls.
    STORE_ERRORS = counter("sandglass_store_errors_total", &["store", "call", "error"],
        "Calls of the stores that failed: unavailable, ambiguous, refused or permanent.");
    /// Requests.
    REQUESTS = counter("sandglass_http_requests_total", &["method", "route", "status"],
        "Requests that this master answered, by route and by status.");
    /// Durations of requests.
    REQUEST_SECONDS = seconds("sandglass_http_request_seconds", &["method", "route"], SHORT,
        "How long this master took until an answer began; streams go on after that.");
    /// Jobs.
    JOBS = gauge("sandglass_jobs", &["state"], "Jobs in the fleet: enabled, disabled or paused, as this master sees them.");
    /// Runs under way.
    RUNS_ACTIVE = gauge("sandglass_runs_active", &[], "Runs that are claimed or run anywhere in the fleet, as this master sees them.");
    /// Overdue jobs.
    OVERDUE = gauge("sandglass_jobs_overdue", &[],
        "Jobs with a tick that nobody took by its start deadline, as this master sees them.");
    /// How long the most overdue tick waits.
    OVERDUE_SECONDS = gauge("sandglass_overdue_seconds_max", &[],
        "How long the longest of them has been due; 0 when none is.");
    /// Workers.
    WORKERS = gauge("sandglass_workers", &["state"],
        "Live workers as this master sees them: ready, full, draining, or clock_off.");
    /// Leading.
    LEADING = gauge("sandglass_leading", &["duty"], "1 while this master leads, by duty.");
    /// Notices.
    NOTICES = counter("sandglass_alert_notices_total", &["condition"], "Notices of alerts that this master made.");
    /// Messages.
    MESSAGES = counter("sandglass_alert_messages_total", &["channel", "result"],
        "Messages of alerts that this master sent, by channel and by whether they were taken.");
    /// Waiting notices.
    NOTICES_WAITING = gauge("sandglass_alert_notices_waiting", &[],
        "Notices that wait to be told, while this master leads the alerts.");
    /// Logins.
    LOGINS = counter("sandglass_logins_total", &["result"], "Logins by password: done, refused, or throttled.");
}

impl Metric {
    /// Counts `n` more, for these values of its labels in their order.
    pub fn add(&self, n: u64, values: &[&str]) {
        counter!(self.name, self.labelled(values)).increment(n);
    }

    /// Raises a counter to `total`, which was counted elsewhere.
    pub fn total(&self, total: u64, values: &[&str]) {
        counter!(self.name, self.labelled(values)).absolute(total);
    }

    /// Sets it, for these values of its labels in their order.
    pub fn set(&self, value: f64, values: &[&str]) {
        gauge!(self.name, self.labelled(values)).set(value);
    }

    /// Notes that something took, or was late by, so many seconds.
    pub fn took(&self, seconds: f64, values: &[&str]) {
        histogram!(self.name, self.labelled(values)).record(seconds);
    }

    /// Tells the recorder what the metric is.
    pub fn describe(&self) {
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, self.help),
            Kind::Gauge => metrics::describe_gauge!(self.name, self.help),
            Kind::Seconds(_) => metrics::describe_histogram!(self.name, Unit::Seconds, self.help),
        }
    }

    fn labelled(&self, values: &[&str]) -> Vec<Label> {
        debug_assert_eq!(self.labels.len(), values.len(), "{} has a value per label", self.name);
        let pairs = self.labels.iter().zip(values);
        pairs.map(|(label, value)| Label::new(*label, SharedString::from((*value).to_owned()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The rules of Prometheus for names: <https://prometheus.io/docs/practices/naming/>.
    #[test]
    fn names_are_as_prometheus_wants_them() {
        let mut seen = BTreeSet::new();
        for metric in ALL {
            let name = metric.name;
            assert!(seen.insert(name), "{name} is there twice");
            assert!(name.starts_with("sandglass_"), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(metric.kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert!(!matches!(metric.kind, Kind::Seconds(_)) || name.ends_with("_seconds"), "{name}");
            assert!(metric.help.ends_with('.'), "{name}");
        }
    }

    /// Returns the names of ours in a text, without what Prometheus adds to those of histograms.
    fn named(text: &str) -> BTreeSet<&str> {
        let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
        let ours = words.filter(|word| word.starts_with("sandglass_") && word.len() > "sandglass_".len());
        let ends = ["_bucket", "_sum", "_count"];
        ours.map(|word| ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)).collect()
    }

    #[test]
    fn the_dashboard_and_the_rules_name_what_there_is_and_the_dashboard_shows_all_of_it() {
        let all: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        let dashboard = named(include_str!("../../deploy/grafana/sandglass.json"));
        let rules = named(include_str!("../../deploy/prometheus/alerts.yaml"));
        assert!(rules.is_subset(&all), "{:?}", rules.difference(&all));
        assert_eq!(dashboard, all);
    }

    #[test]
    fn the_document_has_a_line_for_each() {
        let document = include_str!("../../docs/METRICS.md");
        for Metric { name, kind, labels, help } in ALL {
            let kind = match kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Seconds(_) => "histogram",
            };
            let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            let line = format!("| `{name}` | {kind} | {} | {help} |", labels.join(", "));
            assert!(document.lines().any(|known| known == line), "docs/METRICS.md has no line\n{line}");
        }
    }

    #[test]
    fn bounds_rise() {
        for metric in ALL {
            if let Kind::Seconds(bounds) = metric.kind {
                assert!(bounds.is_sorted(), "{}", metric.name);
            }
        }
    }
}
