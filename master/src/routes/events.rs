//! What changes in the fleet, live.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};

use super::output::KEEP_ALIVE;
use crate::api::{FleetEvent, Problem};
use crate::app::App;
use crate::events::{self, EventId};
use crate::extract::header;
use crate::problem::Answer;

/// Follows jobs, runs and workers live, as server-sent events: the event's name is its `kind`, its data a `FleetEvent`.
///
/// `begin` comes first. An event's id is good at every master: with `Last-Event-ID` the stream goes on behind it. `reset` means
/// that some were missed and are not kept any more: read anew what you show. `cut` is the last event of a listener that was
/// too slow; come back, and `reset` follows. Of workers only those are told that come and go while you listen.
#[utoipa::path(get, path = "/api/v1/events", tag = "jobs", security(("role" = ["viewer"])),
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses(
        (status = 200, description = "Events", content_type = "text/event-stream", body = FleetEvent),
        (status = 400, description = "`Last-Event-ID` is of no event", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn follow_events(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    let last = match header(&headers, "last-event-id")? {
        None => None,
        Some(text) => Some(EventId::read(text).ok_or_else(|| {
            let detail =
                format!("header `last-event-id` must be the id of an event, got `{}`", text.escape_debug());
            Problem::bad_request("invalid_header", "a header does not read", detail)
        })?),
    };
    app.catalogue.ready().await?;
    let events = events::listen(app, last);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("still here")).into_response())
}
