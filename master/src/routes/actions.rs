//! One action on many jobs, or on many runs.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use model::account::Role;
use model::fault::Faults;
use model::id::{JobName, JobUid, RunId};
use model::language::Language;
use model::run::{Overrides, RunRecord, RunStatus};
use model::sentence;
use model::state::KillTarget;

use super::filter::Filter;
use super::runs::{self, find};
use crate::api::{
    ACTION_JOBS_MAX, ACTION_RUNS_MAX, ActionItem, ActionReply, ItemResult, JobAction, JobActionRequest,
    JobsQuery, PauseRequest, Problem, RunAction, RunActionRequest, RunsQuery,
};
use crate::app::App;
use crate::bulk::{self, Item};
use crate::catalogue::Entry;
use crate::edit;
use crate::extract::{Json, header};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::save::{self, Follows, Toggle};
use crate::start::{self, Start};
use crate::stop::{Delete, Kill, Pause, Resume};

/// Pauses, resumes, runs, kills, enables, disables or deletes many jobs. First a dry run says how many and which; the act then
/// names that count and set, and is refused when it would touch others. What fails for one job hinders no other: read `failed`.
#[utoipa::path(post, path = "/api/v1/jobs/actions", tag = "jobs", security(("role" = ["operator"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "For `run`: the same key again asks for nothing new"),
        ("X-Reason" = Option<String>, Header, description = "For `enable` and `disable`: why, in your words; kept with each job")),
    request_body = JobActionRequest,
    responses(
        (status = 200, description = "What it would touch, or what came of it for each", body = ActionReply),
        (status = 403, description = "The action takes the role `editor`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It would touch others than the dry run said: nothing was done", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The action has faults, or touches too many", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "No dry run was made before", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn act_on_jobs(
    State(app): State<App>,
    who: Identity,
    headers: HeaderMap,
    Json(request): Json<JobActionRequest>,
) -> Answer<axum::Json<ActionReply>> {
    if matches!(request.action, JobAction::Enable | JobAction::Disable | JobAction::Delete) {
        who.needs(Role::Editor)?;
    }
    let key = header(&headers, "idempotency-key")?.map(start::checked_key).transpose()?;
    let reason = save::reason(&headers)?;
    app.catalogue.ready().await?;
    let items = jobs_of(&app, &request)?;
    let action = request.action.as_str();
    let (app, who, request) = (&app, &who, &request);
    let doing = |(name, uid): (JobName, JobUid)| {
        let (key, reason) = (key.clone(), reason.clone());
        async move { act_on_job(app, who, request, (name, uid), key, reason).await }
    };
    let reply = bulk::act(items, request.dry_run, request.expect.as_ref(), action, doing).await?;
    if !reply.dry_run {
        tracing::info!(user = %who.user, action, done = reply.done, failed = reply.failed, "{action} of {} jobs by {}", reply.count, who.user);
    }
    Ok(axum::Json(reply))
}

/// Returns the jobs that a request means, by name.
fn jobs_of(app: &App, request: &JobActionRequest) -> Answer<Vec<Item<(JobName, JobUid)>>> {
    let item = |entry: &Entry| {
        let uid = entry.saved.as_ref()?.saved.uid.clone();
        let name = entry.name.clone();
        Some(Item {
            shown: planned(name.clone(), None),
            target: format!("/api/v1/jobs/{name}"),
            key: format!("{name} {uid}"),
            subject: (name, uid),
        })
    };
    match (&request.names, &request.filter) {
        (Some(names), None) => {
            bulk::bounded(names.len(), ACTION_JOBS_MAX, "jobs")?;
            let mut names: Vec<(usize, &JobName)> = names.iter().enumerate().collect();
            names.sort_by_key(|(_, name)| *name);
            names.dedup_by_key(|(_, name)| *name);
            let mut faults = Faults::new();
            let mut items = Vec::new();
            for (at, name) in names {
                match app.catalogue.entry(name).and_then(|entry| item(&entry)) {
                    Some(item) => items.push(item),
                    None => faults.add(format!("names[{at}]"), sentence!("there is no job `{}`", name)),
                }
            }
            if !faults.is_empty() {
                return Err(Problem::faults("invalid_action", "the action has faults", faults));
            }
            Ok(items)
        }
        (None, Some(filter)) => {
            let filter = Filter::of(&JobsQuery::from(filter.clone()), app.ports.clock.now())?;
            let pick = |entry: &std::sync::Arc<Entry>| filter.takes(entry).then(|| item(entry)).flatten();
            let items = app.catalogue.select(pick, ACTION_JOBS_MAX + 1);
            bulk::bounded(items.len(), ACTION_JOBS_MAX, "jobs")?;
            Ok(items)
        }
        _ => Err(bulk::one_way("names")),
    }
}

async fn act_on_job(
    app: &App,
    who: &Identity,
    request: &JobActionRequest,
    (name, uid): (JobName, JobUid),
    key: Option<String>,
    reason: String,
) -> Answer<Option<RunId>> {
    let by = who.user.to_string();
    // Nobody reads the job that each answers with.
    let language = Language::default();
    match request.action {
        JobAction::Pause => {
            let pause = PauseRequest { why: request.why.clone(), until: request.until };
            let pause = Pause { name: name.clone(), by, request: pause, language };
            edit::change(app, &name, pause).await?;
        }
        JobAction::Resume => {
            edit::change(app, &name, Resume { name: name.clone(), language }).await?;
        }
        JobAction::Kill => {
            let kill = Kill { target: KillTarget::All, by, name: Some(name.clone()) };
            edit::change(app, &name, kill).await?;
        }
        JobAction::Run => {
            let key = key.unwrap_or_else(|| hex::encode(rand::random::<[u8; 16]>()));
            let workers = start::targets(app, &name).await?;
            let overrides = Overrides::default();
            let start = Start { name: name.clone(), workers, key, by, overrides, who: who.clone() };
            return Ok(Some(edit::change(app, &name, start).await?.run));
        }
        JobAction::Enable | JobAction::Disable => {
            let enabled = request.action == JobAction::Enable;
            let toggle = Toggle { name: name.clone(), enabled, who: who.clone(), reason, tried: None };
            edit::change(app, &name, toggle).await?;
        }
        JobAction::Delete => {
            let follows = Follows::Tag("*".to_owned());
            // Not one that was made anew under its name meanwhile.
            let stands = app.ports.intent.get(&name).await?.0;
            if stands.is_some_and(|stands| stands.value.uid != uid) {
                return Err(Problem::conflict(
                    "job_changed",
                    "the job changed meanwhile",
                    "the job was deleted and made anew meanwhile",
                ));
            }
            edit::change(
                app,
                &name,
                Delete { name: name.clone(), follows, by, kill: request.kill, uid: None },
            )
            .await?;
        }
    }
    Ok(None)
}

/// Kills or reruns many runs. First a dry run says how many and which; the act then names that count and set, and is refused
/// when it would touch others. What fails for one run hinders no other: read `failed`.
#[utoipa::path(post, path = "/api/v1/runs/actions", tag = "runs", security(("role" = ["operator"])),
    request_body = RunActionRequest,
    responses(
        (status = 200, description = "What it would touch, or what came of it for each", body = ActionReply),
        (status = 409, description = "It would touch others than the dry run said: nothing was done", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The action has faults, or touches too many", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "No dry run was made before", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn act_on_runs(
    State(app): State<App>,
    who: Identity,
    Json(request): Json<RunActionRequest>,
) -> Answer<axum::Json<ActionReply>> {
    let items = runs_of(&app, &request).await?;
    let action = request.action.as_str();
    let (app, who, request) = (&app, &who, &request);
    let doing = |run: RunRecord| async move {
        match request.action {
            RunAction::Kill => runs::kill(app, who, &run).await.map(|_| None),
            RunAction::Rerun => {
                let key = format!("rerun-{}", hex::encode(rand::random::<[u8; 16]>()));
                runs::rerun(app, who, &run, key).await.map(|accepted| Some(accepted.run))
            }
        }
    };
    let reply = bulk::act(items, request.dry_run, request.expect.as_ref(), action, doing).await?;
    if !reply.dry_run {
        tracing::info!(user = %who.user, action, done = reply.done, failed = reply.failed, "{action} of {} runs by {}", reply.count, who.user);
    }
    Ok(axum::Json(reply))
}

/// Returns the runs that a request means.
async fn runs_of(app: &App, request: &RunActionRequest) -> Answer<Vec<Item<RunRecord>>> {
    let runs = match (&request.ids, &request.filter) {
        (Some(ids), None) => {
            bulk::bounded(ids.len(), ACTION_RUNS_MAX, "runs")?;
            let mut runs: Vec<RunRecord> = Vec::with_capacity(ids.len());
            let mut faults = Faults::new();
            for (at, id) in ids.iter().enumerate() {
                match find(app, id).await {
                    Ok(run) if runs.iter().all(|known| known.id != run.id) => runs.push(run),
                    Ok(_) => {}
                    Err(problem) if problem.status == StatusCode::NOT_FOUND.as_u16() => {
                        faults.add(format!("ids[{at}]"), sentence!("there is no run `{}`", id));
                    }
                    Err(problem) => return Err(problem),
                }
            }
            if !faults.is_empty() {
                return Err(Problem::faults("invalid_action", "the action has faults", faults));
            }
            runs
        }
        (None, Some(filter)) => {
            let mut query = runs::query(&RunsQuery::from(filter.clone()), ACTION_RUNS_MAX + 1)?;
            let fits = |status: &RunStatus| status.is_final() == (request.action == RunAction::Rerun);
            if query.status.is_empty() {
                query.status = RunStatus::ALL.to_vec();
            }
            query.status.retain(fits);
            if query.status.is_empty() { Vec::new() } else { app.ports.facts.runs(query).await? }
        }
        _ => return Err(bulk::one_way("ids")),
    };
    bulk::bounded(runs.len(), ACTION_RUNS_MAX, "runs")?;
    let item = |run: RunRecord| Item {
        shown: planned(run.job.clone(), Some(run.id.clone())),
        target: format!("/api/v1/runs/{}", run.id),
        key: run.id.to_string(),
        subject: run,
    };
    Ok(runs.into_iter().map(item).collect())
}

fn planned(job: JobName, run: Option<RunId>) -> ActionItem {
    ActionItem { job, run, result: ItemResult::Planned, started: None, code: None, detail: None }
}
