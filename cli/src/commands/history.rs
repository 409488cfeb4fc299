//! `job history`: the runs of a job, or with `--ticks` what became of each of its due moments.

use anyhow::Result;
use comfy_table::Table;
use master::api::{TICK_LIMIT_MAX, TickKind, TickPage, TickView};
use model::id::JobName;
use model::time::Timestamp;
use reqwest::Method;

use crate::arguments::ClientOptions;
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

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
    show::value(client.chosen(), &TickPage { ticks, next: cursor, facts_away }, table)?;
    Ok(Exit::Done)
}

fn table(page: &TickPage) -> Table {
    let mut table = show::table(&["DUE", "WHAT", "LATE", "WHY", "WORKER", "ATTEMPTS", "RUN"]);
    for tick in &page.ticks {
        let due = match tick.until {
            Some(until) => format!("{} to {until}", tick.at),
            None => tick.at.to_string(),
        };
        let what = match (tick.kind, tick.status) {
            (_, Some(status)) => status.as_str(),
            (TickKind::Run, None) => "run",
            (TickKind::Skipped, None) => "skipped",
            (TickKind::Missed, None) => "missed",
            (TickKind::Pending, None) => "pending",
            (TickKind::Overdue, None) => "overdue",
            (TickKind::Taken, None) => "taken",
        };
        let worker = tick.worker.as_ref().map(ToString::to_string).unwrap_or_default();
        let late = tick.late.map(|late| late.to_string()).unwrap_or_default();
        let run = tick.run.as_ref().map(ToString::to_string).unwrap_or_default();
        table.add_row([&due, what, &late, &tick.reason, &worker, &tick.attempts.to_string(), &run]);
    }
    table
}
