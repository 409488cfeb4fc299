//! Schedules: the preview of one that is being typed.

use axum::extract::State;
use model::schedule::{Schedule, Source};
use model::time::Timestamp;

use crate::api::{PreviewRequest, Problem, ScheduleStatus, ScheduleView};
use crate::app::App;
use crate::extract::Json;
use crate::language::{Told, Wanted};
use crate::problem::Answer;
use crate::views;

/// Most instants of one preview.
const COUNT_MAX: u32 = 100;
/// Most characters of a name by which `H` is spread.
const NAME_CHARACTERS_MAX: usize = 200;

/// Says what a schedule means and when it fires.
#[utoipa::path(post, path = "/api/v1/schedules/preview", tag = "schedules", security(("role" = ["viewer"])), request_body = PreviewRequest,
    params(("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses(
        (status = 200, description = "In words, with the next instants", body = ScheduleView),
        (status = 422, description = "It does not read: `errors` has the place", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn preview_schedule(
    State(app): State<App>,
    Wanted(language): Wanted,
    Json(request): Json<PreviewRequest>,
) -> Answer<Told<ScheduleView>> {
    if request.count > COUNT_MAX {
        let detail = format!("count: must be 0 to {COUNT_MAX}, got `{}`", request.count);
        return Err(Problem::bad_request("invalid_body", "the body does not read", detail));
    }
    if request.name.chars().count() > NAME_CHARACTERS_MAX {
        let detail = format!("name: must have at most {NAME_CHARACTERS_MAX} characters");
        return Err(Problem::bad_request("invalid_body", "the body does not read", detail));
    }
    let now = app.ports.clock.now();
    let schedule = Schedule::parse(Source {
        text: &request.text,
        timezone: &request.timezone,
        dst: request.dst,
        weekdays: request.weekdays,
        seed: &request.name,
        anchor: request.anchor.unwrap_or_else(|| Timestamp::from_seconds(now.as_seconds())),
    })
    .map_err(|faults| Problem::faults("invalid_schedule", "the schedule does not read", faults))?;
    let (language, from) = (request.language.unwrap_or(language), request.from.unwrap_or(now));
    let next = schedule.upcoming(from, request.count as usize, language);
    Ok(Told(language, views::schedule_view(&schedule, ScheduleStatus::Active, from, next, language)))
}
