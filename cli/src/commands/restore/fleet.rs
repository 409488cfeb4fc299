//! `restore` of a fleet: etcd and MongoDB, with nobody registered and nobody leading.
//!
//! A process that nobody ended would not see that the store went back under it: it is named. One that is frozen is nowhere to
//! be seen; etcd's epoch keeps it from changing anything once it wakes (`stores::etcd`).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use master::restoring::{Stores, settle, who_lives};
use model::clocks::{Ahead, CLOCK_OFF};
use model::ports::{Clock, LEASE_TTL};
use model::time::Timestamp;
use stores::etcd::Etcd;
use stores::mongodb::Mongo;
use tokio::time::{Instant, sleep};

use super::Report;
use crate::arguments::Restore;
use crate::config::Given;
use crate::config::fleet::load_master;
use crate::exit::Impossible;
use crate::host;

/// How long registrations and terms of a snapshot live on, that nobody renews: etcd gives them their whole time again when it
/// starts, and once more when another member leads.
const LAPSE_WITHIN: Duration = Duration::from_millis(LEASE_TTL.as_millis() * 5 / 2);
/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Restores the stores that a master's file names.
pub(super) async fn restore(
    config: &Path,
    options: &Restore,
    to: Timestamp,
    clock: Arc<dyn Clock>,
) -> Result<Report> {
    let given = Given { environment: host::options_of_environment(), ..Given::default() };
    let config = load_master(config, &given)?;
    let etcd = Etcd::connect(&config.stores.etcd, clock.clone()).await?;
    let mongo = Mongo::connect(&config.stores.mongodb, clock.clone()).await?;
    let stores = |etcd: &Etcd| Stores {
        intent: etcd.intent(),
        registry: etcd.registry(),
        election: etcd.election(),
        facts: mongo.facts(),
        accounts: etcd.accounts(),
        clock: clock.clone(),
    };
    let before = stores(&etcd);
    trusted(&before).await?;
    alone(&before).await?;
    if options.dry_run {
        let settled = settle(&before, to, true).await?;
        return Ok(Report { dry_run: true, fences_above: None, settled });
    }
    let fences_above = etcd.begin_epoch(clock.now()).await?;
    // This connection is one of the epoch before.
    let etcd = Etcd::connect(&config.stores.etcd, clock.clone()).await?;
    let settled = settle(&stores(&etcd), to, false).await?;
    Ok(Report { dry_run: false, fences_above: Some(fences_above), settled })
}

/// Refuses a clock that differs from the facts store's: ticks and fences are judged by it.
async fn trusted(stores: &Stores) -> Result<()> {
    let from = stores.clock.now();
    let theirs = stores.facts.server_time().await?;
    let ahead = Ahead::between(from, stores.clock.now(), theirs);
    let off = i64::try_from(CLOCK_OFF.as_millis()).expect("half a second");
    if ahead.least_ms > off || ahead.most_ms < -off {
        return Err(anyhow!(
            "this host's clock shows {from}, that of MongoDB {theirs}\nhint: one service should set both; restore once they agree"
        ));
    }
    Ok(())
}

/// Waits until nobody is registered and nobody leads.
async fn alone(stores: &Stores) -> Result<()> {
    let deadline = Instant::now() + LAPSE_WITHIN;
    let mut told = false;
    loop {
        let live = who_lives(stores).await?;
        if live.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let live = live.join(", ");
            let why = format!(
                "still there: {live}\nhint: end every master and worker of this fleet, then restore again"
            );
            return Err(Impossible(why).into());
        }
        if !told {
            eprintln!("sandglass: waits until what the snapshot has of {} has lapsed", live.join(", "));
            told = true;
        }
        sleep(LOOK_EVERY).await;
    }
}
