//! `run list|show|logs|rerun|kill`.

use anyhow::{Context as _, Result};
use comfy_table::Table;
use futures::StreamExt as _;
use master::api::{OutputCheck, RunAccepted, RunPage};
use model::id::RunId;
use model::isolation::RanAs;
use model::outcome::{Outcome, Usage};
use model::run::{RunRecord, RunStatus};
use model::time::Timestamp;
use reqwest::{Method, Response};
use std::io::Write as _;

use super::job::kill;
use crate::arguments::{ClientOptions, Run};
use crate::client::{Client, follow};
use crate::exit::{self, Exit};
use crate::show;
use crate::show::Tone;

/// Runs that a list shows unless told otherwise.
const LISTED: usize = 20;
/// Longest output that `run show` has read to see that it is whole.
const CHECKED_BYTES_MAX: u64 = 64 << 20;

impl Run {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::List { client, .. }
            | Self::Show { client, .. }
            | Self::Logs { client, .. }
            | Self::Rerun { client, .. }
            | Self::Kill { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Run) -> Result<Exit> {
    match asked {
        Run::List { .. } => list(server, asked).await,
        Run::Show { id, client } => {
            let record: RunRecord = server.read(server.request(Method::GET, &format!("/runs/{id}"))).await?;
            let checked = checked(server, &record).await?;
            show::value(client.chosen(), &record, |record| facts(record, checked.as_ref()))?;
            Ok(Exit::Done)
        }
        Run::Logs { id, follow: true, .. } => {
            follow(server, &id).await?;
            Ok(Exit::Done)
        }
        Run::Logs { id, follow: false, .. } => print_all(server, &id).await,
        Run::Rerun { id, client } => {
            let request = server.request(Method::POST, &format!("/runs/{id}/rerun"));
            let accepted: RunAccepted = server.read(request).await?;
            show::value(client.chosen(), &accepted, |accepted| {
                show::facts(vec![("run", accepted.run.to_string()), ("job", accepted.job.to_string())])
            })?;
            Ok(Exit::Done)
        }
        Run::Kill { id, client } => kill(server, &format!("/runs/{id}/kill"), &client).await,
    }
}

async fn list(server: &Client, asked: Run) -> Result<Exit> {
    let Run::List { job, status, trigger, worker, longer_than, shorter_than, from, to, limit, csv, client } =
        asked
    else {
        unreachable!("`list` is called for a list")
    };
    let mut runs: Vec<RunRecord> = Vec::new();
    let mut cursor: Option<String> = None;
    let filters = [
        ("job", job.map(String::from)),
        ("status", joined(&status)),
        ("trigger", trigger.map(|trigger| trigger.as_str().to_owned())),
        ("from", from.map(|at| at.to_string())),
        ("to", to.map(|at| at.to_string())),
        ("worker", worker.map(|worker| worker.to_string())),
        ("duration_min", longer_than.map(|span| span.to_string())),
        ("duration_max", shorter_than.map(|span| span.to_string())),
    ];
    if csv {
        let limit = [("format", Some("csv".to_owned())), ("limit", limit.map(|limit| limit.to_string()))];
        let asked: Vec<_> = filters.into_iter().chain(limit).filter(|(_, value)| value.is_some()).collect();
        return print(server.send(server.request(Method::GET, "/runs").query(&asked)).await?).await;
    }
    let limit = limit.unwrap_or(LISTED);
    while runs.len() < limit {
        let page = (limit - runs.len()).min(500).to_string();
        let mut request = server.request(Method::GET, "/runs").query(&[("limit", page)]);
        for (name, value) in &filters {
            if let Some(value) = value {
                request = request.query(&[(name, value)]);
            }
        }
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page: RunPage = server.read(request).await?;
        runs.extend(page.runs);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    show::value(client.chosen(), &RunPage { runs, next: cursor }, |page| {
        let mut table =
            show::table(&["RUN", "JOB", "STATUS", "TRIGGER", "SCHEDULED", "DURATION", "WORKER", "REASON"]);
        for run in &page.runs {
            let cells = [
                run.id.to_string(),
                run.job.to_string(),
                run.status.to_string(),
                run.trigger.to_string(),
                run.scheduled_at.to_string(),
                duration(run.started_at, run.ended_at),
                run.worker.as_ref().map(ToString::to_string).unwrap_or_default(),
                run.reason.clone(),
            ];
            table.add_row(show::row(cells, 2, Tone::of(run.status)));
        }
        table
    })?;
    Ok(Exit::Done)
}

fn joined(status: &[RunStatus]) -> Option<String> {
    (!status.is_empty()).then(|| status.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(","))
}

fn duration(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => to.since(from).to_string(),
        _ => "-".to_owned(),
    }
}

/// Returns a run's facts, those that it has.
fn facts(run: &RunRecord, checked: Option<&OutputCheck>) -> Table {
    let text = |value: Option<String>| value.unwrap_or_default();
    let outcome = run.outcome.as_ref();
    let usage = outcome.map(|outcome| &outcome.usage);
    show::facts(vec![
        ("run", run.id.to_string()),
        ("job", format!("{} (save {})", run.job, run.spec_id)),
        ("status", run.status.to_string()),
        ("reason", run.reason.clone()),
        ("trigger", run.trigger.to_string()),
        ("requested by", text(run.requested_by.clone())),
        ("attempt", run.attempt.to_string()),
        ("scheduled", run.scheduled_at.to_string()),
        ("started", text(run.started_at.map(|at| at.to_string()))),
        ("ended", text(run.ended_at.map(|at| at.to_string()))),
        ("duration", duration(run.started_at, run.ended_at)),
        ("worker", text(run.worker.as_ref().map(ToString::to_string))),
        ("fence", text(run.fence.map(|fence| fence.to_string()))),
        ("memory peak", text(usage.and_then(|usage| usage.memory_peak).map(|size| size.to_string()))),
        ("processes at most", text(usage.and_then(|usage| usage.pids_peak).map(|peak| peak.to_string()))),
        ("cpu", text(usage.and_then(cpu))),
        ("cpu in the kernel", text(usage.and_then(|usage| usage.cpu_system).map(|span| span.to_string()))),
        ("waited for cpu", text(usage.and_then(|usage| usage.throttled).map(|held| held.time.to_string()))),
        ("fuel", text(usage.and_then(|usage| usage.fuel).map(|fuel| fuel.to_string()))),
        ("output", text(output(run, checked))),
        ("late outcome", text(run.late_outcome.as_ref().map(|late| late.in_words()))),
        ("ran as", text(outcome.and_then(|outcome| outcome.ran_as.as_ref()).map(ran_as))),
        ("held by", limits(outcome, true)),
        ("not held", limits(outcome, false)),
    ])
}

/// Holds the output of an ended run against what its worker counted; none where it is too long to be read for a look.
async fn checked(server: &Client, run: &RunRecord) -> Result<Option<OutputCheck>> {
    let bytes = run.output.as_ref().map_or(0, |output| output.bytes);
    if !run.status.is_final() || bytes > CHECKED_BYTES_MAX {
        return Ok(None);
    }
    let path = format!("/runs/{}/output/check", run.id);
    server.read(server.request(Method::GET, &path)).await.map(Some)
}

fn output(run: &RunRecord, checked: Option<&OutputCheck>) -> Option<String> {
    match (checked, &run.output) {
        (Some(checked), Some(_)) => Some(checked.in_words()),
        (Some(checked), None) if checked.bytes > 0 => Some(checked.in_words()),
        (_, output) => {
            output.as_ref().map(|output| format!("{} bytes, {} not kept", output.bytes, output.dropped))
        }
    }
}

/// A script's time in user mode stands beside that in the kernel; a module has one figure for all of it.
fn cpu(usage: &Usage) -> Option<String> {
    let spent = usage.cpu_user?;
    Some(if usage.cpu_system.is_some() { format!("{spent} in user mode") } else { spent.to_string() })
}

fn ran_as(who: &RanAs) -> String {
    format!("{} (user id {}), {}", who.user, who.uid, who.isolation)
}

/// Returns the limits that were held, or those that the worker's owner lets a run go without, and by what or why.
fn limits(outcome: Option<&Outcome>, held: bool) -> String {
    let all = outcome.into_iter().flat_map(|outcome| &outcome.applied);
    let these = all.filter(|limit| limit.held == held);
    these.map(|limit| format!("{}: {}", limit.limit, limit.by)).collect::<Vec<_>>().join(", ")
}

/// Prints all output that is stored, byte for byte, streams in their order.
async fn print_all(server: &Client, id: &RunId) -> Result<Exit> {
    let request = server.request(Method::GET, &format!("/runs/{id}/output")).query(&[("format", "text")]);
    print(server.send(request).await?).await
}

/// Prints an answer byte for byte, as it comes.
async fn print(answer: Response) -> Result<Exit> {
    let mut bytes = answer.bytes_stream();
    while let Some(piece) = bytes.next().await {
        std::io::stdout().lock().write_all(&piece.context("the answer broke off")?)?;
    }
    Ok(Exit::Done)
}

/// Returns the exit code that stands for a run's end.
pub(super) fn exit_of(run: &RunRecord) -> Exit {
    match (run.status, &run.outcome) {
        (RunStatus::Succeeded, _) => Exit::Done,
        (_, Some(outcome)) => match exit::of_outcome(outcome) {
            // A run that failed with a code of success elsewhere still failed here.
            Exit::Code(0) => Exit::Failed,
            code => code,
        },
        (_, None) => Exit::Failed,
    }
}
