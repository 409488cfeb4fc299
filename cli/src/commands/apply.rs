//! `job apply`: saves the jobs of files. All files are read and all faults told before anything is saved.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use master::api::{JobView, TagView};
use model::fault::Faults;
use model::id::Digest;
use model::job::{Job, module_tag, set_module};
use model::workload::Workload;
use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::job_files::{self, Document, Found};
use crate::arguments::ClientOptions;
use crate::client::Client;
use crate::exit::{Exit, Impossible};
use crate::show;

/// A job and where it was written.
struct Written {
    place: String,
    value: Value,
    job: Job,
}

pub(super) async fn run(
    server: &Client,
    files: &[PathBuf],
    reason: Option<&str>,
    options: &ClientOptions,
) -> Result<Exit> {
    let jobs = read(files)?;
    let mut results = Vec::new();
    for written in &jobs {
        let done =
            save(server, written, reason).await.with_context(|| format!("{}: not saved", written.place))?;
        results.push((written.job.name.to_string(), done));
    }
    let answer: Vec<_> =
        results.iter().map(|(name, done)| serde_json::json!({ "job": name, "result": done })).collect();
    show::value(options.chosen(), &answer, |_| {
        let mut table = show::table(&["JOB", "RESULT"]);
        for (name, done) in &results {
            table.add_row([name.as_str(), done]);
        }
        table
    })?;
    Ok(Exit::Done)
}

/// Reads all jobs of all files.
fn read(files: &[PathBuf]) -> Result<Vec<Written>> {
    let Found { documents, mut faults } = job_files::read(files)?;
    let mut jobs: Vec<Written> = Vec::new();
    for Document { place, value } in documents {
        match parsed(&value) {
            Ok(job) => jobs.push(Written { place, value, job }),
            Err(found) => faults.push(format!("{place}:\n  {}", found.to_string().replace('\n', "\n  "))),
        }
    }
    for (i, job) in jobs.iter().enumerate() {
        if let Some(earlier) = jobs[..i].iter().find(|earlier| earlier.job.name == job.job.name) {
            faults.push(format!("{}: the job `{}` stands in {} too", job.place, job.job.name, earlier.place));
        }
    }
    if !faults.is_empty() {
        return Err(Impossible(format!("nothing was saved\n{}", faults.join("\n"))).into());
    }
    if jobs.is_empty() {
        return Err(Impossible("there is no job in these files".to_owned()).into());
    }
    Ok(jobs)
}

/// Reads a job. Where a tag points the server alone knows: until it is asked some digest stands in its place.
fn parsed(value: &Value) -> Result<Job, Faults> {
    let mut text = value.clone();
    if let Some(tag) = module_tag(value) {
        set_module(&mut text, &Digest::of(tag.as_str().as_bytes()));
    }
    Job::parse(&text)
}

/// Returns the job with the digest that its tag points to now; a tag that is not there the server refuses by itself.
async fn resolved(server: &Client, written: &Written) -> Result<Job> {
    let mut job = written.job.clone();
    if let (Some(tag), Workload::Wasm(wasm)) = (module_tag(&written.value), &mut job.workload)
        && let Some(answer) =
            server.find(server.request(Method::GET, &format!("/modules/tags/{tag}"))).await?
    {
        let found: TagView = answer.json().await.context("the tag as the server has it")?;
        wasm.module = found.tag.digest;
    }
    Ok(job)
}

/// Saves one job and says what that did.
async fn save(server: &Client, written: &Written, reason: Option<&str>) -> Result<&'static str> {
    let path = format!("/jobs/{}", written.job.name);
    let there = server.find(server.request(Method::GET, &path)).await?;
    let mut request = server.request(Method::PUT, &path).json(&written.value);
    if let Some(reason) = reason {
        request = request.header("X-Reason", reason.as_bytes());
    }
    request = match there {
        None => request.header(IF_NONE_MATCH, "*"),
        Some(answer) => {
            let etag = answer.headers().get(ETAG).cloned().context("the server sent no ETag")?;
            let view: JobView = answer.json().await.context("the job as the server has it")?;
            let job = resolved(server, written).await?;
            // An anchor that the file leaves out stays as it is.
            let anchor = job.anchor.or(view.job.anchor);
            if view.job == (Job { anchor, ..job }) {
                return Ok("unchanged");
            }
            request.header(IF_MATCH, etag)
        }
    };
    let answer = server.send(request).await?;
    Ok(if answer.status() == StatusCode::CREATED { "created" } else { "changed" })
}
