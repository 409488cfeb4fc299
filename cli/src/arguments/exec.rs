//! What can be asked of `sandglass exec`: one workload in the sandbox, without a server.

use std::path::PathBuf;

use clap::Args;
use model::limits::LimitName;
use model::quantity::{ByteSize, CpuShare};
use model::time::Span;

use super::value::{pair, unenforced};

/// Options of `sandglass exec`.
#[derive(Debug, Args)]
#[command(
    override_usage = "sandglass exec [OPTIONS] -- COMMAND…\n       sandglass exec [OPTIONS] MODULE.wasm [-- ARGUMENTS…]"
)]
pub(crate) struct Exec {
    /// A WASI module to run; without it the command after -- runs
    #[arg(value_name = "MODULE.wasm")]
    pub(crate) module: Option<PathBuf>,
    /// The command, or the module's arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Stop it after this time
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(crate) timeout: Span,
    /// Time from TERM to KILL
    #[arg(long, value_name = "TIME", default_value = "5s")]
    pub(crate) grace: Span,
    /// Memory of all its processes, or of the module
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<ByteSize>,
    /// Processors that it may keep busy
    #[arg(long, value_name = "N")]
    pub(crate) cpu: Option<CpuShare>,
    /// Processes at one time
    #[arg(long, value_name = "N")]
    pub(crate) pids: Option<u32>,
    /// Instructions that the module may execute
    #[arg(long, value_name = "N")]
    pub(crate) fuel: Option<u64>,
    /// Output kept, its beginning and its end; the rest is counted and dropped
    #[arg(long, value_name = "SIZE", default_value = "10MiB")]
    pub(crate) output_limit: ByteSize,
    /// The account to run as
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// A directory for the module, as HOST::GUEST or HOST::GUEST:ro
    #[arg(long, value_name = "HOST::GUEST[:ro]")]
    pub(crate) dir: Vec<String>,
    /// A variable of its environment; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) env: Vec<(String, String)>,
    /// Write how it ended to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Make control groups under this folder
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_CGROUP_ROOT")]
    pub(crate) cgroup_root: Option<PathBuf>,
    /// A limit to go without, where this host cannot hold it (memory, cpu or pids); may be given several times
    #[arg(long, value_name = "LIMIT", value_delimiter = ',', value_parser = unenforced)]
    pub(crate) allow_unenforced: Vec<LimitName>,
}
