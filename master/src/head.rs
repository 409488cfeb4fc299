//! How large the head of a request may be: what is larger is told so before anybody is asked who sends it.
//!
//! Not here: heads so large that they are not even read, or that come too slowly (`connections`).

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::Problem;

/// Most bytes of a request's head: long cookies and addresses of a page's filters fit many times.
pub(crate) const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most headers of a request.
pub(crate) const HEADERS_MAX: usize = 100;
/// What stands around a header: a colon, a space and the line's end.
const AROUND_A_HEADER: usize = 4;

/// Refuses a head that is too large.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let (bytes, headers) = measured(&request);
    if bytes <= HEAD_BYTES_MAX && headers <= HEADERS_MAX {
        return next.run(request).await;
    }
    let detail = format!(
        "the head of the request has {bytes} bytes and {headers} headers; {HEAD_BYTES_MAX} bytes and {HEADERS_MAX} headers \
         are taken: send less in headers and in the address"
    );
    Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", "too large a head", detail)
        .into_response()
}

/// Returns how many bytes the head has, about, and how many headers.
fn measured(request: &Request) -> (usize, usize) {
    let uri = request.uri();
    let target = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    let lines = request.headers().iter();
    let lines = lines.map(|(name, value)| name.as_str().len() + value.len() + AROUND_A_HEADER);
    (request.method().as_str().len() + target + lines.sum::<usize>(), request.headers().len())
}
