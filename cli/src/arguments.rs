//! What can be asked on the command line. Every option of a server is also read from `SANDGLASS_OPT_…`.

#[cfg(all(feature = "etcd", feature = "mongodb"))]
pub(crate) mod fleet;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::id::{Digest, JobName, ModuleTag, RunId, WorkerId};
use model::language::Language;
use model::limits::LimitName;
use model::quantity::{ByteSize, CpuShare};
use model::run::{RunStatus, Trigger};
use model::time::{Span, Timestamp};

use crate::config;

/// Scheduled jobs across a fleet of machines: shell commands and WASI modules, each run once, held and recorded.
#[derive(Debug, Parser)]
#[command(name = "sandglass", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run server, worker and page in one process on an embedded store
    Standalone(Standalone),
    /// Run a server of a fleet: page, API, alerts, on etcd and MongoDB
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Master(fleet::Master),
    /// Run a worker of a fleet: what runs the jobs, on etcd and MongoDB
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Worker(fleet::Worker),
    /// Run one workload in the sandbox now; its output passes through
    Exec(Box<Exec>),
    /// Ask what a schedule means
    #[command(subcommand)]
    Schedule(Schedule),
    /// Work with jobs
    #[command(subcommand)]
    Job(Job),
    /// Work with runs
    #[command(subcommand)]
    Run(Run),
    /// Work with uploaded modules
    #[command(subcommand)]
    Module(Module),
    /// Work with workers
    #[command(subcommand)]
    Workers(Workers),
    /// Tell what this host can do for jobs, limit by limit; of a server of a fleet, what its stores are and lack
    Check(Check),
}

/// How log lines look.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogOptions {
    /// Which log lines to print (error, warn, info, debug, or by module: worker=debug)
    #[arg(long, value_name = "FILTER", default_value = "info", env = "SANDGLASS_OPT_LOG")]
    pub(crate) log: String,
    /// Print log lines as JSON
    #[arg(long, env = "SANDGLASS_OPT_LOG_JSON")]
    pub(crate) log_json: bool,
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

/// Options of `sandglass standalone`.
#[derive(Debug, Args)]
pub(crate) struct Standalone {
    /// The folder of all data [default: /var/lib/sandglass as root, else ~/.local/share/sandglass]
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The address of page and API; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7480", env = "SANDGLASS_OPT_LISTEN")]
    pub(crate) listen: String,
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

/// What is asked of a schedule.
#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// Print its next instants, one RFC 3339 instant in UTC a line
    Next(ScheduleNext),
    /// Say in words what it means, with its next instants and what changes of the clock do to them
    Explain(ScheduleExplain),
}

/// A schedule on the command line.
#[derive(Debug, Args)]
pub(crate) struct ScheduleText {
    /// The expression, as one argument
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) text: String,
    /// The zone in which it is read
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
    /// What happens at changes of the clock
    #[arg(long, value_enum, default_value = "vixie")]
    pub(crate) dst: Dst,
    /// How weekdays are numbered
    #[arg(long, value_enum, default_value = "unix")]
    pub(crate) weekdays: WeekdayNumbers,
    /// The name that `H` forms are spread by
    #[arg(long, value_name = "JOB", default_value = "")]
    pub(crate) name: String,
    /// Where @every counts from
    #[arg(long, value_name = "RFC3339", default_value = "1970-01-01T00:00:00Z")]
    pub(crate) anchor: Timestamp,
    /// Instants after this one [default: now]
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<Timestamp>,
    /// How many
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
}

/// Options of `sandglass schedule next`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleNext {
    #[command(flatten)]
    pub(crate) schedule: ScheduleText,
    /// Show them with the time in the zone, and with what changes of the clock do to them
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// The language of the words: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
}

/// Options of `sandglass schedule explain`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleExplain {
    #[command(flatten)]
    pub(crate) schedule: ScheduleText,
    /// The language of the words: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

/// `--dst`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Dst {
    Vixie,
    Wall,
    Skip,
}

/// `--weekdays`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WeekdayNumbers {
    Unix,
    Quartz,
}

/// Which server to ask, and how to show its answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientOptions {
    /// The server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7480", env = "SANDGLASS_SERVER")]
    pub(crate) server: String,
    /// The API token; the standalone server keeps one in DATA/admin-token
    #[arg(long, value_name = "TOKEN", env = "SANDGLASS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// The language of the words of schedules: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
}

/// What is asked of jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List jobs
    List {
        /// Jobs whose name or description has this text
        #[arg(short, long, value_name = "TEXT")]
        query: Option<String>,
        /// Jobs with this label, as NAME:VALUE or NAME
        #[arg(short, long, value_name = "LABEL")]
        label: Option<String>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show a job as it was saved (YAML unless told otherwise)
    Get {
        /// The job
        name: JobName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Say what would come of saving the jobs of files, what their modules ask for and what they grant; saves nothing
    Check {
        /// A YAML or JSON file, a folder of them, or - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Save the jobs of files: new ones are made, changed ones replaced
    Apply {
        /// A YAML or JSON file, a folder of them, or - for standard input; may be given several times
        #[arg(short, long = "file", value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Why, for the job's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Delete jobs; their runs go on unless --kill
    Delete {
        /// The jobs
        #[arg(required = true)]
        names: Vec<JobName>,
        /// Kill their runs too
        #[arg(long)]
        kill: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Run a job now
    Run {
        /// The job
        name: JobName,
        /// A variable for this run; may be given several times
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        env: Vec<(String, String)>,
        /// The timeout of this run
        #[arg(long, value_name = "TIME")]
        timeout: Option<Span>,
        /// Arguments of this run, in place of the job's own (wasm)
        #[arg(last = true, value_name = "ARGUMENTS")]
        args: Option<Vec<String>>,
        /// A key by which the server knows a request that was sent twice
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        /// Wait for the run and show its output; the exit status is the run's
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Kill all runs of a job, and those that wait
    Kill {
        /// The job
        name: JobName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Pause a job: no tick starts until it is resumed
    Pause {
        /// The job
        name: JobName,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
        /// Until when
        #[arg(long, value_name = "RFC3339")]
        until: Option<Timestamp>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Resume a paused job
    Resume {
        /// The job
        name: JobName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List the ticks ahead of all jobs, or of one, earliest first
    Upcoming {
        /// The job
        name: Option<JobName>,
        /// Ticks before this instant [default: a day from now]
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        count: u32,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Tell how many jobs start when, where they pile up, and what would spread them
    Forecast {
        /// How far ahead
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// What is asked of runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// List runs, newest first
    List {
        /// Runs of this job
        #[arg(long, value_name = "JOB")]
        job: Option<JobName>,
        /// Runs in this status; may be given several times
        #[arg(long, value_name = "STATUS", value_delimiter = ',')]
        status: Vec<RunStatus>,
        /// Runs for this reason
        #[arg(long, value_name = "TRIGGER", value_parser = trigger)]
        trigger: Option<Trigger>,
        /// Runs scheduled at or after this instant
        #[arg(long, value_name = "RFC3339")]
        from: Option<Timestamp>,
        /// Runs scheduled before this instant
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show a run
    Show {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Print a run's output
    Logs {
        /// The run
        id: RunId,
        /// Wait for more until the run ends
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Kill a run
    Kill {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// What is asked of modules.
#[derive(Debug, Subcommand)]
pub(crate) enum Module {
    /// Upload a module
    Push {
        /// The file
        file: PathBuf,
        /// The name to show it under [default: the file's]
        #[arg(long)]
        name: Option<String>,
        /// Point this tag to it; may be given several times
        #[arg(long, value_name = "NAME:TAG", value_delimiter = ',')]
        tag: Vec<ModuleTag>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List modules
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show what is in a module: one of the server's, or a file, without a server and without running it
    Inspect {
        /// A digest, a tag, or a file
        #[arg(value_name = "DIGEST|NAME:TAG|FILE")]
        what: String,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Point a tag to a module; jobs that were saved by it keep the module that they have
    Tag {
        /// The tag
        #[arg(value_name = "NAME:TAG")]
        tag: ModuleTag,
        /// The module
        #[arg(value_name = "DIGEST|NAME:TAG")]
        module: ModuleName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Remove a tag; its module stays
    Untag {
        /// The tag
        #[arg(value_name = "NAME:TAG")]
        tag: ModuleTag,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Delete a module that no job uses, and the tags that point to it
    Delete {
        /// Its digest
        digest: Digest,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// How a module of the server is named.
#[derive(Debug, Clone)]
pub(crate) enum ModuleName {
    Digest(Digest),
    Tag(ModuleTag),
}

impl FromStr for ModuleName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digest = text.parse().map(Self::Digest);
        digest.or_else(|_| text.parse().map(Self::Tag)).map_err(|_| {
            format!(
                "must be `sha256:` and 64 hexadecimal digits, or a tag `NAME:TAG`, got `{}`",
                text.escape_debug()
            )
        })
    }
}

/// What is asked of workers.
#[derive(Debug, Subcommand)]
pub(crate) enum Workers {
    /// List live workers
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Have a worker take nothing new; what runs goes on. It stays so through restarts until undrain
    Drain {
        /// The worker's id
        id: WorkerId,
        /// Why, for the others
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
        /// Wait until its last run has ended
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Have a worker take runs again
    Undrain {
        /// The worker's id
        id: WorkerId,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// Options of `sandglass check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The folder of all data, to be checked too
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_DATA")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sandbox: SandboxOptions,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

impl Check {
    /// Returns how to show the answer.
    pub(crate) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}

fn unenforced(text: &str) -> Result<LimitName, String> {
    config::shell::unenforced(text)
}

fn trigger(text: &str) -> Result<Trigger, String> {
    [Trigger::Schedule, Trigger::Manual, Trigger::CatchUp]
        .into_iter()
        .find(|trigger| trigger.as_str() == text)
        .ok_or_else(|| "must be one of schedule, manual, catch_up".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
