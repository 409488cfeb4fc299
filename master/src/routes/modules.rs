//! Modules: upload, list, read, delete.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, LOCATION};
use axum::response::{IntoResponse as _, Response};
use model::id::{Digest, JobName, ModuleTag};
use model::module::Module;

use crate::api::{ModuleList, ModuleUpload, ModuleView, Problem, UploadQuery, WasmBytes};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::{modules, upload};

/// Lists modules, newest first.
#[utoipa::path(get, path = "/api/v1/modules", tag = "modules", security(("role" = ["viewer"])),
    responses((status = 200, description = "All modules", body = ModuleList)))]
pub(super) async fn list_modules(State(app): State<App>) -> Answer<Json<ModuleList>> {
    app.catalogue.ready().await?;
    let (mut users, mut tags) = (modules::users(&app, None), modules::tags(&app).await?);
    let view = |module: Module| {
        let digest = &module.digest;
        let (used_by, tags) = (users.remove(digest), tags.remove(digest));
        view(module, tags.unwrap_or_default(), used_by.unwrap_or_default())
    };
    let modules = app.ports.blobs.modules().await?;
    Ok(Json(ModuleList { modules: modules.into_iter().map(view).collect() }))
}

/// Takes a module: its bytes as the body, or as the field `file` of a form.
#[utoipa::path(post, path = "/api/v1/modules", tag = "modules", security(("role" = ["editor"])), params(UploadQuery),
    request_body(description = "The module",
        content((WasmBytes = "application/wasm"), (ModuleUpload = "multipart/form-data"))),
    responses(
        (status = 201, description = "Kept", body = ModuleView, headers(("Location" = String, description = "The module"))),
        (status = 200, description = "Known before; nothing changed", body = ModuleView),
        (status = 413, description = "Larger than the server takes", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither `application/wasm` nor a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a module that could run here; `code` and detail say why", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn upload_module(
    State(app): State<App>,
    who: Identity,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Answer<Response> {
    let (module, new) = upload::take(&app, who.user.as_str(), query.name, request).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/api/v1/modules/{}", module.digest);
    Ok((status, [(LOCATION, place)], Json(one(&app, module).await?)).into_response())
}

/// Returns what is known of a module.
#[utoipa::path(get, path = "/api/v1/modules/{digest}", tag = "modules", security(("role" = ["viewer"])),
    params(("digest" = inline(Digest), Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 200, description = "The module", body = ModuleView),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_module(
    State(app): State<App>,
    Path(digest): Path<Digest>,
) -> Answer<Json<ModuleView>> {
    app.catalogue.ready().await?;
    let module = app.ports.blobs.module(&digest).await?;
    let module = module.ok_or_else(|| Problem::not_found("module", digest.as_str()))?;
    Ok(Json(one(&app, module).await?))
}

/// Deletes a module that no job uses, and the tags that point to it.
#[utoipa::path(delete, path = "/api/v1/modules/{digest}", tag = "modules", security(("role" = ["editor"])),
    params(("digest" = inline(Digest), Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Jobs use it: the detail names them", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_module(
    State(app): State<App>,
    who: Identity,
    Path(digest): Path<Digest>,
) -> Answer<StatusCode> {
    modules::delete(&app, &digest).await?;
    tracing::info!(module = %digest, user = %who.user, "module {digest} deleted by {}", who.user);
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a module's bytes.
#[utoipa::path(get, path = "/api/v1/modules/{digest}/content", tag = "modules", security(("role" = ["viewer"])),
    params(("digest" = inline(Digest), Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 200, description = "The bytes", body = WasmBytes, content_type = "application/wasm"),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_module_content(
    State(app): State<App>,
    Path(digest): Path<Digest>,
) -> Answer<Response> {
    let bytes = app.ports.blobs.bytes(&digest).await?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("module", digest.as_str()))?;
    let file = format!("attachment; filename=\"{}.wasm\"", digest.hex());
    let headers = [
        (CONTENT_TYPE, "application/wasm".to_owned()),
        (CONTENT_DISPOSITION, file),
        (ETAG, format!("\"{}\"", digest.hex())),
    ];
    Ok((headers, bytes).into_response())
}

/// Returns one module with what is said of it elsewhere.
async fn one(app: &App, module: Module) -> Answer<ModuleView> {
    let used_by = modules::users(app, Some(&module.digest)).remove(&module.digest).unwrap_or_default();
    let tags = modules::tags(app).await?.remove(&module.digest).unwrap_or_default();
    Ok(view(module, tags, used_by))
}

fn view(module: Module, tags: Vec<ModuleTag>, used_by: Vec<JobName>) -> ModuleView {
    let asks_for = module.report.asks_for().into_keys().collect();
    ModuleView { module, asks_for, tags, used_by }
}
