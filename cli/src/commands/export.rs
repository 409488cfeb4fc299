//! `job export`: the texts of jobs as files that `job apply` takes, on this server or another.
//!
//! Not here: runs, accounts and settings.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use master::api::{JobPage, JobView};
use model::id::JobName;
use model::job::Job;
use reqwest::Method;

use super::bulk;
use crate::arguments::{Export, Format};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

pub(super) async fn run(server: &Client, asked: &Export) -> Result<Exit> {
    let names = if asked.names.is_empty() {
        super::job::pages(server, asked.query.as_deref(), asked.label.as_deref()).await.map(names_of)?
    } else {
        asked.names.clone()
    };
    let read = bulk::each("read", &names, async |name: &JobName| {
        server.read::<JobView>(server.request(Method::GET, &format!("/jobs/{name}"))).await
    });
    let jobs: Vec<Job> =
        read.await.into_iter().map(|view| view.map(|view| view.job)).collect::<Result<_>>()?;
    match (&asked.to, asked.client.chosen()) {
        (Some(folder), _) => write(folder, &jobs)?,
        (None, Format::Json) => {
            show::line(&serde_json::to_string_pretty(&jobs).context("the jobs as JSON")?)?;
        }
        (None, Format::Table | Format::Yaml) => {
            for job in &jobs {
                show::line(&format!("---\n{}", text(job)?.trim_end()))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn names_of(page: JobPage) -> Vec<JobName> {
    page.jobs.into_iter().map(|job| job.name).collect()
}

/// Writes each job into a file of its own.
fn write(folder: &Path, jobs: &[Job]) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder `{}`", folder.display()))?;
    for job in jobs {
        let file = folder.join(format!("{}.yaml", job.name));
        fs::write(&file, text(job)?).with_context(|| format!("could not write `{}`", file.display()))?;
    }
    show::line(&format!("{} jobs written to {}", jobs.len(), folder.display()))
}

fn text(job: &Job) -> Result<String> {
    serde_saphyr::to_string(job).with_context(|| format!("the job `{}` as YAML", job.name))
}
