//! The session: come in, see who you are, leave.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use model::time::Span;

use crate::api::{Problem, SessionRequest, SessionView, Via};
use crate::app::App;
use crate::extract::Json;
use crate::identity::{self, Absent, Identity, same_origin};
use crate::login;
use crate::problem::Answer;

/// Comes in by a login link or a token; the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SessionRequest, security(()),
    responses(
        (status = 201, description = "In; the cookie is set", body = SessionView),
        (status = 401, description = "Wrong, used or expired", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Asked for by another site's page", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn begin_session(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    Json(request): Json<SessionRequest>,
) -> Answer<Response> {
    // Else another site's page could log its reader in as somebody else.
    same_origin(&uri, &headers, Absent::Allowed)?;
    let (secret, session) = login::begin(&app, request).await?;
    let cookie = login::cookie(Some(&secret), app.options.session_ttl);
    let view = SessionView { user: session.user, via: Via::Session, expires_at: Some(session.expires_at) };
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], axum::Json(view)).into_response())
}

/// Returns who is asking.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, description = "Who is asking", body = SessionView)))]
pub(super) async fn get_session(who: Identity) -> axum::Json<SessionView> {
    axum::Json(login::view(who))
}

/// Ends the session of the cookie.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204, description = "Out")))]
pub(super) async fn end_session(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    if let Some(secret) = identity::cookie(&headers) {
        login::end(&app, secret).await?;
    }
    let gone = login::cookie(None, Span::ZERO);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}
