//! `job apply`: saves the jobs of files. All files are read and all faults told before anything is saved.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use master::api::JobView;
use model::job::Job;
use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::arguments::ClientOptions;
use crate::client::Client;
use crate::exit::{Exit, Impossible};
use crate::show;

/// Most bytes of one file of jobs.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

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
    let mut jobs: Vec<Written> = Vec::new();
    let mut faults = Vec::new();
    for file in expanded(files)? {
        let name = file.display().to_string();
        let text = text_of(&file)?;
        match documents(&text) {
            Err(error) => faults.push(format!("{name}: {error}")),
            Ok(values) => {
                let many = values.len() > 1;
                for (i, value) in values.into_iter().enumerate() {
                    let place = if many { format!("{name}, document {}", i + 1) } else { name.clone() };
                    match Job::parse(&value) {
                        Ok(job) => jobs.push(Written { place, value, job }),
                        Err(found) => {
                            let told = found.to_string().replace('\n', "\n  ");
                            faults.push(format!("{place}:\n  {told}"));
                        }
                    }
                }
            }
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

/// Returns the files, with folders in place of which stand the job files in them, sorted.
fn expanded(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for file in files {
        if !file.is_dir() {
            all.push(file.clone());
            continue;
        }
        let mut inside: Vec<_> = fs::read_dir(file)
            .with_context(|| format!("could not read the folder `{}`", file.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json"))
            .collect();
        inside.sort();
        all.extend(inside);
    }
    Ok(all)
}

fn text_of(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("could not read `{}`", file.display()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Impossible(format!("`{}` is larger than {FILE_BYTES_MAX} bytes", file.display())).into());
    }
    String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8 text", file.display()))
}

/// Returns the documents of a YAML or JSON text; JSON is YAML. Empty ones (a file that ends in `---`) are left out.
fn documents(text: &str) -> Result<Vec<Value>> {
    let values: Vec<Value> = serde_saphyr::from_multiple(text)?;
    Ok(values.into_iter().filter(|value| !value.is_null()).collect())
}

/// Saves one job and says what that did.
async fn save(server: &Client, written: &Written, reason: Option<&str>) -> Result<&'static str> {
    let path = format!("/jobs/{}", written.job.name);
    let there = server.find(server.request(Method::GET, &path)).await?;
    let mut request = server.request(Method::PUT, &path).json(&written.value);
    if let Some(reason) = reason {
        request = request.header("X-Reason", reason);
    }
    request = match there {
        None => request.header(IF_NONE_MATCH, "*"),
        Some(answer) => {
            let etag = answer.headers().get(ETAG).cloned().context("the server sent no ETag")?;
            let view: JobView = answer.json().await.context("the job as the server has it")?;
            // An anchor that the file leaves out stays as it is.
            let anchor = written.job.anchor.or(view.job.anchor);
            if view.job == (Job { anchor, ..written.job.clone() }) {
                return Ok("unchanged");
            }
            request.header(IF_MATCH, etag)
        }
    };
    let answer = server.send(request).await?;
    Ok(if answer.status() == StatusCode::CREATED { "created" } else { "changed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_hold_several_jobs() {
        let values = documents("name: a\n---\nname: b\n---\n").unwrap();
        assert_eq!(values.len(), 2);
        assert_eq!(values[1]["name"], "b");
        assert_eq!(documents("{\"name\": \"a\"}").unwrap()[0]["name"], "a");
    }

    #[test]
    fn malformed_yaml_is_told_with_its_place() {
        let error = documents("name: a\nshell: { script: \"x\"\nschedule: y\n").unwrap_err().to_string();
        assert!(error.contains("line"), "{error}");
    }
}
