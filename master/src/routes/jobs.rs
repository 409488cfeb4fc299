//! Jobs: list, read, save, delete.

use axum::response::Response;
use model::job::Job;

use crate::api::{DeleteQuery, JobPage, JobView, JobsQuery, KillReply, Problem};
use crate::problem::{Answer, not_yet};

/// Lists jobs by name.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(JobsQuery),
    responses((status = 200, description = "One page of jobs", body = JobPage)))]
pub(super) async fn list_jobs() -> Answer<Response> {
    Err(not_yet())
}

/// Saves a new job.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs",
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    params(("X-Reason" = Option<String>, Header, description = "Why, in your words; kept with the job")),
    responses(
        (status = 201, description = "Saved", body = JobView,
            headers(("ETag" = String, description = "Names this text"), ("Location" = String, description = "The job"))),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The job has faults; all of them are in `errors`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create_job() -> Answer<Response> {
    Err(not_yet())
}

/// Returns a job.
#[utoipa::path(get, path = "/api/v1/jobs/{name}", tag = "jobs", params(("name" = String, Path, description = "The job's name")),
    responses(
        (status = 200, description = "The job", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 304, description = "`If-None-Match` names this text"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_job() -> Answer<Response> {
    Err(not_yet())
}

/// Saves a job under its name: a new one, or with `If-Match` the next text of one that exists.
#[utoipa::path(put, path = "/api/v1/jobs/{name}", tag = "jobs",
    params(("name" = String, Path, description = "The job's name"),
        ("If-Match" = Option<String>, Header, description = "The `etag` of the text that this one follows"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is no such job"),
        ("X-Reason" = Option<String>, Header, description = "Why, in your words; kept with the job")),
    request_body(description = "The job", content((Job = "application/json"), (Job = "application/yaml"))),
    responses(
        (status = 200, description = "Saved as the next text", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 201, description = "Saved as a new job", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 400, description = "The body does not read; line and column are in the detail", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else saved it meanwhile: see `current`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The job has faults; all of them are in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "The job exists and the request has no `If-Match`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn save_job() -> Answer<Response> {
    Err(not_yet())
}

/// Deletes a job. Its records stay as long as it asked for.
#[utoipa::path(delete, path = "/api/v1/jobs/{name}", tag = "jobs",
    params(("name" = String, Path, description = "The job's name"), DeleteQuery,
        ("If-Match" = Option<String>, Header, description = "Only this text")),
    responses(
        (status = 200, description = "Deleted", body = KillReply),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else saved it meanwhile: see `current`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_job() -> Answer<Response> {
    Err(not_yet())
}
