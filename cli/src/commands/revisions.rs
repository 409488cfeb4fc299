//! `job revisions|diff|restore`: the texts that a job had.

use anyhow::{Context as _, Result};
use comfy_table::Table;
use master::api::{JobView, REVISION_LIMIT_MAX, RevisionDiff, RevisionPage, RevisionView};
use model::id::JobName;
use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use serde_json::Value;

use crate::arguments::ClientOptions;
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

pub(super) async fn list(
    server: &Client,
    name: &JobName,
    limit: usize,
    options: &ClientOptions,
) -> Result<Exit> {
    let mut revisions: Vec<RevisionView> = Vec::new();
    let mut cursor: Option<String> = None;
    while revisions.len() < limit {
        let page = (limit - revisions.len()).min(REVISION_LIMIT_MAX as usize).to_string();
        let request = server.request(Method::GET, &format!("/jobs/{name}/revisions"));
        let mut request = request.query(&[("limit", page)]);
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page: RevisionPage = server.read(request).await?;
        revisions.extend(page.revisions);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    show::value(options.chosen(), &RevisionPage { revisions, next: cursor }, table)?;
    Ok(Exit::Done)
}

fn table(page: &RevisionPage) -> Table {
    let mut table = show::table(&["REVISION", "SAVE", "AT", "BY", "CHANGED", "REASON"]);
    for one in &page.revisions {
        let changed = if one.deleted { "(deleted)".to_owned() } else { one.changed.join(", ") };
        table.add_row([
            one.revision.to_string(),
            one.spec_id.map_or_else(|| "-".to_owned(), |save| save.to_string()),
            one.at.to_string(),
            one.author.clone().unwrap_or_else(|| "-".to_owned()),
            changed,
            one.reason.clone(),
        ]);
    }
    table
}

pub(super) async fn diff(
    server: &Client,
    name: &JobName,
    revision: u64,
    from: Option<u64>,
    options: &ClientOptions,
) -> Result<Exit> {
    let mut request = server.request(Method::GET, &format!("/jobs/{name}/revisions/{revision}/diff"));
    if let Some(from) = from {
        request = request.query(&[("from", from)]);
    }
    let diff: RevisionDiff = server.read(request).await?;
    show::value(options.chosen(), &diff, |diff| {
        let mut table = show::table(&["FIELD", "BEFORE", "AFTER"]);
        for change in &diff.changes {
            table.add_row([change.path.clone(), shown(change.before.as_ref()), shown(change.after.as_ref())]);
        }
        table
    })?;
    Ok(Exit::Done)
}

/// Returns a value as one reads it: a text without quotes.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

pub(super) async fn restore(
    server: &Client,
    name: &JobName,
    revision: u64,
    reason: Option<&str>,
    options: &ClientOptions,
) -> Result<Exit> {
    let there = server.find(server.request(Method::GET, &format!("/jobs/{name}"))).await?;
    let mut request = server.request(Method::POST, &format!("/jobs/{name}/revisions/{revision}/restore"));
    request = match there {
        Some(answer) => {
            request.header(IF_MATCH, answer.headers().get(ETAG).cloned().context("the server sent no ETag")?)
        }
        None => request.header(IF_NONE_MATCH, "*"),
    };
    if let Some(reason) = reason {
        request = request.header("X-Reason", reason.as_bytes());
    }
    let view: JobView = server.read(request).await?;
    show::value(options.chosen(), &view, |view| {
        show::facts(vec![
            ("job", view.job.name.to_string()),
            ("restored", format!("the text of revision {revision}")),
            ("save", view.saved.spec_id.to_string()),
        ])
    })?;
    Ok(Exit::Done)
}
