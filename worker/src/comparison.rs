//! Compares this worker's clock with the facts store's and the other workers', at each heartbeat.
//!
//! All that was seen is kept on the boot-time clock and read against the wall clock as it stands: a wall clock that was
//! set needs nothing to be forgotten. The facts store's time is known to the round trip; a worker that knows it as well
//! is compared through it, any other by when its status was first seen.
//!
//! Flow: facts store, registry → **`comparison`** → `registration`.
//! Not here: who is right (`model::clocks`), and a clock that was set a moment ago (`clock_guard`).

use std::collections::HashMap;
use std::time::Duration;

use model::clocks::{self, Ahead, Asked, ClockOff, Sight};
use model::id::WorkerId;
use model::ports::{Clock, Facts};
use model::time::{BootTime, Span, Timestamp};
use model::worker::Worker;
use tokio::time::timeout;
use tracing::{error, info};

use crate::clock_guard::Offset;

/// How long the facts store's time is waited for: a claim waits for no log store, and a slow answer says little.
const FACTS_PATIENCE: Duration = Duration::from_secs(1);
/// The same before anything is claimed.
const FACTS_PATIENCE_FIRST: Duration = Duration::from_secs(5);
/// How long its time is remembered: clocks of machines part by some milliseconds a minute at most.
const FACTS_MEMORY: Span = Span::from_minutes(10);

/// When something was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Before it was sent.
    pub(crate) from: BootTime,
    /// After it was answered.
    pub(crate) to: BootTime,
}

/// What was seen of other clocks, and what comes of it.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    facts: Option<(Window, Timestamp)>,
    /// When each worker's status was written, as last seen, and when that was asked.
    statuses: HashMap<WorkerId, Timestamp>,
    statuses_asked: Option<BootTime>,
    off: Option<ClockOff>,
}

impl Comparison {
    /// Asks the facts store for its time; keeps what it said before when it does not answer.
    pub(crate) async fn ask(&mut self, facts: &dyn Facts, clock: &dyn Clock) {
        let from = clock.boot_time();
        let patience = if self.statuses_asked.is_none() { FACTS_PATIENCE_FIRST } else { FACTS_PATIENCE };
        if let Ok(Ok(theirs)) = timeout(patience, facts.server_time()).await {
            self.facts = Some((Window { from, to: clock.boot_time() }, theirs));
        }
    }

    /// Returns how far our clock, which is `offset` from the boot-time clock, is ahead of the facts store's.
    pub(crate) fn facts_clock(&self, offset: Offset, now: BootTime) -> Option<Ahead> {
        let (asked, theirs) = self.facts.filter(|(asked, _)| now.since(asked.to) < FACTS_MEMORY)?;
        Some(Ahead::between(offset.wall_at(asked.from), offset.wall_at(asked.to), theirs))
    }

    /// Compares our clock with all that is known, after the workers in `peers` were seen.
    pub(crate) fn compare(&mut self, me: &WorkerId, peers: &[Worker], asked: Window, offset: Offset) {
        let wall = |boot| offset.wall_at(boot);
        let facts = self.facts_clock(offset, asked.to);
        let mut seen: Vec<Sight> = facts.map(Sight::of_facts_store).into_iter().collect();
        for peer in peers.iter().filter(|peer| peer.identity.id != *me) {
            let known = self.statuses.get(&peer.identity.id);
            let is_new = known.is_some_and(|at| *at != peer.status.at);
            let unseen = self.statuses_asked.filter(|_| is_new).map(wall);
            let asked = Asked { from: wall(asked.from), to: wall(asked.to) };
            seen.push(Sight::of_worker(peer, facts, asked, unseen));
        }
        self.statuses = peers.iter().map(|peer| (peer.identity.id.clone(), peer.status.at)).collect();
        self.statuses_asked = Some(asked.from);
        let off = clocks::judge(&seen);
        match (&self.off, &off) {
            (None, Some(off)) => error!(
                "this machine's clock is {}: nothing is claimed\nhint: let one service set the clocks of all machines",
                off.in_words()
            ),
            (Some(_), None) => info!("this machine's clock agrees with the others again"),
            _ => {}
        }
        self.off = off;
    }

    /// Returns by how much our clock is off, if it is.
    pub(crate) fn off(&self) -> Option<&ClockOff> {
        self.off.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::limits::Enforceable;
    use model::worker::{WorkerIdentity, WorkerStatus};

    use super::*;

    const START: i64 = 1_767_225_600_000;

    fn boot(ms: u64) -> BootTime {
        BootTime::from_millis(ms)
    }

    fn wall(ms: i64) -> Timestamp {
        Timestamp::from_millis(START + ms)
    }

    /// Our own clock, so many milliseconds wrong.
    fn ours(wrong_ms: i64) -> Offset {
        Offset::of(wall(wrong_ms), boot(0))
    }

    fn me() -> WorkerId {
        "w1".parse().unwrap()
    }

    fn peer(id: &str, at: Timestamp, facts_clock: Option<(i64, i64)>) -> Worker {
        let identity = WorkerIdentity {
            id: id.parse().unwrap(),
            boot: "boot".parse().unwrap(),
            host: "h".into(),
            version: "0".into(),
            zone_data: "2026a".into(),
            started_at: at,
        };
        let facts_clock = facts_clock.map(|(least_ms, most_ms)| Ahead { least_ms, most_ms });
        let status = WorkerStatus {
            slots: 1,
            busy: 0,
            labels: BTreeMap::new(),
            clock_ok: true,
            clock_off: None,
            facts_clock,
            clock_event: None,
            disk_free_percent: None,
            output: model::worker::OutputWaits::default(),
            draining: false,
            shell: Enforceable::default(),
            wasm: Enforceable::default(),
            at,
        };
        Worker { identity, status, registration: model::id::Revision(1), drain: None }
    }

    fn at(ms: u64) -> Window {
        Window { from: boot(ms), to: boot(ms + 20) }
    }

    /// Returns how far off our clock is judged, in seconds, after a look at the peers.
    fn look(comparison: &mut Comparison, peers: &[Worker], ms: u64, wrong_ms: i64) -> Option<i64> {
        comparison.compare(&me(), peers, at(ms), ours(wrong_ms));
        comparison.off().map(|off| off.ahead_ms / 1_000)
    }

    /// A status may be half a minute old, so a clock that is a little ahead is not known to be from one look.
    #[test]
    fn a_day_of_difference_shows_at_the_first_look() {
        let peers = [peer("w1", wall(0), None), peer("w2", wall(9_000), None)];
        assert_eq!(look(&mut Comparison::default(), &peers, 10_000, 0), None);
        assert_eq!(look(&mut Comparison::default(), &peers, 10_000, 2_000), None, "it may be old");
        assert_eq!(
            look(&mut Comparison::default(), &peers, 10_000, -3_000),
            Some(-1),
            "none is from the future"
        );
        assert_eq!(look(&mut Comparison::default(), &peers, 10_000, 86_400_000), Some(86_371));
        assert_eq!(look(&mut Comparison::default(), &peers, 10_000, -86_400_000), Some(-86_398));
    }

    /// Catches: a status whose age is taken for the difference of clocks.
    #[test]
    fn a_status_that_is_new_since_the_last_look_tells_more() {
        let mut comparison = Comparison::default();
        assert_eq!(look(&mut comparison, &[peer("w2", wall(1_000), None)], 10_000, 5_000), None);
        assert_eq!(look(&mut comparison, &[peer("w2", wall(11_000), None)], 13_000, 5_000), Some(4));
        assert_eq!(look(&mut comparison, &[peer("w2", wall(21_000), None)], 23_000, 0), None);
    }

    /// Two seconds are seen at once through the facts store's clock, by the one that is wrong.
    #[test]
    fn workers_are_compared_through_the_facts_store() {
        let mut comparison = Comparison { facts: Some((at(1_000), wall(1_010))), ..Comparison::default() };
        let peers = [peer("w2", wall(0), Some((-5, 5))), peer("w3", wall(0), Some((1_990, 2_010)))];
        assert_eq!(look(&mut comparison, &peers, 1_100, 0), None, "the third is the one that is off");
        assert_eq!(look(&mut comparison, &peers, 1_100, 2_000), Some(1));
        let off = comparison.off().unwrap();
        assert_eq!(off.against, ["the facts store", "worker `w2`"]);
        // The facts store is away for longer than its time is remembered.
        assert_eq!(look(&mut comparison, &[], 1_000_000, 2_000), None);
    }

    #[test]
    fn a_clock_that_is_set_right_is_good_at_once() {
        let mut comparison = Comparison { facts: Some((at(1_000), wall(1_010))), ..Comparison::default() };
        assert_eq!(look(&mut comparison, &[], 1_100, -2_000), Some(-1));
        assert_eq!(
            look(&mut comparison, &[], 1_200, 0),
            None,
            "what was seen is read on the clock as it stands"
        );
    }
}
