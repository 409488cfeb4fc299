//! `job history`: the runs of a job, or with `--ticks` what became of each of its due moments.

use anyhow::Result;
use comfy_table::Table;
use master::api::{JobView, ScheduleStatus, TICK_LIMIT_MAX, TickKind, TickPage, TickView};
use model::id::JobName;
use model::time::Timestamp;
use reqwest::Method;

use crate::arguments::{ClientOptions, Format};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;
use crate::show::Tone;

/// Which of a job's ticks are asked for.
pub(super) struct Window {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    /// Most of them.
    pub(super) limit: usize,
}

/// Lists ticks, newest first.
pub(super) async fn ticks(
    server: &Client,
    name: &JobName,
    window: Window,
    client: &ClientOptions,
) -> Result<Exit> {
    let mut ticks: Vec<TickView> = Vec::new();
    let mut cursor: Option<String> = None;
    let mut facts_away = false;
    while ticks.len() < window.limit {
        let limit = (window.limit - ticks.len()).min(TICK_LIMIT_MAX as usize).to_string();
        let asked = [
            ("limit", Some(limit)),
            ("from", window.from.map(|at| at.to_string())),
            ("to", window.to.map(|at| at.to_string())),
            ("cursor", cursor.take()),
        ];
        let asked: Vec<_> = asked.into_iter().filter(|(_, value)| value.is_some()).collect();
        let request = server.request(Method::GET, &format!("/jobs/{name}/ticks")).query(&asked);
        let page: TickPage = server.read(request).await?;
        ticks.extend(page.ticks);
        facts_away |= page.facts_away;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if facts_away {
        eprintln!("the store of facts (MongoDB) does not answer: runs that have ended are not told of");
    }
    if ticks.is_empty() && window.limit > 0 && client.chosen() == Format::Table {
        let view: JobView = server.read(server.request(Method::GET, &format!("/jobs/{name}"))).await?;
        show::line(&none(&view, &window))?;
        return Ok(Exit::Done);
    }
    show::value(client.chosen(), &TickPage { ticks, next: cursor, facts_away }, table)?;
    Ok(Exit::Done)
}

/// Returns why a job has no ticks in this window.
fn none(view: &JobView, window: &Window) -> String {
    let JobView { job, saved, schedule, state, .. } = view;
    let when = match (window.from, window.to) {
        (None, None) => "in the last day".to_owned(),
        (Some(from), None) => format!("since {from}"),
        (None, Some(to)) => format!("in the day before {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    };
    let why = if window.to.is_some_and(|to| to <= saved.saved_at) {
        format!(
            "it was saved at {} by `{}`, and no earlier text of it has anything there",
            saved.saved_at, saved.author
        )
    } else if schedule.status == ScheduleStatus::Disabled {
        format!("it is not enabled, as `{}` saved it at {}", saved.author, saved.saved_at)
    } else {
        let next = schedule.next.first().map(|next| format!("; its next tick is at {}", next.at));
        let ended = schedule.ended.as_ref().map(|ended| format!("; {ended}"));
        let paused = state.paused.as_ref().map(|paused| {
            let until = paused.until.map(|until| format!(" until {until}")).unwrap_or_default();
            format!("; it is paused by `{}` since {}{until}", paused.by, paused.since)
        });
        let more: String = [ended, paused, next].into_iter().flatten().collect();
        let (text, words, zone) = (&job.schedule, &schedule.words, &schedule.zone);
        format!("`{text}` ({words}, {zone}) has no time there; it was saved at {}{more}", saved.saved_at)
    };
    format!("no ticks of job `{}` {when}: {why}", job.name)
}

fn table(page: &TickPage) -> Table {
    let mut table = show::table(&["DUE", "WHAT", "LATE", "WHY", "WORKER", "ATTEMPTS", "RUN"]);
    for tick in &page.ticks {
        let due = match tick.until {
            Some(until) => format!("{} to {until}", tick.at),
            None => tick.at.to_string(),
        };
        let (what, tone) = match (tick.kind, tick.status) {
            (_, Some(status)) => (status.as_str(), Tone::of(status)),
            (TickKind::Run, None) => ("run", Tone::Plain),
            (TickKind::Skipped, None) => ("skipped", Tone::Plain),
            (TickKind::Missed, None) => ("missed", Tone::Bad),
            (TickKind::Pending, None) => ("pending", Tone::Between),
            (TickKind::Overdue, None) => ("overdue", Tone::Bad),
            (TickKind::Taken, None) => ("taken", Tone::Between),
        };
        let worker = tick.worker.as_ref().map(ToString::to_string).unwrap_or_default();
        let late = tick.late.map(|late| late.to_string()).unwrap_or_default();
        let run = tick.run.as_ref().map(ToString::to_string).unwrap_or_default();
        let cells = [due, what.to_owned(), late, tick.reason.clone(), worker, tick.attempts.to_string(), run];
        table.add_row(show::row(cells, 1, tone));
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const EVER: Window = Window { from: None, to: None, limit: 20 };

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    /// Returns a job of every year that ann saved on the first of December, with more of its schedule and its state.
    fn view(schedule: &Value, paused: &Value) -> JobView {
        let job = json!({ "name": "a", "schedule": "@yearly", "shell": { "script": "true" } });
        let mut told = json!({ "words": "once a year", "zone": "UTC", "warnings": [], "next": [] });
        told.as_object_mut().unwrap().extend(schedule.as_object().unwrap().clone());
        serde_json::from_value(json!({
            "job": model::job::Job::parse(&job).unwrap(),
            "saved": { "uid": "5f2a9c0e7d1b4c3e8a6f0d9b2c1e4f70", "spec_id": 1, "author": "ann",
                "saved_at": "2026-12-01T08:00:00Z", "etag": "x" },
            "schedule": told,
            "state": { "paused": paused, "resolved": "2026-12-01T08:00:00Z", "active": [], "waiting": [] },
        }))
        .unwrap()
    }

    #[test]
    fn a_job_without_ticks_says_why() {
        let next =
            json!({ "next": [{ "at": "2027-01-01T00:00:00Z", "local": "2027-01-01T00:00:00+00:00" }] });
        let has_none = "no ticks of job `a` in the last day: `@yearly` (once a year, UTC) has no time there; it was \
                        saved at 2026-12-01T08:00:00Z";
        assert_eq!(
            none(&view(&next, &Value::Null), &EVER),
            format!("{has_none}; its next tick is at 2027-01-01T00:00:00Z")
        );
        let ended = json!({ "status": "ended", "ended": "ended: its last time was yesterday" });
        assert_eq!(
            none(&view(&ended, &Value::Null), &EVER),
            format!("{has_none}; ended: its last time was yesterday")
        );
        let paused = json!({ "by": "ann", "since": "2026-12-02T08:00:00Z", "until": "2026-12-03T08:00:00Z" });
        assert_eq!(
            none(&view(&json!({ "status": "paused" }), &paused), &EVER),
            format!(
                "{has_none}; it is paused by `ann` since 2026-12-02T08:00:00Z until 2026-12-03T08:00:00Z"
            )
        );
        assert_eq!(
            none(
                &view(&json!({ "status": "disabled" }), &Value::Null),
                &Window { from: at("2026-12-02T00:00:00Z"), ..EVER }
            ),
            "no ticks of job `a` since 2026-12-02T00:00:00Z: it is not enabled, as `ann` saved it at 2026-12-01T08:00:00Z"
        );
        let before = Window { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-02T00:00:00Z"), limit: 20 };
        assert_eq!(
            none(&view(&json!({}), &Value::Null), &before),
            "no ticks of job `a` from 2026-11-01T00:00:00Z to 2026-11-02T00:00:00Z: it was saved at \
             2026-12-01T08:00:00Z by `ann`, and no earlier text of it has anything there"
        );
    }
}
