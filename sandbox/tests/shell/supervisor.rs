//! The supervisor of the shell executor's tests: a program of its own, so that it has one thread, as the real one.

mod clocks;

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    match sandbox::shell::supervise_runs(Arc::new(clocks::Clocks)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("shell-supervisor: {e}");
            ExitCode::FAILURE
        }
    }
}
