//! The session: come in, see who you are, set your password, leave.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use model::time::Span;

use crate::api::{PasswordRequest, Problem, SessionRequest, SessionView};
use crate::app::App;
use crate::audit::TriedAs;
use crate::extract;
use crate::identity::{self, Identity};
use crate::login::{self, Begun};
use crate::origin::{Absent, same_origin};
use crate::peer::Source;
use crate::problem::Answer;

/// Comes in by a name and its password, a login link or a token; the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SessionRequest, security(()),
    responses(
        (status = 201, description = "In; the cookie is set", body = SessionView),
        (status = 401, description = "Wrong, used or expired", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Asked for by another site's page", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many failed logins: the detail says when to come back", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many log in at once", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn begin_session(
    State(app): State<App>,
    Extension(source): Extension<Source>,
    uri: Uri,
    headers: HeaderMap,
    extract::Json(request): extract::Json<SessionRequest>,
) -> Answer<Response> {
    // Else another site's page could log its reader in as somebody else.
    same_origin(&uri, &headers, Absent::Allowed)?;
    let tried = request.name.clone();
    let mut response = match login::begin(&app, request, &source).await {
        Ok(begun) => {
            let user = begun.view.user.clone();
            let mut response = with_cookie(StatusCode::CREATED, begun, &source);
            response.extensions_mut().insert(TriedAs(user));
            return Ok(response);
        }
        Err(problem) => problem.into_response(),
    };
    note_name(response.extensions_mut(), tried);
    Ok(response)
}

/// Notes for the audit which name was tried, as far as it could be one.
fn note_name(extensions: &mut Extensions, tried: Option<String>) {
    if let Some(tried) = tried.filter(|tried| tried.parse::<model::id::UserName>().is_ok()) {
        extensions.insert(TriedAs(tried));
    }
}

/// Returns who is asking.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("role" = ["viewer"])),
    responses((status = 200, description = "Who is asking", body = SessionView)))]
pub(super) async fn get_session(who: Identity) -> Json<SessionView> {
    Json(login::view(who))
}

/// Sets one's own password. All sessions end; the answer's cookie is that of a new one.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", security(("role" = ["viewer"])),
    request_body = PasswordRequest,
    responses(
        (status = 200, description = "Set; the cookie is that of a new session", body = SessionView),
        (status = 403, description = "`current` is not the password that stands", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The new one is not taken", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries: the detail says when to come back", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_password(
    State(app): State<App>,
    Extension(source): Extension<Source>,
    who: Identity,
    extract::Json(request): extract::Json<PasswordRequest>,
) -> Answer<Response> {
    let begun = login::change_password(&app, &who, request, &source).await?;
    tracing::info!(user = %who.user, "user {} set another password", who.user);
    Ok(with_cookie(StatusCode::OK, begun, &source))
}

/// Ends the session of the cookie.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", security(("role" = ["viewer"])),
    responses((status = 204, description = "Out")))]
pub(super) async fn end_session(
    State(app): State<App>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
) -> Answer<Response> {
    if let Some(secret) = identity::cookie(&headers) {
        login::end(&app, secret).await?;
    }
    let gone = login::cookie(None, Span::ZERO, &source);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

fn with_cookie(status: StatusCode, begun: Begun, source: &Source) -> Response {
    let cookie = login::cookie(Some(&begun.secret), begun.lasts, source);
    (status, [(SET_COOKIE, cookie)], Json(begun.view)).into_response()
}
