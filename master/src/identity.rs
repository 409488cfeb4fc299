//! Who is asking: the guard that stands before everything but health, the way in and the page.
//!
//! Flow: layers → **`identity`** (token or cookie → [`Identity`]) → handler.
//! Not here: how a session is made (`login`).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::time::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::api::{Problem, Via};
use crate::app::App;
use crate::openapi;
use crate::problem::Answer;

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) user: String,
    /// By what.
    pub(crate) via: Via,
    /// When it ends.
    pub(crate) expires_at: Option<Timestamp>,
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        // Invariant: the guard stands before every handler that asks for an identity.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "a route asks for an identity and has no guard");
            Problem::internal()
        })
    }
}

/// Returns true for the routes of the interface that answer anybody: the way in. All else under `/api` is guarded.
fn is_open(method: &Method, path: &str) -> bool {
    method == Method::POST && path == "/api/v1/session"
}

/// Lets a request through that says who is asking; everything outside `/api` is health or the page.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let guarded = path == "/api" || path.starts_with("/api/");
    if !guarded || is_open(request.method(), path) {
        return next.run(request).await;
    }
    match identify(&app, request.method(), request.uri(), request.headers()).await {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(problem) => {
            let unauthorized = problem.status == StatusCode::UNAUTHORIZED.as_u16();
            let mut response = problem.into_response();
            if unauthorized {
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
    }
}

async fn identify(app: &App, method: &Method, uri: &Uri, headers: &HeaderMap) -> Answer<Identity> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = bearer(value).ok_or_else(|| invalid_token("`Authorization` must be `Bearer TOKEN`"))?;
        return by_token(app, token);
    }
    if let Some(secret) = cookie(headers) {
        let identity = by_cookie(app, secret).await?;
        if !method.is_safe() {
            same_origin(uri, headers, Absent::Refused)?;
        }
        return Ok(identity);
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "not_logged_in",
        "not logged in",
        "log in on the page, or send `Authorization: Bearer TOKEN`",
    ))
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Checks the token of the first admin, in a time that does not depend on it.
pub(crate) fn by_token(app: &App, token: &str) -> Answer<Identity> {
    let sum: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    match &app.options.admin_token_sha256 {
        Some(known) if bool::from(known.ct_eq(&sum)) => {
            Ok(Identity { user: app.options.admin.clone(), via: Via::Token, expires_at: None })
        }
        _ => Err(invalid_token("the token is not known here")),
    }
}

fn invalid_token(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", "the token is not valid", detail)
}

/// Returns the secret of the session's cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == openapi::COOKIE)
        .map(|(_, secret)| secret)
}

async fn by_cookie(app: &App, secret: &str) -> Answer<Identity> {
    let sum = sha256_hex(secret);
    let session = app.ports.accounts.session(&sum, app.ports.clock.now()).await?;
    // A login link's secret opens nothing until it is exchanged.
    match session.filter(|session| !session.once) {
        Some(session) => {
            Ok(Identity { user: session.user, via: Via::Session, expires_at: Some(session.expires_at) })
        }
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "session_ended",
            "the session has ended",
            "log in again",
        )),
    }
}

/// What a request without a sign of its origin is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// No browser: let through.
    Allowed,
    /// Refused: it bears a cookie, and every browser that sends one says where from.
    Refused,
}

/// Refuses what another site's page sent.
pub(crate) fn same_origin(uri: &Uri, headers: &HeaderMap, absent: Absent) -> Answer<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let fine = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text(HOST.as_str()).or_else(|| uri.authority().map(|authority| authority.as_str()));
            let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            from.is_some() && from == host
        }
        (None, None) => absent == Absent::Allowed,
    };
    if fine {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "other_origin",
        "sent by another site",
        "a change with a session's cookie must come from this server's own page; scripts send `Authorization: Bearer TOKEN`",
    ))
}

/// Returns SHA-256 of a secret in hexadecimal, as the store keeps it.
pub(crate) fn sha256_hex(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
