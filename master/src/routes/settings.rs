//! Settings that all masters share: how long things are kept, and how long a session lasts.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use model::settings::Settings;

use crate::api::{Problem, SettingsView};
use crate::app::App;
use crate::extract::{self, header};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::settings;

/// Returns what an admin set for all masters, and what is so by it.
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings", security(("role" = ["viewer"])),
    responses((status = 200, description = "What stands", body = SettingsView)))]
pub(super) async fn get_settings(State(app): State<App>) -> Answer<Json<SettingsView>> {
    settings::show(&app).await.map(Json)
}

/// Writes all of them. What is not said is as each master's configuration says.
#[utoipa::path(put, path = "/api/v1/settings", tag = "settings", security(("role" = ["admin"])),
    params(("If-Match" = Option<String>, Header, description = "The `etag` of what the change follows")),
    request_body = Settings,
    responses(
        (status = 200, description = "What stands", body = SettingsView),
        (status = 412, description = "Somebody else changed the settings", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The settings have faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_settings(
    State(app): State<App>,
    who: Identity,
    headers: HeaderMap,
    extract::Json(asked): extract::Json<Settings>,
) -> Answer<Json<SettingsView>> {
    let stands = settings::put(&app, header(&headers, "if-match")?, asked).await?;
    tracing::info!(user = %who.user, "settings changed by {}", who.user);
    Ok(Json(stands))
}
