//! Health, for load balancers: open to everybody, says nothing but yes or no.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::id::{JobName, RunId};

use crate::api::{Health, Readiness, StoreHealth};
use crate::app::App;

/// Says that the server answers.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It answers", body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Says whether the server can do its work: its stores answer.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "Every store answers", body = Readiness),
        (status = 503, description = "One does not", body = Readiness)))]
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let probe: RunId = "000000000000000000000000".parse().expect("24 hexadecimal digits are a run's id");
    let name: JobName = "readyz".parse().expect("letters are a job's name");
    let (intent, facts) = tokio::join!(app.ports.intent.get(&name), app.ports.facts.run(&probe));
    let stores = [("intent", intent.is_ok()), ("facts", facts.is_ok())]
        .map(|(store, answers)| StoreHealth { store: store.to_owned(), answers });
    let ready = stores.iter().all(|store| store.answers);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, stores: stores.into() }))
}
