//! Jobs: list, read, save, delete.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use model::fault::Faults;
use model::id::{JobName, JobUid};
use model::job::Job;
use model::sentence;
use serde_json::Value;

use super::filter::{Filter, Include};
use crate::api::{DeleteQuery, JobPage, JobSummary, JobView, JobsQuery, KillReply, Problem};
use crate::app::App;
use crate::edit::{self, Stood};
use crate::errors::invalid_job;
use crate::extract::{JobText, Path, Query, header};
use crate::forecast;
use crate::identity::Identity;
use crate::language::{Told, Wanted};
use crate::modules;
use crate::paging::{self, page_limit};
use crate::problem::Answer;
use crate::save::{self, Follows, Read, Save};
use crate::stop::{self, Delete};
use crate::views;

/// How many of its last runs a job in a list shows.
const RECENT_RUNS: usize = 20;

/// Lists jobs by name.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", security(("role" = ["viewer"])),
    params(JobsQuery, ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses((status = 200, description = "One page of jobs", body = JobPage)))]
pub(super) async fn list_jobs(
    State(app): State<App>,
    Wanted(language): Wanted,
    Query(query): Query<JobsQuery>,
) -> Answer<Told<JobPage>> {
    app.catalogue.ready().await?;
    let language = query.language.unwrap_or(language);
    let limit = page_limit(query.limit)?;
    let include = Include::of(query.include.as_deref())?;
    let filter = Filter::of(&query, app.ports.clock.now())?;
    let after = query.cursor.as_deref().map(paging::job_cursor).transpose()?;
    // One more than asked for tells whether there is a next page.
    let (mut page, total) = filter.page(&app.catalogue, after.as_ref(), limit + 1);
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| paging::after_job(&last.name));
    let mut jobs: Vec<JobSummary> =
        page.iter().filter_map(|entry| views::summary(entry, filter.now, include.next, language)).collect();
    if include.recent {
        add_recent(&app, &mut jobs).await?;
    }
    Ok(Told(language, JobPage { jobs, total, next }))
}

/// Saves a new job.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", security(("role" = ["editor"])),
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    params(("X-Reason" = Option<String>, Header, description = "Why, in your words; kept with the job"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses(
        (status = 201, description = "Saved", body = JobView,
            headers(("ETag" = String, description = "Names this text"), ("Location" = String, description = "The job"))),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The job has faults; all of them are in `errors`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create_job(
    State(app): State<App>,
    who: Identity,
    wanted: Wanted,
    headers: HeaderMap,
    JobText(value): JobText,
) -> Answer<Response> {
    put(&app, who, wanted, save::reason(&headers)?, &value, None, Follows::NewOnly).await
}

/// Returns a job.
#[utoipa::path(get, path = "/api/v1/jobs/{name}", tag = "jobs", security(("role" = ["viewer"])),
    params(("name" = inline(JobName), Path, description = "The job's name"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses(
        (status = 200, description = "The job", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 304, description = "`If-None-Match` names this text"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_job(
    State(app): State<App>,
    Path(name): Path<JobName>,
    Wanted(language): Wanted,
    headers: HeaderMap,
) -> Answer<Response> {
    let stood = Stood::read(&app, &name).await?;
    let (saved, schedule, state) = stood.job(&name)?;
    if header(&headers, "if-none-match")?.is_some_and(|tags| save::names(tags, saved)) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, views::etag(saved))]).into_response());
    }
    let view = views::job(saved, schedule, state, stood.now, language);
    let view = views::with_workers(&app, view).await?;
    Ok(([(ETAG, view.saved.etag.clone())], Told(language, view)).into_response())
}

/// Saves a job under its name: a new one, or with `If-Match` the next text of one that exists.
#[utoipa::path(put, path = "/api/v1/jobs/{name}", tag = "jobs", security(("role" = ["editor"])),
    params(("name" = inline(JobName), Path, description = "The job's name"),
        ("If-Match" = Option<String>, Header, description = "The `etag` of the text that this one follows"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is no such job"),
        ("X-Reason" = Option<String>, Header, description = "Why, in your words; kept with the job"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    responses(
        (status = 200, description = "Saved as the next text", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 201, description = "Saved as a new job", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else saved it meanwhile: see `current`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The job has faults; all of them are in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "The job exists and the request has no `If-Match`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn save_job(
    State(app): State<App>,
    who: Identity,
    wanted: Wanted,
    Path(name): Path<JobName>,
    headers: HeaderMap,
    JobText(value): JobText,
) -> Answer<Response> {
    let follows = Follows::of(&headers)?;
    put(&app, who, wanted, save::reason(&headers)?, &value, Some(name), follows).await
}

/// Deletes a job. Its records stay as long as it asked for.
#[utoipa::path(delete, path = "/api/v1/jobs/{name}", tag = "jobs", security(("role" = ["editor"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), DeleteQuery,
        ("If-Match" = Option<String>, Header, description = "Only this text")),
    responses(
        (status = 200, description = "Deleted", body = KillReply),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else saved it meanwhile: see `current`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_job(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<JobName>,
    Query(query): Query<DeleteQuery>,
    headers: HeaderMap,
) -> Answer<Json<KillReply>> {
    let follows = match header(&headers, "if-match")? {
        Some(tag) => Follows::Tag(tag.trim().to_owned()),
        None => Follows::Tag("*".to_owned()),
    };
    let delete =
        Delete { name: name.clone(), follows, by: who.user.to_string(), kill: query.kill, uid: None };
    let mut workers = stop::on_workers(&app, &name);
    if !query.kill {
        workers.stopping.clear();
    }
    let reply = edit::change(&app, &name, delete).await?.with(workers);
    tracing::info!(job.name = %name, user = %who.user, "job {name} deleted by {}", who.user);
    Ok(Json(reply))
}

/// Saves what the body says under the name that it has.
pub(super) async fn put(
    app: &App,
    who: Identity,
    Wanted(language): Wanted,
    reason: String,
    value: &Value,
    name: Option<JobName>,
    follows: Follows,
) -> Answer<Response> {
    let Read { job, tag, .. } = save::read_job(app, value).await?.map_err(invalid_job)?;
    who.may_save(&job)?;
    if let Some(name) = name.filter(|name| *name != job.name) {
        let mut faults = Faults::new();
        faults.add(
            "name",
            sentence!("must be `{}` as in the path, got `{}`; a job keeps its name", name, job.name),
        );
        return Err(invalid_job(faults));
    }
    let name = job.name.clone();
    let uid = JobUid::random();
    let author = who.user.to_string();
    let edit = Save { job: job.clone(), follows, author, reason, uid, language, tried: None };
    let saved = modules::holding(app, &job, edit::change(app, &name, edit)).await?;
    tracing::info!(job.name = %name, user = %who.user, "job {name} saved by {}", who.user);
    let mut view = views::with_workers(app, JobView { resolved: tag, ..saved.view }).await?;
    view.schedule.warnings.extend(forecast::hint(app, &view.job, &saved.schedule, language).await);
    let status = if saved.new { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/api/v1/jobs/{name}");
    let headers = [(ETAG, view.saved.etag.clone()), (LOCATION, place)];
    Ok((status, headers, Told(language, view)).into_response())
}

/// Adds the last runs of each job on a page.
async fn add_recent(app: &App, jobs: &mut [JobSummary]) -> Answer<()> {
    let names: Vec<JobName> = jobs.iter().map(|job| job.name.clone()).collect();
    let recent = app.ports.facts.recent_runs(&names, RECENT_RUNS).await?;
    for (job, runs) in jobs.iter_mut().zip(recent) {
        job.recent = Some(runs);
    }
    Ok(())
}
