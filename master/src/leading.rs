//! Leads: does a duty while its term surely holds.
//!
//! Every master campaigns; who begins a term does the duty, renews the term, and stops before another one can begin.
//! A leader that froze may still send what it was about to: that does no harm by itself, since swaps compare and
//! records are the same whoever writes them.
//!
//! Flow: election → **`leading`** → `recorder`, `history`, `settling`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use model::metric;
use model::ports::{Clock, Duty, Election, LEASE_TTL, Term};
use model::time::{BootTime, Span};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

#[cfg(test)]
mod tests;

/// How often a master that does not lead looks whether somebody does.
const CAMPAIGN_EVERY: Duration = Duration::from_secs(1);
/// Renewals: two may fail before the term ends.
const BEAT: Duration = Duration::from_millis(LEASE_TTL.as_millis() / 3);
/// Pause before a renewal that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often a leader looks at its deadline: timers stand still while a machine sleeps, the deadline does not.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long before its term may end a leader does nothing more.
const MARGIN: Span = Span::from_seconds(1);
/// How long work may go on once the master is told to end.
const FINISH_MAX: Duration = Duration::from_secs(2);
/// How long giving a term back may take; else its lease ends by itself.
const RESIGN_MAX: Duration = Duration::from_secs(2);

/// A master that campaigns.
#[derive(Clone)]
pub(crate) struct Candidate {
    /// What others call it.
    pub(crate) name: String,
    /// Who decides.
    pub(crate) election: Arc<dyn Election>,
    /// By which deadlines count.
    pub(crate) clock: Arc<dyn Clock>,
}

/// Says whether the term still holds. Work asks before each step that writes.
#[derive(Clone)]
pub(crate) struct Tenure {
    until: watch::Receiver<BootTime>,
    clock: Arc<dyn Clock>,
}

impl Tenure {
    /// Returns true while nobody else can have begun a term.
    pub(crate) fn holds(&self) -> bool {
        self.clock.boot_time() + MARGIN < *self.until.borrow()
    }
}

/// Campaigns for `duty` until `shutdown`, and works whenever this master leads. `work` ends when its token says so; it is
/// dropped where it stands when the term is lost.
pub(crate) async fn run<F>(
    candidate: Candidate,
    duty: Duty,
    shutdown: CancellationToken,
    work: impl Fn(Tenure, CancellationToken) -> F,
) where
    F: Future<Output = ()>,
{
    let mut said = false;
    let leads = |is: f64| metric::LEADING.set(is, &[duty.as_str()]);
    leads(0.0);
    loop {
        let campaign = candidate.election.campaign(duty, &candidate.name);
        let campaigned = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            campaigned = campaign => campaigned,
        };
        match campaigned {
            Ok(Some(term)) => {
                said = false;
                info!(%duty, "this master leads: {duty}");
                leads(1.0);
                lead(&candidate, &term, &shutdown, &work).await;
                leads(0.0);
                continue;
            }
            Ok(None) => said = false,
            Err(error) if !said => {
                said = true;
                warn!(%duty, %error, "cannot ask who leads; trying again");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(CAMPAIGN_EVERY) => {}
        }
    }
}

/// Works for one term, then gives it back.
async fn lead<F>(
    candidate: &Candidate,
    term: &Term,
    shutdown: &CancellationToken,
    work: &impl Fn(Tenure, CancellationToken) -> F,
) where
    F: Future<Output = ()>,
{
    let (until, seen) = watch::channel(term.holds_until);
    let tenure = Tenure { until: seen, clock: candidate.clock.clone() };
    let finished = async {
        shutdown.cancelled().await;
        sleep(FINISH_MAX).await;
    };
    {
        let mut working = pin!(work(tenure.clone(), shutdown.child_token()));
        tokio::select! {
            biased;
            () = keep(candidate, term, &until, &tenure) => warn!(duty = %term.duty, "this master leads no more: {}", term.duty),
            () = finished => {}
            () = &mut working => {}
        }
    }
    match timeout(RESIGN_MAX, candidate.election.resign(term)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(%error, "cannot give the lead back; its lease ends by itself"),
        Err(_) => warn!("cannot give the lead back in time; its lease ends by itself"),
    }
}

/// Renews a term for as long as it can; returns when it is, or may soon be, over.
async fn keep(candidate: &Candidate, term: &Term, until: &watch::Sender<BootTime>, tenure: &Tenure) {
    let mut next_beat = Instant::now() + BEAT;
    while tenure.holds() {
        sleep_until(next_beat.min(Instant::now() + LOOK_EVERY)).await;
        if Instant::now() < next_beat {
            continue;
        }
        let left = until.borrow().since(candidate.clock.boot_time() + MARGIN);
        next_beat = Instant::now() + RETRY;
        match timeout(left.to_std(), candidate.election.renew(term)).await {
            Ok(Ok(Some(renewed))) => {
                until.send_replace(renewed.holds_until);
                next_beat = Instant::now() + BEAT;
            }
            Ok(Ok(None)) => return,
            Ok(Err(error)) => warn!(duty = %term.duty, %error, "cannot renew the lead; trying again"),
            Err(_) => {}
        }
    }
}
