//! The ways in: a one-time link, an API token; both become a session in a cookie.
//!
//! A secret is 32 random bytes. The store keeps its SHA-256 only, so who reads the store cannot come in.

use axum::http::{HeaderValue, StatusCode};
use model::ports::{Accounts, Clock, Session, StoreError};
use model::time::Span;

use crate::api::{Problem, SessionRequest};
use crate::app::App;
use crate::identity::{Identity, by_token, sha256_hex};
use crate::openapi::COOKIE;
use crate::problem::Answer;

/// Makes a one-time login link for `user`; returns the secret that follows `/login#` in it.
///
/// # Errors
/// The store's, when the link could not be kept.
pub async fn mint_login_link(
    accounts: &dyn Accounts,
    clock: &dyn Clock,
    user: &str,
    ttl: Span,
) -> Result<String, StoreError> {
    put(accounts, clock, user, ttl, true).await.map(|(secret, _)| secret)
}

async fn put(
    accounts: &dyn Accounts,
    clock: &dyn Clock,
    user: &str,
    ttl: Span,
    once: bool,
) -> Result<(String, Session), StoreError> {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let now = clock.now();
    let session = Session {
        secret_sha256: sha256_hex(&secret),
        user: user.to_owned(),
        created_at: now,
        expires_at: now + ttl,
        once,
    };
    accounts.put_session(session.clone()).await?;
    Ok((secret, session))
}

/// Exchanges what the request brings for a session; returns its secret.
pub(crate) async fn begin(app: &App, request: SessionRequest) -> Answer<(String, Session)> {
    let user = match (request.login_token, request.token) {
        (Some(link), None) => take_link(app, &link).await?,
        (None, Some(token)) => by_token(app, &token)?.user,
        _ => {
            return Err(Problem::bad_request(
                "invalid_body",
                "the body does not read",
                "exactly one of `login_token` and `token` must be given",
            ));
        }
    };
    let ports = &app.ports;
    let kept =
        put(ports.accounts.as_ref(), ports.clock.as_ref(), &user, app.options.session_ttl, false).await?;
    tracing::info!(user = %user, "user {user} logged in");
    Ok(kept)
}

async fn take_link(app: &App, secret: &str) -> Answer<String> {
    let taken = app.ports.accounts.take_session(&sha256_hex(secret), app.ports.clock.now()).await?;
    match taken.filter(|session| session.once) {
        Some(session) => Ok(session.user),
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "login_link_used",
            "the login link opens nothing",
            "the link has been used or has expired; a restart prints a new one, and an API token opens the page too",
        )),
    }
}

/// Ends the session whose cookie this is.
pub(crate) async fn end(app: &App, secret: &str) -> Answer<()> {
    app.ports.accounts.take_session(&sha256_hex(secret), app.ports.clock.now()).await?;
    Ok(())
}

/// Returns the cookie of a session, or with no secret the one that removes it.
pub(crate) fn cookie(secret: Option<&str>, ttl: Span) -> HeaderValue {
    let (value, max_age) = secret.map_or(("", 0), |secret| (secret, ttl.as_millis() / 1000));
    let text = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age}");
    HeaderValue::from_str(&text).expect("a cookie of hexadecimal digits is a header")
}

/// Returns how a session shows itself.
pub(crate) fn view(identity: Identity) -> crate::api::SessionView {
    crate::api::SessionView { user: identity.user, via: identity.via, expires_at: identity.expires_at }
}
