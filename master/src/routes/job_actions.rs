//! What can be done with a job besides saving it: check, run, kill, pause, resume, and ask for its ticks.

use axum::response::Response;
use model::job::Job;
use model::run::Overrides;

use crate::api::{CheckReply, JobView, KillReply, PauseRequest, Problem, RunAccepted, TickPage, TicksQuery};
use crate::problem::{Answer, not_yet};

/// Says what would come of saving a job, and saves nothing.
#[utoipa::path(post, path = "/api/v1/jobs/check", tag = "jobs",
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    responses(
        (status = 200, description = "Its faults, or its schedule in words and who could run it", body = CheckReply),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check_job() -> Answer<Response> {
    Err(not_yet())
}

/// Runs a job now, whatever its schedule says, also while it is paused.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/run", tag = "jobs",
    params(("name" = String, Path, description = "The job's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again asks for nothing new")),
    request_body(description = "What is different for this one run; may be empty", content = Option<Overrides>),
    responses(
        (status = 202, description = "Asked for", body = RunAccepted, headers(("Location" = String, description = "The run"))),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It does not apply to this job", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many requests wait as may wait", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn run_job() -> Answer<Response> {
    Err(not_yet())
}

/// Stops a job's runs and takes back its starts that are owed.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/kill", tag = "jobs",
    params(("name" = String, Path, description = "The job's name")),
    responses(
        (status = 202, description = "What was found; workers stop it within seconds", body = KillReply),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn kill_job() -> Answer<Response> {
    Err(not_yet())
}

/// Pauses a job: it has no ticks until it is resumed. Runs under way go on.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/pause", tag = "jobs",
    params(("name" = String, Path, description = "The job's name")),
    request_body(description = "Why, and until when; may be empty", content = Option<PauseRequest>),
    responses(
        (status = 200, description = "Paused", body = JobView),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`until` has passed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn pause_job() -> Answer<Response> {
    Err(not_yet())
}

/// Resumes a job.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/resume", tag = "jobs",
    params(("name" = String, Path, description = "The job's name")),
    responses(
        (status = 200, description = "Not paused any more", body = JobView),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn resume_job() -> Answer<Response> {
    Err(not_yet())
}

/// Tells what became of each tick of a job, and why.
#[utoipa::path(get, path = "/api/v1/jobs/{name}/ticks", tag = "jobs",
    params(("name" = String, Path, description = "The job's name"), TicksQuery),
    responses(
        (status = 200, description = "One page of ticks", body = TickPage),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_ticks() -> Answer<Response> {
    Err(not_yet())
}
