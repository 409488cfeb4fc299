//! Schedules: the preview of one that is being typed.

use axum::response::Response;

use crate::api::{PreviewReply, PreviewRequest, Problem};
use crate::problem::{Answer, not_yet};

/// Says what a schedule means and when it fires.
#[utoipa::path(post, path = "/api/v1/schedules/preview", tag = "schedules", request_body = PreviewRequest,
    responses(
        (status = 200, description = "In words, with the next instants", body = PreviewReply),
        (status = 422, description = "It does not read: `errors` has the place", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn preview_schedule() -> Answer<Response> {
    Err(not_yet())
}
