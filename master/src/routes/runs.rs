//! Runs: list, read, kill, rerun.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use model::id::RunId;
use model::ports::RunQuery;
use model::run::{Overrides, RunRecord, RunStatus, Trigger};
use model::state::KillTarget;

use crate::api::{CSV_RUNS_MAX, KillReply, Problem, RunAccepted, RunPage, RunsFormat, RunsQuery};
use crate::app::App;
use crate::csv;
use crate::edit;
use crate::extract::{Path, Query, header};
use crate::identity::Identity;
use crate::paging::{self, page_limit};
use crate::problem::Answer;
use crate::start::{self, Start};
use crate::stop::Kill;
use crate::unwritten;

/// Lists runs, newest first, by pages or as CSV. Filters combine by AND. A filter by `duration_min` or `duration_max` looks at
/// all runs that the others leave: name a job or a window with it.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", security(("role" = ["viewer"])),
    params(RunsQuery, ("Accept" = Option<String>, Header, description = "`text/csv`: as `format=csv`")),
    responses((status = 200, description = "One page of runs, or all that match as CSV", content((RunPage = "application/json"), (String = "text/csv"))),
        (status = 400, description = "The query does not read", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_runs(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<RunsQuery>,
) -> Answer<Response> {
    if wants_csv(&headers, &query) {
        let most = paging::limit(query.limit, CSV_RUNS_MAX, CSV_RUNS_MAX)?;
        let asked = self::query(&query, 1)?;
        let head = [
            (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
            (CONTENT_DISPOSITION, "attachment; filename=\"runs.csv\""),
            (VARY, "accept"),
        ];
        return Ok((head, csv::body(app, asked, most)).into_response());
    }
    let limit = page_limit(query.limit)?;
    let mut runs = app.ports.facts.runs(self::query(&query, limit + 1)?).await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().filter(|_| more).map(paging::after_run);
    Ok(([(VARY, "accept")], Json(RunPage { runs, next })).into_response())
}

fn wants_csv(headers: &HeaderMap, query: &RunsQuery) -> bool {
    match query.format {
        Some(format) => format == RunsFormat::Csv,
        None => {
            let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            accept.split(',').next().unwrap_or_default().trim().starts_with("text/csv")
        }
    }
}

/// Returns what the store is asked for.
pub(super) fn query(query: &RunsQuery, limit: usize) -> Answer<RunQuery> {
    Ok(RunQuery {
        status: paging::list("status", query.status.as_deref(), str::parse::<RunStatus>)?,
        trigger: paging::list("trigger", query.trigger.as_deref(), read_trigger)?,
        job: query.job.clone(),
        worker: query.worker.clone(),
        from: query.from,
        to: query.to,
        duration_min: query.duration_min,
        duration_max: query.duration_max,
        after: query.cursor.as_deref().map(paging::run_cursor).transpose()?,
        limit,
    })
}

fn read_trigger(text: &str) -> Result<Trigger, String> {
    let all = [Trigger::Schedule, Trigger::Manual, Trigger::CatchUp];
    all.into_iter().find(|trigger| trigger.as_str() == text).ok_or_else(|| {
        let known = all.map(Trigger::as_str).join(", ");
        format!("must be one of {known}, got `{}`", text.escape_debug())
    })
}

/// Returns a run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", security(("role" = ["viewer"])), params(("id" = inline(RunId), Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = RunRecord),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_run(State(app): State<App>, Path(id): Path<RunId>) -> Answer<Json<RunRecord>> {
    find(&app, &id).await.map(Json)
}

/// Stops a run, or takes it back before it began.
#[utoipa::path(post, path = "/api/v1/runs/{id}/kill", tag = "runs", security(("role" = ["operator"])), params(("id" = inline(RunId), Path, description = "The run")),
    responses(
        (status = 202, description = "Its worker stops it within seconds", body = KillReply),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn kill_run(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<RunId>,
) -> Answer<(StatusCode, Json<KillReply>)> {
    let run = find(&app, &id).await?;
    let reply = kill(&app, &who, &run).await?;
    tracing::info!(run.id = %id, user = %who.user, "run {id} killed by {}", who.user);
    Ok((StatusCode::ACCEPTED, Json(reply)))
}

pub(super) async fn kill(app: &App, who: &Identity, run: &RunRecord) -> Answer<KillReply> {
    let kill = Kill { target: KillTarget::Run(run.id.clone()), by: who.user.to_string(), name: None };
    edit::change_state(app, &unwritten::key_of(app, run), kill).await
}

/// Asks for another run of an ended run's job, with the text that the job has now; for placement `all` on the same worker.
/// What was different for the one run (`env`, `args`, `timeout`) is not repeated.
#[utoipa::path(post, path = "/api/v1/runs/{id}/rerun", tag = "runs", security(("role" = ["operator"])),
    params(("id" = inline(RunId), Path, description = "The run"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again asks for nothing new")),
    responses(
        (status = 202, description = "Asked for", body = RunAccepted, headers(("Location" = String, description = "The new run"))),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has not ended, its job is gone, or its worker is", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many requests wait as may wait", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn rerun_run(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<RunId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let key = match header(&headers, "idempotency-key")? {
        Some(key) => start::checked_key(key)?,
        None => format!("rerun-{}", hex::encode(rand::random::<[u8; 16]>())),
    };
    let run = find(&app, &id).await?;
    let accepted = rerun(&app, &who, &run, key).await?;
    tracing::info!(run.id = %id, user = %who.user, "rerun of {id} asked for by {}", who.user);
    let place = format!("/api/v1/runs/{}", accepted.run);
    Ok((StatusCode::ACCEPTED, [(LOCATION, place)], Json(accepted)).into_response())
}

pub(super) async fn rerun(app: &App, who: &Identity, run: &RunRecord, key: String) -> Answer<RunAccepted> {
    if !run.status.is_final() {
        let detail = format!("run `{}` has not ended; run its job now, or wait", run.id);
        return Err(Problem::conflict("run_not_ended", "the run has not ended", detail));
    }
    let name = &run.job;
    let stands = app.ports.intent.get(name).await?.0;
    if stands.is_none_or(|stands| stands.value.uid != run.uid) {
        let detail = format!(
            "job `{name}` was deleted since; restore one of its revisions first, or run what has its name now"
        );
        return Err(Problem::conflict("job_gone", "the job is gone", detail));
    }
    let mut workers = start::targets(app, name).await?;
    if let Some(worker) = run.worker.as_ref().filter(|_| !workers.is_empty()) {
        workers.retain(|one| one == worker);
        if workers.is_empty() {
            let detail =
                format!("job `{name}` runs on every matching worker, and `{worker}` takes no runs of it now");
            return Err(Problem::conflict("no_worker", "no worker is there to run it", detail));
        }
    }
    let (by, overrides) = (who.user.to_string(), Overrides::default());
    edit::change(app, name, Start { name: name.clone(), workers, key, by, overrides, who: who.clone() }).await
}

/// Returns a run: its record, or what the states say of one that no worker has written yet.
pub(super) async fn find(app: &App, id: &RunId) -> Answer<RunRecord> {
    if let Some(run) = app.ports.facts.run(id).await? {
        return Ok(run);
    }
    app.catalogue.ready().await?;
    let found = app.catalogue.select(|entry| unwritten::run(entry, id), 1);
    found.into_iter().next().ok_or_else(|| Problem::not_found("run", id.as_str()))
}
