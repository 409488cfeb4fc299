//! What is intent leaves for another installation, or arrives from one.

use axum::Json;
use axum::extract::State;

use crate::api::{
    ExportJobsReply, ExportJobsRequest, ExportSettingsReply, ExportSettingsRequest, ImportJobsRequest,
    ImportReply, ImportSettingsRequest, Problem,
};
use crate::app::App;
use crate::extract;
use crate::identity::Identity;
use crate::problem::Answer;
use crate::transfer;

/// Returns jobs as another installation takes them, with the instant up to which each tick has an owner or an end; pauses each in
/// the same step where that is asked for.
#[utoipa::path(post, path = "/api/v1/transfer/jobs/export", tag = "transfer", security(("role" = ["admin"])),
    request_body = ExportJobsRequest,
    responses(
        (status = 200, description = "The jobs", body = ExportJobsReply),
        (status = 409, description = "A job changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Too many at one time, or one that does not read", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn export_jobs(
    State(app): State<App>,
    who: Identity,
    extract::Json(request): extract::Json<ExportJobsRequest>,
) -> Answer<Json<ExportJobsReply>> {
    transfer::export_jobs(&app, &who, request).await.map(Json)
}

/// Takes jobs from another installation. Each goes on from where it stood there; one that is here already stays as it is.
#[utoipa::path(post, path = "/api/v1/transfer/jobs/import", tag = "transfer", security(("role" = ["admin"])),
    request_body = ImportJobsRequest,
    responses(
        (status = 200, description = "What came of each, or would", body = ImportReply),
        (status = 422, description = "Too many at one time", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn import_jobs(
    State(app): State<App>,
    who: Identity,
    extract::Json(request): extract::Json<ImportJobsRequest>,
) -> Answer<Json<ImportReply>> {
    transfer::import_jobs(&app, &who, request).await.map(Json)
}

/// Returns settings, alerts and accounts as another installation takes them. Secrets are in it only where that is asked for.
#[utoipa::path(post, path = "/api/v1/transfer/settings/export", tag = "transfer", security(("role" = ["admin"])),
    request_body = ExportSettingsRequest,
    responses((status = 200, description = "They, and what stays behind", body = ExportSettingsReply)))]
pub(super) async fn export_settings(
    State(app): State<App>,
    extract::Json(request): extract::Json<ExportSettingsRequest>,
) -> Answer<Json<ExportSettingsReply>> {
    transfer::export_settings(&app, request.secrets).await.map(Json)
}

/// Takes settings, alerts and accounts from another installation.
#[utoipa::path(post, path = "/api/v1/transfer/settings/import", tag = "transfer", security(("role" = ["admin"])),
    request_body = ImportSettingsRequest,
    responses(
        (status = 200, description = "What came of each, or would", body = ImportReply),
        (status = 409, description = "Somebody else changed the same meanwhile, or the last admin would be gone", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Together they have faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn import_settings(
    State(app): State<App>,
    who: Identity,
    extract::Json(request): extract::Json<ImportSettingsRequest>,
) -> Answer<Json<ImportReply>> {
    transfer::import_settings(&app, &who, request).await.map(Json)
}
