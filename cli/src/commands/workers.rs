//! `workers list`.

use anyhow::Result;
use master::api::WorkerList;
use reqwest::Method;

use crate::arguments::{ClientOptions, Workers};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

impl Workers {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::List { client } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Workers) -> Result<Exit> {
    let Workers::List { client } = asked;
    let list: WorkerList = server.read(server.request(Method::GET, "/workers")).await?;
    show::value(client.chosen(), &list, |list| {
        let mut table =
            show::table(&["WORKER", "STATE", "BUSY", "LABELS", "VERSION", "ZONE DATA", "SINCE", "CLOCK"]);
        for worker in &list.workers {
            let status = &worker.status;
            let state = match (status.clock_ok, status.draining) {
                (false, _) => "clock off",
                (true, true) => "draining",
                (true, false) => "ready",
            };
            table.add_row([
                worker.identity.id.to_string(),
                state.to_owned(),
                format!("{}/{}", status.busy, status.slots),
                status
                    .labels
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join(" "),
                worker.identity.version.clone(),
                worker.identity.zone_data.clone(),
                worker.identity.started_at.to_string(),
                status.clock_event.map_or_else(String::new, |event| event.to_string()),
            ]);
        }
        table
    })?;
    Ok(Exit::Done)
}
