//! Workers: who is alive.

use axum::Json;
use axum::extract::State;

use crate::api::WorkerList;
use crate::app::App;
use crate::problem::Answer;

/// Lists the live workers.
#[utoipa::path(get, path = "/api/v1/workers", tag = "workers",
    responses((status = 200, description = "The live workers", body = WorkerList)))]
pub(super) async fn list_workers(State(app): State<App>) -> Answer<Json<WorkerList>> {
    let workers = app.ports.registry.workers().await?;
    Ok(Json(WorkerList { workers }))
}
