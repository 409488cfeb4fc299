//! Modules: upload, list, read, delete.

use axum::response::Response;

use crate::api::{ModuleList, ModuleUpload, ModuleView, Problem, UploadQuery, WasmBytes};
use crate::problem::{Answer, not_yet};

/// Lists modules, newest first.
#[utoipa::path(get, path = "/api/v1/modules", tag = "modules",
    responses((status = 200, description = "All modules", body = ModuleList)))]
pub(super) async fn list_modules() -> Answer<Response> {
    Err(not_yet())
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
pub(super) async fn upload_module() -> Answer<Response> {
    Err(not_yet())
}

/// Returns what is known of a module.
#[utoipa::path(get, path = "/api/v1/modules/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 200, description = "The module", body = ModuleView),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_module() -> Answer<Response> {
    Err(not_yet())
}

/// Deletes a module that no job uses.
#[utoipa::path(delete, path = "/api/v1/modules/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Jobs use it: the detail names them", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_module() -> Answer<Response> {
    Err(not_yet())
}

/// Returns a module's bytes.
#[utoipa::path(get, path = "/api/v1/modules/{digest}/content", tag = "modules",
    params(("digest" = String, Path, description = "The module's digest, `sha256:…`")),
    responses(
        (status = 200, description = "The bytes", body = WasmBytes, content_type = "application/wasm"),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_module_content() -> Answer<Response> {
    Err(not_yet())
}
