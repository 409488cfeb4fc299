//! What the owner of a worker should know of its host processes as they go: that one ended by itself, how often that
//! happened, that the last one did not come up or has no pool.
//!
//! Flow: `keeper` → **`Health`** → `hosts` → the notes of `enforceable()`, which the worker's status repeats.
//! Not here: the log, which has each end with its reason when it happens (`keeper`).

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::host_note::HostNote;
use model::metric;
use model::time::Timestamp;

/// How the hosts of one worker have been.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<History>);

#[derive(Debug, Default)]
struct History {
    /// Ends that nobody asked for.
    ends: u64,
    last: Option<(Timestamp, String)>,
    /// Why the last host that was started did not come up.
    down: Option<String>,
    unpooled: bool,
}

impl Health {
    /// Notes that a host is ready, and why it has no pool when it has none.
    pub(super) fn ready(&self, unpooled: Option<&str>) {
        if let Some(why) = unpooled {
            tracing::warn!("modules run without a pool of instances, which is slower: {why}");
        }
        let mut history = self.lock();
        (history.down, history.unpooled) = (None, unpooled.is_some());
    }

    /// Notes that a host did not come up.
    pub(super) fn failed(&self, why: String) {
        self.lock().down = Some(why);
    }

    /// Notes that a host ended by itself or had to be killed, in words that go on from its name.
    pub(super) fn ended(&self, at: Timestamp, how: &str) {
        let mut history = self.lock();
        history.ends += 1;
        history.last = Some((at, how.to_owned()));
    }

    /// Returns all that. Asked for again and again, as a status is; so a figure is told here too, to a recorder
    /// that may have come later than the first host.
    pub(super) fn notes(&self) -> Vec<HostNote> {
        let history = self.lock();
        metric::MODULES_UNPOOLED.set(f64::from(u8::from(history.unpooled)), &[]);
        let mut notes = Vec::new();
        if let Some((at, how)) = &history.last {
            notes.push(HostNote::HostEnded { times: history.ends, how: how.clone(), at: *at });
        }
        if let Some(why) = &history.down {
            notes.push(HostNote::NoModuleRuns { why: why.clone() });
        }
        if history.unpooled {
            notes.push(HostNote::NoPool);
        }
        notes
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_and_what_is_over_is_told_no_more() {
        let health = Health::default();
        let words = || health.notes().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(words(), Vec::<String>::new());
        health.failed("it was not ready".into());
        health.ended(Timestamp::from_seconds(0), "was killed by signal 9");
        health.ended(Timestamp::from_seconds(60), "was out of memory");
        let notes = words();
        assert!(
            notes[0].contains("ended 2 times")
                && notes[0].contains("the last one was out of memory, at 1970")
        );
        assert_eq!(notes[1..], ["no module can run: it was not ready"]);
        health.ready(Some("no addresses are left"));
        assert_eq!(words()[1..], ["there is no pool of instances: modules start slower"]);
        health.ready(None);
        assert_eq!(health.notes().len(), 1, "what has ended stays counted");
    }
}
