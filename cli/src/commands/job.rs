//! `job list|get|delete|run|kill|pause|resume|history|upcoming|forecast`; others have files of their own.

use anyhow::{Context as _, Result};
use comfy_table::Table;
use master::api::{
    JobAction, JobActionRequest, JobPage, JobView, KillReply, PauseRequest, RunAccepted, ScheduleStatus,
    ScheduleView, WorkerStanding,
};
use model::id::{JobName, RunId};
use model::run::Overrides;
use model::workload::Env;
use reqwest::Method;

use super::history::{self, Window};
use super::run::exit_of;
use super::{export, many, revisions, upcoming};
use crate::arguments::{ClientOptions, Format, Job, Run};
use crate::client::{Client, follow};
use crate::exit::Exit;
use crate::show;
use crate::show::Tone;

/// Jobs in one page of the list.
const PAGE: &str = "500";

impl Job {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::List { client, .. }
            | Self::Get { client, .. }
            | Self::Check { client, .. }
            | Self::Delete { client, .. }
            | Self::Run { client, .. }
            | Self::Kill { client, .. }
            | Self::Pause { client, .. }
            | Self::Resume { client, .. }
            | Self::History { client, .. }
            | Self::Revisions { client, .. }
            | Self::Diff { client, .. }
            | Self::Restore { client, .. }
            | Self::Upcoming { client, .. }
            | Self::Forecast { client, .. } => client,
            Self::Apply(asked) => &asked.client,
            Self::Export(asked) => &asked.client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Job) -> Result<Exit> {
    match asked {
        Job::List { query, label, client } => list(server, query, label, client.chosen()).await,
        Job::Get { name, client } => get(server, &name, client.chosen()).await,
        Job::Delete { many, kill, client, .. } if many.all => {
            let request = JobActionRequest { kill, ..many::asked(JobAction::Delete, &many) };
            many::act(server, request, &many, client.chosen()).await
        }
        Job::Delete { names, kill, .. } => delete(server, &names, kill).await,
        Job::Run { name, env, timeout, args, idempotency_key, follow, client } => {
            let env = (!env.is_empty()).then(|| Env(env.into_iter().collect()));
            let accepted =
                run_now(server, &name, &Overrides { env, args, timeout, stdin: None }, idempotency_key)
                    .await?;
            if follow {
                return show_runs(server, &accepted).await;
            }
            show::value(client.chosen(), &accepted, |accepted| {
                let mut facts = vec![("run", accepted.run.to_string()), ("job", accepted.job.to_string())];
                facts.extend(accepted.runs.iter().map(|on| ("on", format!("{}: {}", on.worker, on.run))));
                show::facts(facts)
            })?;
            Ok(Exit::Done)
        }
        Job::Kill { name: Some(name), client, .. } => {
            kill(server, &format!("/jobs/{name}/kill"), &client).await
        }
        Job::Kill { name: None, many, client } => {
            many::act(server, many::asked(JobAction::Kill, &many), &many, client.chosen()).await
        }
        Job::Pause { name: None, many, why, until, client } => {
            let request = JobActionRequest { why, until, ..many::asked(JobAction::Pause, &many) };
            many::act(server, request, &many, client.chosen()).await
        }
        Job::Resume { name: None, many, client } => {
            many::act(server, many::asked(JobAction::Resume, &many), &many, client.chosen()).await
        }
        Job::Pause { name: Some(name), why, until, .. } => {
            let request = server.request(Method::POST, &format!("/jobs/{name}/pause"));
            server.send(request.json(&PauseRequest { why, until })).await?;
            show::line(&format!("job `{name}` is paused"))?;
            Ok(Exit::Done)
        }
        Job::Resume { name: Some(name), .. } => {
            server.send(server.request(Method::POST, &format!("/jobs/{name}/resume"))).await?;
            show::line(&format!("job `{name}` is not paused"))?;
            Ok(Exit::Done)
        }
        Job::History { name, ticks: true, from, to, limit, client } => {
            history::ticks(server, &name, Window { from, to, limit }, &client).await
        }
        Job::History { name, ticks: false, from, to, limit, client } => {
            let asked = Run::List {
                job: Some(name),
                status: Vec::new(),
                trigger: None,
                worker: None,
                longer_than: None,
                shorter_than: None,
                from,
                to,
                limit: Some(limit),
                csv: false,
                client,
            };
            super::run::run(server, asked).await
        }
        Job::Revisions { name, limit, client } => revisions::list(server, &name, limit, &client).await,
        Job::Diff { name, revision, from, client } => {
            revisions::diff(server, &name, revision, from, &client).await
        }
        Job::Restore { name, revision, reason, client } => {
            revisions::restore(server, &name, revision, reason.as_deref(), &client).await
        }
        Job::Upcoming { name, to, count, client } => upcoming::list(server, name, to, count, &client).await,
        Job::Forecast { hours, client } => upcoming::forecast(server, hours, &client).await,
        Job::Export(asked) => export::run(server, &asked).await,
        Job::Apply(_) | Job::Check { .. } => unreachable!("both are dispatched by themselves"),
    }
}

async fn list(server: &Client, query: Option<String>, label: Option<String>, format: Format) -> Result<Exit> {
    show::value(format, &pages(server, query.as_deref(), label.as_deref()).await?, jobs_table)?;
    Ok(Exit::Done)
}

/// Reads all pages of the list.
pub(super) async fn pages(server: &Client, query: Option<&str>, label: Option<&str>) -> Result<JobPage> {
    let mut all: Option<JobPage> = None;
    let mut cursor: Option<String> = None;
    loop {
        let mut request = server.request(Method::GET, "/jobs").query(&[("limit", PAGE)]);
        for (name, value) in [("q", query), ("label", label), ("cursor", cursor.as_deref())] {
            if let Some(value) = value {
                request = request.query(&[(name, value)]);
            }
        }
        let page: JobPage = server.read(request).await?;
        cursor.clone_from(&page.next);
        match &mut all {
            None => all = Some(page),
            Some(all) => {
                all.jobs.extend(page.jobs);
                all.next = None;
            }
        }
        if cursor.is_none() {
            break;
        }
    }
    let mut all = all.context("the list of jobs")?;
    all.next = None;
    Ok(all)
}

fn jobs_table(page: &JobPage) -> Table {
    let mut table = show::table(&["NAME", "KIND", "STATE", "SCHEDULE", "ZONE", "NEXT", "RUNNING"]);
    for job in &page.jobs {
        let (state, tone) = match job.status {
            ScheduleStatus::Active => ("enabled", Tone::Good),
            ScheduleStatus::Paused => ("paused", Tone::Between),
            ScheduleStatus::Disabled => ("disabled", Tone::Plain),
            ScheduleStatus::Ended => ("ended", Tone::Plain),
        };
        let cells = [
            job.name.to_string(),
            job.kind.to_string(),
            state.to_owned(),
            job.schedule.clone(),
            job.zone.clone(),
            show::instant(job.next_at),
            job.running.to_string(),
        ];
        table.add_row(show::row(cells, 2, tone));
    }
    table
}

/// Shows the job as one would apply it again, above it as comments what its schedule means; YAML shows the text alone,
/// JSON all that the server knows of it.
async fn get(server: &Client, name: &JobName, format: Format) -> Result<Exit> {
    let view: JobView = server.read(server.request(Method::GET, &format!("/jobs/{name}"))).await?;
    match format {
        Format::Json => show::value(format, &view, |_| Table::new())?,
        Format::Table => {
            comments(&view.schedule)?;
            for on in &view.state.workers {
                let (worker, standing) = (&on.worker, standing(on.standing));
                show::line(&format!(
                    "# on {worker}: {standing}, {} running, {} waiting",
                    on.running, on.waiting
                ))?;
            }
            show::value(Format::Yaml, &view.job, |_| Table::new())?;
        }
        Format::Yaml => show::value(format, &view.job, |_| Table::new())?,
    }
    Ok(Exit::Done)
}

fn standing(standing: WorkerStanding) -> &'static str {
    match standing {
        WorkerStanding::Ready => "ready",
        WorkerStanding::Behind => "behind the last change",
        WorkerStanding::Draining => "draining",
        WorkerStanding::Away => "away",
        WorkerStanding::Ended => "not placed on it any more",
    }
}

/// Prints what a schedule means, as comments of YAML.
fn comments(schedule: &ScheduleView) -> Result<()> {
    let state = match schedule.status {
        ScheduleStatus::Active => schedule.next.first().map(|next| format!("next: {}", next.at)),
        ScheduleStatus::Paused => Some("paused".to_owned()),
        ScheduleStatus::Disabled => Some("disabled".to_owned()),
        ScheduleStatus::Ended => schedule.ended.clone(),
    };
    let warnings = schedule.warnings.iter().map(|warning| format!("warning: {warning}"));
    for line in std::iter::once(schedule.words.clone()).chain(warnings).chain(state) {
        show::line(&format!("# {line}"))?;
    }
    Ok(())
}

async fn delete(server: &Client, names: &[JobName], kill: bool) -> Result<Exit> {
    for name in names {
        let request = server.request(Method::DELETE, &format!("/jobs/{name}"));
        server.send(request.query(&[("kill", kill)])).await?;
        show::line(&format!("job `{name}` is deleted"))?;
    }
    Ok(Exit::Done)
}

async fn run_now(
    server: &Client,
    name: &JobName,
    overrides: &Overrides,
    key: Option<String>,
) -> Result<RunAccepted> {
    // A key of our own: the answer may be lost and the request sent again by hand.
    let key = key.unwrap_or_else(|| model::id::Nonce::random().to_string());
    let request = server.request(Method::POST, &format!("/jobs/{name}/run")).header("Idempotency-Key", key);
    server.read(request.json(overrides)).await
}

/// Follows what was asked for: the run, or for a job on every matching worker one after the other, each from its
/// beginning. Ends as the first of them that did not succeed.
async fn show_runs(server: &Client, accepted: &RunAccepted) -> Result<Exit> {
    if accepted.runs.is_empty() {
        return show_run(server, &accepted.run).await;
    }
    let count = accepted.runs.len();
    eprintln!(
        "job `{}` runs on every matching worker: {count} runs, shown one after the other",
        accepted.job
    );
    let mut exit = Exit::Done;
    for (n, on) in accepted.runs.iter().enumerate() {
        eprintln!("worker {} ({} of {count})", on.worker, n + 1);
        let ended = show_run(server, &on.run).await?;
        if exit == Exit::Done {
            exit = ended;
        }
    }
    Ok(exit)
}

/// Follows a run and ends as it ended.
async fn show_run(server: &Client, run: &RunId) -> Result<Exit> {
    let end = follow(server, run).await?;
    eprintln!("run {run}: {}{}", end.status, in_brackets(&end.reason));
    let record = server.read(server.request(Method::GET, &format!("/runs/{run}"))).await?;
    Ok(exit_of(&record))
}

fn in_brackets(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

/// Kills what a path names and says what that did.
pub(super) async fn kill(server: &Client, path: &str, client: &ClientOptions) -> Result<Exit> {
    let reply: KillReply = server.read(server.request(Method::POST, path)).await?;
    show::value(client.chosen(), &reply, |reply| {
        let names = |runs: &[RunId]| runs.iter().map(RunId::to_string).collect::<Vec<_>>().join(" ");
        show::facts(vec![
            ("stopping", names(&reply.stopping)),
            ("removed", names(&reply.removed)),
            (
                "",
                if reply.stopping.is_empty() && reply.removed.is_empty() {
                    "nothing ran".into()
                } else {
                    String::new()
                },
            ),
        ])
    })?;
    Ok(Exit::Done)
}
