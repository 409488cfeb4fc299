//! Exit codes: 0 done, 1 failed, 2 the request is impossible, 64 bad usage or configuration; and those of a run.

use std::process::ExitCode;

use model::outcome::{End, Outcome, Stop};

use crate::arguments::slip;
use crate::client::Refused;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done,
    /// It could not, and might another time.
    Failed,
    /// What was asked is impossible.
    Impossible,
    /// The command line or the configuration is wrong.
    Usage,
    /// A workload's own code, or one of those that stand for its end.
    Code(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Impossible => 2,
            Exit::Usage => 64,
            Exit::Code(code) => code,
        })
    }
}

/// Marks an error as bad usage or configuration.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadUsage(pub(crate) String);

/// Marks an error as an impossible request that was told already, or is told by its text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Impossible(pub(crate) String);

/// Prints an error and returns its code.
pub(crate) fn of(result: anyhow::Result<Exit>) -> ExitCode {
    let error = match result {
        Ok(exit) => return exit.into(),
        Err(error) => error,
    };
    // Whoever reads our output may stop reading: that is no failure of ours to tell.
    if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
        return Exit::Failed.into();
    }
    eprintln!("sandglass: {error:#}");
    if error.downcast_ref::<BadUsage>().is_some() {
        Exit::Usage.into()
    } else if error.downcast_ref::<Impossible>().is_some()
        || error.downcast_ref::<Refused>().is_some_and(Refused::is_impossible)
    {
        Exit::Impossible.into()
    } else {
        Exit::Failed.into()
    }
}

/// Prints what clap says (help too) and returns its code.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe cannot be told of anything.
    drop(error.print());
    if error.kind() == clap::error::ErrorKind::InvalidSubcommand {
        let words: Vec<String> = std::env::args().skip(1).collect();
        for command in slip::meant(&words) {
            eprintln!("hint: did you mean `{command}`?");
        }
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Returns the code that stands for a workload's end: its own, 124 timeout, 125 not started, 137 killed or out of
/// memory, 134 trap or out of fuel, 128 + signal.
pub(crate) fn of_outcome(outcome: &Outcome) -> Exit {
    Exit::Code(match (&outcome.end, outcome.stop) {
        (End::NotStarted { .. } | End::HostError { .. }, _) => 125,
        (_, Some(Stop::Timeout)) => 124,
        (_, Some(_)) | (End::Lost { .. }, _) => 137,
        (_, None) if outcome.out_of_fuel => 134,
        (End::Exited { code }, None) => u8::try_from(*code).unwrap_or(1),
        (_, None) if outcome.out_of_memory => 137,
        (End::Trapped { .. }, None) => 134,
        (End::Signaled { signal, .. }, None) => 128u8.saturating_add(u8::try_from(*signal).unwrap_or(0)),
    })
}
