//! What is needed to start one claimed run: the job's workload and limits with what the request changes.
//!
//! Flow: `scheduler` (a claim is being sent) → **`launch`** → `runner` (it has won).
//! Made before the claim is sent, from the text that the claim was made by: an edit in between changes nothing.

use model::id::{Fence, WorkerId};
use model::job::SavedJob;
use model::limits::Limits;
use model::outcome::Stage;
use model::ports::{RunRef, StartError, StateKey};
use model::run::{Beginning, Overrides, RunRecord, RunStatus};
use model::state::Start;
use model::time::Timestamp;
use model::workload::Workload;

use super::note::Note;

/// A run that is about to start.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// What is kept of it.
    pub(crate) note: Note,
    /// What runs.
    pub(crate) workload: Workload,
    /// What it may use.
    pub(crate) limits: Limits,
    /// The job's zone.
    timezone: String,
    /// Set when it must not start after all.
    pub(crate) refused: Option<StartError>,
}

impl Launch {
    /// Returns the launch of `start` of a job, claimed by `worker` at `now`.
    pub(crate) fn new(
        saved: &SavedJob,
        key: &StateKey,
        start: Start,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Self {
        let job = &saved.job;
        let (mut workload, mut limits) = (job.workload.clone(), job.limits.clone());
        let refused = merge(start.overrides, &mut workload, &mut limits).err();
        let beginning = Beginning {
            id: start.run,
            job: job.name.clone(),
            uid: saved.uid.clone(),
            spec_id: saved.spec_id,
            kind: workload.kind(),
            trigger: start.trigger,
            scheduled_at: start.scheduled_at,
            attempt: start.attempt,
            retention: job.retention,
        };
        let record = RunRecord {
            requested_by: start.requested_by,
            status: RunStatus::Claimed,
            worker: Some(worker.clone()),
            claimed_at: Some(now),
            ..RunRecord::begin(beginning)
        };
        let note = Note {
            version: Note::VERSION,
            record,
            state_of: key.worker.clone(),
            success_codes: job.success_codes.clone(),
            when_cut_off: job.when_cut_off,
            grace: limits.grace,
            outcome: None,
        };
        Self { note, workload, limits, timezone: job.timezone.clone(), refused }
    }

    /// Returns the launch once its claim has won at the revision that is its fence.
    pub(crate) fn won(mut self, fence: Fence) -> Self {
        self.note.record.fence = Some(fence);
        self
    }

    /// Returns what the run is told of itself.
    ///
    /// # Panics
    /// Before the claim has won.
    pub(crate) fn run_ref(&self) -> RunRef {
        let record = &self.note.record;
        RunRef {
            id: record.id.clone(),
            job: record.job.clone(),
            attempt: record.attempt,
            scheduled_at: record.scheduled_at,
            fence: record.fence.expect("a run starts by a claim that has won"),
            worker: record.worker.clone().expect("a claimed run has its worker"),
            timezone: self.timezone.clone(),
        }
    }
}

/// Puts what a request changes into workload and limits.
fn merge(overrides: Overrides, workload: &mut Workload, limits: &mut Limits) -> Result<(), StartError> {
    if let Some(env) = overrides.env {
        workload.env_mut().0.extend(env.0);
    }
    if let Some(stdin) = overrides.stdin {
        match workload {
            Workload::Shell(shell) => shell.stdin = stdin,
            Workload::Wasm(wasm) => wasm.stdin = stdin,
        }
    }
    if let Some(timeout) = overrides.timeout {
        limits.timeout = timeout;
    }
    match (overrides.args, workload) {
        (None, _) => Ok(()),
        (Some(args), Workload::Wasm(wasm)) => {
            wasm.args = args;
            Ok(())
        }
        (Some(_), Workload::Shell(_)) => Err(StartError::job(
            Stage::Limits,
            "`args` apply to wasm jobs only; set `env` for this run instead",
        )),
    }
}

#[cfg(test)]
mod tests {
    use model::time::Span;
    use model::workload::{Env, HiddenText, Leftovers, Shell, Wasm};

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    fn shell() -> Workload {
        Workload::Shell(Shell {
            script: "true".into(),
            interpreter: vec!["/bin/sh".into()],
            user: None,
            cwd: None,
            env: env(&[("A", "job"), ("B", "job")]),
            stdin: HiddenText::default(),
            privilege_gain: false,
            leftovers: Leftovers::Kill,
        })
    }

    #[test]
    fn overrides_add_to_the_environment_and_replace_the_timeout() {
        let (mut workload, mut limits) = (shell(), Limits::default());
        let overrides = Overrides {
            env: Some(env(&[("B", "run"), ("C", "run")])),
            args: None,
            stdin: Some(HiddenText("run".into())),
            timeout: Some(Span::from_seconds(7)),
        };
        merge(overrides, &mut workload, &mut limits).unwrap();
        assert!(matches!(&workload, Workload::Shell(shell) if shell.stdin.0 == "run"));
        assert_eq!(*workload.env_mut(), env(&[("A", "job"), ("B", "run"), ("C", "run")]));
        assert_eq!(limits.timeout, Span::from_seconds(7));
    }

    #[test]
    fn arguments_replace_those_of_a_module_and_are_refused_for_a_script() {
        let overrides = || Overrides { args: Some(vec!["x".into()]), ..Overrides::default() };
        let digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let mut wasm = Workload::Wasm(Wasm {
            module: digest.parse().unwrap(),
            args: vec!["a".into(), "b".into()],
            env: Env::default(),
            stdin: HiddenText::default(),
            dirs: Vec::new(),
            network: Vec::new(),
            user: None,
        });
        merge(overrides(), &mut wasm, &mut Limits::default()).unwrap();
        assert!(matches!(wasm, Workload::Wasm(wasm) if wasm.args == ["x"]));
        assert!(merge(overrides(), &mut shell(), &mut Limits::default()).is_err());
    }
}
