//! What can be done with a job besides saving it: check, run, kill, pause, resume, and ask for its ticks.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use model::id::JobName;
use model::job::Job;
use model::run::Overrides;
use model::state::KillTarget;

use crate::api::{CheckReply, JobView, KillReply, PauseRequest, Problem, RunAccepted, TickPage, TicksQuery};
use crate::app::App;
use crate::extract::{JobText, Json, Path, Query, header};
use crate::identity::Identity;
use crate::language::{Told, Wanted};
use crate::problem::Answer;
use crate::save;
use crate::start::{self, Start};
use crate::stop::{self, Kill, Pause, Resume};
use crate::{check, edit, ledger, views};

/// Says what would come of saving a job, and saves nothing.
#[utoipa::path(post, path = "/api/v1/jobs/check", tag = "jobs", security(("role" = ["viewer"])),
    params(("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    responses(
        (status = 200, description = "Its faults, or its schedule in words and who could run it", body = CheckReply),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check_job(
    State(app): State<App>,
    Wanted(language): Wanted,
    JobText(value): JobText,
) -> Answer<Told<CheckReply>> {
    let reply = match save::read_job(&app, &value).await? {
        Ok(job) => check::of(&app, job, language).await?,
        Err(faults) => check::faulty(faults),
    };
    Ok(Told(language, reply))
}

/// Runs a job now, whatever its schedule says, also while it is paused.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/run", tag = "jobs", security(("role" = ["operator"])),
    params(("name" = inline(JobName), Path, description = "The job's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again asks for nothing new")),
    request_body(description = "What is different for this one run; may be empty", content = Option<Overrides>),
    responses(
        (status = 202, description = "Asked for", body = RunAccepted, headers(("Location" = String, description = "The run"))),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It runs on every matching worker, and there is none", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It does not apply to this job", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many requests wait as may wait", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn run_job(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<JobName>,
    headers: HeaderMap,
    Json(overrides): Json<Option<Overrides>>,
) -> Answer<Response> {
    let key = match header(&headers, "idempotency-key")? {
        Some(key) => start::checked_key(key)?,
        None => hex::encode(rand::random::<[u8; 16]>()),
    };
    let overrides = start::checked(overrides.unwrap_or_default())?;
    let workers = start::targets(&app, &name).await?;
    let edit =
        Start { name: name.clone(), workers, key, by: who.user.to_string(), overrides, who: who.clone() };
    let accepted = edit::change(&app, &name, edit).await?;
    tracing::info!(job.name = %name, run.id = %accepted.run, user = %who.user, "run of {name} asked for by {}", who.user);
    let place = format!("/api/v1/runs/{}", accepted.run);
    Ok((StatusCode::ACCEPTED, [(LOCATION, place)], axum::Json(accepted)).into_response())
}

/// Stops a job's runs and takes back its starts that are owed.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/kill", tag = "jobs", security(("role" = ["operator"])),
    params(("name" = inline(JobName), Path, description = "The job's name")),
    responses(
        (status = 202, description = "What was found; workers stop it within seconds", body = KillReply),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn kill_job(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<JobName>,
) -> Answer<(StatusCode, axum::Json<KillReply>)> {
    let kill = Kill { target: KillTarget::All, by: who.user.to_string(), name: Some(name.clone()) };
    let workers = stop::on_workers(&app, &name);
    let reply = edit::change(&app, &name, kill).await?.with(workers);
    tracing::info!(job.name = %name, user = %who.user, "runs of {name} killed by {}", who.user);
    Ok((StatusCode::ACCEPTED, axum::Json(reply)))
}

/// Pauses a job: it has no ticks until it is resumed. Runs under way go on.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/pause", tag = "jobs", security(("role" = ["operator"])),
    params(("name" = inline(JobName), Path, description = "The job's name"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    request_body(description = "Why, and until when; may be empty", content = Option<PauseRequest>),
    responses(
        (status = 200, description = "Paused", body = JobView),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`until` has passed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn pause_job(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<JobName>,
    Wanted(language): Wanted,
    Json(request): Json<Option<PauseRequest>>,
) -> Answer<Told<JobView>> {
    let request = request.unwrap_or_default();
    let edit = Pause { name: name.clone(), by: who.user.to_string(), request, language };
    let view = views::with_workers(&app, edit::change(&app, &name, edit).await?).await?;
    tracing::info!(job.name = %name, user = %who.user, "job {name} paused by {}", who.user);
    Ok(Told(language, view))
}

/// Resumes a job.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/resume", tag = "jobs", security(("role" = ["operator"])),
    params(("name" = inline(JobName), Path, description = "The job's name"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses(
        (status = 200, description = "Not paused any more", body = JobView),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn resume_job(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<JobName>,
    Wanted(language): Wanted,
) -> Answer<Told<JobView>> {
    let view = edit::change(&app, &name, Resume { name: name.clone(), language }).await?;
    let view = views::with_workers(&app, view).await?;
    tracing::info!(job.name = %name, user = %who.user, "job {name} resumed by {}", who.user);
    Ok(Told(language, view))
}

/// Tells what became of each tick of a job, and why.
#[utoipa::path(get, path = "/api/v1/jobs/{name}/ticks", tag = "jobs", security(("role" = ["viewer"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), TicksQuery),
    responses(
        (status = 200, description = "One page of ticks", body = TickPage),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_ticks(
    State(app): State<App>,
    Path(name): Path<JobName>,
    Query(query): Query<TicksQuery>,
) -> Answer<axum::Json<TickPage>> {
    ledger::page(&app, &name, &query).await.map(axum::Json)
}
