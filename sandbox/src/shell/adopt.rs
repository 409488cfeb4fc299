//! Finds the runs that an earlier worker process left, ends what still lives of them, and says how they ended.
//!
//! A run whose end is written is told as it ended. Of a run whose process died with the worker, nobody saw the
//! end: its processes are found by its groups, its session and its mark, killed, and it is lost.
//!
//! Not here: letting a run live on under the new process.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::outcome::{End, LostWhy, Outcome};
use model::ports::Clock;
use model::workload::Kind;

use super::process::{Main, Process, boot_id};
use super::start::group_name;
use super::strays::Strays;
use crate::cgroup::kill_leftovers;
use crate::folder::{LeftBehind, left_behind, settle};

/// Most time that what is left of one run is given to die.
const KILL_WITHIN: Duration = Duration::from_secs(10);

/// Settles every run under `runs`. Blocks while processes die.
///
/// # Errors
/// When the folder cannot be read or written; a later call goes on where this one ended.
pub(super) fn settle_all(runs: &Path, clock: &dyn Clock) -> io::Result<Vec<(model::ports::RunRef, Outcome)>> {
    let mut settled = Vec::new();
    for left in left_behind(runs, Kind::Shell)? {
        let outcome = match &left.outcome {
            Some(outcome) => outcome.clone(),
            None => end(&left, clock)?,
        };
        settled.push((left.run, outcome));
    }
    Ok(settled)
}

/// Kills what is left of one run and writes that it is lost.
fn end(left: &LeftBehind, clock: &dyn Clock) -> io::Result<Outcome> {
    let process = Process::read(&left.folder);
    // Without the file nothing was executed: it is written before the child exists.
    let same_boot = process.as_ref().is_none_or(|process| process.boot == boot_id());
    if same_boot {
        kill(left, process.as_ref());
    }
    let why = if same_boot { LostWhy::WorkerEnded } else { LostWhy::Reboot };
    let mut outcome = Outcome::bare(End::Lost { why }, clock.now());
    outcome.output = settle(left.folder.names(), &left.run.id)?;
    if let Some(process) = process {
        outcome.started_at = process.started_at.min(outcome.ended_at);
    }
    left.folder.finish(&outcome)?;
    Ok(outcome)
}

fn kill(left: &LeftBehind, process: Option<&Process>) {
    // A group is touched only if its name says that it is this run's.
    let name = group_name(left.run.id.as_str());
    let ours = |dir: &&PathBuf| dir.file_name().is_some_and(|n| n == name.as_str());
    let groups: Vec<PathBuf> =
        process.iter().flat_map(|process| &process.groups).filter(ours).cloned().collect();
    kill_leftovers(&groups, KILL_WITHIN);
    // The number may belong to another process by now: it counts only with its start time.
    let main = process.and_then(|process| process.main);
    let leader = main.filter(|main| Main::of(main.pid).as_ref() == Some(main)).map(|main| main.pid);
    if !Strays::of(&left.run.id, leader).kill(KILL_WITHIN) {
        tracing::error!("processes of the lost run {} do not die of SIGKILL", left.run.id);
    }
}
