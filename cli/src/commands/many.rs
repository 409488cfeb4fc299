//! `job pause|resume|kill|delete --all`: a look that says how many jobs and which, a question, then the act on exactly those.
//!
//! The server refuses the act when it would touch others than the look said. Not here: what it does with each (`master`).

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use comfy_table::Table;
use master::api::{ActionReply, Expected, ItemResult, JobAction, JobActionRequest, JobFilter};
use reqwest::Method;

use crate::arguments::{Format, Many};
use crate::client::Client;
use crate::exit::{BadUsage, Exit};
use crate::show;

/// How many jobs the question names.
const NAMED_MAX: usize = 10;

/// Returns the request of an action, as the look sends it.
pub(super) fn asked(action: JobAction, many: &Many) -> JobActionRequest {
    let filter = JobFilter { q: many.query.clone(), label: many.label.clone(), ..JobFilter::default() };
    JobActionRequest {
        action,
        names: None,
        filter: Some(filter),
        dry_run: true,
        expect: None,
        why: String::new(),
        until: None,
        kill: false,
    }
}

/// Looks, asks, and acts.
pub(super) async fn act(
    server: &Client,
    request: JobActionRequest,
    many: &Many,
    format: Format,
) -> Result<Exit> {
    let look: ActionReply = send(server, &request).await?;
    if many.dry_run || look.count == 0 {
        show::value(format, &look, table)?;
        eprintln!("{}", told(&request, &look));
        return Ok(Exit::Done);
    }
    if !many.yes {
        confirmed(&told(&request, &look), "--yes does it, --dry-run only looks")?;
    }
    let expect = Some(Expected { count: look.count, set: look.set });
    let done = send(server, &JobActionRequest { dry_run: false, expect, ..request }).await?;
    show::value(format, &done, table)?;
    eprintln!("{} done, {} failed", done.done, done.failed);
    Ok(if done.failed > 0 { Exit::Failed } else { Exit::Done })
}

async fn send(server: &Client, request: &JobActionRequest) -> Result<ActionReply> {
    server.read(server.request(Method::POST, "/jobs/actions").json(request)).await
}

/// Says what would be done: `pause 12 jobs: a, b and 10 more`.
fn told(request: &JobActionRequest, look: &ActionReply) -> String {
    let action = request.action.as_str();
    if look.count == 0 {
        return format!("no job matches: there is nothing to {action}");
    }
    let mut names: Vec<String> = look.items.iter().take(NAMED_MAX).map(|item| item.job.to_string()).collect();
    let more = look.count - names.len();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    let jobs = if look.count == 1 { "job" } else { "jobs" };
    format!("{action} {} {jobs}: {}", look.count, names.join(", "))
}

/// Asks whoever sits at the terminal; `hint` tells who cannot be asked what to do.
pub(super) fn confirmed(what: &str, hint: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(BadUsage(format!(
            "nothing was done, since nobody can be asked here: it would {what}\nhint: {hint}"
        ))
        .into());
    }
    eprint!("{what}\nDo it? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        bail!("nothing was done");
    }
    Ok(())
}

fn table(reply: &ActionReply) -> Table {
    let mut table = show::table(&["JOB", "RESULT", "WHY"]);
    for item in &reply.items {
        let result = match item.result {
            ItemResult::Planned => "planned",
            ItemResult::Done => "done",
            ItemResult::Failed => "failed",
        };
        table.add_row([item.job.to_string(), result.to_owned(), item.detail.clone().unwrap_or_default()]);
    }
    table
}
