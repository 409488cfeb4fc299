//! The session: come in, see who you are, leave.

use axum::response::Response;

use crate::api::{Problem, SessionRequest, SessionView};
use crate::problem::{Answer, not_yet};

/// Comes in by a login link or a token; the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SessionRequest, security(()),
    responses(
        (status = 201, description = "In; the cookie is set", body = SessionView),
        (status = 401, description = "Wrong, used or expired", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Asked for by another site's page", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn begin_session() -> Answer<Response> {
    Err(not_yet())
}

/// Returns who is asking.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, description = "Who is asking", body = SessionView)))]
pub(super) async fn get_session() -> Answer<Response> {
    Err(not_yet())
}

/// Ends the session of the cookie.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204, description = "Out")))]
pub(super) async fn end_session() -> Answer<Response> {
    Err(not_yet())
}
