//! Jobs that leave and jobs that arrive, each by one swap of its record.
//!
//! A job keeps its id, so that jitter, run ids and `@every` stay as they are. Its text counts as saved at its anchor: the
//! ticks before are told where they ran.

use futures::StreamExt as _;
use model::fault::Faults;
use model::id::{JobName, SpecId};
use model::job::{Job, SavedJob};
use model::ports::JobWrite;
use model::schedule::Schedule;
use model::sentence;
use model::state::{self, Anchor, Paused, Refused};

use super::bounded;
use crate::api::{
    Existing, ExportJobsReply, ExportJobsRequest, ExportedJob, ImportItem, ImportJobsRequest, ImportReply,
    Landed, MovingJob, Problem, TRANSFER_JOBS_MAX,
};
use crate::app::App;
use crate::edit::{self, Edit, Step, Stood, spec};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::{audit, bulk, modules, save, stop};

/// How many jobs are worked on at one time.
const AT_ONCE: usize = 16;
/// Beyond so many bytes of texts the rest is asked for again.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often a job may have been saved: more than anybody can.
const SPEC_IDS: std::ops::RangeInclusive<u64> = 1..=1 << 40;

/// Returns jobs as they leave, paused in the same step where that is asked for.
pub(crate) async fn export_jobs(
    app: &App,
    who: &Identity,
    request: ExportJobsRequest,
) -> Answer<ExportJobsReply> {
    bulk::not_empty(&request.names, "names")?;
    bulk::bounded(request.names.len(), TRANSFER_JOBS_MAX, "jobs")?;
    let (by, why) = (who.user.to_string(), "exported: the job goes on where the export is imported");
    let mut reply = ExportJobsReply { jobs: Vec::new(), missing: Vec::new() };
    let mut bytes = 0;
    for names in request.names.chunks(AT_ONCE) {
        let leaving: Vec<_> = (names.iter().cloned())
            .map(|name| {
                let depart = Depart { name: name.clone(), by: by.clone(), why, pause: request.pause };
                leave(app, name, depart)
            })
            .collect();
        let left: Vec<_> = futures::stream::iter(leaving).buffered(AT_ONCE).collect().await;
        for (name, left) in names.iter().zip(left) {
            match left {
                Ok(mut job) => {
                    let workers = stop::on_workers(app, name);
                    job.under_way += workers.stopping.len() + workers.removed.len();
                    bytes += job.job.job.to_string().len();
                    reply.jobs.push(job);
                }
                Err(problem) if problem.status == 404 => reply.missing.push(name.clone()),
                Err(problem) => return Err(problem),
            }
        }
        if bytes > REPLY_BYTES_MAX {
            break;
        }
    }
    if request.pause {
        tracing::info!(user = %who.user, "{} jobs paused by the export of {}", reply.jobs.len(), who.user);
    } else {
        audit::changed_nothing();
    }
    Ok(reply)
}

async fn leave(app: &App, name: JobName, depart: Depart) -> Answer<ExportedJob> {
    if !depart.pause {
        return edit::change(app, &name, depart).await;
    }
    audit::item("export", format!("/api/v1/jobs/{name}"), edit::change(app, &name, depart)).await
}

/// A job that leaves.
struct Depart {
    name: JobName,
    by: String,
    why: &'static str,
    pause: bool,
}

impl Edit for Depart {
    type Reply = ExportedJob;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<ExportedJob>> {
        let (saved, _, state) = stood.job(&self.name)?;
        if !self.pause {
            return Ok(Step::Nothing(exported(saved, state)));
        }
        let pause = Paused { by: self.by.clone(), why: self.why.to_owned(), since: stood.now, until: None };
        let spec = stood.spec().ok_or_else(Problem::internal)?;
        let next = state::depart(state, spec, stood.now, pause)?;
        let reply = exported(saved, &next);
        if next == *state {
            return Ok(Step::Nothing(reply));
        }
        Ok(Step::Write { state: Some(Box::new(next)), job: JobWrite::Keep, reply })
    }
}

fn exported(saved: &SavedJob, state: &state::JobState) -> ExportedJob {
    let Anchor { resolved, paused } = state.anchor();
    let SavedJob { uid, spec_id, author, reason, saved_at, anchor, job, .. } = saved.clone();
    let job = serde_json::to_value(job).unwrap_or_default();
    let job = MovingJob { uid, spec_id, author, reason, saved_at, anchor, resolved, paused, job };
    ExportedJob { job, under_way: state.under_way() }
}

/// Keeps jobs that arrive, or says what would come of it. What fails for one hinders no other.
pub(crate) async fn import_jobs(
    app: &App,
    who: &Identity,
    request: ImportJobsRequest,
) -> Answer<ImportReply> {
    bulk::not_empty(&request.jobs, "jobs")?;
    bulk::bounded(request.jobs.len(), TRANSFER_JOBS_MAX, "jobs")?;
    let ImportJobsRequest { jobs, existing, dry_run } = request;
    let landing: Vec<_> = jobs.into_iter().map(|moving| land(app, who, moving, existing, dry_run)).collect();
    let items: Vec<_> = futures::stream::iter(landing).buffered(AT_ONCE).collect().await;
    let items: Vec<ImportItem> = items.into_iter().collect::<Answer<_>>()?;
    if dry_run {
        audit::changed_nothing();
    } else {
        tracing::info!(user = %who.user, "{} jobs imported by {}", items.len(), who.user);
    }
    Ok(ImportReply { items })
}

async fn land(
    app: &App,
    who: &Identity,
    moving: MovingJob,
    existing: Existing,
    dry_run: bool,
) -> Answer<ImportItem> {
    let named = moving.job["name"].as_str().unwrap_or_default().to_owned();
    let job = match read(app, &moving, dry_run).await? {
        Ok(job) => job,
        Err(faults) => return Ok(ImportItem::new("job", &named, Landed::Faulty, faults.to_string())),
    };
    let name = job.name.clone();
    let by = who.user.to_string();
    let mut arrive = Arrive { moving, job: job.clone(), existing, by, tried: None };
    let landed = if dry_run {
        let stood = Stood::read(app, &name).await?;
        arrive.decide(&stood).map(|step| match step {
            Step::Nothing(reply) | Step::Write { reply, .. } => reply,
        })
    } else {
        let change = modules::holding(app, &job, edit::change(app, &name, arrive));
        audit::item("import", format!("/api/v1/jobs/{name}"), change).await
    };
    Ok(match landed {
        Ok((result, detail)) => ImportItem::new("job", name.as_str(), result, detail),
        // Of this job alone; a store that is away is everybody's.
        Err(problem) if problem.status < 500 => {
            ImportItem::new("job", name.as_str(), Landed::Faulty, problem.detail)
        }
        Err(problem) => return Err(problem),
    })
}

/// Reads a job that arrives. Before the real thing its module and its channels may be on the way with it.
async fn read(app: &App, moving: &MovingJob, dry_run: bool) -> Answer<Result<Job, Faults>> {
    let faults = around(moving);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let read = save::read_job(app, &moving.job).await?.map(|read| read.job);
    let Err(faults) = read else { return Ok(read) };
    let on_its_way = |path: &str| path == "wasm.module" || path.starts_with("alerts.channels");
    if !dry_run || faults.as_slice().iter().any(|fault| !on_its_way(&fault.path)) {
        return Ok(Err(faults));
    }
    Ok(Job::parse(&moving.job))
}

/// Returns what is wrong with what stands beside a job's text.
fn around(moving: &MovingJob) -> Faults {
    let mut faults = Faults::new();
    if !SPEC_IDS.contains(&moving.spec_id.0) {
        let (first, last) = (SPEC_IDS.start(), SPEC_IDS.end());
        faults.add("spec_id", sentence!("must be {} to {}, got {}", first, last, moving.spec_id));
    }
    bounded("author", &moving.author, &mut faults);
    if let Some(paused) = &moving.paused {
        bounded("paused.by", &paused.by, &mut faults);
        bounded("paused.why", &paused.why, &mut faults);
    }
    faults
}

/// A job that arrives.
struct Arrive {
    moving: MovingJob,
    job: Job,
    existing: Existing,
    by: String,
    /// The text of the last attempt.
    tried: Option<SavedJob>,
}

impl Edit for Arrive {
    type Reply = (Landed, String);

    fn decide(&mut self, stood: &Stood) -> Answer<Step<(Landed, String)>> {
        let before = stood.state.as_ref().map(|state| &state.value);
        let Some(standing) = &stood.saved else { return self.begin(stood, Landed::Created) };
        let departed = before.is_some_and(state::JobState::has_departed);
        if standing.uid == self.moving.uid && departed {
            return self.begin(stood, Landed::Returned);
        }
        let left = before.is_some_and(|state| state.moved.is_some());
        if standing.job == self.job && !left {
            let ours = standing.uid == self.moving.uid;
            let detail =
                if ours { "" } else { "another job with this text; it goes on from where it stands" };
            return Ok(Step::Nothing((Landed::Same, detail.to_owned())));
        }
        let result = self.existing.landed();
        let detail = match result {
            Landed::InTheWay if left => format!(
                "it was exported from here and then saved anew by `{}` at {}",
                standing.author, standing.saved_at
            ),
            Landed::InTheWay => {
                format!("another text stands here, saved by `{}` at {}", standing.author, standing.saved_at)
            }
            Landed::Replaced => "goes on from where the job here stands".to_owned(),
            _ => String::new(),
        };
        if result == Landed::Replaced {
            self.replace(stood, detail)
        } else {
            Ok(Step::Nothing((result, detail)))
        }
    }

    fn took_place(&self, stood: &Stood) -> bool {
        self.tried.is_some() && stood.saved == self.tried
    }
}

impl Arrive {
    /// Begins where the job stood at the source.
    fn begin(&mut self, stood: &Stood, result: Landed) -> Answer<Step<(Landed, String)>> {
        let before = stood.state.as_ref().map(|state| &state.value);
        let own = before.filter(|state| state.uid == self.moving.uid);
        let spec_id = own.map_or(self.moving.spec_id, |state| state.spec_id.max(self.moving.spec_id)).next();
        let anchor = Anchor { resolved: self.moving.resolved, paused: self.moving.paused.clone() };
        let saved = self.text(spec_id, anchor.resolved.min(stood.now));
        let schedule = Schedule::of(&saved).map_err(crate::errors::invalid_job)?;
        let state =
            state::arrive(before, spec(&saved, &schedule), &anchor, stood.now).map_err(|refused| {
                match refused {
                    Refused::OtherSpec => {
                        Problem::conflict("in_the_way", "another job is there", "another job is there")
                    }
                    other => other.into(),
                }
            })?;
        self.write(saved, state, (result, String::new()))
    }

    /// Puts the text in the place of another: that job's next text, from where it stands.
    fn replace(&mut self, stood: &Stood, detail: String) -> Answer<Step<(Landed, String)>> {
        let (standing, _, state) = stood.job(&self.job.name)?;
        let saved = SavedJob {
            uid: standing.uid.clone(),
            anchor: SavedJob::anchor_of(&self.job, Some(standing.anchor), stood.now),
            ..self.text(standing.spec_id.next(), stood.now)
        };
        let schedule = Schedule::of(&saved).map_err(crate::errors::invalid_job)?;
        let text = spec(&saved, &schedule);
        let mut next = state::save(Some((state, stood.spec())), text, stood.now)?;
        if next.moved.is_some() {
            next = state::resume(&next, text, stood.now)?;
        }
        if let Some(paused) = self.moving.paused.clone().filter(|_| next.paused.is_none()) {
            next = state::pause(&next, text, stood.now, Paused { since: stood.now, ..paused })?;
        }
        self.write(saved, next, (Landed::Replaced, detail))
    }

    fn text(&self, spec_id: SpecId, saved_at: model::time::Timestamp) -> SavedJob {
        let moving = &self.moving;
        let mut reason = format!("imported by {}; saved {}", self.by, moving.saved_at);
        if !moving.reason.is_empty() {
            reason = format!("{reason}: {}", moving.reason);
            reason.truncate(reason.floor_char_boundary(save::REASON_BYTES_MAX));
        }
        SavedJob {
            version: SavedJob::VERSION,
            uid: moving.uid.clone(),
            spec_id,
            author: moving.author.clone(),
            reason,
            saved_at,
            anchor: moving.anchor,
            job: self.job.clone(),
        }
    }

    fn write(
        &mut self,
        saved: SavedJob,
        state: state::JobState,
        reply: (Landed, String),
    ) -> Answer<Step<(Landed, String)>> {
        self.tried = Some(saved.clone());
        Ok(Step::Write { state: Some(Box::new(state)), job: JobWrite::Put(Box::new(saved)), reply })
    }
}
