//! `job apply`: makes the server have the jobs of files. All files are read, compared and checked before anything is saved.
//!
//! Not here: the comparison and the saves (`plan`).

use anyhow::Result;
use model::fault::Faults;
use model::id::{Digest, JobName};
use model::job::{Job, module_tag, set_module};
use serde_json::{Value, json};

use super::job_files::{self, Document, Found};
use super::plan::{self, SET_LABEL, Wanted};
use crate::arguments::Apply;
use crate::client::Client;
use crate::exit::{Exit, Impossible};

pub(super) async fn run(server: &Client, asked: &Apply) -> Result<Exit> {
    let wanted = read(asked)?;
    let mut plan = plan::look(server, &wanted, asked.set.as_ref(), asked.prune).await?;
    let only_shown = asked.plan || asked.check;
    if !only_shown {
        plan::carry_out(server, &mut plan, asked.reason.as_deref()).await;
    }
    plan::show(&plan, asked.client.chosen())?;
    Ok(match (asked.check, plan.is_empty()) {
        (true, false) => Exit::Impossible,
        _ => plan::exit_of(&plan),
    })
}

/// Reads all jobs of all files.
fn read(asked: &Apply) -> Result<Vec<Wanted>> {
    let Found { documents, mut faults } = job_files::read(&asked.files)?;
    let mut jobs: Vec<Wanted> = Vec::new();
    for Document { place, mut value } in documents {
        let marked = asked.set.as_ref().map_or(Ok(()), |set| mark(&mut value, set));
        match marked.and_then(|()| parsed(&value)) {
            Ok(job) => jobs.push(Wanted { place, value, job }),
            Err(found) => faults.push(format!("{place}:\n  {}", found.to_string().replace('\n', "\n  "))),
        }
    }
    let mut places = std::collections::BTreeMap::new();
    for job in &jobs {
        if let Some(earlier) = places.insert(&job.job.name, &job.place) {
            faults.push(format!("{}: the job `{}` stands in {earlier} too", job.place, job.job.name));
        }
    }
    if !faults.is_empty() {
        return Err(Impossible(format!("nothing was saved\n{}", faults.join("\n"))).into());
    }
    if jobs.is_empty() {
        // A wrong folder would else delete a whole set.
        return Err(Impossible("there is no job in these files".to_owned()).into());
    }
    Ok(jobs)
}

/// Puts the label of a set into a text.
fn mark(value: &mut Value, set: &JobName) -> Result<(), Faults> {
    let Some(job) = value.as_object_mut() else { return Ok(()) };
    let labels = job.entry("labels").or_insert_with(|| json!({}));
    if labels.is_null() {
        *labels = json!({});
    }
    // Labels of another form are told when the text is read.
    let Some(labels) = labels.as_object_mut() else { return Ok(()) };
    let other =
        labels.insert(SET_LABEL.to_owned(), set.as_str().into()).filter(|other| other != set.as_str());
    let Some(other) = other else { return Ok(()) };
    let mut faults = Faults::new();
    let hint = "take the label out: --set puts it into each job";
    faults.add_with_hint(format!("labels.{SET_LABEL}"), format!("is {other}, and --set says `{set}`"), hint);
    Err(faults)
}

/// Reads a job. Where a tag points the server alone knows: until it is asked some digest stands in its place.
fn parsed(value: &Value) -> Result<Job, Faults> {
    let mut text = value.clone();
    if let Some(tag) = module_tag(value) {
        set_module(&mut text, &Digest::of(tag.as_str().as_bytes()));
    }
    Job::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_marked_by_a_label_and_another_sets_job_is_refused() {
        let set: JobName = "web".parse().unwrap();
        for mut value in
            [json!({ "name": "a" }), json!({ "labels": null }), json!({ "labels": { "team": "x" } })]
        {
            mark(&mut value, &set).unwrap();
            assert_eq!(value["labels"][SET_LABEL], "web");
            mark(&mut value, &set).unwrap();
            let told = mark(&mut value, &"db".parse().unwrap()).unwrap_err().to_string();
            assert!(told.contains("--set says `db`"), "{told}");
        }
    }
}
