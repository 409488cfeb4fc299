//! `alert list|get|set|test`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use master::api::{AlertPage, AlertParams, ChannelTried};
use model::alert::Notice;
use reqwest::Method;
use serde_json::Value;

use crate::arguments::{Alert, ClientOptions, Format, Part};
use crate::client::Client;
use crate::exit::{BadUsage, Exit};
use crate::show;

impl Alert {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::List { client, .. }
            | Self::Get { client, .. }
            | Self::Set { client, .. }
            | Self::Test { client, .. } => client,
        }
    }
}

impl Part {
    fn path(self) -> &'static str {
        match self {
            Self::Channels => "/alerts/channels",
            Self::Rules => "/alerts/rules",
            Self::Mutes => "/alerts/mutes",
        }
    }
}

pub(super) async fn run(server: &Client, asked: Alert) -> Result<Exit> {
    match asked {
        Alert::List { job, condition, channel, state, limit, client } => {
            let channel = channel.map(|name| name.to_string());
            let params =
                AlertParams { job, condition, channel, state, limit: Some(limit), ..AlertParams::default() };
            let request = server.request(Method::GET, "/alerts").query(&params);
            let page: AlertPage = server.read(request).await?;
            show::value(client.chosen(), &page, table)?;
        }
        Alert::Get { part, client } => {
            let list: Value = server.read(server.request(Method::GET, part.path())).await?;
            list_shown(&client, list)?;
        }
        Alert::Set { part, file, client } => {
            let list = read(&file)?;
            let list: Value = server.read(server.request(Method::PUT, part.path()).json(&list)).await?;
            list_shown(&client, list)?;
        }
        Alert::Test { channel, client } => {
            let path = format!("/alerts/channels/{channel}/test");
            let tried: ChannelTried = server.read(server.request(Method::POST, &path)).await?;
            show::value(client.chosen(), &tried, |tried| {
                let told = tried.error.clone().unwrap_or_else(|| "delivered".to_owned());
                show::facts(vec![("channel", channel.to_string()), ("message", told)])
            })?;
            if !tried.delivered {
                return Ok(Exit::Failed);
            }
        }
    }
    Ok(Exit::Done)
}

/// Prints a list as a file that can be sent back: YAML where no other form is asked for.
fn list_shown(client: &ClientOptions, list: Value) -> Result<()> {
    let mut list = list;
    // Of no meaning in a file: what it names may change before it is sent.
    list.as_object_mut().and_then(|list| list.remove("etag"));
    let format = match client.chosen() {
        Format::Table => Format::Yaml,
        other => other,
    };
    show::value(format, &list, |_| Table::new())
}

fn read(file: &Path) -> Result<Value> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("failed to read standard input")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("failed to read `{}`", file.display()))?
    };
    serde_saphyr::from_str(&text)
        .map_err(|error| BadUsage(format!("`{}` does not read: {error}", file.display())).into())
}

fn table(page: &AlertPage) -> Table {
    let mut table = show::table(&["MADE", "CONDITION", "ABOUT", "WHAT", "TOLD"]);
    for notice in &page.items {
        let about = notice.job.as_ref().map(ToString::to_string);
        let about = about.or_else(|| notice.worker.as_ref().map(|worker| format!("worker {worker}")));
        table.add_row([
            notice.made_at.to_string(),
            notice.condition.to_string(),
            about.unwrap_or_default(),
            notice.text.clone(),
            told(notice),
        ]);
    }
    table
}

fn told(notice: &Notice) -> String {
    let each = notice.deliveries.iter().map(|one| format!("{}: {}", one.channel, one.state.as_str()));
    each.collect::<Vec<_>>().join(", ")
}
