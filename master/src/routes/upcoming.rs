//! What lies ahead: ticks of all jobs in a window.

use axum::extract::State;
use model::time::{Span, Timestamp};

use crate::api::{Problem, UpcomingPage, UpcomingQuery};
use crate::app::App;
use crate::extract::Query;
use crate::language::{Told, Wanted};
use crate::offload;
use crate::paging::{self, UpcomingCursor, page_limit};
use crate::problem::Answer;
use crate::upcoming::{self, Ask};

/// The window where the request names none.
const WINDOW: Span = Span::from_days(1);
/// The longest window, and how far ahead it may begin.
const WINDOW_MAX: Span = Span::from_days(31);
const AHEAD_MAX: Span = Span::from_days(366);
/// How long ago a window may begin: a page that shows a whole day begins at its midnight.
const PAST_MAX: Span = Span::from_days(1);

/// Lists the ticks ahead of all jobs, earliest first.
#[utoipa::path(get, path = "/api/v1/upcoming", tag = "schedules", security(("role" = ["viewer"])), params(UpcomingQuery, ("Accept-Language" = Option<String>, Header, description = "In which language it is told: `en` or `zh`")),
    responses(
        (status = 200, description = "One page of ticks that lie ahead", body = UpcomingPage),
        (status = 400, description = "The window or the cursor does not read", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_upcoming(
    State(app): State<App>,
    Wanted(language): Wanted,
    Query(query): Query<UpcomingQuery>,
) -> Answer<Told<UpcomingPage>> {
    let limit = page_limit(query.limit)?;
    let (paused, disabled) = include(query.include.as_deref())?;
    let (window, after) = match query.cursor.as_deref().map(UpcomingCursor::read).transpose()? {
        // A later page keeps the window of the first, however long ago that was asked for.
        Some(cursor) => (cursor.window, Some((cursor.at, cursor.job))),
        None => (window(&query, app.ports.clock.now())?, None),
    };
    let (from, to) = window;
    app.catalogue.ready().await?;
    let entries = app.catalogue.all();
    // One more than asked for tells whether there is a next page.
    let ask = Ask { from, to, job: query.job, paused, disabled, after, limit: limit + 1, language };
    let mut ticks = offload::run(move || upcoming::ticks(&entries, &ask)).await?;
    let more = ticks.len() > limit;
    ticks.truncate(limit);
    let next = ticks
        .last()
        .filter(|_| more)
        .map(|last| UpcomingCursor { window, at: last.scheduled_at, job: last.job.clone() }.written());
    Ok(Told(language, UpcomingPage { from, to, ticks, next }))
}

/// Returns the window that a query names.
fn window(query: &UpcomingQuery, now: Timestamp) -> Answer<(Timestamp, Timestamp)> {
    let from = query.from.unwrap_or(now);
    let to = query.to.unwrap_or(from + WINDOW);
    let refused =
        |detail: String| Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    if from < now - PAST_MAX {
        return refused(format!(
            "from: must be at most {PAST_MAX} ago ({}), got `{from}`; \
             what became of earlier ticks is at `/jobs/{{name}}/ticks`",
            now - PAST_MAX
        ));
    }
    if from > now + AHEAD_MAX {
        return refused(format!(
            "from: must be at most {AHEAD_MAX} ahead ({}), got `{from}`",
            now + AHEAD_MAX
        ));
    }
    if to <= from {
        return refused(format!("to: must be later than `from` ({from}), got `{to}`"));
    }
    if to > from + WINDOW_MAX {
        return refused(format!(
            "to: must be at most {WINDOW_MAX} after `from` ({}), got `{to}`",
            from + WINDOW_MAX
        ));
    }
    Ok((from, to))
}

/// Returns whether to list ticks of paused jobs, and of jobs that are not enabled.
fn include(text: Option<&str>) -> Answer<(bool, bool)> {
    let words = paging::list("include", text, |word| match word {
        "paused" => Ok(true),
        "disabled" => Ok(false),
        _ => Err(format!("must be `paused` or `disabled`, got `{}`", word.escape_debug())),
    })?;
    Ok((words.contains(&true), words.contains(&false)))
}
