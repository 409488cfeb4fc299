//! Workers: who is alive, and who should take nothing new.

use axum::extract::State;
use model::id::WorkerId;
use model::worker::{Drain, Worker};

use crate::api::{DrainReply, DrainRequest, Problem, WorkerList};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::identity::Identity;
use crate::problem::Answer;

/// Most bytes of the reason of a drain.
const REASON_BYTES_MAX: usize = 1000;
/// Most ids in a message.
const NAMES_MAX: usize = 20;

/// Lists the live workers.
#[utoipa::path(get, path = "/api/v1/workers", tag = "workers", security(("role" = ["viewer"])),
    responses((status = 200, description = "The live workers", body = WorkerList)))]
pub(super) async fn list_workers(State(app): State<App>) -> Answer<axum::Json<WorkerList>> {
    let workers = app.ports.registry.workers().await?;
    Ok(axum::Json(WorkerList { workers }))
}

/// Drains a worker: it takes nothing new, also after a restart, and what runs goes on.
#[utoipa::path(post, path = "/api/v1/workers/{id}/drain", tag = "workers", security(("role" = ["operator"])),
    params(("id" = inline(WorkerId), Path, description = "The worker's id")),
    request_body(description = "Why; may be empty", content = Option<DrainRequest>),
    responses(
        (status = 200, description = "Asked for; the worker takes nothing new within seconds", body = DrainReply),
        (status = 404, description = "No such worker lives; the detail names those that do", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn drain_worker(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<WorkerId>,
    Json(request): Json<Option<DrainRequest>>,
) -> Answer<axum::Json<DrainReply>> {
    let reason = request.unwrap_or_default().reason;
    if reason.len() > REASON_BYTES_MAX {
        return Err(Problem::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_drain",
            "the drain has faults",
            format!("reason: must have at most {REASON_BYTES_MAX} bytes"),
        ));
    }
    let workers = app.ports.registry.workers().await?;
    let worker = workers.iter().find(|worker| worker.identity.id == id);
    let worker = worker.ok_or_else(|| not_alive(&id, &workers))?;
    let drain = Drain { by: who.user.to_string(), reason, since: app.ports.clock.now() };
    app.ports.registry.drain(&id, drain.clone()).await?;
    tracing::info!(worker.id = %id, user = %who.user, "worker {id} is to drain, says {}", who.user);
    Ok(axum::Json(DrainReply { worker: id, drain: Some(drain), busy: worker.status.busy }))
}

/// Takes a drain back. A worker that is away counts as well: it finds nothing when it comes back.
#[utoipa::path(post, path = "/api/v1/workers/{id}/undrain", tag = "workers", security(("role" = ["operator"])),
    params(("id" = inline(WorkerId), Path, description = "The worker's id")),
    responses(
        (status = 200, description = "It takes runs again within seconds", body = DrainReply),
        (status = 404, description = "No such worker lives or drains", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn undrain_worker(
    State(app): State<App>,
    who: Identity,
    Path(id): Path<WorkerId>,
) -> Answer<axum::Json<DrainReply>> {
    let workers = app.ports.registry.workers().await?;
    let worker = workers.iter().find(|worker| worker.identity.id == id);
    let wanted = app.ports.registry.undrain(&id).await?;
    if worker.is_none() && wanted.is_none() {
        return Err(not_alive(&id, &workers));
    }
    tracing::info!(worker.id = %id, user = %who.user, "worker {id} drains no more, says {}", who.user);
    let busy = worker.map_or(0, |worker| worker.status.busy);
    Ok(axum::Json(DrainReply { worker: id, drain: None, busy }))
}

fn not_alive(id: &WorkerId, workers: &[Worker]) -> Problem {
    let names: Vec<_> =
        workers.iter().take(NAMES_MAX).map(|worker| format!("`{}`", worker.identity.id)).collect();
    let live = match (names.is_empty(), workers.len() > NAMES_MAX) {
        (true, _) => "no worker lives".to_owned(),
        (false, false) => format!("live workers: {}", names.join(", ")),
        (false, true) => format!("live workers: {} and {} more", names.join(", "), workers.len() - NAMES_MAX),
    };
    Problem::new(
        axum::http::StatusCode::NOT_FOUND,
        "not_found",
        "not found",
        format!("there is no live worker `{id}`; {live}"),
    )
}
