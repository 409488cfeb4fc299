//! What ran by the hour.

use axum::Json;
use axum::extract::State;
use model::time::Span;

use crate::api::{Problem, StatsQuery, StatsReply};
use crate::app::App;
use crate::extract::Query;
use crate::problem::Answer;
use crate::stats;

/// The window where the request names none.
const WINDOW: Span = Span::from_days(1);
const HOUR: Span = Span::from_minutes(60);
const MILLISECOND: Span = Span::from_millis(1);

/// Counts runs by status and hour, with the share that succeeded, what began in time, late, or not at all.
#[utoipa::path(get, path = "/api/v1/stats", tag = "runs", security(("role" = ["viewer"])), params(StatsQuery),
    responses(
        (status = 200, description = "The hours of the window", body = StatsReply),
        (status = 400, description = "The window does not read, or is too long", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_stats(
    State(app): State<App>,
    Query(query): Query<StatsQuery>,
) -> Answer<Json<StatsReply>> {
    let to = query.to.unwrap_or_else(|| app.ports.clock.now());
    let from = stats::hour_of(query.from.unwrap_or(to - WINDOW));
    let to = stats::hour_of(to - MILLISECOND) + HOUR;
    let refused =
        |detail: String| Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    if from >= to {
        return refused(format!("from: must be earlier than `to` ({to}), got `{from}`"));
    }
    if to - stats::WINDOW_MAX > from {
        return refused(format!(
            "from: must be at most {} before `to` ({to}), got `{from}`",
            stats::WINDOW_MAX
        ));
    }
    Ok(Json(stats::of(&app, from, to).await?))
}
