//! `job check`: what would come of saving the jobs of files. Nothing is saved.
//!
//! The server says it all: faults, the schedule in words, who could run it, what its module asks for and what it
//! grants. Exit 2 when any of them could not be saved.

use std::path::PathBuf;

use anyhow::Result;
use master::api::{CheckReply, GrantLine, GrantsView};
use reqwest::Method;
use serde::Serialize;

use super::job_files::{self, Found};
use crate::arguments::Format;
use crate::client::Client;
use crate::exit::{Exit, Impossible};
use crate::show;

/// What is said of one document.
#[derive(Serialize)]
struct Checked {
    place: String,
    #[serde(flatten)]
    reply: CheckReply,
}

pub(super) async fn run(server: &Client, files: &[PathBuf], format: Format) -> Result<Exit> {
    let Found { documents, faults } = job_files::read(files)?;
    if !faults.is_empty() {
        return Err(Impossible(faults.join("\n")).into());
    }
    if documents.is_empty() {
        return Err(Impossible("there is no job in these files".to_owned()).into());
    }
    let mut checked = Vec::new();
    for document in documents {
        let request = server.request(Method::POST, "/jobs/check").json(&document.value);
        checked.push(Checked { place: document.place, reply: server.read(request).await? });
    }
    match format {
        Format::Table => checked.iter().try_for_each(|one| show::line(&told(one)))?,
        Format::Json | Format::Yaml => show::value(format, &checked, |_| show::facts(Vec::new()))?,
    }
    Ok(if checked.iter().all(|one| one.reply.valid) { Exit::Done } else { Exit::Impossible })
}

/// Returns what people read of one document.
fn told(Checked { place, reply }: &Checked) -> String {
    if !reply.valid {
        let faults =
            reply.faults.iter().map(|fault| format!("\n  {}", fault.to_string().replace('\n', "\n  ")));
        return format!("{place}: could not be saved{}", faults.collect::<String>());
    }
    let mut lines = vec![format!("{place}: could be saved")];
    if let Some(schedule) = &reply.schedule {
        lines.push(schedule.words.clone());
        lines.extend(schedule.next.first().map(|next| format!("next: {}", next.at)));
        lines.extend(schedule.warnings.iter().map(|warning| format!("warning: {warning}")));
    }
    for worker in &reply.workers {
        let fits = if worker.fits { "could run it".to_owned() } else { reason(&worker.reasons) };
        lines.push(format!("worker {}: {fits}", worker.worker));
    }
    lines.extend(reply.grants.iter().flat_map(grants));
    lines.join("\n  ")
}

fn reason(reasons: &[String]) -> String {
    format!("could not run it: {}", reasons.join("; ").replace('\n', "\n    "))
}

/// Returns what a module asks for and what it is granted, a line each.
fn grants(view: &GrantsView) -> Vec<String> {
    let by = view.tag.as_ref().map(|tag| format!("{tag}, ")).unwrap_or_default();
    let mut lines = vec![format!("module {} ({by}{}):", view.name, view.module)];
    for GrantLine { capability, imports, grants } in &view.lines {
        let asks =
            if imports.is_empty() { "does not ask".to_owned() } else { format!("asks ({})", named(imports)) };
        let granted = if grants.is_empty() { "nothing".to_owned() } else { grants.join(", ") };
        lines.push(format!("  {capability:<12} {asks}; granted: {granted}"));
    }
    lines.extend(view.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines
}

/// Returns imports without the module that all of preview 1 have in common.
fn named(imports: &[String]) -> String {
    let short = |name: &String| name.rsplit("::").next().unwrap_or_default().to_owned();
    imports.iter().map(short).collect::<Vec<_>>().join(", ")
}
