//! Whether this master's clock is to be trusted: compared with the facts store's and the workers'.
//!
//! A master whose clock is off would end ticks that are not due, or remove what is not old: it saves nothing and judges
//! nothing. It compares when somebody asks, and no more often than every few seconds; a wall clock that was set since
//! then is compared anew.
//!
//! Flow: `edit`, `recorder`, `settling` → **`clock`** → facts store, registry → `model::clocks`.

use std::time::Duration;

use axum::http::StatusCode;
use model::clocks::{self, Ahead, Asked, CLOCK_OFF, ClockOff, Sight};
use model::time::{BootTime, Span, Timestamp};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Ports;
use crate::api::Problem;
use crate::problem::Answer;

/// How long a comparison holds.
const HOLDS: Span = Span::from_seconds(5);
/// How long each store is waited for: one that is away has no say.
const PATIENCE: Duration = Duration::from_secs(1);

/// The last comparison of this master's clock.
#[derive(Default)]
pub(crate) struct ClockCheck(Mutex<Option<Compared>>);

struct Compared {
    wall: Timestamp,
    boot: BootTime,
    off: Option<ClockOff>,
}

impl Compared {
    /// Returns true while it holds: it is not old, and the wall clock went on as the boot-time clock did.
    fn holds(&self, wall: Timestamp, boot: BootTime) -> bool {
        let passed = boot.since(self.boot);
        let expected = (self.wall + passed).as_millis();
        passed < HOLDS && expected.abs_diff(wall.as_millis()) <= CLOCK_OFF.as_millis()
    }
}

impl ClockCheck {
    /// Returns by how much this master's clock is off, if it is.
    pub(crate) async fn off(&self, ports: &Ports) -> Option<ClockOff> {
        let mut last = self.0.lock().await;
        let (wall, boot) = (ports.clock.now(), ports.clock.boot_time());
        if let Some(compared) = last.as_ref().filter(|compared| compared.holds(wall, boot)) {
            return compared.off.clone();
        }
        let off = clocks::judge(&look(ports).await);
        match (&off, last.as_ref().and_then(|last| last.off.as_ref())) {
            (Some(off), None) => tracing::error!(
                "this machine's clock is {}: nothing is saved or judged\nhint: let one service set the clocks of all machines",
                off.in_words()
            ),
            (None, Some(_)) => tracing::info!("this machine's clock agrees with the others again"),
            _ => {}
        }
        *last = Some(Compared { wall: ports.clock.now(), boot: ports.clock.boot_time(), off: off.clone() });
        off
    }

    /// Refuses while this master's clock is off.
    pub(crate) async fn good(&self, ports: &Ports) -> Answer<()> {
        match self.off(ports).await {
            None => Ok(()),
            Some(off) => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "clock_off",
                "this server's clock is off",
                format!(
                    "the clock of this server is {}; nothing was changed\nhint: ask another server, or have its clock set",
                    off.in_words()
                ),
            )),
        }
    }
}

/// Looks at the other clocks.
async fn look(ports: &Ports) -> Vec<Sight> {
    let facts = async {
        let from = ports.clock.now();
        let theirs = timeout(PATIENCE, ports.facts.server_time()).await.ok()?.ok()?;
        Some(Ahead::between(from, ports.clock.now(), theirs))
    };
    let workers = async {
        let from = ports.clock.now();
        let workers = timeout(PATIENCE, ports.registry.workers()).await.ok()?.ok()?;
        Some((workers, Asked { from, to: ports.clock.now() }))
    };
    let (facts, workers) = tokio::join!(facts, workers);
    let mut seen: Vec<Sight> = facts.map(Sight::of_facts_store).into_iter().collect();
    if let Some((workers, asked)) = workers {
        seen.extend(workers.iter().map(|worker| Sight::of_worker(worker, facts, asked, None)));
    }
    seen
}
