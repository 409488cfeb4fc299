//! Does what a plan says: saves some at one time, then deletes. What fails for one hinders no other, and is told.

use anyhow::{Context as _, Result};
use reqwest::header::{IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder};

use super::{Action, Done, Plan, Step};
use crate::client::{Client, Refused};
use crate::commands::bulk;
use crate::exit::Exit;

/// Carries out a plan and notes what came of each step.
pub(in crate::commands) async fn carry_out(server: &Client, plan: &mut Plan, reason: Option<&str>) {
    // What is gone after what came: a set is never smaller than both of its texts have it.
    for deletes in [false, true] {
        let is_due = |step: &&mut Step| (step.action == Action::Delete) == deletes && step.result.is_none();
        let mut due: Vec<&mut Step> = plan.steps.iter_mut().filter(is_due).collect();
        let what = if deletes { "deleted" } else { "saved" };
        let results = {
            let due: Vec<&Step> = due.iter().map(|step| &**step).collect();
            bulk::each(what, &due, async |step| one(server, step, reason).await).await
        };
        for (step, result) in due.iter_mut().zip(results) {
            match result {
                Ok(done) => step.result = Some(done),
                Err(error) => {
                    step.impossible = error.downcast_ref::<Refused>().is_some_and(Refused::is_impossible);
                    step.error = Some(format!("{error:#}"));
                    step.result = Some(Done::Failed);
                }
            }
        }
    }
}

/// Returns how a command ends that carried a plan out.
pub(in crate::commands) fn exit_of(plan: &Plan) -> Exit {
    let failed: Vec<&Step> = plan.steps.iter().filter(|step| step.result == Some(Done::Failed)).collect();
    match failed.as_slice() {
        [] => Exit::Done,
        failed if failed.iter().all(|step| step.impossible) => Exit::Impossible,
        _ => Exit::Failed,
    }
}

async fn one(server: &Client, step: &Step, reason: Option<&str>) -> Result<Done> {
    let path = format!("/jobs/{}", step.job);
    let (request, done) = match step.action {
        Action::Unchanged => return Ok(Done::Unchanged),
        Action::Create => {
            (server.request(Method::PUT, &path).json(&step.value).header(IF_NONE_MATCH, "*"), Done::Created)
        }
        Action::Change => {
            (following(server.request(Method::PUT, &path), step)?.json(&step.value), Done::Changed)
        }
        Action::Delete => (following(server.request(Method::DELETE, &path), step)?, Done::Deleted),
    };
    let request = match reason {
        Some(reason) => request.header("X-Reason", reason.as_bytes()),
        None => request,
    };
    server.send_patiently(request).await?;
    Ok(done)
}

fn following(request: RequestBuilder, step: &Step) -> Result<RequestBuilder> {
    let etag = step.etag.as_deref().context("a job that is there has an ETag")?;
    Ok(request.header(IF_MATCH, etag))
}
