//! Reads what the server has, compares it with what was written, and has every text checked that would be saved.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use master::api::{CheckReply, JobPage, JobSummary, JobView, TagView};
use model::id::{Digest, JobName, ModuleTag};
use model::job::{Job, module_tag};
use model::revision::{FieldChange, differences};
use model::workload::Workload;
use reqwest::header::ETAG;
use reqwest::{Method, Response};

use super::{Action, Plan, SET_LABEL, Step, Wanted};
use crate::client::Client;
use crate::commands::bulk;
use crate::exit::Impossible;

/// Jobs in one page of a list.
const PAGE: &str = "500";

/// Returns what has to be done so that the server has these jobs, and of the set, if one is to be pruned, no others.
///
/// # Errors
/// [`Impossible`] with every fault of every text, when the server would refuse any of them.
pub(in crate::commands) async fn look(
    server: &Client,
    wanted: &[Wanted],
    set: Option<&JobName>,
    prune: bool,
) -> Result<Plan> {
    let tags = tags(server, wanted).await?;
    let found = bulk::each("compared", wanted, async |one| compared(server, one, &tags, set).await).await;
    let mut steps = found.into_iter().collect::<Result<Vec<_>>>()?;
    checked(server, &steps).await?;
    if let (Some(set), true) = (set, prune) {
        steps.extend(surplus(server, set, wanted).await?);
    }
    steps.sort_by(|a, b| a.job.cmp(&b.job));
    Ok(Plan { steps })
}

/// Returns where the tags that texts name point to now; one that is not there the check tells.
async fn tags(server: &Client, wanted: &[Wanted]) -> Result<BTreeMap<ModuleTag, Digest>> {
    let named: BTreeSet<ModuleTag> = wanted.iter().filter_map(|one| module_tag(&one.value)).collect();
    let mut tags = BTreeMap::new();
    for tag in named {
        if let Some(answer) = found(server, &format!("/modules/tags/{tag}")).await? {
            let view: TagView = answer.json().await.context("the tag as the server has it")?;
            tags.insert(tag, view.tag.digest);
        }
    }
    Ok(tags)
}

async fn found(server: &Client, path: &str) -> Result<Option<Response>> {
    server.find(server.request(Method::GET, path)).await
}

async fn compared(
    server: &Client,
    wanted: &Wanted,
    tags: &BTreeMap<ModuleTag, Digest>,
    set: Option<&JobName>,
) -> Result<Step> {
    let name = &wanted.job.name;
    let mut step = Step {
        job: name.clone(),
        place: Some(wanted.place.clone()),
        action: Action::Create,
        changes: Vec::new(),
        result: None,
        error: None,
        value: Some(wanted.value.clone()),
        etag: None,
        paused: None,
        impossible: false,
    };
    let Some(answer) = found(server, &format!("/jobs/{name}")).await? else { return Ok(step) };
    let etag = answer.headers().get(ETAG).context("the server sent no ETag")?;
    step.etag = Some(etag.to_str().context("the job's ETag")?.to_owned());
    let view: JobView = answer.json().await.context("the job as the server has it")?;
    if let (Some(set), Some(other)) = (set, view.job.labels.get(SET_LABEL))
        && set.as_str() != other
    {
        let text = format!(
            "{}: the job `{name}` belongs to the set `{other}`, not to `{set}`\nhint: take it out of one of them; \
             without --set it can be changed alone",
            wanted.place
        );
        return Err(Impossible(text).into());
    }
    let mut job = wanted.job.clone();
    if let (Some(digest), Workload::Wasm(wasm)) =
        (module_tag(&wanted.value).and_then(|tag| tags.get(&tag)), &mut job.workload)
    {
        wasm.module = digest.clone();
    }
    // An anchor that the text leaves out stays as it is.
    let anchor = job.anchor.or(view.job.anchor);
    step.changes = differences(&view.job, &Job { anchor, ..job }).into_iter().map(without_secrets).collect();
    step.action = if step.changes.is_empty() { Action::Unchanged } else { Action::Change };
    step.paused = view.state.paused.map(|paused| paused.why);
    Ok(step)
}

/// Leaves out what may be a secret: plans are printed where many read them.
fn without_secrets(change: FieldChange) -> FieldChange {
    let hidden = [".env", ".stdin"].iter().any(|part| {
        change
            .path
            .strip_prefix("shell")
            .or(change.path.strip_prefix("wasm"))
            .is_some_and(|rest| rest.starts_with(part))
    });
    if hidden { FieldChange { before: None, after: None, ..change } } else { change }
}

/// Has the server check every text that would be saved.
async fn checked(server: &Client, steps: &[Step]) -> Result<()> {
    let new: Vec<&Step> = steps.iter().filter(|step| step.action != Action::Unchanged).collect();
    let replies = bulk::each("checked", &new, async |step| {
        let request = server.request(Method::POST, "/jobs/check").json(&step.value);
        Ok(server.send_patiently(request).await?.json::<CheckReply>().await?)
    });
    let mut faults = Vec::new();
    for (step, reply) in new.iter().zip(replies.await) {
        let reply = reply.with_context(|| format!("could not check the job `{}`", step.job))?;
        let place = step.place.as_deref().unwrap_or_default();
        for fault in reply.faults {
            faults.push(format!("{place}:\n  {}", fault.to_string().replace('\n', "\n  ")));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Impossible(format!("nothing was saved\n{}", faults.join("\n"))).into())
}

/// Returns the jobs of the set that nobody wrote.
async fn surplus(server: &Client, set: &JobName, wanted: &[Wanted]) -> Result<Vec<Step>> {
    let kept: BTreeSet<&JobName> = wanted.iter().map(|one| &one.job.name).collect();
    let mut steps = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let label = format!("{SET_LABEL}:{set}");
        let mut request = server.request(Method::GET, "/jobs").query(&[("limit", PAGE), ("label", &label)]);
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page: JobPage = server.read(request).await?;
        // The label is looked at here again: what is deleted bears it, whatever a filter let through.
        let ours = |job: &JobSummary| job.labels.get(SET_LABEL).is_some_and(|label| label == set.as_str());
        steps.extend(page.jobs.into_iter().filter(|job| ours(job) && !kept.contains(&job.name)).map(|job| {
            Step {
                job: job.name,
                place: None,
                action: Action::Delete,
                changes: Vec::new(),
                result: None,
                error: None,
                value: None,
                etag: Some(job.etag),
                paused: None,
                impossible: false,
            }
        }));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(steps);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_may_be_secret_are_left_out_of_plans() {
        for (path, hidden) in [
            ("shell.env.TOKEN", true),
            ("wasm.env", true),
            ("shell.stdin", true),
            ("shell.script", false),
            ("labels.shell.env", false),
        ] {
            let change = FieldChange { path: path.to_owned(), before: Some(json!("a")), after: None };
            assert_eq!(without_secrets(change).before.is_none(), hidden, "{path}");
        }
    }
}
