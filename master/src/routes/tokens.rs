//! API tokens: list, make, change, revoke. Everybody has their own; an admin sees, changes and revokes all.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::id::TokenId;

use crate::accounts;
use crate::api::{Problem, TokenChange, TokenList, TokenReply, TokenRequest, TokenView};
use crate::app::App;
use crate::extract::{self, Path};
use crate::identity::Identity;
use crate::problem::Answer;

/// Lists one's own tokens; of an admin, all.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "accounts", security(("role" = ["viewer"])),
    responses((status = 200, description = "Tokens, without their secrets", body = TokenList)))]
pub(super) async fn list_tokens(State(app): State<App>, who: Identity) -> Answer<Json<TokenList>> {
    Ok(Json(TokenList { tokens: accounts::tokens(&app, &who).await? }))
}

/// Makes a token of one's own. Its secret is told this once.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "accounts", security(("role" = ["viewer"])), request_body = TokenRequest,
    responses(
        (status = 201, description = "Made", body = TokenReply),
        (status = 409, description = "There are as many tokens as may be, or the account is not made yet", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The token has faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create_token(
    State(app): State<App>,
    who: Identity,
    extract::Json(request): extract::Json<TokenRequest>,
) -> Answer<(StatusCode, Json<TokenReply>)> {
    Ok((StatusCode::CREATED, Json(accounts::make_token(&app, &who, request).await?)))
}

/// Gives a token another name or another end; its secret and its role stay.
#[utoipa::path(put, path = "/api/v1/tokens/{id}", tag = "accounts", security(("role" = ["viewer"])),
    params(("id" = inline(TokenId), Path, description = "The token's id")), request_body = TokenChange,
    responses(
        (status = 200, description = "Changed", body = TokenView),
        (status = 404, description = "No such token of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The token has ended", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The change has faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_token(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<TokenId>,
    extract::Json(change): extract::Json<TokenChange>,
) -> Answer<Json<TokenView>> {
    accounts::change_token(&app, &who, &id, change).await.map(Json)
}

/// Revokes a token: it opens nothing from now on, and neither do sessions that were begun with it.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "accounts", security(("role" = ["viewer"])),
    params(("id" = inline(TokenId), Path, description = "The token's id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "No such token of yours", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke_token(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<TokenId>,
) -> Answer<StatusCode> {
    accounts::revoke(&app, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
