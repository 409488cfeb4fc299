//! Problems as HTTP answers: how one is put together, and how it leaves.
//!
//! Flow: handler or extractor → **`problem`** → `layers` (adds the request's id and writes the body).
//! Not here: which error becomes which problem; that is `errors`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::fault::{Fault, Faults};

use crate::api::{Problem, SavedView};

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    /// Returns a problem with its detail.
    pub(crate) fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            code: code.to_owned(),
            title: title.into(),
            detail: detail.into(),
            errors: Vec::new(),
            current: None,
            request_id: Box::default(),
        }
    }

    /// Returns the problem with what is wrong field by field.
    pub(crate) fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.errors = errors;
        self
    }

    /// Returns the problem with who saved the job last.
    pub(crate) fn with_current(mut self, current: SavedView) -> Self {
        self.current = Some(Box::new(current));
        self
    }

    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        let detail = format!("there is no {what} `{}`", name.escape_debug());
        Self::new(StatusCode::NOT_FOUND, "not_found", "not found", detail)
    }

    pub(crate) fn no_route(path: &str) -> Self {
        let detail =
            format!("there is no route `{}`; `/api/v1/openapi.json` lists them", path.escape_debug());
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "no such route", detail)
    }

    pub(crate) fn bad_request(code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, title, detail)
    }

    pub(crate) fn conflict(code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, title, detail)
    }

    pub(crate) fn too_large(what: &str, limit_bytes: u64) -> Self {
        let limit = model::quantity::ByteSize::from_bytes(limit_bytes);
        let detail = format!("{what} may have at most {limit}");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "too large", detail)
    }

    /// Returns what a text with faults is answered with: all of them, also in the detail.
    pub(crate) fn faults(code: &str, title: &str, faults: Faults) -> Self {
        let detail = faults.to_string();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail).with_errors(faults.into_vec())
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed",
            "the server failed; its log has the reason under the request's id",
        )
    }
}

impl IntoResponse for Problem {
    /// Leaves the body to `layers`, which knows the request's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
