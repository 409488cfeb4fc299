//! Runs: list, read, kill.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::id::RunId;
use model::ports::RunQuery;
use model::run::{RunRecord, RunStatus, Trigger};
use model::state::KillTarget;

use crate::api::{KillReply, Problem, RunPage, RunsQuery};
use crate::app::App;
use crate::edit;
use crate::extract::{Path, Query};
use crate::identity::Identity;
use crate::paging::{self, page_limit};
use crate::problem::Answer;
use crate::stop::Kill;
use crate::unwritten;

/// Lists runs, newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", security(("role" = ["viewer"])), params(RunsQuery),
    responses((status = 200, description = "One page of runs", body = RunPage)))]
pub(super) async fn list_runs(
    State(app): State<App>,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<RunPage>> {
    let limit = page_limit(query.limit)?;
    let asked = RunQuery {
        status: paging::list("status", query.status.as_deref(), str::parse::<RunStatus>)?,
        trigger: paging::list("trigger", query.trigger.as_deref(), read_trigger)?,
        job: query.job,
        worker: query.worker,
        from: query.from,
        to: query.to,
        after: query.cursor.as_deref().map(paging::run_cursor).transpose()?,
        limit: limit + 1,
    };
    let mut runs = app.ports.facts.runs(asked).await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().filter(|_| more).map(paging::after_run);
    Ok(Json(RunPage { runs, next }))
}

fn read_trigger(text: &str) -> Result<Trigger, String> {
    let all = [Trigger::Schedule, Trigger::Manual, Trigger::CatchUp];
    all.into_iter().find(|trigger| trigger.as_str() == text).ok_or_else(|| {
        let known = all.map(Trigger::as_str).join(", ");
        format!("must be one of {known}, got `{}`", text.escape_debug())
    })
}

/// Returns a run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", security(("role" = ["viewer"])), params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = RunRecord),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_run(State(app): State<App>, Path(id): Path<RunId>) -> Answer<Json<RunRecord>> {
    find(&app, &id).await.map(Json)
}

/// Stops a run, or takes it back before it began.
#[utoipa::path(post, path = "/api/v1/runs/{id}/kill", tag = "runs", security(("role" = ["operator"])), params(("id" = String, Path, description = "The run")),
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
    let kill = Kill { target: KillTarget::Run(id.clone()), by: who.user.to_string(), name: None };
    let reply = edit::change_state(&app, &unwritten::key_of(&app, &run), kill).await?;
    tracing::info!(run.id = %id, user = %who.user, "run {id} killed by {}", who.user);
    Ok((StatusCode::ACCEPTED, Json(reply)))
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
