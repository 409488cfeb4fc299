//! The place of one user's host: which process has it now, and when the next one may.
//!
//! Flow: `hosts` asks the seat for a living host, and else starts one when the seat says. Not here: starting it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::keeper::Host;
use super::user::User;

/// How long a host is not started again after its first end, doubled with each one.
const BACKOFF: Duration = Duration::from_millis(100);
/// The longest such time.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A host that lived so long starts the count anew.
const STEADY_AFTER: Duration = Duration::from_secs(60);

/// The place of one user's host.
pub(super) struct Seat {
    pub(super) user: User,
    pub(super) state: tokio::sync::Mutex<State>,
}

/// What became of the host so far.
#[derive(Default)]
pub(super) struct State {
    pub(super) host: Option<Arc<Host>>,
    /// What a host that is being started comes through.
    pub(super) raising: Option<oneshot::Receiver<Result<Arc<Host>, String>>>,
    /// Ends in a row.
    pub(super) ends: u32,
    pub(super) not_before: Option<Instant>,
}

impl State {
    /// Returns the host if it lives; notes its end if it does not.
    pub(super) fn living(&mut self) -> Option<Arc<Host>> {
        let host = self.host.take()?;
        if host.runs.is_closed() {
            self.ended(host.since.elapsed());
            return None;
        }
        self.host = Some(host.clone());
        Some(host)
    }

    /// Notes that a host ended after it had lived so long.
    pub(super) fn ended(&mut self, lived: Duration) {
        self.ends = if lived >= STEADY_AFTER { 1 } else { self.ends.saturating_add(1) };
        let doubled = BACKOFF.saturating_mul(1 << (self.ends - 1).min(16));
        self.not_before = Some(Instant::now() + doubled.min(BACKOFF_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_keep_ending_are_started_ever_more_slowly() {
        let mut state = State::default();
        let mut wait = |lived| {
            state.ended(lived);
            state.not_before.expect("it ended").duration_since(Instant::now())
        };
        let soon = Duration::from_millis(100);
        assert!(wait(Duration::ZERO) <= soon);
        for _ in 0..20 {
            wait(Duration::ZERO);
        }
        let late = wait(Duration::ZERO);
        assert!(late > soon && late <= BACKOFF_MAX, "{late:?}");
        assert!(wait(STEADY_AFTER) <= soon, "a host that lived long begins the count anew");
    }
}
