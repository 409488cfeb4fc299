//! Who is asking, and whether they may: the guard that stands before everything but health and the page.
//!
//! Flow: layers → **`identity`** (token, cookie or a proxy's word → [`Identity`]; its role against the route's) → handler.
//! Not here: how a session is made (`login`), and what a route asks for (`rights`, beside each route).

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, COOKIE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::account::{ApiToken, Role, User, Withheld};
use model::id::UserName;
use model::job::Job;
use model::ports::Session;
use model::time::{Span, Timestamp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::api::{Problem, Via};
use crate::app::App;
use crate::audit::{self, Trail};
use crate::origin::{Absent, same_origin};
use crate::peer::Source;
use crate::problem::Answer;
use crate::rights::{Found, Needs};
use crate::{openapi, throttle};

/// How exactly it is known when a token was used last: a write for each use would be one for each request.
const USE_NOTED_EVERY: Span = Span::from_minutes(5);

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) user: UserName,
    /// What they may do: the lesser of the user's role and the token's.
    pub(crate) role: Role,
    /// What they may not save.
    pub(crate) withheld: BTreeSet<Withheld>,
    /// By what.
    pub(crate) via: Via,
    /// When it ends.
    pub(crate) expires_at: Option<Timestamp>,
    /// True while the account has no password.
    pub(crate) passwordless: bool,
    /// True when it comes by a token of the store, or by a session that was begun with one.
    pub(crate) of_token: bool,
}

impl Identity {
    /// Returns what somebody is who comes in as `user`.
    fn of(user: User, via: Via) -> Self {
        Self {
            role: user.role,
            withheld: user.withheld,
            via,
            expires_at: None,
            passwordless: user.password.is_none(),
            of_token: false,
            user: user.name,
        }
    }

    /// Returns what an identity is that may no more than a token.
    fn within(self, token: &ApiToken) -> Self {
        let ends = [self.expires_at, token.expires_at].into_iter().flatten().min();
        Self { role: self.role.min(token.role), expires_at: ends, of_token: true, ..self }
    }

    /// Refuses who has a lesser role.
    pub(crate) fn needs(&self, role: Role) -> Answer<()> {
        if self.role >= role {
            return Ok(());
        }
        let detail = format!("this takes the role `{role}`, and `{}` comes with `{}`", self.user, self.role);
        Err(Problem::new(StatusCode::FORBIDDEN, "role_too_low", "not allowed", detail))
    }

    /// Refuses an editor a job that needs what is withheld.
    pub(crate) fn may_save(&self, job: &Job) -> Answer<()> {
        if self.role >= Role::Admin {
            return Ok(());
        }
        let Some(withheld) = self.withheld.iter().find(|withheld| withheld.concerns(job)) else {
            return Ok(());
        };
        let what = match withheld {
            Withheld::ShellJobs => "shell jobs",
            Withheld::RunAsUser => "jobs that name the account to run as (`user`)",
        };
        let detail = format!("`{}` may not save {what}; an admin can give the right back", self.user);
        Err(Problem::new(StatusCode::FORBIDDEN, "right_withheld", "not allowed", detail))
    }
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

/// Lets a request through that says who is asking and may do what it asks; everything outside `/api` is health or the
/// page. What is changed or denied leaves a line in the audit.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path != "/api" && !path.starts_with("/api/") {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let source = Source::of(&app.options.now(), (&parts.extensions, &parts.headers));
    let mut trail = Trail::begin(&parts, &source);
    let response = match admit(&app, &parts, &source, &mut trail).await {
        Ok(identity) => {
            parts.extensions.insert(source);
            if let Some(identity) = identity {
                parts.extensions.insert(identity);
            }
            trail.follow(next.run(Request::from_parts(parts, body))).await
        }
        Err(refused) => refused.into_response(),
    };
    app.audit.keep(&app, audit::lines(&app, trail, &response)).await;
    response
}

/// Says who asks, if anybody must; refuses who may not.
async fn admit(
    app: &App,
    parts: &Parts,
    source: &Source,
    trail: &mut Trail,
) -> Result<Option<Identity>, Refusal> {
    no_secret_in(parts)?;
    let matched = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let found = matched.map(|path| app.rights.of(&parts.method, path));
    let needed = match found {
        // No such route: the fallback says so, to who may be here at all.
        None => None,
        Some(Found::Route(Needs::Nothing)) => return Ok(None),
        Some(Found::Route(Needs::Role(role))) => Some(role),
        // The document names the methods of each path to everybody.
        Some(Found::OtherMethods(allowed)) => return Err(Refusal::method(parts, &allowed)),
        Some(Found::Undeclared) => {
            tracing::error!(path = parts.uri.path(), "a route declares no role: nobody gets in");
            return Err(Problem::internal().into());
        }
    };
    let identity = identify(app, parts, source).await?;
    trail.by(&identity);
    let per_second = app.options.now().requests_per_second;
    if let (Err(wait), Some(per_second)) = (app.throttle.take(&identity.user, per_second), per_second) {
        return Err(Refusal::wait(throttle::refused(&identity.user, per_second), wait));
    }
    if let Some(role) = needed {
        identity.needs(role)?;
    }
    Ok(Some(identity))
}

/// Refuses a secret in a place that logs and histories keep.
fn no_secret_in(parts: &Parts) -> Answer<()> {
    let query = parts.uri.query().unwrap_or_default();
    let query: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["token", "access_token", "login_token", "password", "authorization"].contains(&name.as_str())
    };
    if query.iter().any(|(name, _)| named(name)) {
        return Err(Problem::bad_request(
            "secret_in_url",
            "a secret stands in the address",
            "addresses stand in logs and histories: send `Authorization: Bearer TOKEN`, and make the secret that was \
             sent so worthless (`sandglass token revoke`, or a new password)",
        ));
    }
    Ok(())
}

/// A request that goes no further.
struct Refusal {
    problem: Problem,
    allow: Option<String>,
    wait: Option<Duration>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let wait = (problem.status == StatusCode::TOO_MANY_REQUESTS.as_u16()).then_some(Duration::ZERO);
        Self { problem, allow: None, wait }
    }
}

impl Refusal {
    fn method(parts: &Parts, allowed: &str) -> Self {
        Self {
            problem: Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "no such method here",
                format!("`{}` has no `{}`", parts.uri.path().escape_debug(), parts.method),
            ),
            allow: Some(allowed.to_owned()),
            wait: None,
        }
    }

    fn wait(problem: Problem, wait: Duration) -> Self {
        Self { problem, allow: None, wait: Some(wait) }
    }

    fn into_response(self) -> Response {
        let unauthorized = self.problem.status == StatusCode::UNAUTHORIZED.as_u16();
        let mut response = self.problem.into_response();
        if unauthorized {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            response.headers_mut().insert(ALLOW, allow);
        }
        if let Some(wait) = self.wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        response
    }
}

/// Says who asks.
pub(crate) async fn identify(app: &App, parts: &Parts, source: &Source) -> Answer<Identity> {
    let headers = &parts.headers;
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = bearer(value).ok_or_else(|| invalid_token("`Authorization` must be `Bearer TOKEN`"))?;
        return Ok(by_token(app, token, source).await?.0);
    }
    let identity = if let Some(secret) = cookie(headers) {
        app.strangers.ask(source.address, &sha256_hex(secret), by_cookie(app, secret)).await?
    } else if let Some(named) = &source.named {
        by_proxy(app, named).await?
    } else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "not_logged_in",
            "not logged in",
            "log in on the page, or send `Authorization: Bearer TOKEN`",
        ));
    };
    if !parts.method.is_safe() {
        same_origin(&parts.uri, headers, Absent::Refused)?;
    }
    Ok(identity)
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Says whose token this is. The configured one is the first admin's, whatever the store says; it is compared in a time
/// that does not depend on it.
pub(crate) async fn by_token(
    app: &App,
    token: &str,
    source: &Source,
) -> Answer<(Identity, Option<ApiToken>)> {
    let sum: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let options = app.options.now();
    if options.admin_token_sha256.is_some_and(|known| bool::from(known.ct_eq(&sum))) {
        let identity = Identity {
            user: options.admin.clone(),
            role: Role::Admin,
            withheld: BTreeSet::new(),
            via: Via::Token,
            expires_at: None,
            passwordless: false,
            of_token: false,
        };
        return Ok((identity, None));
    }
    let sum = hex::encode(sum);
    let (identity, token) = app.strangers.ask(source.address, &sum, of_stored(app, &sum)).await?;
    Ok((identity, Some(token)))
}

/// Says whose token in the store this is, while it has not ended and its account is the one it was made for.
async fn of_stored(app: &App, sum: &str) -> Answer<(Identity, ApiToken)> {
    let unknown =
        || invalid_token("the token is not known here: it was mistyped, revoked, or is of another server");
    let now = app.ports.clock.now();
    let token = app.ports.accounts.token(sum).await?.ok_or_else(unknown)?;
    if token.expires_at.is_some_and(|end| end <= now) {
        let detail = format!("the token `{}` ended; make another", token.name);
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "token_ended", "the token has ended", detail));
    }
    let user = app.ports.accounts.user(&token.user).await?.map(|user| user.value);
    let user = user.filter(|user| user.uid == token.account).ok_or_else(unknown)?;
    if token.last_used_at.is_none_or(|last| last + USE_NOTED_EVERY <= now)
        && let Err(error) = app.ports.accounts.note_use(sum, now).await
    {
        tracing::debug!(%error, "cannot note the use of a token");
    }
    Ok((Identity::of(user, Via::Token).within(&token), token))
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

pub(crate) async fn by_cookie(app: &App, secret: &str) -> Answer<Identity> {
    let session = app.ports.accounts.session(&sha256_hex(secret), app.ports.clock.now()).await?;
    let ended =
        || Problem::new(StatusCode::UNAUTHORIZED, "session_ended", "the session has ended", "log in again");
    // A login link's secret opens nothing until it is exchanged.
    let session = session.filter(|session| !session.once).ok_or_else(ended)?;
    let user = user_of(app, &session).await?.ok_or_else(ended)?;
    let identity = Identity { expires_at: Some(session.expires_at), ..Identity::of(user, Via::Session) };
    match &session.token_sha256 {
        None => Ok(identity),
        Some(sum) => match of_stored(app, sum).await {
            Ok((_, token)) => Ok(identity.within(&token)),
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED.as_u16() => Err(ended()),
            Err(problem) => Err(problem),
        },
    }
}

/// Returns the user of a session, while it was begun under the user's epoch.
async fn user_of(app: &App, session: &Session) -> Answer<Option<User>> {
    let Ok(name) = session.user.parse::<UserName>() else { return Ok(None) };
    let user = app.ports.accounts.user(&name).await?.map(|user| user.value);
    Ok(user.filter(|user| session.epoch.as_ref() == Some(&user.epoch)))
}

/// Says who it is whom a trusted proxy let in.
async fn by_proxy(app: &App, named: &Result<UserName, String>) -> Answer<Identity> {
    let refused = |detail: String| {
        Problem::new(StatusCode::FORBIDDEN, "unknown_user", "the proxy names nobody who is known", detail)
    };
    let name = named.as_ref().map_err(|why| refused(why.clone()))?;
    let user = app.ports.accounts.user(name).await?.map(|user| user.value);
    let user = user.ok_or_else(|| {
        refused(format!("there is no user `{name}`; an admin makes one (`sandglass user add {name}`)"))
    })?;
    Ok(Identity::of(user, Via::Proxy))
}

/// Returns SHA-256 of a secret in hexadecimal, as the store keeps it.
pub(crate) fn sha256_hex(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
