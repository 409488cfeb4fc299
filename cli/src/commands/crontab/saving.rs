//! Saves the jobs of an import, in an order in which nothing runs twice: with --disable-original a job is held until its
//! line is out of the crontab.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use master::api::PauseRequest;
use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH};

use super::originals;
use super::report::Report;
use super::sources::Source;
use crate::arguments::{Existing, Format, Import};
use crate::client::Client;
use crate::commands::bulk;
use crate::commands::plan::{self, Action, Done, Plan, Step, Wanted};
use crate::exit::{Exit, Impossible};
use crate::show;

/// Why a job is paused that cron still runs; by it a later import knows its own.
const WHY: &str = "imported from a crontab, and cron still runs it";
const WHY_BACK: &str = "its line is back in the crontab";

pub(super) async fn save(
    server: &Client,
    asked: &Import,
    report: &mut Report,
    sources: &[Source],
) -> Result<Exit> {
    if !report.wrong.is_empty() {
        eprintln!("{}", report.told());
        return Err(Impossible(
            "nothing was saved: mend the lines that do not read, or take them out".to_owned(),
        )
        .into());
    }
    let wanted: Vec<Wanted> = report.jobs.iter().map(wanted).collect();
    let mut plan = plan::look(server, &wanted, None, false).await?;
    conflicts(&mut plan, asked.existing)?;
    let lines = lines_of(report);
    let mut ready = Vec::new();
    if asked.disable_original {
        for (index, lines) in &lines {
            let source = sources.get(*index).context("a line has its source")?;
            let file = source.file.as_deref().ok_or_else(|| {
                Impossible("the lines of standard input cannot be taken out\nhint: name the files".to_owned())
            })?;
            ready.push(originals::ready(file, &source.bytes, lines)?);
        }
    }
    let held =
        if asked.paused || asked.disable_original { hold(server, &mut plan).await } else { Vec::new() };
    plan::carry_out(server, &mut plan, Some("crontab import")).await;
    note(report, &plan);
    let mut exit = plan::exit_of(&plan);
    if asked.disable_original && exit == Exit::Done {
        for file in ready {
            report
                .disabled
                .push(file.disable().context("the jobs are saved, and stay paused where they are")?);
        }
        resume(server, &plan, &held).await?;
    } else if exit != Exit::Done {
        exit = Exit::Failed;
    }
    match asked.client.chosen() {
        Format::Table => {
            show::line(&report.told())?;
            if !asked.disable_original && !asked.paused && !report.jobs.is_empty() {
                eprintln!("cron runs these too, so that both do\nhint: add --disable-original, or --paused");
            }
        }
        format => report.print(format)?,
    }
    Ok(exit)
}

/// Pauses jobs whose lines come back; one that is gone needs none.
pub(super) async fn pause(server: &Client, jobs: &[String]) -> Result<Exit> {
    for job in jobs {
        let request = server.request(Method::POST, &format!("/jobs/{job}/pause"));
        server.find(request.json(&PauseRequest { why: WHY_BACK.to_owned(), until: None })).await?;
    }
    Ok(Exit::Done)
}

fn wanted(taken: &super::report::Taken) -> Wanted {
    Wanted { place: taken.place.clone(), value: taken.made.text.clone(), job: taken.made.job.clone() }
}

/// Says what becomes of jobs that are there with another text; refuses them when nobody said it.
fn conflicts(plan: &mut Plan, existing: Option<Existing>) -> Result<()> {
    let mut others = plan.steps.iter_mut().filter(|step| step.action == Action::Change).peekable();
    match existing {
        Some(Existing::Replace) => Ok(()),
        Some(Existing::Keep) => {
            others.for_each(|step| step.action = Action::Unchanged);
            Ok(())
        }
        None if others.peek().is_none() => Ok(()),
        None => {
            let told: Vec<String> = others
                .map(|step| {
                    let fields: Vec<&str> = step.changes.iter().map(|change| change.path.as_str()).collect();
                    format!("  {}: differs in {}", step.job, fields.join(", "))
                })
                .collect();
            let text = format!(
                "nothing was saved: these jobs are there with another text\n{}\nhint: --existing keep leaves them as they \
                 are, --existing replace makes them as the crontab says, --prefix TEXT gives the new ones other names",
                told.join("\n")
            );
            Err(Impossible(text).into())
        }
    }
}

/// Returns the lines that became jobs: of each source, by number, the names of their jobs.
fn lines_of(report: &Report) -> BTreeMap<usize, BTreeMap<usize, String>> {
    let mut lines: BTreeMap<usize, BTreeMap<usize, String>> = BTreeMap::new();
    for job in &report.jobs {
        for (source, line) in &job.lines {
            let names = lines.entry(*source).or_default().entry(*line).or_default();
            if !names.is_empty() {
                names.push(',');
            }
            names.push_str(job.name.as_str());
        }
    }
    lines
}

/// Saves new jobs without a moment in which a tick could start: first not enabled, then paused, then enabled. Returns
/// which of them are held.
async fn hold(server: &Client, plan: &mut Plan) -> Vec<model::id::JobName> {
    let mut new: Vec<&mut Step> =
        plan.steps.iter_mut().filter(|step| step.action == Action::Create).collect();
    let results = {
        let new: Vec<&Step> = new.iter().map(|step| &**step).collect();
        bulk::each("saved", &new, async |step| hold_one(server, step).await).await
    };
    let mut held = Vec::new();
    for (step, result) in new.iter_mut().zip(results) {
        match result {
            Ok(()) => {
                held.push(step.job.clone());
                step.result = Some(Done::Created);
            }
            Err(error) => {
                step.error = Some(format!("{error:#}"));
                step.result = Some(Done::Failed);
            }
        }
    }
    held
}

async fn hold_one(server: &Client, step: &Step) -> Result<()> {
    let path = format!("/jobs/{}", step.job);
    let mut value = step.value.clone().context("a new job has a text")?;
    value["enabled"] = false.into();
    let put = || server.request(Method::PUT, &path).header("X-Reason", "crontab import");
    let saved = server.send_patiently(put().header("If-None-Match", "*").json(&value)).await?;
    let etag = saved.headers().get(ETAG).cloned().context("the server sent no ETag")?;
    let pause = PauseRequest { why: WHY.to_owned(), until: None };
    server.send_patiently(server.request(Method::POST, &format!("{path}/pause")).json(&pause)).await?;
    server.send_patiently(put().header(IF_MATCH, etag).json(&step.value)).await?;
    Ok(())
}

/// Writes into the report what came of each job.
fn note(report: &mut Report, plan: &Plan) {
    for job in &mut report.jobs {
        if let Some(step) = plan.steps.iter().find(|step| step.job == job.name) {
            job.result.clone_from(&step.result);
            job.error = step.error.as_ref().map(|error| format!("failed: {error}"));
        }
    }
}

/// Resumes what this import or an earlier one held: cron does not run it any more.
async fn resume(server: &Client, plan: &Plan, held: &[model::id::JobName]) -> Result<()> {
    let earlier =
        |step: &&Step| step.paused.as_deref() == Some(WHY) || step.paused.as_deref() == Some(WHY_BACK);
    let names = plan.steps.iter().filter(earlier).map(|step| &step.job).chain(held);
    for name in names {
        let request = server.request(Method::POST, &format!("/jobs/{name}/resume"));
        server.send_patiently(request).await.with_context(|| format!("job `{name}` stays paused"))?;
    }
    Ok(())
}
