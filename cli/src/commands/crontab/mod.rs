//! `crontab import`: from cron to jobs.
//!
//! Flow: `sources` (files) → `reading` (entries to jobs) → `report` → the jobs as YAML, or `saving` (server) and
//! `originals` (lines taken out, once their jobs are saved).

mod originals;
mod reading;
mod report;
mod saving;
mod sources;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use self::report::{Changed, Report};
use crate::arguments::{Format, Import};
use crate::crontab::enabled;
use crate::exit::{Exit, Impossible};
use crate::show;

pub(super) fn import(asked: &Import) -> Result<Exit> {
    if asked.enable_original {
        return enable(asked);
    }
    let (mut report, sources) = reading::read(asked)?;
    if asked.apply {
        return super::asking(&asked.client, async |server| {
            saving::save(&server, asked, &mut report, &sources).await
        });
    }
    if let Some(folder) = &asked.output {
        write(folder, &report)?;
    }
    match asked.client.chosen() {
        Format::Table if asked.output.is_some() => show::line(&report.told())?,
        Format::Table => {
            // The jobs are what a file or a pipe gets, the report is for who looks on.
            if !report.jobs.is_empty() {
                show::line(report.yaml()?.trim_end())?;
            }
            eprintln!("{}", report.told());
        }
        format => report.print(format)?,
    }
    Ok(exit_of(&report))
}

/// Returns how an import ends: lines that do not read are told by the code, too.
fn exit_of(report: &Report) -> Exit {
    if report.wrong.is_empty() { Exit::Done } else { Exit::Impossible }
}

/// Writes each job into a file of its own. A file that is there already is replaced only by the same job.
fn write(folder: &Path, report: &Report) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder `{}`", folder.display()))?;
    let mut files = Vec::new();
    for job in &report.jobs {
        let file = folder.join(format!("{}.yaml", job.name));
        let text = serde_saphyr::to_string(&job.made.text).context("the job as YAML")?;
        match fs::read_to_string(&file) {
            Ok(there) if there != text => {
                let hint = "hint: name an empty folder, or move the file away";
                return Err(
                    Impossible(format!("`{}` is there with another text\n{hint}", file.display())).into()
                );
            }
            _ => files.push((file, text)),
        }
    }
    for (file, text) in files {
        fs::write(&file, text).with_context(|| format!("could not write `{}`", file.display()))?;
    }
    Ok(())
}

/// Puts lines back that an import took out.
fn enable(asked: &Import) -> Result<Exit> {
    let sources = sources::find(asked)?.sources;
    let jobs: Vec<String> = sources.iter().flat_map(|source| enabled(&source.bytes).1).collect();
    if asked.apply && !jobs.is_empty() {
        super::asking(&asked.client, async |server| saving::pause(&server, &jobs).await)?;
    }
    let mut changed: Vec<Changed> = Vec::new();
    for source in &sources {
        let file = source.file.as_deref().context("standard input was refused")?;
        changed.extend(originals::enable(file, &source.bytes)?);
    }
    let answer = json!({ "enabled": changed, "jobs": jobs });
    match asked.client.chosen() {
        Format::Table => {
            for Changed { file, lines, copy } in &changed {
                let copy =
                    copy.as_ref().map(|copy| format!("; the copy `{copy}` says something else and is left"));
                show::line(&format!("{file}: {lines} lines are back{}", copy.unwrap_or_default()))?;
            }
            if changed.is_empty() {
                show::line("no line of these files was taken out")?;
            } else if !asked.apply {
                eprintln!("cron runs them again; pause their jobs, or both do: {}", jobs.join(" "));
            }
        }
        format => show::value(format, &answer, |_| show::facts(Vec::new()))?,
    }
    Ok(Exit::Done)
}
