//! What stands around every route: the request's id, problems as bodies, headers that keep browsers strict, deadlines.
//!
//! Flow: connection → **`layers`** → `identity` → routes → **`layers`** → connection.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::metric;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::api::Problem;
use crate::app::App;
use crate::peer::Peer;

/// Mantine and CodeMirror put `<style>` elements into the page; scripts come from our own files alone.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; \
     frame-ancestors 'none'";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Most characters of an id that a client or a proxy gives.
const ID_CHARACTERS_MAX: usize = 64;
/// The methods that are counted by name.
const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// A browser that was here encrypted comes back so for a year, whatever a link says.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Gives the request an id, and the answer its body and its headers.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| hex::encode(rand::random::<[u8; 8]>()));
    let encrypted = request.extensions().get::<ConnectInfo<Peer>>().is_some_and(|peer| peer.0.encrypted);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| request.uri().path().to_owned(), |path| path.as_str().to_owned());
    let is_api = request.uri().path().starts_with("/api/");
    let span = tracing::info_span!("request", request.id = %id, %method, route, api = Empty, status = Empty);
    async move {
        let began = Instant::now();
        let counted = request.extensions().get::<MatchedPath>().cloned();
        let mut response = next.run(request).await;
        count(&method, counted.as_ref(), response.status(), began.elapsed());
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = write_problem(response, problem, &id);
        }
        set_headers(&mut response, &id, is_api);
        if encrypted {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
        tracing::debug!(status = response.status().as_u16(), "answered");
        // Last, so that no line bears it twice. A path that is no route is somebody's guess.
        tracing::Span::current()
            .record("api", is_api && counted.is_some())
            .record("status", response.status().as_u16());
        response
    }
    .instrument(span)
    .await
}

/// Counts an answer by its route: a path that is no route would be a series for each guess.
fn count(method: &Method, route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
    let route = route.map_or("page", MatchedPath::as_str);
    // Anybody may send a method of their own making.
    let method = if METHODS.contains(method) { method.as_str() } else { "other" };
    metric::REQUESTS.add(1, &[method, route, status.as_str()]);
    metric::REQUEST_SECONDS.took(took.as_secs_f64(), &[method, route]);
}

/// Returns the id that the request bears, where it is one that a log can keep.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!id.is_empty() && id.len() <= ID_CHARACTERS_MAX && id.chars().all(plain)).then(|| id.to_owned())
}

/// Writes the body of a problem, keeping the headers that were set beside it.
fn write_problem(response: Response, mut problem: Problem, id: &str) -> Response {
    problem.request_id = id.into();
    let body = serde_json::to_vec(&problem).expect("a problem is plain data");
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    parts.headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static("en"));
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

fn set_headers(response: &mut Response, id: &str, is_api: bool) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_api {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    headers.insert(REQUEST_ID, HeaderValue::from_str(id).expect("an id is letters and digits"));
}

/// Ends a request that takes too long. Not for streams, downloads and uploads.
pub(crate) async fn deadline(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit: Duration = app.options.now().request_timeout.to_std();
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            "the server took too long",
            "the change may have been made or not: read again before you repeat it",
        )
        .into_response(),
    }
}

/// Answers for a handler that panicked: our own bug.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over by value")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = what, "a handler panicked: {what}");
    Problem::internal().into_response()
}

/// Answers for a method that a route does not have.
pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "no such method here",
        format!("`{}` has no `{}`", request.uri().path().escape_debug(), request.method()),
    )
}
