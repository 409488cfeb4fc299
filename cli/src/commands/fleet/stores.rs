//! The way to etcd and MongoDB at a start, when either may be away.
//!
//! etcd is waited for: without it nothing can be decided. MongoDB is not: a worker takes over its runs and claims
//! without it, a master takes saves and kills. What either refuses for good (a wrong password) ends the process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use model::ports::Clock;
use stores::etcd::{self, Etcd};
use stores::mongodb::{self, Mongo};
use tokio::time::sleep;
use tracing::{error, info, warn};

use crate::commands::process::notify;
use crate::exit::BadUsage;

/// The shortest and the longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// The pause after a refusal that an administrator must mend.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);

/// Connects to etcd, however long that takes; cancel-safe.
///
/// # Errors
/// When it refuses us for good.
pub(super) async fn etcd(options: &etcd::Options, clock: Arc<dyn Clock>) -> Result<Etcd> {
    let mut pause = PAUSES.0;
    loop {
        match Etcd::connect(options, clock.clone()).await {
            Ok(etcd) => {
                info!("etcd answers at {}", options.endpoints.join(", "));
                return Ok(etcd);
            }
            Err(error @ etcd::ConnectError::Options(_)) => return Err(BadUsage(error.to_string()).into()),
            Err(etcd::ConnectError::Store { endpoints, error }) if !error.is_retryable() => {
                let user = options.credentials.as_ref().map_or("nobody", |credentials| &credentials.user);
                return Err(anyhow!(
                    "etcd at {endpoints} refuses `{user}`: {error}\nhint: `sandglass check --config FILE` tells what \
                     is missing"
                ));
            }
            Err(error) => {
                warn!("{error}: waits for it, and tries again in {} ms", pause.as_millis());
                notify::status(&format!("waits for etcd: {error}"));
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Returns MongoDB, which may be away.
///
/// # Errors
/// When it refuses us for good.
pub(super) async fn mongodb(options: &mongodb::Options, clock: Arc<dyn Clock>) -> Result<Mongo> {
    let mongo = Mongo::open(options, clock).await.map_err(|e| BadUsage(e.to_string()))?;
    let at = options.shown();
    match mongo.ping().await {
        Ok(()) => info!("mongodb answers at {at}"),
        Err(error) if error.is_retryable() => warn!(
            "mongodb at {at} does not answer: {error}; goes on without it: records and output wait on the workers' disks"
        ),
        Err(error) => {
            let user = options.credentials.as_ref().map_or("nobody", |credentials| &credentials.user);
            return Err(anyhow!(
                "mongodb at {at} refuses `{user}`: {error}\nhint: `sandglass check --config FILE` tells what is missing"
            ));
        }
    }
    Ok(mongo)
}

/// Makes indexes and removes the rests of uploads, as soon as MongoDB lets us; cancel-safe.
pub(super) async fn prepare(mongo: Arc<Mongo>) {
    let mut pause = PAUSES.0;
    loop {
        match mongo.prepare().await {
            Ok(()) => return info!("mongodb is prepared: its indexes are there"),
            Err(error) if error.is_retryable() => {
                warn!("failed to prepare mongodb, tries again in {} ms: {error}", pause.as_millis());
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(error) => {
                error!(
                    "failed to prepare mongodb: {error}\nhint: the master's role needs what docs/FLEET.md lists"
                );
                sleep(REFUSED_PAUSE).await;
            }
        }
    }
}
