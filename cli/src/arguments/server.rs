//! What the owner of a server in one process sets: where its data lies, what it allows, how its log looks.

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;
use master::Proxies;
use model::id::WorkerId;
use model::limits::LimitName;
use model::quantity::ByteSize;
use model::time::Span;
use reqwest::header::HeaderName;

use super::value::{connections, pair, unenforced};
use crate::config::{CertificateFiles, Given, net, url, user_header};
use crate::host;

/// Where spans go: the option's name and its flag.
pub(super) const OTLP_ENDPOINT: (&str, &str) = ("telemetry.otlp_endpoint", "--otlp-endpoint");

/// How log lines look.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogOptions {
    /// Which log lines to print (error, warn, info, debug, or by module: worker=debug)
    #[arg(long, value_name = "FILTER", default_value = "info", env = "SANDGLASS_OPT_LOG")]
    pub(crate) log: String,
    /// Print log lines as JSON
    #[arg(long, env = "SANDGLASS_OPT_LOG_JSON")]
    pub(crate) log_json: bool,
    /// Send spans of runs and requests to this OpenTelemetry collector, by OTLP over HTTP, like http://127.0.0.1:4318
    /// [default: nowhere; env: SANDGLASS_OPT_TELEMETRY_OTLP_ENDPOINT]
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
}

impl LogOptions {
    /// Returns what goes before the file.
    pub(crate) fn given(&self) -> Given {
        let (name, flag) = OTLP_ENDPOINT;
        let flags = self.otlp_endpoint.clone().map(|url| (name, (flag, url)));
        Given {
            flags: flags.into_iter().collect(),
            environment: host::options_of_environment(),
            ..Given::default()
        }
    }
}

/// What the owner of a worker allows. What is given here goes before what the configuration file says.
#[derive(Debug, Clone, Args)]
pub(crate) struct SandboxOptions {
    /// The owner's configuration (TOML), which nobody else may write
    #[arg(long, value_name = "FILE", env = "SANDGLASS_OPT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Make control groups under this folder, instead of where this process itself stands
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_CGROUP_ROOT")]
    pub(crate) cgroup_root: Option<PathBuf>,
    /// Memory that all shell jobs together leave to the rest of the host (default: a tenth, 256 MiB to 4 GiB)
    #[arg(long, value_name = "SIZE", env = "SANDGLASS_OPT_MEMORY_RESERVE")]
    pub(crate) memory_reserve: Option<ByteSize>,
    /// The account of shell jobs that name none (as root) [default: a user id of its own for each]
    #[arg(long, value_name = "NAME", env = "SANDGLASS_OPT_SHELL_DEFAULT_USER")]
    pub(crate) shell_default_user: Option<String>,
    /// An account that shell jobs may name; may be given several times (as root)
    #[arg(long, value_name = "NAME", env = "SANDGLASS_OPT_SHELL_USER", value_delimiter = ',')]
    pub(crate) shell_user: Vec<String>,
    /// Let shell jobs run as root
    #[arg(long, env = "SANDGLASS_OPT_SHELL_ALLOW_ROOT")]
    pub(crate) shell_allow_root: bool,
    /// A limit that shell jobs may ask for and run without, where this host cannot hold it (memory, cpu or pids)
    #[arg(long, value_name = "LIMIT", env = "SANDGLASS_OPT_ALLOW_UNENFORCED", value_delimiter = ',', value_parser = unenforced)]
    pub(crate) allow_unenforced: Vec<LimitName>,
    /// Refuse all shell jobs
    #[arg(long, env = "SANDGLASS_OPT_NO_SHELL")]
    pub(crate) no_shell: bool,
    /// A directory beneath which WASI jobs may be granted directories; may be given several times
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_WASM_ROOT", value_delimiter = ',')]
    pub(crate) wasm_root: Vec<PathBuf>,
}

/// How page and API are reached.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerOptions {
    /// Where people reach it, for the printed login link, like https://jobs.example [default: its address]
    #[arg(long, value_name = "URL", env = "SANDGLASS_OPT_URL", value_parser = url)]
    pub(crate) url: Option<String>,
    /// The server's certificate and those between it and its signer (PEM): with it page and API are encrypted
    #[arg(long, value_name = "FILE", env = "SANDGLASS_OPT_TLS_CERT_FILE", requires = "tls_key_file")]
    tls_cert_file: Option<PathBuf>,
    /// The key to the certificate (PEM, mode 600)
    #[arg(long, value_name = "FILE", env = "SANDGLASS_OPT_TLS_KEY_FILE", requires = "tls_cert_file")]
    tls_key_file: Option<PathBuf>,
    /// A proxy in front that says where requests come from (address or block); may be given several times
    #[arg(long, value_name = "ADDRESS", env = "SANDGLASS_OPT_TRUSTED_PROXIES", value_delimiter = ',', value_parser = net)]
    trusted_proxy: Vec<IpNet>,
    /// The header in which that proxy names the user whom it let in; it must remove it from what browsers send
    #[arg(long, value_name = "HEADER", env = "SANDGLASS_OPT_PROXY_USER_HEADER", requires = "trusted_proxy", value_parser = user_header)]
    proxy_user_header: Option<HeaderName>,
    /// Most connections at one time; the others wait
    #[arg(long, value_name = "N", default_value_t = 2_048, env = "SANDGLASS_OPT_CONNECTIONS_MAX", value_parser = connections)]
    pub(crate) connections_max: usize,
    /// Most connections of one address that is no trusted proxy; more are cut off
    #[arg(long, value_name = "N", default_value_t = 512, env = "SANDGLASS_OPT_CONNECTIONS_PER_ADDRESS", value_parser = connections)]
    pub(crate) connections_per_address: usize,
    /// How many requests a second one user may send for long; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 1_000, env = "SANDGLASS_OPT_REQUESTS_PER_SECOND")]
    pub(crate) requests_per_second: u32,
}

impl ServerOptions {
    /// Returns where the certificate lies.
    pub(crate) fn certificate(&self) -> Option<CertificateFiles> {
        let (certificate, key) = (self.tls_cert_file.clone()?, self.tls_key_file.clone()?);
        Some(CertificateFiles { certificate, key })
    }

    /// Returns which proxies are believed.
    pub(crate) fn proxies(&self) -> Proxies {
        Proxies { addresses: self.trusted_proxy.clone(), user_header: self.proxy_user_header.clone() }
    }
}

/// Options of `sandglass standalone`.
#[derive(Debug, Args)]
pub(crate) struct Standalone {
    /// The folder of all data [default: /var/lib/sandglass as root, else ~/.local/share/sandglass]
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The address of page and API; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7480", env = "SANDGLASS_OPT_LISTEN")]
    pub(crate) listen: String,
    #[command(flatten)]
    pub(crate) server: ServerOptions,
    /// Do not save the two demo jobs on an empty store
    #[arg(long, env = "SANDGLASS_OPT_NO_DEMO")]
    pub(crate) no_demo: bool,
    /// The worker's id [default: the host's name]
    #[arg(long, value_name = "NAME", env = "SANDGLASS_OPT_WORKER_ID")]
    pub(crate) worker_id: Option<WorkerId>,
    /// How many runs go on at one time [default: twice the processors]
    #[arg(long, value_name = "N", env = "SANDGLASS_OPT_SLOTS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) slots: Option<u32>,
    /// A label of the worker, as NAME=VALUE; may be given several times
    #[arg(long, value_name = "NAME=VALUE", env = "SANDGLASS_OPT_LABEL", value_delimiter = ',', value_parser = pair)]
    pub(crate) label: Vec<(String, String)>,
    /// Largest module that may be uploaded
    #[arg(long, value_name = "SIZE", default_value = "32MiB", env = "SANDGLASS_OPT_MODULE_MAX")]
    pub(crate) module_max: ByteSize,
    /// How long SIGTERM waits for runs before it stops them
    #[arg(long, value_name = "TIME", default_value = "30s", env = "SANDGLASS_OPT_DRAIN_TIMEOUT")]
    pub(crate) drain_timeout: Span,
    #[command(flatten)]
    pub(crate) sandbox: SandboxOptions,
    #[command(flatten)]
    pub(crate) log: LogOptions,
}
