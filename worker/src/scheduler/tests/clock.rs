//! Clocks that are set, slewed and stopped while jobs wait: late ticks fall under their job's policies, none starts
//! twice, and none starts before the clock is trusted.

use std::collections::BTreeSet;
use std::time::Duration;

use model::ports::Clock;
use model::state::{Unrecorded, Unrun};
use model::worker::ClockChange;
use proptest::prelude::*;

use super::*;
use crate::clock_guard::{ClockGuard, Reading};

/// The clocks of the machine.
#[derive(Clone, Copy)]
struct Hands {
    wall_ms: i64,
    boot_ms: u64,
    awake: Duration,
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.wall_ms)
    }
    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(self.boot_ms)
    }
}

/// What a test does to the clocks.
#[derive(Debug, Clone, Copy)]
enum Misfortune {
    Set(i64),
    Sleep(u64),
    /// Milliseconds for each second of the next two minutes.
    Slew(i64),
}

/// A worker of one job, with the store's answers, the heartbeat and runs that end at once.
struct Machine {
    bench: Bench,
    hands: Hands,
    guard: ClockGuard,
    beat_at: BootTime,
    revision: u64,
    runs: BTreeSet<String>,
    /// The ticks that were started, in order.
    started: Vec<Timestamp>,
    resolved: Timestamp,
    events: Vec<ClockChange>,
}

impl Machine {
    fn new(policy: &str) -> Self {
        let more = json!({ "schedule": "* * * * *", "start_deadline": "10m",
            "missed": { "policy": policy, "window": "1h", "max": 10 } });
        let start = now(0);
        let (wall_ms, boot_ms) = (start.wall.as_millis(), start.boot.as_millis());
        let hands = Hands { wall_ms, boot_ms, awake: Duration::ZERO };
        Self {
            bench: Bench::new(64, 1, &more),
            hands,
            guard: ClockGuard::new(Reading::of(&hands, hands.awake)),
            beat_at: start.boot,
            revision: 100,
            runs: BTreeSet::new(),
            started: Vec::new(),
            resolved: Timestamp::MIN,
            events: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        Now { wall: self.hands.now(), boot: self.hands.boot_time() }
    }

    fn state(&self) -> JobState {
        let (_, _, state) = self.bench.decisions.view.states().next().unwrap();
        state.clone()
    }

    /// Lets a second pass, in which the wall clock gains so many milliseconds.
    fn second(&mut self, gains_ms: i64) {
        self.hands.wall_ms += 1_000 + gains_ms;
        self.hands.boot_ms += 1_000;
        self.hands.awake += Duration::from_secs(1);
        if self.now().boot.since(self.beat_at) >= Span::from_seconds(3) {
            self.beat();
        }
        self.on(Event::Wake);
    }

    fn seconds(&mut self, count: u64) {
        (0..count).for_each(|_| self.second(0));
    }

    fn suffer(&mut self, misfortune: Misfortune) {
        match misfortune {
            Misfortune::Set(ms) => self.hands.wall_ms += ms,
            Misfortune::Sleep(ms) => {
                self.hands.wall_ms += ms.cast_signed();
                self.hands.boot_ms += ms;
            }
            Misfortune::Slew(ms) => (0..120).for_each(|_| self.second(ms)),
        }
    }

    fn beat(&mut self) {
        self.beat_at = self.now().boot;
        let event = self.guard.compare(Reading::of(&self.hands, self.hands.awake));
        self.events.extend(event.map(|event| event.change));
        let (clock_ok, offset) = (self.guard.is_settled(), self.guard.offset());
        self.on(Event::Standing(Standing { clock_ok, offset, ..standing(7) }));
    }

    /// Has an event decided, and plays everybody else: the store takes every swap, every run ends at once.
    fn on(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            self.bench.decisions.on(event, 0, self.now(), &mut self.bench.effects);
            for effect in std::mem::take(&mut self.bench.effects) {
                match effect {
                    Effect::Send(order) => {
                        self.revision += 1;
                        let revision = Revision(self.revision);
                        let results = order.parts.iter().map(|_| SwapResult::Swapped(revision)).collect();
                        events.push(Event::Answered(order, Answer::Done(results)));
                    }
                    Effect::Start(launch, ..) => {
                        self.starts(launch.note.record.id.as_ref(), launch.note.record.scheduled_at);
                        events.push(Event::Ended(Ended {
                            run: launch.note.record.id.clone(),
                            kind: Kind::Shell,
                            status: RunStatus::Succeeded,
                            for_workers_sake: false,
                            ended_at: self.now().wall,
                        }));
                    }
                    Effect::CheckRegistration if self.beat_at < self.now().boot => {
                        self.beat_at = self.now().boot;
                        let event = self.guard.compare(Reading::of(&self.hands, self.hands.awake));
                        self.events.extend(event.map(|event| event.change));
                        let (clock_ok, offset) = (self.guard.is_settled(), self.guard.offset());
                        events.push(Event::Standing(Standing { clock_ok, offset, ..standing(7) }));
                    }
                    Effect::CheckRegistration | Effect::Settled(..) => {}
                }
            }
        }
        let resolved = self.state().resolved;
        assert!(resolved >= self.resolved, "{resolved} after {}", self.resolved);
        self.resolved = resolved;
    }

    fn starts(&mut self, run: &str, tick: Timestamp) {
        assert!(self.runs.insert(run.to_owned()), "the tick of {tick} started twice");
        assert!(tick <= self.now().wall, "the tick of {tick} started before its time");
        assert!(self.guard.is_settled(), "a start while the clock was not trusted");
        let offset = Offset::of(self.now().wall, self.now().boot);
        assert_eq!(
            offset.moved_since(self.guard.offset()),
            None,
            "a start by a clock that nobody had compared"
        );
        self.started.push(tick);
    }

    /// Returns the minutes after the test's own midnight that were started since.
    fn minutes(&self, since: usize) -> Vec<i64> {
        let midnight = now(0).wall.as_seconds();
        self.started[since..].iter().map(|tick| (tick.as_seconds() - midnight) / 60).collect()
    }

    /// Returns the rows of minutes that ended as missed.
    fn missed(&self) -> Vec<(i64, i64)> {
        let midnight = now(0).wall.as_seconds();
        let minute = |at: Timestamp| (at.as_seconds() - midnight) / 60;
        let rows = self.state().unrecorded.into_iter().filter_map(|end| match end {
            Unrecorded::Ticks { from, to, end: Unrun::Missed { .. }, .. } => Some((minute(from), minute(to))),
            _ => None,
        });
        rows.collect()
    }
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// At 2 min 30 s the clock goes on by some hours: set forward, or while the machine slept. What is late still starts,
/// what is past its deadline falls under the missed policy.
#[test]
fn ticks_that_the_clock_went_by_are_late_and_fall_under_the_missed_policy() {
    let misfortunes = [Misfortune::Set(HOUR), Misfortune::Set(DAY), Misfortune::Sleep(3 * HOUR as u64)];
    for misfortune in misfortunes {
        for (policy, caught_up) in [("none", 0), ("latest", 1), ("all", 10)] {
            let mut machine = Machine::new(policy);
            machine.seconds(150);
            assert_eq!(machine.minutes(0), [1, 2]);
            machine.suffer(misfortune);
            machine.seconds(20);
            let now = 2 + match misfortune {
                Misfortune::Set(ms) => ms / 60_000,
                Misfortune::Sleep(ms) => ms.cast_signed() / 60_000,
                Misfortune::Slew(_) => 0,
            };
            let mut started = machine.minutes(2);
            started.sort_unstable();
            let late = now - 9;
            assert_eq!(started, (late - caught_up..=now).collect::<Vec<_>>(), "{policy} {misfortune:?}");
            assert_eq!(machine.missed(), [(3, late - caught_up - 1)], "{policy} {misfortune:?}");
            let told = if matches!(misfortune, Misfortune::Set(_)) {
                ClockChange::SetForward
            } else {
                ClockChange::Slept
            };
            assert_eq!(machine.events, [told]);
            machine.seconds(60);
            assert_eq!(machine.minutes(2).len(), started.len() + 1, "and then it goes on");
        }
    }
}

#[test]
fn a_clock_that_was_set_back_comes_by_ticks_again_and_none_starts_again() {
    for (ms, step) in [(30_000, 1), (HOUR, 1), (DAY, 20)] {
        for policy in ["none", "latest", "all"] {
            let mut machine = Machine::new(policy);
            machine.seconds(150);
            machine.suffer(Misfortune::Set(-ms));
            let seconds = (ms / 1_000 + 25) / step;
            for _ in 0..seconds {
                // Larger steps where a whole day must pass: both clocks alike.
                machine.suffer(Misfortune::Sleep((step as u64 - 1) * 1_000));
                machine.second(0);
            }
            assert_eq!(
                machine.minutes(0),
                [1, 2],
                "{policy}: an hour that comes again has no ticks of its own"
            );
            machine.seconds(30);
            assert_eq!(machine.minutes(2), [3], "{policy}: then it goes on where it was");
            assert_eq!(machine.missed(), [], "{policy}");
            assert_eq!(machine.events[0], ClockChange::SetBack);
        }
    }
}

#[test]
fn a_clock_that_is_corrected_slowly_loses_nothing() {
    for gains_ms in [-100, 100] {
        let mut machine = Machine::new("none");
        for _ in 0..5 {
            machine.suffer(Misfortune::Slew(gains_ms));
        }
        let minutes = machine.minutes(0);
        assert_eq!(minutes, (1..=if gains_ms > 0 { 11 } else { 9 }).collect::<Vec<_>>());
        assert_eq!((machine.missed(), machine.events), (vec![], vec![]));
    }
}

/// A plan that was made from a wrong `now` would keep a job waiting until that instant comes.
#[test]
fn plans_made_while_the_clock_was_ahead_are_made_anew() {
    let mut bench = Bench::new(8, 1, &json!({ "schedule": "* * * * *" }));
    bench.on(Event::Wake, 60);
    let refused = |order| Event::Answered(order, Answer::Refused(StoreError::Permanent("no".into())));
    let order = bench.orders().remove(0);
    let ahead = Now { wall: now(60).wall + Span::from_days(1), boot: now(60).boot };
    bench.decisions.on(refused(order), 0, ahead, &mut bench.effects);
    bench.effects.clear();
    bench.on(Event::Standing(standing(7)), 61);
    assert_eq!(bench.orders().len(), 1, "it is due by the clock that was set right");
}

/// The run goes on while the clock is set: it forbids the ticks up to its end by the clock that was trusted.
#[test]
fn a_run_that_ends_while_the_clock_is_not_trusted_forbids_no_ticks_ahead() {
    let mut bench = Bench::new(8, 1, &json!({ "schedule": "* * * * *", "overlap": "skip" }));
    bench.on(Event::Wake, 60);
    let claim = bench.orders().remove(0);
    let run = claim.parts[0].runs[0].clone();
    bench.swapped(claim, 101, 60);
    let ahead = Now { wall: now(65).wall + Span::from_minutes(5), boot: now(65).boot };
    let (kind, status) = (Kind::Shell, RunStatus::Succeeded);
    let ended = Ended { run, kind, status, for_workers_sake: false, ended_at: ahead.wall };
    bench.decisions.on(Event::Ended(ended), 0, ahead, &mut bench.effects);
    let end = bench.orders().remove(0);
    let state = end.parts[0].swap.state.clone().unwrap();
    assert_eq!((state.resolved, state.unrecorded), (now(60).wall, vec![]));
}

fn misfortune() -> impl Strategy<Value = Misfortune> {
    prop_oneof![
        (-90_000_000_i64..90_000_000).prop_map(Misfortune::Set),
        (-200_000_i64..200_000).prop_map(Misfortune::Set),
        (0_u64..20_000_000).prop_map(Misfortune::Sleep),
        (-150_i64..150).prop_map(Misfortune::Slew),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The machine itself asserts: no start twice, none early, none untrusted, `resolved` never falls.
    #[test]
    fn whatever_the_clocks_do_no_tick_starts_twice(
        policy in prop::sample::select(vec!["none", "latest", "all"]),
        script in prop::collection::vec((0_u64..150, misfortune()), 1..12),
    ) {
        let mut machine = Machine::new(policy);
        for (seconds, misfortune) in script {
            machine.seconds(seconds);
            machine.suffer(misfortune);
        }
        machine.seconds(30);
        let ticks: BTreeSet<Timestamp> = machine.started.iter().copied().collect();
        prop_assert_eq!(ticks.len(), machine.started.len());
    }
}
