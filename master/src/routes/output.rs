//! A run's output: in parts, whole, and live.

use axum::response::Response;

use crate::api::{ChunkView, OutputEnd, OutputPage, OutputQuery, Problem, TailQuery};
use crate::problem::{Answer, not_yet};

/// Returns a run's output: a part of it as chunks, or all of it as the bytes that came.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output", tag = "runs",
    params(("id" = String, Path, description = "The run"), OutputQuery),
    responses(
        (status = 200, description = "A part as chunks, or the bytes with `format=text` or `Accept: text/plain`",
            content((OutputPage = "application/json"), (String = "text/plain"))),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_output() -> Answer<Response> {
    Err(not_yet())
}

/// Follows a run's output live, as server-sent events.
///
/// Event `chunk` carries a `ChunkView`, event `end` an `OutputEnd`, after which the stream ends. The id of an event is
/// the number of the next chunk, so that a client that was cut off goes on where it was.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output/stream", tag = "runs",
    params(("id" = String, Path, description = "The run"), TailQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "Where to go on")),
    responses(
        (status = 200, description = "Events `chunk` and `end`", content_type = "text/event-stream", body = inline(TailEvent)),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tail_output() -> Answer<Response> {
    Err(not_yet())
}

/// What the events of a tail carry.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
enum TailEvent {
    Chunk(ChunkView),
    End(OutputEnd),
}
