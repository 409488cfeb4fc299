//! Users and API tokens as an admin, or their owner, makes and changes them.
//!
//! A change of role holds for all sessions and tokens at once: each request asks the store. A change of password ends
//! all sessions in the same step. One admin at least stays, as far as those who ask one after another are concerned.
//! Not here: coming in (`login`), and what a role may (`rights`).

use axum::http::StatusCode;
use model::account::{ApiToken, Role, TOKENS_MAX, USERS_MAX, User};
use model::fault::Faults;
use model::id::{Nonce, TokenId, UserName};
use model::ports::Versioned;
use model::sentence;
use model::time::{Span, Timestamp};

use crate::api::{
    Problem, TokenChange, TokenReply, TokenRequest, TokenView, UserChange, UserReply, UserRequest, UserView,
};
use crate::app::App;
use crate::audit;
use crate::identity::{Identity, sha256_hex};
use crate::login::{mint_login_link, new_secret};
use crate::problem::Answer;

/// How long the link of a new user opens.
const LINK_TTL: Span = Span::from_days(1);
/// Longest a token with an end lasts.
const TOKEN_DAYS_MAX: u64 = 3650;
/// Most characters of what a token is for.
pub(crate) const TOKEN_NAME_MAX: usize = 100;

/// Makes a user.
pub(crate) async fn add(app: &App, who: &Identity, request: UserRequest) -> Answer<UserReply> {
    let now = app.ports.clock.now();
    if app.ports.accounts.users().await?.len() >= USERS_MAX {
        let detail = format!("there are {USERS_MAX} users; remove some that nobody needs");
        return Err(Problem::conflict("too_many_users", "too many users", detail));
    }
    let password = match request.password {
        Some(password) => Some(app.passwords.hash("password", password).await?),
        None => None,
    };
    let user = User {
        name: request.name.clone(),
        role: request.role,
        withheld: request.withheld.into_iter().collect(),
        password_at: password.is_some().then_some(now),
        password,
        uid: Nonce::random(),
        epoch: Nonce::random(),
        created_at: now,
        created_by: who.user.to_string(),
    };
    if !app.ports.accounts.swap_user(&user.name, None, Some(user.clone())).await? {
        let detail = format!("there is a user `{}` already", user.name);
        return Err(Problem::conflict("user_exists", "the name is taken", detail));
    }
    audit::saw(None, Some(&view(&user)));
    tracing::info!(user = %who.user, "user {} made as {} by {}", user.name, user.role, who.user);
    reply(app, user).await
}

/// Changes a user.
pub(crate) async fn change(
    app: &App,
    who: &Identity,
    name: &UserName,
    change: UserChange,
) -> Answer<UserReply> {
    let stood = find(app, name).await?;
    let mut user = stood.value.clone();
    user.role = change.role.unwrap_or(user.role);
    if let Some(withheld) = change.withheld {
        user.withheld = withheld.into_iter().collect();
    }
    match (change.password, change.reset_password) {
        (Some(_), true) => {
            let mut faults = Faults::new();
            faults.add("reset_password", sentence!("goes without a `password`"));
            return Err(Problem::faults("invalid_user", "the change has faults", faults));
        }
        (Some(password), false) => {
            user.password = Some(app.passwords.hash("password", password).await?);
            user.password_at = Some(app.ports.clock.now());
            user.epoch = Nonce::random();
        }
        (None, true) => {
            user.password = None;
            user.epoch = Nonce::random();
        }
        (None, false) => {}
    }
    if user.role < Role::Admin {
        keeps_an_admin(app, &stood.value).await?;
    }
    if !app.ports.accounts.swap_user(name, Some(stood.revision), Some(user.clone())).await? {
        return Err(changed_meanwhile());
    }
    audit::saw(Some(&view(&stood.value)), Some(&view(&user)));
    tracing::info!(user = %who.user, "user {name} changed by {}", who.user);
    if change.reset_password {
        return reply(app, user).await;
    }
    Ok(UserReply { user: view(&user), login_token: None })
}

/// Removes a user; their sessions and tokens open nothing from then on.
pub(crate) async fn remove(app: &App, who: &Identity, name: &UserName) -> Answer<()> {
    let stood = find(app, name).await?;
    keeps_an_admin(app, &stood.value).await?;
    if !app.ports.accounts.swap_user(name, Some(stood.revision), None).await? {
        return Err(changed_meanwhile());
    }
    audit::saw(Some(&view(&stood.value)), None);
    for token in app.ports.accounts.tokens().await? {
        if token.user == *name {
            app.ports.accounts.remove_token(&token.id).await?;
        }
    }
    tracing::info!(user = %who.user, "user {name} removed by {}", who.user);
    Ok(())
}

async fn find(app: &App, name: &UserName) -> Answer<Versioned<User>> {
    let user = app.ports.accounts.user(name).await?;
    user.ok_or_else(|| Problem::not_found("user", name.as_str()))
}

/// Refuses to take the last admin away.
pub(crate) async fn keeps_an_admin(app: &App, user: &User) -> Answer<()> {
    if user.role < Role::Admin {
        return Ok(());
    }
    let users = app.ports.accounts.users().await?;
    if users.iter().any(|other| other.value.role == Role::Admin && other.value.name != user.name) {
        return Ok(());
    }
    let detail = format!("`{}` is the last admin; make another one first", user.name);
    Err(Problem::conflict("last_admin", "the last admin stays", detail))
}

/// Answers with a login link where there is no password.
async fn reply(app: &App, user: User) -> Answer<UserReply> {
    let login_token = match user.password {
        Some(_) => None,
        None => {
            let (accounts, clock) = (app.ports.accounts.as_ref(), app.ports.clock.as_ref());
            Some(mint_login_link(accounts, clock, &user.name, LINK_TTL).await?)
        }
    };
    Ok(UserReply { user: view(&user), login_token })
}

/// Returns how a user shows itself: never with the hash.
pub(crate) fn view(user: &User) -> UserView {
    UserView {
        name: user.name.clone(),
        role: user.role,
        withheld: user.withheld.iter().copied().collect(),
        has_password: user.password.is_some(),
        password_at: user.password_at,
        created_at: user.created_at,
        created_by: user.created_by.clone(),
    }
}

/// Makes a token for who asks: it may no more, and where they come by a token ends no later.
pub(crate) async fn make_token(app: &App, who: &Identity, request: TokenRequest) -> Answer<TokenReply> {
    let mut faults = Faults::new();
    let name = token_name(&request.name, &mut faults);
    check_ttl(request.ttl, &mut faults);
    let role = request.role.unwrap_or(who.role);
    if role > who.role {
        faults.add("role", sentence!("must be at most your own, `{}`, got `{}`", who.role, role));
    }
    if !faults.is_empty() {
        return Err(Problem::faults("invalid_token_request", "the token has faults", faults));
    }
    let user = app.ports.accounts.user(&who.user).await?.ok_or_else(|| {
        let detail =
            format!("`{}` has no account yet: log in on the page once, by the printed link", who.user);
        Problem::conflict("no_account", "no account", detail)
    })?;
    if app.ports.accounts.tokens().await?.len() >= TOKENS_MAX {
        let detail = format!("there are {TOKENS_MAX} tokens; revoke some that nobody needs");
        return Err(Problem::conflict("too_many_tokens", "too many tokens", detail));
    }
    let now = app.ports.clock.now();
    let secret = new_secret();
    let token = ApiToken {
        id: TokenId::random(),
        secret_sha256: sha256_hex(&secret),
        name,
        user: who.user.clone(),
        account: user.value.uid,
        role,
        created_at: now,
        expires_at: [request.ttl.map(|ttl| now + ttl), bound(who)].into_iter().flatten().min(),
        last_used_at: None,
    };
    app.ports.accounts.put_token(token.clone()).await?;
    let token = token_view(token);
    audit::saw(None, Some(&token));
    tracing::info!(user = %who.user, "token {} made by {}", token.id, who.user);
    Ok(TokenReply { token, secret })
}

/// Reads what a token is for.
fn token_name(text: &str, faults: &mut Faults) -> String {
    let name = text.trim().to_owned();
    let characters = name.chars().count();
    if !(1..=TOKEN_NAME_MAX).contains(&characters) || name.chars().any(char::is_control) {
        let found = name.escape_debug();
        faults.add(
            "name",
            sentence!("must have 1 to {} characters that print, got `{}`", TOKEN_NAME_MAX, found),
        );
    }
    name
}

fn check_ttl(ttl: Option<Span>, faults: &mut Faults) {
    if let Some(ttl) =
        ttl.filter(|ttl| *ttl < Span::from_minutes(1) || *ttl > Span::from_days(TOKEN_DAYS_MAX))
    {
        faults.add("ttl", sentence!("must be from 1m to {}d, got `{}`", TOKEN_DAYS_MAX, ttl));
    }
}

/// Returns when what somebody makes or changes ends at the latest: of who comes by a token, with it.
fn bound(who: &Identity) -> Option<Timestamp> {
    who.of_token.then_some(who.expires_at).flatten()
}

/// Gives a token another name or another end: one's own, or as an admin anybody's. One that has ended stays so.
pub(crate) async fn change_token(
    app: &App,
    who: &Identity,
    id: &TokenId,
    change: TokenChange,
) -> Answer<TokenView> {
    let mut faults = Faults::new();
    let name = change.name.as_deref().map(|name| token_name(name, &mut faults));
    check_ttl(change.ttl, &mut faults);
    if !faults.is_empty() {
        return Err(Problem::faults("invalid_token_change", "the change has faults", faults));
    }
    let (accounts, now) = (&app.ports.accounts, app.ports.clock.now());
    let unknown = || Problem::not_found("token", id.as_str());
    let stood = accounts.tokens().await?.into_iter().find(|token| token.id == *id && sees(who, token));
    let stood = stood.ok_or_else(unknown)?;
    if stood.expires_at.is_some_and(|end| end <= now) {
        let detail = format!("the token `{}` ended; make another", stood.name);
        return Err(Problem::conflict("token_ended", "the token has ended", detail));
    }
    // Whoever comes by a token gives none a longer life than that one has.
    let ends = change.ttl.map(|ttl| bound(who).map_or(now + ttl, |bound| bound.min(now + ttl)));
    let changed = accounts.change_token(id, name, ends).await?;
    let (before, after) = changed.ok_or_else(unknown)?;
    let (before, after) = (token_view(before), token_view(after));
    audit::saw(Some(&before), Some(&after));
    tracing::info!(user = %who.user, "token {id} changed by {}", who.user);
    Ok(after)
}

/// Returns the tokens that somebody may see.
pub(crate) async fn tokens(app: &App, who: &Identity) -> Answer<Vec<TokenView>> {
    let mut tokens = app.ports.accounts.tokens().await?;
    tokens.retain(|token| sees(who, token));
    tokens.sort_by(|a, b| (&a.user, &a.name, &a.id).cmp(&(&b.user, &b.name, &b.id)));
    Ok(tokens.into_iter().map(token_view).collect())
}

/// Revokes a token: one's own, or as an admin anybody's.
pub(crate) async fn revoke(app: &App, who: &Identity, id: &TokenId) -> Answer<()> {
    let known = app.ports.accounts.tokens().await?;
    let known = known.iter().any(|token| token.id == *id && sees(who, token));
    let removed = if known { app.ports.accounts.remove_token(id).await? } else { None };
    let removed = removed.ok_or_else(|| Problem::not_found("token", id.as_str()))?;
    audit::saw(Some(&token_view(removed)), None);
    tracing::info!(user = %who.user, "token {id} revoked by {}", who.user);
    Ok(())
}

fn sees(who: &Identity, token: &ApiToken) -> bool {
    token.user == who.user || who.role >= Role::Admin
}

fn token_view(token: ApiToken) -> TokenView {
    TokenView {
        id: token.id,
        name: token.name,
        user: token.user,
        role: token.role,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
    }
}

/// Says that somebody else changed the user between the read and the write.
pub(crate) fn changed_meanwhile() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "user_changed",
        "the user changed meanwhile",
        "nothing was changed; read the user and try again",
    )
}
