//! Modules: upload, list, read, delete.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, LOCATION};
use axum::response::{IntoResponse as _, Response};
use model::id::{Digest, JobName};
use model::job::SavedJob;
use model::module::Module;
use model::workload::Workload;

use crate::api::{ModuleList, ModuleUpload, ModuleView, Problem, UploadQuery, WasmBytes};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::upload;

/// Lists modules, newest first.
#[utoipa::path(get, path = "/api/v1/modules", tag = "modules",
    responses((status = 200, description = "All modules", body = ModuleList)))]
pub(super) async fn list_modules(State(app): State<App>) -> Answer<Json<ModuleList>> {
    app.catalogue.ready().await?;
    let mut users = users(&app, None);
    let modules = app.ports.blobs.modules().await?;
    let view = |module: Module| {
        let used_by = users.remove(&module.digest).unwrap_or_default();
        ModuleView { module, used_by }
    };
    Ok(Json(ModuleList { modules: modules.into_iter().map(view).collect() }))
}

/// Takes a module: its bytes as the body, or as the field `file` of a form.
#[utoipa::path(post, path = "/api/v1/modules", tag = "modules", params(UploadQuery),
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
    let (module, new) = upload::take(&app, &who.user, query.name, request).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/api/v1/modules/{}", module.digest);
    let used_by = users(&app, Some(&module.digest)).remove(&module.digest).unwrap_or_default();
    Ok((status, [(LOCATION, place)], Json(ModuleView { module, used_by })).into_response())
}

/// Returns what is known of a module.
#[utoipa::path(get, path = "/api/v1/modules/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
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
    let used_by = users(&app, Some(&digest)).remove(&digest).unwrap_or_default();
    Ok(Json(ModuleView { module, used_by }))
}

/// Deletes a module that no job uses.
#[utoipa::path(delete, path = "/api/v1/modules/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Jobs use it: the detail names them", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_module(
    State(app): State<App>,
    who: Identity,
    Path(digest): Path<Digest>,
) -> Answer<StatusCode> {
    // Read from the store: the catalogue may not show a job that was saved just now.
    let jobs = app.ports.intent.load().await?.jobs;
    let mut used_by =
        jobs.iter().filter(|job| module_of(&job.value) == Some(&digest)).map(|job| &job.value.job.name);
    if let Some(first) = used_by.next() {
        let names: Vec<String> =
            std::iter::once(first).chain(used_by).map(|name| format!("`{name}`")).collect();
        let detail = format!("used by {}; change or delete these jobs first", names.join(", "));
        return Err(Problem::conflict("module_in_use", "jobs use the module", detail));
    }
    if !app.ports.blobs.remove(&digest).await? {
        return Err(Problem::not_found("module", digest.as_str()));
    }
    tracing::info!(module = %digest, user = %who.user, "module {digest} deleted by {}", who.user);
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a module's bytes.
#[utoipa::path(get, path = "/api/v1/modules/{digest}/content", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
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

/// Returns which jobs use each module, or the one that is asked for.
fn users(app: &App, only: Option<&Digest>) -> BTreeMap<Digest, Vec<JobName>> {
    let mut users: BTreeMap<Digest, Vec<JobName>> = BTreeMap::new();
    let pairs = app.catalogue.select(
        |entry| {
            let digest = module_of(&entry.saved.as_ref()?.saved)?;
            only.is_none_or(|only| only == digest).then(|| (digest.clone(), entry.name.clone()))
        },
        usize::MAX,
    );
    for (digest, name) in pairs {
        users.entry(digest).or_default().push(name);
    }
    users
}

fn module_of(saved: &SavedJob) -> Option<&Digest> {
    match &saved.job.workload {
        Workload::Wasm(wasm) => Some(&wasm.module),
        Workload::Shell(_) => None,
    }
}
