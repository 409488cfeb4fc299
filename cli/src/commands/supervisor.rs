//! `supervisor`: the process that forks a shim for each shell run of a worker. Internal: a worker starts it.
//!
//! Not read with the other commands: all that this process allocates before it forks is in every shim.

use std::process::ExitCode;
use std::sync::Arc;

use sandbox::shell::{SupervisorCommand, supervise_runs};
use stores::SystemClock;
use tracing::level_filters::LevelFilter;

/// The command's name.
const NAME: &str = "supervisor";

/// Returns how this binary is started as a supervisor. By the kernel's own name of it: what stands under its path may
/// be a newer version by now.
pub(super) fn command() -> SupervisorCommand {
    SupervisorCommand { program: "/proc/self/exe".into(), arguments: vec![NAME.into()] }
}

/// Returns whether this process is to be a supervisor.
pub(crate) fn asked() -> bool {
    std::env::args_os().nth(1).is_some_and(|command| command == NAME)
}

/// Is a supervisor until its worker and the last of its runs are gone.
pub(crate) fn run() -> ExitCode {
    let complaints = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_timer(crate::telemetry::Utc);
    complaints.init();
    match supervise_runs(Arc::new(SystemClock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the supervisor of shell runs ends: {error}");
            ExitCode::FAILURE
        }
    }
}
