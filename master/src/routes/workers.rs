//! Workers: who is alive.

use axum::response::Response;

use crate::api::WorkerList;
use crate::problem::{Answer, not_yet};

/// Lists the live workers.
#[utoipa::path(get, path = "/api/v1/workers", tag = "workers",
    responses((status = 200, description = "The live workers", body = WorkerList)))]
pub(super) async fn list_workers() -> Answer<Response> {
    Err(not_yet())
}
