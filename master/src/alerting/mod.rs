//! Alerts: looks at what happened, makes notices, and tells them by channels until each is acknowledged or given up.
//!
//! Flow: facts (ends nobody looked at), catalogue, registry → **`collect`** → `model::alert` → queue beside the intent →
//! **`deliver`** → receivers → history. The leading alerter alone does it (`leading`).
//!
//! Each step is written before the next begins, and each may be done twice: notices are added to the queue, then memory
//! is kept, then the ends are marked; a message goes out, then its deliveries are written. Who takes over does at most
//! what was between two of them once more, under the same ids.
//!
//! Not here: what is worth a notice (`model::alert`), and what people set (`alert_settings`).

mod address;
mod collect;
mod deliver;
mod desk;
mod mail;
mod message;
mod run_job;
mod watch;
mod webhook;

use std::time::Duration;

use ipnet::IpNet;
use model::metric;
use model::time::Span;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::app::App;
use crate::leading::Tenure;

pub(crate) use deliver::try_channel;
pub(crate) use message::template_faults;

use desk::Desk;

/// Pause before what people set and what waits is read again.
const RETRY: Duration = Duration::from_secs(2);

/// How alerts are told.
#[derive(Debug, Clone)]
pub struct AlertOptions {
    /// Where people reach the page: what links begin with. None: messages have no link.
    pub url: Option<String>,
    /// Private addresses that messages may go to all the same.
    pub allow: Vec<IpNet>,
    /// Certificates, as PEM, that are trusted beside the system's.
    pub ca: Option<Vec<u8>>,
    /// How often it is looked for something to tell.
    pub look_every: Duration,
    /// How long a worker is away before somebody is told.
    pub down_after: Span,
    /// How long the facts store is away before somebody is told.
    pub trouble_after: Span,
}

impl Default for AlertOptions {
    fn default() -> Self {
        Self {
            url: None,
            allow: Vec::new(),
            ca: None,
            look_every: Duration::from_secs(2),
            down_after: Span::from_seconds(60),
            trouble_after: Span::from_seconds(30),
        }
    }
}

/// Looks and tells until `shutdown`.
pub(crate) async fn run(app: App, tenure: Tenure, shutdown: CancellationToken) {
    let mut desk: Option<Desk> = None;
    let mut said = false;
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(app.options.now().alerts.look_every) => {}
        }
        if !tenure.holds() {
            continue;
        }
        let round = async {
            let mut ours = match desk.take() {
                Some(desk) => desk,
                None => Desk::open(&app).await?,
            };
            ours.refresh(&app).await?;
            collect::all(&app, &tenure, &mut ours).await?;
            if tenure.holds() {
                deliver::all(&app, &tenure, &mut ours).await?;
                ours.file(&app).await?;
            }
            metric::NOTICES_WAITING.set(ours.queue.len() as f64, &[]);
            desk = Some(ours);
            Ok::<(), model::ports::StoreError>(())
        };
        // What is in memory alone is read anew after an error: the store's word counts.
        match round.await {
            Ok(()) => said = false,
            Err(error) => {
                if !said {
                    warn!(%error, "cannot tell alerts; trying again, nothing is lost meanwhile");
                }
                said = true;
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
