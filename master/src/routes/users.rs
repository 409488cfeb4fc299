//! Users: list, make, change, remove.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::id::UserName;

use crate::accounts;
use crate::api::{Problem, UserChange, UserList, UserReply, UserRequest, UserView};
use crate::app::App;
use crate::extract::{self, Path};
use crate::identity::Identity;
use crate::problem::Answer;

/// Lists all users.
#[utoipa::path(get, path = "/api/v1/users", tag = "accounts", security(("role" = ["admin"])),
    responses((status = 200, description = "All users", body = UserList)))]
pub(super) async fn list_users(State(app): State<App>) -> Answer<Json<UserList>> {
    let users = app.ports.accounts.users().await?;
    Ok(Json(UserList { users: users.iter().map(|user| accounts::view(&user.value)).collect() }))
}

/// Makes a user. Without a password the answer holds a one-time login link.
#[utoipa::path(post, path = "/api/v1/users", tag = "accounts", security(("role" = ["admin"])), request_body = UserRequest,
    responses(
        (status = 201, description = "Made", body = UserReply),
        (status = 409, description = "The name is taken, or there are as many users as may be", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The password is not taken", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create_user(
    State(app): State<App>,
    who: Identity,
    extract::Json(request): extract::Json<UserRequest>,
) -> Answer<(StatusCode, Json<UserReply>)> {
    Ok((StatusCode::CREATED, Json(accounts::add(&app, &who, request).await?)))
}

/// Returns a user.
#[utoipa::path(get, path = "/api/v1/users/{name}", tag = "accounts", security(("role" = ["admin"])),
    params(("name" = inline(UserName), Path, description = "The user's name")),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 404, description = "No such user", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_user(State(app): State<App>, Path(name): Path<UserName>) -> Answer<Json<UserView>> {
    let user = app.ports.accounts.user(&name).await?;
    let user = user.ok_or_else(|| Problem::not_found("user", name.as_str()))?;
    Ok(Json(accounts::view(&user.value)))
}

/// Changes a user. What is not said stays; another password ends all their sessions.
#[utoipa::path(put, path = "/api/v1/users/{name}", tag = "accounts", security(("role" = ["admin"])),
    params(("name" = inline(UserName), Path, description = "The user's name")), request_body = UserChange,
    responses(
        (status = 200, description = "Changed", body = UserReply),
        (status = 404, description = "No such user", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last admin stays one, or somebody else changed the user meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The change has faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_user(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<UserName>,
    extract::Json(change): extract::Json<UserChange>,
) -> Answer<Json<UserReply>> {
    accounts::change(&app, &who, &name, change).await.map(Json)
}

/// Removes a user, with their sessions and tokens.
#[utoipa::path(delete, path = "/api/v1/users/{name}", tag = "accounts", security(("role" = ["admin"])),
    params(("name" = inline(UserName), Path, description = "The user's name")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such user", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last admin stays", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_user(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<UserName>,
) -> Answer<StatusCode> {
    accounts::remove(&app, &who, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
