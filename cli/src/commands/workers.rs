//! `workers list|drain|undrain`.

use std::time::Duration;

use anyhow::{Result, bail};
use comfy_table::Table;
use master::api::{DrainReply, DrainRequest, WorkerList};
use model::id::WorkerId;
use model::worker::Worker;
use reqwest::Method;

use crate::arguments::{ClientOptions, Workers};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;
use crate::show::Tone;

/// How often a worker that drains is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it may not be seen before it is taken for gone: longer than a restart.
const UNSEEN_MAX: u32 = 30;

impl Workers {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::List { client } | Self::Drain { client, .. } | Self::Undrain { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Workers) -> Result<Exit> {
    match asked {
        Workers::List { client } => {
            show::value(client.chosen(), &workers(server).await?, table)?;
            Ok(Exit::Done)
        }
        Workers::Drain { id, reason, wait, client } => {
            let request = server.request(Method::POST, &format!("/workers/{id}/drain"));
            let mut reply: DrainReply = server.read(request.json(&DrainRequest { reason })).await?;
            if wait {
                drained(server, &id).await?;
                reply.busy = 0;
            }
            told(&reply, &client)
        }
        Workers::Undrain { id, client } => {
            let request = server.request(Method::POST, &format!("/workers/{id}/undrain"));
            told(&server.read(request).await?, &client)
        }
    }
}

async fn workers(server: &Client) -> Result<WorkerList> {
    server.read(server.request(Method::GET, "/workers")).await
}

fn told(reply: &DrainReply, client: &ClientOptions) -> Result<Exit> {
    show::value(client.chosen(), reply, |reply| {
        let takes = if reply.drain.is_some() { "nothing new" } else { "runs" };
        show::facts(vec![("worker", reply.worker.to_string()), ("takes", takes.to_owned())])
    })?;
    Ok(Exit::Done)
}

/// Waits until a worker says that it drains and holds no run; tells on the way how many are left.
async fn drained(server: &Client, id: &WorkerId) -> Result<()> {
    let (mut last, mut unseen) = (None, 0);
    loop {
        let list = workers(server).await?;
        match list.workers.iter().find(|worker| worker.identity.id == *id) {
            None if unseen >= UNSEEN_MAX => bail!(
                "worker `{id}` is gone before it was seen to be empty\nhint: its runs may go on without it; \
                 it drains when it comes back"
            ),
            None => unseen += 1,
            Some(worker) if worker.drain.is_none() => bail!("worker `{id}` is not to drain any more"),
            Some(Worker { status, .. }) => {
                unseen = 0;
                if status.draining && status.busy == 0 {
                    return Ok(());
                }
                if last != Some(status.busy) {
                    let runs =
                        if status.busy == 1 { "1 run".to_owned() } else { format!("{} runs", status.busy) };
                    eprintln!("worker `{id}`: {runs} left");
                    last = Some(status.busy);
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn table(list: &WorkerList) -> Table {
    let mut table =
        show::table(&["WORKER", "STATE", "BUSY", "LABELS", "VERSION", "ZONE DATA", "SINCE", "NOTES"]);
    for worker in &list.workers {
        let status = &worker.status;
        let draining = status.draining || worker.drain.is_some();
        let (state, tone) = match (status.clock_ok, draining) {
            (false, _) => ("clock off", Tone::Bad),
            (true, true) => ("draining", Tone::Between),
            (true, false) => ("ready", Tone::Good),
        };
        let labels = status.labels.iter().map(|(name, value)| format!("{name}={value}"));
        let cells = [
            worker.identity.id.to_string(),
            state.to_owned(),
            format!("{}/{}", status.busy, status.slots),
            labels.collect::<Vec<_>>().join(" "),
            worker.identity.version.clone(),
            worker.identity.zone_data.clone(),
            worker.identity.started_at.to_string(),
            notes(worker).join("; "),
        ];
        table.add_row(show::row(cells, 1, tone));
    }
    table
}

/// Returns what explains a worker's state.
fn notes(worker: &Worker) -> Vec<String> {
    let status = &worker.status;
    let drain = worker.drain.as_ref().map(|drain| {
        let reason = if drain.reason.is_empty() { String::new() } else { format!(": {}", drain.reason) };
        format!("drained by {}{reason}", drain.by)
    });
    let off = status.clock_off.as_ref().map(ToString::to_string);
    let event = status.clock_event.map(|event| event.to_string());
    let output = (!status.output.is_nothing()).then(|| status.output.to_string());
    drain.into_iter().chain(off).chain(event).chain(output).collect()
}
