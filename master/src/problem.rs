//! Problems as HTTP answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::api::Problem;

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Problem>;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

pub(crate) fn not_yet() -> Problem {
    Problem {
        status: 501,
        code: "not_built_yet".into(),
        title: "not built yet".into(),
        detail: "this route is declared and not built yet".into(),
        errors: Vec::new(),
        current: None,
        request_id: String::new(),
    }
}
