//! Run-now: what may be different for one run, and the request in the job's state.

use std::time::Duration;

use model::account::Role;
use model::fault::{Fault, Faults};
use model::id::{JobName, WorkerId};
use model::job::{Job, SavedJob};
use model::policy::PlacementMode;
use model::run::Overrides;
use model::sentence;
use model::state::{self, JobState, RunEverywhereStep, RunNow, RunNowStep, Spec, WorkerRun};
use model::time::Timestamp;
use model::workload::Workload;
use serde_json::{Value, json};

use crate::api::{Problem, RunAccepted};
use crate::app::App;
use crate::edit::{Edit, Step, Stood};
use crate::identity::Identity;
use crate::problem::Answer;

/// Most bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 100;
/// Most bytes of what is different, as JSON: requests wait in the job's state, which is small.
const OVERRIDES_BYTES_MAX: usize = 16 * 1024;
/// How long a run-now waits for matching workers that have not joined the job yet.
const JOIN_WITHIN: Duration = Duration::from_secs(3);

/// Returns an idempotency key that a state can hold.
pub(crate) fn checked_key(key: &str) -> Answer<String> {
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=KEY_BYTES_MAX).contains(&key.len()) {
        return Ok(key.to_owned());
    }
    let detail =
        format!("header `idempotency-key` must be 1 to {KEY_BYTES_MAX} visible characters without blanks");
    Err(Problem::bad_request("invalid_header", "a header does not read", detail))
}

/// Refuses what would not fit into the state.
pub(crate) fn checked(overrides: Overrides) -> Answer<Overrides> {
    let bytes = serde_json::to_vec(&overrides).map_or(usize::MAX, |text| text.len());
    if bytes > OVERRIDES_BYTES_MAX {
        return Err(Problem::too_large("what is different for one run", OVERRIDES_BYTES_MAX as u64));
    }
    Ok(overrides)
}

/// A run-now under way.
pub(crate) struct Start {
    pub(crate) name: JobName,
    /// For placement `all`: the workers that it is asked of.
    pub(crate) workers: Vec<WorkerId>,
    pub(crate) key: String,
    pub(crate) by: String,
    pub(crate) overrides: Overrides,
    /// Who asks: some of what may be different takes more than a run.
    pub(crate) who: Identity,
}

impl Edit for Start {
    type Reply = RunAccepted;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<RunAccepted>> {
        let (saved, _, state) = stood.job(&self.name)?;
        // A variable such as `BASH_ENV`, or what an interpreter reads, decides what a script does: it is as good as saving
        // the job.
        let decides = self.overrides.env.is_some() || self.overrides.stdin.is_some();
        if decides && matches!(saved.job.workload, Workload::Shell(_)) {
            self.who.needs(Role::Editor)?;
            self.who.may_save(&saved.job)?;
        }
        let faults = faults_of(saved, &self.overrides);
        if !faults.is_empty() {
            return Err(Problem::faults("invalid_run", "this run has faults", faults));
        }
        let spec = stood.spec().ok_or_else(Problem::internal)?;
        let request =
            RunNow { key: self.key.clone(), by: self.by.clone(), overrides: self.overrides.clone() };
        if saved.job.placement.mode == PlacementMode::All {
            return self.everywhere(state, spec, stood.now, request);
        }
        let accepted = |run, known| RunAccepted { run, job: self.name.clone(), known, runs: Vec::new() };
        Ok(match state::run_now(state, spec, stood.now, request)? {
            RunNowStep::Known(run) => Step::Nothing(accepted(run, true)),
            RunNowStep::Added(state, run) => Step::Write {
                state: Some(state),
                job: model::ports::JobWrite::Keep,
                reply: accepted(run, false),
            },
        })
    }
}

impl Start {
    /// Asks for a run on each of the workers.
    fn everywhere(
        &self,
        state: &JobState,
        spec: Spec<'_>,
        now: Timestamp,
        request: RunNow,
    ) -> Answer<Step<RunAccepted>> {
        let accepted = |runs: Vec<WorkerRun>, known| {
            let run = runs.first().map(|first| first.run.clone()).ok_or_else(|| nobody(&self.name))?;
            Ok::<_, Problem>(RunAccepted { run, job: self.name.clone(), known, runs })
        };
        Ok(match state::run_everywhere(state, spec, now, request, &self.workers)? {
            RunEverywhereStep::Known(runs) => Step::Nothing(accepted(runs, true)?),
            RunEverywhereStep::Added(state, runs) => Step::Write {
                state: Some(state),
                job: model::ports::JobWrite::Keep,
                reply: accepted(runs, false)?,
            },
        })
    }
}

fn nobody(name: &JobName) -> Problem {
    Problem::conflict(
        "no_worker",
        "no worker is there to run it",
        format!(
            "job `{name}` runs on every matching worker, and none that takes runs matches now: \
             `POST /api/v1/jobs/check` tells of each worker why"
        ),
    )
}

/// Returns the workers that a run-now of a job goes to: those that live, match and take runs, once they have joined. None
/// for a job that runs on one worker.
pub(crate) async fn targets(app: &App, name: &JobName) -> Answer<Vec<WorkerId>> {
    let stood = Stood::read(app, name).await?;
    let (saved, ..) = stood.job(name)?;
    if saved.job.placement.mode == PlacementMode::One {
        return Ok(Vec::new());
    }
    let wanted = &saved.job.placement.labels;
    let live = app.ports.registry.workers().await?.into_iter().filter(|worker| {
        let status = &worker.status;
        let matches = wanted.iter().all(|(label, value)| status.labels.get(label) == Some(value));
        matches && !status.draining && worker.drain.is_none()
    });
    let live: Vec<WorkerId> = live.map(|worker| worker.identity.id).collect();
    let mut changes = app.catalogue.changes();
    let joined = |worker: &WorkerId| {
        let entry = app.catalogue.entry(name);
        let state = entry.as_ref().and_then(|entry| entry.states.get(Some(worker)));
        state.is_some_and(|state| state.value.uid == saved.uid && state.value.deleted.is_none())
    };
    // A worker joins as soon as its watch shows the job.
    let all_joined = async { while !live.iter().all(joined) && changes.changed().await.is_ok() {} };
    let _ = tokio::time::timeout(JOIN_WITHIN, all_joined).await;
    Ok(live.into_iter().filter(joined).collect())
}

/// Returns what is wrong with a run of this job that differs in this way: the job's own rules, read on the job as it
/// would run.
fn faults_of(saved: &SavedJob, overrides: &Overrides) -> Faults {
    let mut faults = Faults::new();
    let kind = saved.job.workload.kind();
    if overrides.args.is_some() && matches!(saved.job.workload, Workload::Shell(_)) {
        faults.add("args", sentence!("applies to wasm jobs only; a shell job takes `env`"));
        return faults;
    }
    let Ok(mut value) = serde_json::to_value(&saved.job) else { return faults };
    let workload = &mut value[kind.to_string()];
    if let Some(env) = &overrides.env {
        for (name, text) in &env.0 {
            workload["env"][name] = Value::String(text.clone());
        }
    }
    if let Some(args) = &overrides.args {
        workload["args"] = json!(args);
    }
    if let Some(stdin) = &overrides.stdin {
        workload["stdin"] = json!(stdin);
    }
    if let Some(timeout) = overrides.timeout {
        value["limits"]["timeout"] = json!(timeout);
    }
    // What is wrong with the saved text itself (an `@at` that has passed) is no fault of this run.
    let ours =
        [format!("{kind}.env"), format!("{kind}.args"), format!("{kind}.stdin"), "limits.timeout".to_owned()];
    for fault in Job::parse(&value).err().map(Faults::into_vec).unwrap_or_default() {
        if ours.iter().any(|path| fault.path.starts_with(path.as_str())) {
            let path = fault.path.split_once('.').map_or("", |(_, path)| path).to_owned();
            faults.push(Fault { path, ..fault });
        }
    }
    faults
}
