//! How many jobs start when.

use axum::extract::State;

use crate::api::{ForecastQuery, ForecastReply, Problem};
use crate::app::App;
use crate::extract::Query;
use crate::forecast;
use crate::language::{Told, Wanted};
use crate::problem::Answer;

/// Hours where the request names none.
const HOURS: u32 = 24;
/// A week.
const HOURS_MAX: u32 = 168;

/// Tells how many jobs start in each minute ahead, and where too many pile up.
#[utoipa::path(get, path = "/api/v1/forecast", tag = "schedules", security(("role" = ["viewer"])), params(ForecastQuery, ("Accept-Language" = Option<String>, Header, description = "In which language it is told: `en` or `zh`")),
    responses(
        (status = 200, description = "Starts minute by minute; at most a minute old", body = ForecastReply),
        (status = 400, description = "`hours` is out of range", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "More starts than can be counted: ask for fewer hours", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_forecast(
    State(app): State<App>,
    Wanted(language): Wanted,
    Query(query): Query<ForecastQuery>,
) -> Answer<Told<ForecastReply>> {
    let hours = query.hours.unwrap_or(HOURS);
    if !(1..=HOURS_MAX).contains(&hours) {
        let detail = format!("hours: must be 1 to {HOURS_MAX}, got `{hours}`");
        return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    }
    forecast::of(&app, hours, language).await.map(|reply| Told(language, reply))
}
