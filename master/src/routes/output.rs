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
    ChunkView, LinePosition, OutputCheck, OutputEnd, OutputFormat, OutputPage, OutputQuery, PlaceQuery,
    Problem, SearchPage, SearchQuery, TailQuery,
};
use crate::app::App;
use crate::extract::{Path, Query, header};
use crate::lines::Place;
use crate::paging::SearchCursor;
use crate::problem::Answer;
use crate::search::Search;
use crate::{lines, paging, search, tail, whole};

/// Longest silence of a live stream: shorter than what proxies cut.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Returns a run's output: a part of it as chunks, or all of it as the bytes that came.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = inline(RunId), Path, description = "The run"), OutputQuery),
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
    params(("id" = inline(RunId), Path, description = "The run")),
    responses(
        (status = 200, description = "Whether it is whole, or what is missing", body = OutputCheck),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check_output(State(app): State<App>, Path(id): Path<RunId>) -> Answer<Json<OutputCheck>> {
    let run = runs::find(&app, &id).await?;
    Ok(Json(whole::check(&*app.ports.facts, &id, &run).await?))
}

/// Says where a line or a chunk stands in a run's output, and how many lines there are.
///
/// It reads the whole output once.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output/lines", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = inline(RunId), Path, description = "The run"), PlaceQuery),
    responses(
        (status = 200, description = "Where it stands", body = LinePosition),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn find_line(
    State(app): State<App>,
    Path(id): Path<RunId>,
    Query(query): Query<PlaceQuery>,
) -> Answer<Json<LinePosition>> {
    let place = match (query.line, query.chunk) {
        (Some(line), None) if line > 0 => Place::Line(line),
        (None, chunk) => Place::Chunk(chunk.unwrap_or(0)),
        (Some(line), _) => {
            let detail = format!("line: must be 1 or more and go without `chunk`, got `{line}`");
            return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
        }
    };
    runs::find(&app, &id).await?;
    Ok(Json(lines::position(&*app.ports.facts, &id, place).await?))
}

/// Finds lines of a run's output by what stands in them.
///
/// Colours are left out of what is searched. One page reads at most 1,024 chunks: go on while there is a `next`.
#[utoipa::path(get, path = "/api/v1/runs/{id}/output/search", tag = "runs", security(("role" = ["viewer"])),
    params(("id" = inline(RunId), Path, description = "The run"), SearchQuery),
    responses(
        (status = 200, description = "The lines that match, in their order", body = SearchPage),
        (status = 400, description = "A pattern or a cursor that does not read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn search_output(
    State(app): State<App>,
    Path(id): Path<RunId>,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<SearchPage>> {
    let search = Search::of(&query)?;
    let limit = paging::limit(query.limit, 100, 1000)?;
    let from = query.cursor.as_deref().map(SearchCursor::read).transpose()?.unwrap_or_default();
    let run = runs::find(&app, &id).await?;
    let run = (&id, run.status.is_final());
    Ok(Json(search::page(&app, run, search, from, limit).await?))
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
    params(("id" = inline(RunId), Path, description = "The run"), TailQuery,
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
