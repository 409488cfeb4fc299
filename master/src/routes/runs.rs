//! Runs: list, read, kill.

use axum::response::Response;
use model::run::RunRecord;

use crate::api::{KillReply, Problem, RunPage, RunsQuery};
use crate::problem::{Answer, not_yet};

/// Lists runs, newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", params(RunsQuery),
    responses((status = 200, description = "One page of runs", body = RunPage)))]
pub(super) async fn list_runs() -> Answer<Response> {
    Err(not_yet())
}

/// Returns a run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = RunRecord),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_run() -> Answer<Response> {
    Err(not_yet())
}

/// Stops a run, or takes it back before it began.
#[utoipa::path(post, path = "/api/v1/runs/{id}/kill", tag = "runs", params(("id" = String, Path, description = "The run")),
    responses(
        (status = 202, description = "Its worker stops it within seconds", body = KillReply),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn kill_run() -> Answer<Response> {
    Err(not_yet())
}
