//! Kill, pause, resume, delete: what a person does to a job besides saving it, each one transition of its state.

use model::id::{JobName, JobUid};
use model::language::Language;
use model::ports::JobWrite;
use model::state::{self, JobState, KillStep, KillTarget, Paused};

use crate::api::{JobView, KillReply, PauseRequest, Problem};
use crate::app::App;
use crate::edit::{Edit, Step, Stood};
use crate::problem::Answer;
use crate::save::Follows;
use crate::views;

/// Most bytes of the reason of a pause.
const WHY_BYTES_MAX: usize = 1000;

/// Returns what a kill of all of a job's runs finds on workers that have records of their own (placement `all`): they
/// take it within moments, and what they have begun meanwhile too.
pub(crate) fn on_workers(app: &App, name: &JobName) -> KillReply {
    let mut found = KillReply::default();
    for (_, state) in app.catalogue.entry(name).iter().flat_map(|entry| entry.of_workers()) {
        found.stopping.extend(state.value.active.iter().map(|run| run.run.clone()));
        found.removed.extend(views::pending(&state.value).into_iter().map(|run| run.run));
    }
    found
}

impl KillReply {
    /// Returns what both found.
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.stopping.extend(other.stopping);
        self.removed.extend(other.removed);
        self
    }
}

/// A kill of runs.
pub(crate) struct Kill {
    pub(crate) target: KillTarget,
    pub(crate) by: String,
    /// The job's name, where a missing job is the caller's mistake.
    pub(crate) name: Option<JobName>,
}

impl Edit for Kill {
    type Reply = KillReply;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<KillReply>> {
        let Some(stands) = &stood.state else {
            return Err(match &self.name {
                Some(name) => Problem::not_found("job", name.as_str()),
                None => state::Refused::NoSuchRun.into(),
            });
        };
        let KillStep { state, marked, removed } =
            state::kill(&stands.value, stood.now, &self.by, &self.target)?;
        let reply = KillReply { stopping: marked, removed };
        if state == stands.value {
            return Ok(Step::Nothing(reply));
        }
        Ok(Step::Write { state: Some(Box::new(state)), job: JobWrite::Keep, reply })
    }

    /// It ends what is there, due or not; and a run that does harm is to be stopped from any server.
    fn judges_by_time(&self) -> bool {
        false
    }
}

/// A pause.
pub(crate) struct Pause {
    pub(crate) name: JobName,
    pub(crate) by: String,
    pub(crate) request: PauseRequest,
    /// In which the answer tells the schedule.
    pub(crate) language: Language,
}

impl Edit for Pause {
    type Reply = JobView;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<JobView>> {
        let (_, _, state) = stood.job(&self.name)?;
        let invalid = |detail: String| {
            Problem::new(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_pause",
                "the pause has faults",
                detail,
            )
        };
        if let Some(until) = self.request.until.filter(|until| *until <= stood.now) {
            return Err(invalid(format!("until: must be later than now ({}), got `{until}`", stood.now)));
        }
        if self.request.why.len() > WHY_BYTES_MAX {
            return Err(invalid(format!("why: must have at most {WHY_BYTES_MAX} bytes")));
        }
        let paused = Paused {
            by: self.by.clone(),
            why: self.request.why.clone(),
            since: stood.now,
            until: self.request.until,
        };
        let spec = stood.spec().ok_or_else(Problem::internal)?;
        let next = state::pause(state, spec, stood.now, paused)?;
        write(stood, &self.name, state, next, self.language)
    }
}

/// The end of a pause.
pub(crate) struct Resume {
    pub(crate) name: JobName,
    /// In which the answer tells the schedule.
    pub(crate) language: Language,
}

impl Edit for Resume {
    type Reply = JobView;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<JobView>> {
        let (_, _, state) = stood.job(&self.name)?;
        let spec = stood.spec().ok_or_else(Problem::internal)?;
        let next = state::resume(state, spec, stood.now)?;
        write(stood, &self.name, state, next, self.language)
    }
}

/// Returns the step to a state of the same text, with the job as it then stands.
fn write(
    stood: &Stood,
    name: &JobName,
    before: &JobState,
    after: JobState,
    language: Language,
) -> Answer<Step<JobView>> {
    let (saved, schedule, _) = stood.job(name)?;
    let reply = views::job(saved, schedule, &after, stood.now, language);
    if after == *before {
        return Ok(Step::Nothing(reply));
    }
    Ok(Step::Write { state: Some(Box::new(after)), job: JobWrite::Keep, reply })
}

/// A delete.
pub(crate) struct Delete {
    pub(crate) name: JobName,
    pub(crate) follows: Follows,
    pub(crate) by: String,
    pub(crate) kill: bool,
    /// Which job the last attempt deleted.
    pub(crate) uid: Option<JobUid>,
}

impl Edit for Delete {
    type Reply = KillReply;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<KillReply>> {
        let (saved, _, state) = stood.job(&self.name)?;
        self.follows.check(Some(saved), &self.name)?;
        let spec = stood.spec().ok_or_else(Problem::internal)?;
        let next = state::delete(state, spec, stood.now, &self.by, self.kill)?;
        let owed = views::pending(state).into_iter().map(|run| run.run).collect();
        let running = state.active.iter().map(|run| run.run.clone());
        let stopping = if self.kill { running.collect() } else { Vec::new() };
        self.uid = Some(saved.uid.clone());
        Ok(Step::Write {
            state: next.map(Box::new),
            job: JobWrite::Delete,
            reply: KillReply { stopping, removed: owed },
        })
    }

    fn took_place(&self, stood: &Stood) -> bool {
        stood.saved.as_ref().is_none_or(|saved| Some(&saved.uid) != self.uid.as_ref())
    }
}
