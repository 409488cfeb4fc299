//! What can be asked of the servers of a fleet: a configuration, and the few options that differ from one start to the
//! next. Every option of the file has a variable besides: `etcd.user` is `SANDGLASS_OPT_ETCD_USER`, `master.listen` is
//! `SANDGLASS_OPT_LISTEN`.

use std::path::PathBuf;

use clap::Args;

use super::server::OTLP_ENDPOINT;
use crate::config::Given;
use crate::host;

/// What both have in common.
#[derive(Debug, Args)]
pub(crate) struct Both {
    /// The configuration (TOML), which nobody else may write
    #[arg(long, value_name = "FILE", env = "SANDGLASS_OPT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Which log lines to print (error, warn, info, debug, or by module: worker=debug) [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Print log lines as JSON
    #[arg(long)]
    log_json: bool,
    /// Send spans of runs and requests to this OpenTelemetry collector, by OTLP over HTTP [default: nowhere]
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
}

/// Options of `sandglass master`.
#[derive(Debug, Args)]
#[command(after_help = "Every line of the configuration may also stand in the environment: etcd.user as \
    SANDGLASS_OPT_ETCD_USER, master.listen as SANDGLASS_OPT_LISTEN.\n\
    See docs/FLEET.md and deploy/master.toml.")]
pub(crate) struct Master {
    #[command(flatten)]
    pub(crate) both: Both,
    /// The address of page and API; port 0 takes a free one [default: 127.0.0.1:7480]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The file with the admin's API token, the same at every master
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<String>,
}

/// Options of `sandglass worker`.
#[derive(Debug, Args)]
#[command(after_help = "Every line of the configuration may also stand in the environment: etcd.user as \
    SANDGLASS_OPT_ETCD_USER, worker.slots as SANDGLASS_OPT_SLOTS.\n\
    See docs/FLEET.md and deploy/worker.toml.")]
pub(crate) struct Worker {
    #[command(flatten)]
    pub(crate) both: Both,
    /// The worker's id, unique in the fleet [default: the host's name]
    #[arg(long, value_name = "NAME")]
    worker_id: Option<String>,
    /// The folder of what it keeps [default: /var/lib/sandglass as root, else ~/.local/share/sandglass]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// How many runs go on at one time [default: twice the processors]
    #[arg(long, value_name = "N")]
    slots: Option<String>,
    /// A label, as NAME=VALUE; may be given several times, and goes before all of the file
    #[arg(long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// How long SIGTERM waits for runs of modules before it stops them
    #[arg(long, value_name = "TIME")]
    drain_timeout: Option<String>,
    /// Tell figures for Prometheus at this address [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<String>,
    /// Make control groups under this folder, instead of where this process itself stands
    #[arg(long, value_name = "DIR")]
    cgroup_root: Option<String>,
    /// Most bytes of a chunk of output [default: 64KiB]
    #[arg(long, value_name = "SIZE")]
    chunk_bytes: Option<String>,
    /// How long output waits for more to become a chunk [default: 200ms]
    #[arg(long, value_name = "TIME")]
    chunk_wait: Option<String>,
    /// Most chunks of a batch to MongoDB [default: 1000]
    #[arg(long, value_name = "N")]
    batch_chunks: Option<String>,
    /// Most bytes of a batch [default: 4MiB]
    #[arg(long, value_name = "SIZE")]
    batch_bytes: Option<String>,
    /// How long a batch waits for more [default: 250ms]
    #[arg(long, value_name = "TIME")]
    batch_wait: Option<String>,
}

impl Master {
    /// Returns what goes before the file.
    pub(crate) fn given(&self) -> Given {
        let mut given = self.both.given();
        let options = [
            ("master.listen", "--listen", &self.listen),
            ("master.admin_token_file", "--admin-token-file", &self.admin_token_file),
        ];
        add(&mut given, options);
        given
    }
}

impl Worker {
    /// Returns what goes before the file.
    pub(crate) fn given(&self) -> Given {
        let mut given = self.both.given();
        let labels = (!self.label.is_empty()).then(|| self.label.join(","));
        let options = [
            ("worker.id", "--worker-id", &self.worker_id),
            ("worker.data", "--data", &self.data),
            ("worker.slots", "--slots", &self.slots),
            ("worker.labels", "--label", &labels),
            ("worker.drain_timeout", "--drain-timeout", &self.drain_timeout),
            ("worker.cgroup_root", "--cgroup-root", &self.cgroup_root),
            ("metrics.listen", "--metrics-listen", &self.metrics_listen),
            ("pipeline.chunk_bytes", "--chunk-bytes", &self.chunk_bytes),
            ("pipeline.chunk_wait", "--chunk-wait", &self.chunk_wait),
            ("pipeline.batch_chunks", "--batch-chunks", &self.batch_chunks),
            ("pipeline.batch_bytes", "--batch-bytes", &self.batch_bytes),
            ("pipeline.batch_wait", "--batch-wait", &self.batch_wait),
        ];
        add(&mut given, options);
        given
    }
}

impl Both {
    fn given(&self) -> Given {
        let mut given = Given { environment: host::options_of_environment(), ..Given::default() };
        let json = self.log_json.then(|| "true".to_owned());
        let options = [
            ("log.filter", "--log", &self.log),
            ("log.json", "--log-json", &json),
            (OTLP_ENDPOINT.0, OTLP_ENDPOINT.1, &self.otlp_endpoint),
        ];
        add(&mut given, options);
        given
    }
}

fn add<const N: usize>(given: &mut Given, options: [(&'static str, &'static str, &Option<String>); N]) {
    for (name, flag, value) in options {
        if let Some(value) = value {
            given.flags.insert(name, (flag, value.clone()));
        }
    }
}
