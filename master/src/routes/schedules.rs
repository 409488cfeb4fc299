//! Schedules: the preview of one that is being typed.

use axum::extract::State;
use model::schedule::{Schedule, Source};

use crate::api::{PreviewReply, PreviewRequest, Problem};
use crate::app::App;
use crate::extract::Json;
use crate::problem::Answer;

/// Most instants of one preview.
const COUNT_MAX: u32 = 100;

/// Says what a schedule means and when it fires.
#[utoipa::path(post, path = "/api/v1/schedules/preview", tag = "schedules", request_body = PreviewRequest,
    responses(
        (status = 200, description = "In words, with the next instants", body = PreviewReply),
        (status = 422, description = "It does not read: `errors` has the place", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn preview_schedule(
    State(app): State<App>,
    Json(request): Json<PreviewRequest>,
) -> Answer<axum::Json<PreviewReply>> {
    if request.count > COUNT_MAX {
        let detail = format!("count: must be 0 to {COUNT_MAX}, got `{}`", request.count);
        return Err(Problem::bad_request("invalid_body", "the body does not read", detail));
    }
    let now = app.ports.clock.now();
    let schedule = Schedule::parse(Source {
        text: &request.text,
        timezone: &request.timezone,
        dst: request.dst,
        weekdays: request.weekdays,
        seed: &request.name,
        anchor: now,
    })
    .map_err(|faults| Problem::faults("invalid_schedule", "the schedule does not read", faults))?;
    Ok(axum::Json(PreviewReply {
        words: schedule.in_words(),
        zone: schedule.zone().to_owned(),
        warnings: schedule.warnings(),
        next: schedule.upcoming(request.from.unwrap_or(now), request.count as usize),
    }))
}
