//! A run's output: in parts, whole, and live.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use model::id::RunId;

use super::runs;
use crate::api::{
    ChunkView, OutputCheck, OutputEnd, OutputFormat, OutputPage, OutputQuery, Problem, TailQuery,
};
use crate::app::App;
use crate::extract::{Path, Query, header};
use crate::problem::Answer;
use crate::{paging, tail, whole};

/// Longest silence of a live stream: shorter than what proxies cut.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Returns a run's output: a part of it as chunks, or all of it as the bytes that came.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = String, Path, description = "The run"), OutputQuery),
    responses(
        (status = 200, description = "A part as chunks, or the bytes with `format=text` or `Accept: text/plain`",
            content((OutputPage = "application/json"), (String = "text/plain"))),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_output(
    State(app): State<App>,
    Path(id): Path<RunId>,
    Query(query): Query<OutputQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let run = runs::find(&app, &id).await?;
    let from = query.from.unwrap_or(0);
    let format = query.format.unwrap_or_else(|| accepted(&headers));
    if format == OutputFormat::Text {
        let bytes = Body::from_stream(tail::bytes(app.clone(), id, from));
        return Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], bytes).into_response());
    }
    let limit = paging::limit(query.limit, 100, 1000)?;
    let mut chunks = app.ports.facts.chunks(&id, from, limit).await?;
    if !run.status.is_final() {
        // One that is missing may come yet: who goes on at `next` must not pass it by.
        chunks.truncate(tail::unbroken(&chunks, from));
    }
    let next = chunks.last().map_or(from, |chunk| chunk.seq + 1);
    // A full page says nothing about what comes after it.
    let ended = chunks.len() < limit && tail::is_whole(&run, next);
    let chunks = chunks.iter().map(tail::view).collect();
    Ok(Json(OutputPage { chunks, next, ended, status: run.status }).into_response())
}

/// Holds a run's output against what its worker counted: whether every chunk is there, and the sum of the bytes.
///
/// It reads the whole output once.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output/check", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "Whether it is whole, or what is missing", body = OutputCheck),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check_output(State(app): State<App>, Path(id): Path<RunId>) -> Answer<Json<OutputCheck>> {
    let run = runs::find(&app, &id).await?;
    Ok(Json(whole::check(&*app.ports.facts, &id, &run).await?))
}

/// Returns which form `Accept` asks for.
fn accepted(headers: &HeaderMap) -> OutputFormat {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.trim_start().starts_with("text/plain") { OutputFormat::Text } else { OutputFormat::Json }
}

/// Follows a run's output live, as server-sent events.
///
/// Event `chunk` carries a `ChunkView`, event `end` an `OutputEnd`, after which the stream ends. The id of an event is
/// the number of the next chunk, so that a client that was cut off goes on where it was.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output/stream", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = String, Path, description = "The run"), TailQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "Where to go on")),
    responses(
        (status = 200, description = "Events `chunk` and `end`", content_type = "text/event-stream", body = inline(TailEvent)),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tail_output(
    State(app): State<App>,
    Path(id): Path<RunId>,
    Query(query): Query<TailQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    runs::find(&app, &id).await?;
    let from = match header(&headers, "last-event-id")? {
        Some(last) => last.parse().map_err(|_| {
            let detail = format!("header `last-event-id` must be a number, got `{}`", last.escape_debug());
            Problem::bad_request("invalid_header", "a header does not read", detail)
        })?,
        None => query.from.unwrap_or(0),
    };
    let events = tail::events(app, id, from);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("still here")).into_response())
}

/// What the events of a tail carry.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
enum TailEvent {
    Chunk(ChunkView),
    End(OutputEnd),
}
