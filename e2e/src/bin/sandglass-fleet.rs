//! Holds a fleet, or its stores alone, on this machine until it is told to end; for `cargo xtask fleet` and `services`.
//!
//! What there is to know is printed, and kept in the file that is named, for as long as all of it is up.
//! Not here: fetching the stores' programs and going to the background (`xtask`).
#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use e2e::fleet::{Fleet, Plan};
use e2e::nginx::{HINT, Nginx};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [masters, workers, told] = &arguments[..] else {
        bail!("usage: sandglass-fleet MASTERS WORKERS FILE");
    };
    let count = |text: &String| text.parse::<usize>().with_context(|| format!("`{text}` is not a count"));
    let plan =
        Plan { masters: count(masters)?, workers: count(workers)?, fixed_ports: true, ..Plan::default() };
    let mut fleet =
        if plan.masters + plan.workers == 0 { Fleet::down(&plan)? } else { Fleet::start_as(&plan)? };
    let nginx = proxy(&mut fleet, &plan)?;
    let text = text(&mut fleet, &plan) + &front(&fleet, &plan, nginx.as_ref());
    println!("{text}");
    let told = PathBuf::from(told);
    // In place at once: whoever waits for the file reads all of it.
    let part = told.with_extension("part");
    fs::write(&part, &text).and_then(|()| fs::rename(&part, &told)).context("could not keep what is up")?;
    fleet.block_on(asked_to_end())?;
    println!("ending");
    fs::remove_file(&told).context("could not remove what was up")?;
    drop((nginx, fleet));
    Ok(())
}

/// Starts nginx before several masters, where it is there.
fn proxy(fleet: &mut Fleet, plan: &Plan) -> Result<Option<Nginx>> {
    if plan.masters < 2 {
        return Ok(None);
    }
    let masters: Vec<String> = (0..plan.masters).map(|n| fleet.master(n).url.clone()).collect();
    Nginx::start(&masters, &fleet.folder().join("nginx"))
}

/// Says where one goes in by the proxy, and by what it is left out.
fn front(fleet: &Fleet, plan: &Plan, nginx: Option<&Nginx>) -> String {
    match nginx {
        Some(nginx) => {
            let folder = fleet.folder().join("nginx");
            format!(
                "nginx     {}   before all masters; configuration and logs {}\n",
                nginx.url,
                folder.display()
            )
        }
        None if plan.masters > 1 => format!("nginx     left out, it is not there: {HINT}\n"),
        None => String::new(),
    }
}

fn text(fleet: &mut Fleet, plan: &Plan) -> String {
    let folder = fleet.folder().to_owned();
    let mut text = format!(
        "etcd      {}   users root, master, worker; each password is the name\n\
         mongodb   {}   the same\n\
         folder    {}   configurations, logs, data\n",
        fleet.etcd.endpoint(),
        fleet.mongod.uri(),
        folder.display()
    );
    for n in 0..plan.masters {
        let master = fleet.master(n);
        let log = master.whole_log();
        let link =
            log.lines().find(|line| line.contains("/login#")).and_then(|line| line.split_whitespace().last());
        text.push_str(&format!("{}        {}   {}\n", master.name, master.url, link.unwrap_or_default()));
    }
    for n in 0..plan.workers {
        let worker = fleet.worker(n);
        text.push_str(&format!("{}        log {}\n", worker.name, worker.folder().join("log").display()));
    }
    if plan.masters > 0 {
        let token = folder.join("admin-token");
        text.push_str(&format!(
            "scripts   export SANDGLASS_SERVER={} SANDGLASS_TOKEN=$(cat {})\n",
            fleet.master(0).url,
            token.display()
        ));
    }
    text
}

async fn asked_to_end() -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
