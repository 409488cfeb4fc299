//! What answers while a store is waited for: health says that the process lives, readiness that it can do nothing yet, and
//! everything else to come back later.
//!
//! Flow: process starts → **`waiting`** → store answers → `service`.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{Problem, Readiness, StoreHealth};
use crate::connections::{Server, Tls};
use crate::in_use::InUse;
use crate::routes::health::healthz;
use crate::{Options, layers};

/// When to come back, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// Answers until `stop`: load balancers and people see that this master waits for its store of intent.
pub async fn serve_waiting(listener: TcpListener, tls: Option<Tls>, stop: CancellationToken) {
    let options = Options { tls, ..Options::default() };
    Server::new(router(), &InUse::new(options)).serve(listener, stop).await;
}

fn router() -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(later)
        .layer(from_fn(layers::finish))
}

async fn readyz() -> (StatusCode, Json<Readiness>) {
    let stores = vec![StoreHealth { store: "intent".to_owned(), answers: false }];
    (StatusCode::SERVICE_UNAVAILABLE, Json(Readiness { ready: false, stores }))
}

async fn later() -> Response {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "starting",
        "the server is starting",
        "it waits for its store: its log says which, and why",
    );
    let mut response = problem.into_response();
    response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_master_that_waits_lives_and_is_not_ready() {
        for (path, status) in [("/healthz", 200), ("/readyz", 503), ("/api/v1/jobs", 503), ("/", 503)] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(router().oneshot(request).await.unwrap().status(), status, "{path}");
        }
    }
}
