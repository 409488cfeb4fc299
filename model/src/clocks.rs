//! Judges a clock by those of others.
//!
//! Another clock is seen through a store: what passed on the road is a doubt and never a fault, so each is seen between
//! two bounds. A clock is off when it surely differs by more than half a second from the middle of all; of two that
//! differ nobody can say which is right, so both are off.
//!
//! Flow: worker's `registration`, master's `clock` → **`clocks`** → what is not claimed, saved or judged.
//! Not here: reading a clock, and a clock that was set a moment ago (the worker's `clock_guard`).

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::{Span, Timestamp};
use crate::worker::Worker;

/// How far a clock may be from the middle of all.
pub const CLOCK_OFF: Span = Span::from_millis(500);
/// How old the status of a live worker is at most: it is written every ten seconds, and once or twice that may fail.
pub const STATUS_AGE_MAX: Span = Span::from_seconds(30);
/// What the clock of the facts store is called.
pub const FACTS_STORE: &str = "the facts store";
/// Most names in a judgement.
const NAMES_MAX: usize = 5;

/// How far one clock is ahead of another, in milliseconds; behind it where negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ahead {
    /// At least so far.
    pub least_ms: i64,
    /// At most so far.
    pub most_ms: i64,
}

impl Ahead {
    /// Returns how far a clock is ahead that showed something between `from` and `to` when the other one showed `theirs`.
    pub fn between(from: Timestamp, to: Timestamp, theirs: Timestamp) -> Self {
        let ahead = |ours: Timestamp| ours.as_millis().saturating_sub(theirs.as_millis());
        Self { least_ms: ahead(from), most_ms: ahead(to.max(from)) }
    }

    /// Returns how far a clock is ahead of another one, when both are known against a third.
    #[must_use]
    pub fn against(self, other: Self) -> Self {
        Self {
            least_ms: self.least_ms.saturating_sub(other.most_ms),
            most_ms: self.most_ms.saturating_sub(other.least_ms),
        }
    }

    /// Returns how far it surely is ahead or behind; zero when it may be neither.
    fn surely_ms(self) -> i64 {
        if self.least_ms > 0 { self.least_ms } else { self.most_ms.min(0) }
    }
}

/// Another clock, as one of ours saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Whose it is.
    pub of: String,
    /// How far ours is ahead of it.
    pub ahead: Ahead,
}

/// When something was asked, on our own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Before it was sent.
    pub from: Timestamp,
    /// After it was answered.
    pub to: Timestamp,
}

impl Sight {
    /// Returns the facts store's clock, which showed `theirs` when it was asked.
    pub fn of_facts_store(ahead: Ahead) -> Self {
        Self { of: FACTS_STORE.to_owned(), ahead }
    }

    /// Returns a worker's clock. Two that both know how far they are ahead of the facts store's know it of each other;
    /// else its status tells, which was written before `asked` and after `unseen`, when it was not there yet.
    pub fn of_worker(worker: &Worker, facts: Option<Ahead>, asked: Asked, unseen: Option<Timestamp>) -> Self {
        let status = &worker.status;
        let ahead = match (facts, status.facts_clock) {
            (Some(ours), Some(theirs)) => ours.against(theirs),
            _ => {
                let oldest = asked.from - STATUS_AGE_MAX;
                Ahead::between(unseen.map_or(oldest, |unseen| unseen.max(oldest)), asked.to, status.at)
            }
        };
        Self { of: format!("worker `{}`", worker.identity.id), ahead }
    }
}

/// A clock that is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClockOff {
    /// How far it is ahead of the middle of all, in milliseconds; behind where negative.
    pub ahead_ms: i64,
    /// Whose clocks say so, at most five.
    pub against: Vec<String>,
}

impl ClockOff {
    /// Returns how far it is ahead of whose clocks, or behind.
    pub fn in_words(&self) -> String {
        let by = Span::from_millis(self.ahead_ms.unsigned_abs());
        let way = if self.ahead_ms > 0 { "ahead of" } else { "behind" };
        format!("{by} {way} {}", self.against.join(", "))
    }
}

impl fmt::Display for ClockOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its clock is {}", self.in_words())
    }
}

/// Returns by how much our clock is off, if it is, by all the clocks that were seen.
pub fn judge(seen: &[Sight]) -> Option<ClockOff> {
    let mut votes: Vec<i64> = seen.iter().map(|sight| sight.ahead.surely_ms()).chain([0]).collect();
    votes.sort_unstable();
    let (low, high) = (votes[(votes.len() - 1) / 2], votes[votes.len() / 2]);
    // Of two middles the farther one: when nobody can say who is right, nobody is trusted.
    let ahead_ms = if low.unsigned_abs() > high.unsigned_abs() { low } else { high };
    let off = |ms: i64| ms.unsigned_abs() > CLOCK_OFF.as_millis() && ms.signum() == ahead_ms.signum();
    let against = seen.iter().filter(|sight| off(sight.ahead.surely_ms())).map(|sight| sight.of.clone());
    off(ahead_ms).then(|| ClockOff { ahead_ms, against: against.take(NAMES_MAX).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(ahead: &[(i64, i64)]) -> Vec<Sight> {
        let sight = |(n, (least_ms, most_ms)): (usize, &(i64, i64))| Sight {
            of: format!("c{n}"),
            ahead: Ahead { least_ms: *least_ms, most_ms: *most_ms },
        };
        ahead.iter().enumerate().map(sight).collect()
    }

    /// Catches: a mean in place of the median, doubt that counts as a fault, and a tie that trusts both.
    #[test]
    fn a_clock_is_judged_by_the_middle_of_all() {
        type Case = (&'static str, &'static [(i64, i64)], Option<i64>);
        let table: [Case; 13] = [
            ("nobody to compare with", &[], None),
            ("one that agrees", &[(-3, 4)], None),
            ("within half a second", &[(400, 500)], None),
            ("one other, far away: nobody knows who is right", &[(2_000, 2_010)], Some(2_000)),
            ("behind one other", &[(-2_010, -2_000)], Some(-2_000)),
            ("one of three is far away, and it is not ours", &[(0, 5), (2_000, 2_005)], None),
            ("ours is the one of three", &[(2_000, 2_005), (2_010, 2_020)], Some(2_000)),
            ("a day behind all", &[(-86_400_000, -86_399_990); 3], Some(-86_399_990)),
            ("two against two", &[(0, 1), (900, 901), (900, 905)], Some(900)),
            ("three against two", &[(0, 1), (-2, 1), (900, 901), (900, 905)], None),
            ("a slow road is no fault", &[(-30_000, 3)], None),
            ("a slow road may still prove it", &[(700, 31_000)], Some(700)),
            ("some ahead and some behind", &[(-5_000, -4_900), (5_000, 5_100)], None),
        ];
        for (name, ahead, off) in table {
            let judged = judge(&seen(ahead));
            assert_eq!(judged.map(|off| off.ahead_ms), off, "{name}");
        }
    }

    #[test]
    fn a_judgement_names_those_who_say_so() {
        let off = judge(&seen(&[(2_013, 2_020), (0, 3), (2_100, 2_200), (9_000, 9_001)])).unwrap();
        assert_eq!(off.against, ["c0", "c2", "c3"]);
        assert_eq!(off.to_string(), "its clock is 2s13ms ahead of c0, c2, c3");
        let behind = judge(&seen(&[(-61_000, -60_000)])).unwrap();
        assert_eq!(behind.in_words(), "1m behind c0");
    }

    #[test]
    fn what_passed_on_the_road_is_doubt() {
        let at = Timestamp::from_millis;
        let ahead = Ahead::between(at(10_000), at(10_300), at(10_100));
        assert_eq!(ahead, Ahead { least_ms: -100, most_ms: 200 });
        let other = Ahead { least_ms: 1_990, most_ms: 2_010 };
        assert_eq!(ahead.against(other), Ahead { least_ms: -2_110, most_ms: -1_790 });
        assert_eq!(other.against(ahead), Ahead { least_ms: 1_790, most_ms: 2_110 });
        let set_back_meanwhile = Ahead::between(at(10_000), at(9_000), at(10_000));
        assert_eq!(set_back_meanwhile, Ahead { least_ms: 0, most_ms: 0 });
    }
}
