//! Health, for load balancers: open to everybody, says nothing but yes or no.

use axum::response::Response;

use crate::api::{Health, Readiness};
use crate::problem::{Answer, not_yet};

/// Says that the server answers.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It answers", body = Health)))]
pub(super) async fn healthz() -> Answer<Response> {
    Err(not_yet())
}

/// Says whether the server can do its work: its stores answer.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "Every store answers", body = Readiness),
        (status = 503, description = "One does not", body = Readiness)))]
pub(super) async fn readyz() -> Answer<Response> {
    Err(not_yet())
}
