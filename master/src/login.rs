//! The ways in: a name and its password, a one-time link, an API token; each becomes a session in a cookie.
//!
//! A secret is 32 random bytes. The store keeps its SHA-256 only, so who reads the store cannot come in. A session is
//! always a new one: what the browser brought before is never taken on.
//! Not here: who is asking (`identity`), how often a password may be tried (`attempts`).

use std::collections::BTreeSet;

use axum::http::{HeaderValue, StatusCode};
use model::account::{Role, User};
use model::id::{Nonce, UserName};
use model::metric;
use model::ports::{Accounts, Clock, Session, StoreError};
use model::time::{Span, Timestamp};

use crate::api::{PasswordRequest, Problem, SessionRequest, SessionView, Via};
use crate::app::App;
use crate::identity::{Identity, by_cookie, by_token, sha256_hex};
use crate::openapi::COOKIE;
use crate::peer::Source;
use crate::problem::Answer;
use crate::{attempts, audit, settings};

/// How long the link of a password that was reset opens.
const RESET_TTL: Span = Span::from_days(1);

/// Makes a one-time login link for `user`; returns the secret that follows `/login#` in it. Where there is no such user
/// it makes one, as an admin without a password: only the server itself asks for nobody's link.
///
/// # Errors
/// The store's, when the link could not be kept.
pub async fn mint_login_link(
    accounts: &dyn Accounts,
    clock: &dyn Clock,
    user: &UserName,
    ttl: Span,
) -> Result<String, StoreError> {
    let epoch = ensured(accounts, clock, user, Role::Admin).await?.epoch;
    let session = Session { once: true, ..new_session(user, epoch, clock.now(), ttl) };
    keep(accounts, session).await.map(|(secret, _)| secret)
}

/// Takes a user's password away for who is locked out: ends all sessions, forgets failed logins, leaves a line in the
/// audit, and returns the secret of a one-time link; none where there is no such user.
///
/// # Errors
/// The store's; what was done up to then stays.
pub async fn reset_password(
    accounts: &dyn Accounts,
    clock: &dyn Clock,
    name: &UserName,
) -> Result<Option<String>, StoreError> {
    let Some(stood) = accounts.user(name).await? else { return Ok(None) };
    let user = User { password: None, epoch: Nonce::random(), ..stood.value };
    if !accounts.swap_user(name, Some(stood.revision), Some(user)).await? {
        return Err(StoreError::Unavailable("somebody else changed the user meanwhile".to_owned()));
    }
    attempts::forget(accounts, name.as_str()).await?;
    accounts.put_waiting(audit::at_console(clock.now(), &format!("reset-password {name}"))).await?;
    mint_login_link(accounts, clock, name, RESET_TTL).await.map(Some)
}

fn new_session(user: &UserName, epoch: Nonce, now: Timestamp, ttl: Span) -> Session {
    Session {
        secret_sha256: String::new(),
        user: user.to_string(),
        created_at: now,
        expires_at: now + ttl,
        once: false,
        epoch: Some(epoch),
        token_sha256: None,
    }
}

/// Gives a session its secret and keeps it.
async fn keep(accounts: &dyn Accounts, session: Session) -> Result<(String, Session), StoreError> {
    let secret = new_secret();
    let session = Session { secret_sha256: sha256_hex(&secret), ..session };
    accounts.put_session(session.clone()).await?;
    Ok((secret, session))
}

/// Returns 32 random bytes in hexadecimal.
pub(crate) fn new_secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// A session that was just begun.
pub(crate) struct Begun {
    /// What its cookie holds.
    pub(crate) secret: String,
    /// How long it lasts.
    pub(crate) lasts: Span,
    /// What the answer says.
    pub(crate) view: SessionView,
}

/// Exchanges what the request brings for a session.
pub(crate) async fn begin(app: &App, request: SessionRequest, source: &Source) -> Answer<Begun> {
    let SessionRequest { name, password, login_token, token } = request;
    match (name, password, login_token, token) {
        (Some(name), Some(password), None, None) => {
            let user = by_password(app, &name, password, source).await;
            let result = match &user {
                Ok(_) => "done",
                Err(problem) if problem.status == StatusCode::TOO_MANY_REQUESTS.as_u16() => "throttled",
                Err(_) => "refused",
            };
            metric::LOGINS.add(1, &[result]);
            let user = user?;
            session_of(app, &user, None).await
        }
        (None, None, Some(link), None) => {
            let user = app.strangers.ask(source.address, &sha256_hex(&link), by_link(app, &link)).await?;
            session_of(app, &user, None).await
        }
        (None, None, None, Some(token)) => {
            let (identity, stored) = by_token(app, &token, source).await?;
            let ports = &app.ports;
            let (accounts, clock) = (ports.accounts.as_ref(), ports.clock.as_ref());
            let user = ensured(accounts, clock, &identity.user, identity.role).await?;
            session_of(app, &user, stored.map(|token| token.secret_sha256)).await
        }
        _ => Err(Problem::bad_request(
            "invalid_body",
            "the body does not read",
            "it takes `name` and `password`, or `login_token` alone, or `token` alone",
        )),
    }
}

async fn session_of(app: &App, user: &User, token_sha256: Option<String>) -> Answer<Begun> {
    let now = app.ports.clock.now();
    let lasts = settings::in_force(app).await?.session_ttl;
    let session = new_session(&user.name, user.epoch.clone(), now, lasts);
    let (secret, _) = keep(app.ports.accounts.as_ref(), Session { token_sha256, ..session }).await?;
    tracing::info!(user = %user.name, "user {} logged in", user.name);
    let identity = by_cookie(app, &secret).await?;
    Ok(Begun { secret, lasts, view: view(identity) })
}

/// Says whose name and password these are; one answer for a wrong name and for a wrong password, after the same time.
async fn by_password(app: &App, name: &str, password: String, source: &Source) -> Answer<User> {
    let wrong = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_password",
            "wrong name or password",
            "the name or the password is not right; an admin can set another, and so does \
             `sandglass user reset-password` on the server",
        )
    };
    let known: Option<UserName> = name.parse().ok();
    attempts::spend(app, known.as_ref().map_or("?", |name| name.as_str()), source.address).await?;
    let user = match &known {
        Some(name) => app.ports.accounts.user(name).await?.map(|user| user.value),
        None => None,
    };
    let hash = user.as_ref().and_then(|user| user.password.clone());
    if !app.passwords.is(password, hash).await? {
        return Err(wrong());
    }
    let user = user.ok_or_else(wrong)?;
    attempts::give_back(app, user.name.as_str()).await;
    Ok(user)
}

async fn by_link(app: &App, secret: &str) -> Answer<User> {
    let used = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "login_link_used",
            "the login link opens nothing",
            "the link has been used or has expired; a restart prints a new one, and an API token opens the page too",
        )
    };
    let taken = app.ports.accounts.take_session(&sha256_hex(secret), app.ports.clock.now()).await?;
    let link = taken.filter(|session| session.once).ok_or_else(used)?;
    let name: UserName = link.user.parse().map_err(|_| used())?;
    let user = app.ports.accounts.user(&name).await?.ok_or_else(used)?.value;
    // One that was made before the user's password was set is worth nothing.
    (link.epoch.as_ref() == Some(&user.epoch)).then_some(user).ok_or_else(used)
}

/// Returns the user of this name; makes one without a password where there is none.
async fn ensured(
    accounts: &dyn Accounts,
    clock: &dyn Clock,
    name: &UserName,
    role: Role,
) -> Result<User, StoreError> {
    if let Some(user) = accounts.user(name).await? {
        return Ok(user.value);
    }
    let user = User {
        name: name.clone(),
        role,
        withheld: BTreeSet::new(),
        password: None,
        uid: Nonce::random(),
        epoch: Nonce::random(),
        created_at: clock.now(),
        created_by: "the server".to_owned(),
        password_at: None,
    };
    accounts.swap_user(name, None, Some(user)).await?;
    // Another server may have been first.
    let made = accounts.user(name).await?;
    made.map(|user| user.value)
        .ok_or_else(|| StoreError::Unavailable("somebody removed the user meanwhile".to_owned()))
}

/// Sets one's own password: all sessions end, and the answer begins another.
pub(crate) async fn change_password(
    app: &App,
    who: &Identity,
    request: PasswordRequest,
    source: &Source,
) -> Answer<Begun> {
    let stood = app.ports.accounts.user(&who.user).await?;
    let stood = stood.ok_or_else(|| Problem::not_found("user", who.user.as_str()))?;
    if stood.value.password.is_none() && (who.of_token || who.via != Via::Session) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "session_needed",
            "not by a token",
            "the first password of an account is set by who logged in by its link",
        ));
    }
    if let Some(hash) = &stood.value.password {
        attempts::spend(app, who.user.as_str(), source.address).await?;
        let current = request.current.unwrap_or_default();
        if !app.passwords.is(current, Some(hash.clone())).await? {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "wrong_password",
                "wrong password",
                "current: is not the password that stands",
            ));
        }
        attempts::give_back(app, who.user.as_str()).await;
    }
    let password = app.passwords.hash("new", request.new).await?;
    let user = User {
        password: Some(password),
        password_at: Some(app.ports.clock.now()),
        epoch: Nonce::random(),
        ..stood.value
    };
    if !app.ports.accounts.swap_user(&who.user, Some(stood.revision), Some(user.clone())).await? {
        return Err(crate::accounts::changed_meanwhile());
    }
    session_of(app, &user, None).await
}

/// Ends the session whose cookie this is.
pub(crate) async fn end(app: &App, secret: &str) -> Answer<()> {
    app.ports.accounts.take_session(&sha256_hex(secret), app.ports.clock.now()).await?;
    Ok(())
}

/// Returns the cookie of a session, or with no secret the one that removes it.
pub(crate) fn cookie(secret: Option<&str>, ttl: Span, source: &Source) -> HeaderValue {
    let (value, max_age) = secret.map_or(("", 0), |secret| (secret, ttl.as_millis() / 1000));
    let secure = if source.encrypted { "; Secure" } else { "" };
    let prefix = &source.prefix;
    let text =
        format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path={prefix}/; Max-Age={max_age}{secure}");
    HeaderValue::from_str(&text).expect("a cookie of hexadecimal digits and a plain path is a header")
}

/// Returns how an identity shows itself.
pub(crate) fn view(identity: Identity) -> SessionView {
    SessionView {
        user: identity.user.to_string(),
        role: identity.role,
        withheld: identity.withheld.into_iter().collect(),
        passwordless: identity.passwordless,
        via: identity.via,
        expires_at: identity.expires_at,
    }
}
