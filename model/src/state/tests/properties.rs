//! What holds for every row of transitions.

use proptest::prelude::*;

use super::*;
use crate::id::Fence;

/// Ticks at these instants.
struct Row(Vec<i64>);

impl Ticks for Row {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.0.iter().find(|tick| **tick > after.as_millis()).map(|tick| Timestamp::from_millis(*tick))
    }
}

proptest! {
    #[test]
    fn the_last_tick_of_a_span_is_found_without_walking_it(
        ticks in proptest::collection::btree_set(-5_000i64..5_000, 0..40),
        after in -6_000i64..6_000,
        length in -100i64..9_000,
    ) {
        let naive = ticks.iter().copied().rfind(|tick| after < *tick && *tick <= after + length);
        let row = Row(ticks.into_iter().collect());
        let found = row.last_within(Timestamp::from_millis(after), Timestamp::from_millis(after + length));
        prop_assert_eq!(found.map(Timestamp::as_millis), naive);
    }
}

/// One thing that happens to the record.
#[derive(Debug, Clone)]
enum Event {
    Wait(u32),
    Claim(u32),
    Complete {
        index: usize,
        status: usize,
        for_workers_sake: bool,
        ago: u32,
    },
    Lose {
        index: usize,
        how: usize,
    },
    Pause(Option<u32>),
    Resume,
    Save {
        period: Option<usize>,
        enabled: bool,
    },
    Recreate,
    RunNow(u8),
    Kill,
    Record,
    /// The store was put back, and the facts know of some runs.
    Restore {
        knows: usize,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0u32..90_000).prop_map(Event::Wait),
        1 => (0u32..2_000_000).prop_map(Event::Wait),
        6 => (0u32..4).prop_map(Event::Claim),
        4 => (0usize..4, 0usize..5, any::<bool>(), 0u32..20_000).prop_map(
            |(index, status, for_workers_sake, ago)| Event::Complete { index, status, for_workers_sake, ago }
        ),
        1 => (0usize..4, 0usize..4).prop_map(|(index, how)| Event::Lose { index, how }),
        1 => proptest::option::of(0u32..100_000).prop_map(Event::Pause),
        1 => Just(Event::Resume),
        1 => (proptest::option::of(0usize..3), any::<bool>())
            .prop_map(|(period, enabled)| Event::Save { period, enabled }),
        1 => Just(Event::Recreate),
        2 => (0u8..30).prop_map(Event::RunNow),
        1 => Just(Event::Kill),
        1 => Just(Event::Record),
        1 => (0usize..4).prop_map(|knows| Event::Restore { knows }),
    ]
}

const PERIODS: [i64; 3] = [1_000, 7_000, 60_000];
const STATUSES: [RunStatus; 5] =
    [RunStatus::Succeeded, RunStatus::Failed, RunStatus::HostError, RunStatus::Lost, RunStatus::NotStarted];

/// A job and its record, with the clock.
struct Story {
    text: SavedJob,
    period: usize,
    state: JobState,
    now: Timestamp,
    uids: u32,
}

impl Story {
    fn new(text: SavedJob, period: usize) -> Self {
        let ticks = Every(PERIODS[period]);
        let state = save(None, spec(&text, &ticks), at(0)).unwrap();
        Self { text, period, state, now: at(0), uids: 0 }
    }

    fn ticks(&self) -> Every {
        Every(PERIODS[self.period])
    }

    fn after(&mut self, event: &Event) {
        let (now, ticks) = (self.now, self.ticks());
        let text = self.text.clone();
        let spec = spec(&text, &ticks);
        let active = |index: usize| self.state.active.get(index).map(|active| active.run.clone());
        let next = match event {
            Event::Wait(millis) => {
                self.now = now + Span::from_millis(u64::from(*millis));
                None
            }
            Event::Claim(slots) => {
                let by = Claimant { free_slots: *slots, ..claimant("w1") };
                let step = claim(&self.state, spec, now, &by).unwrap();
                if let Some(step) = &step {
                    assert!(step.starts.len() <= *slots as usize);
                }
                step.map(|step| step.state)
            }
            Event::Complete { index, status, for_workers_sake, ago } => active(*index).map(|run| {
                let end = Completion {
                    run,
                    worker: "w1".parse().unwrap(),
                    status: if *for_workers_sake { RunStatus::NotStarted } else { STATUSES[*status] },
                    for_workers_sake: *for_workers_sake,
                    ended_at: now - Span::from_millis(u64::from(*ago)),
                };
                completes(&self.state, spec, now, &end)
            }),
            Event::Lose { index, how } => active(*index).and_then(|run| {
                let hows = [
                    Settle::NoFolderSameBoot,
                    Settle::NoFolderOtherBoot,
                    Settle::ByHand { by: "ann".into() },
                    Settle::WorkerGone { since: now - secs(60) },
                ];
                lose(&self.state, Some(spec), now, &run, &hows[*how]).ok().map(|next| next.unwrap())
            }),
            Event::Pause(until) => {
                let until = until.map(|millis| now + Span::from_millis(u64::from(millis)));
                Some(pause(&self.state, spec, now, paused(now, until)).unwrap())
            }
            Event::Resume => Some(resume(&self.state, spec, now).unwrap()),
            Event::Save { period, enabled } => {
                self.text.spec_id = self.text.spec_id.next();
                self.text.job.enabled = *enabled;
                self.period = period.unwrap_or(self.period);
                self.text.job.schedule = format!("{}", self.period);
                let ticks = self.ticks();
                let new = Spec { saved: &self.text, ticks: &ticks, worker: None };
                Some(save(Some((&self.state, Some(spec))), new, now).unwrap())
            }
            Event::Recreate => {
                let deleted = delete(&self.state, spec, now, "ann", true).unwrap();
                let uid = format!("{:032x}", self.uids).parse().unwrap();
                let text = SavedJob { uid, ..self.text.clone() };
                let new = Spec { saved: &text, ..spec };
                let saved = save(deleted.as_ref().map(|state| (state, None)), new, now);
                if saved.is_ok() {
                    self.uids += 1;
                    self.text = text.clone();
                }
                saved.ok()
            }
            Event::RunNow(key) => match run_now(&self.state, spec, now, request(&key.to_string())) {
                Ok(RunNowStep::Added(state, _)) => Some(*state),
                _ => None,
            },
            Event::Kill => Some(kill(&self.state, now, "ann", &KillTarget::All).unwrap().state),
            Event::Record => recorded(&self.state, &self.state.unrecorded.clone()),
            Event::Restore { knows } => Some(self.restored(spec, *knows)),
        };
        if let Some(next) = next {
            assert!(next.uid != self.state.uid || next.resolved >= self.state.resolved, "resolved falls");
            self.state = next;
        }
    }

    /// Restores until nothing is in doubt, and sees that nothing starts which the record named before.
    fn restored(&self, spec: Spec<'_>, knows: usize) -> JobState {
        let known = |run: &RunId| match usize::from(run.as_str().as_bytes()[0]) % 4 {
            class if class < knows => Known::Ended,
            3 => Known::Open(Fence(7)),
            _ => Known::Nothing,
        };
        let mut next = restore(&self.state, Some(spec), self.now, &known).unwrap();
        while !in_doubt(&next).is_empty() {
            assert!(next.unrecorded.len() <= UNRECORDED_MAX);
            let left = in_doubt(&next).len();
            let told = recorded(&next, &next.unrecorded.clone()).unwrap();
            next = restore(&told, Some(spec), self.now, &known).unwrap();
            assert!(in_doubt(&next).len() < left, "what was recorded makes room");
        }
        assert_eq!(next.last_keys, self.state.last_keys);
        let again = restore(&next, Some(spec), self.now, &known).unwrap();
        assert_eq!(again, next, "done twice it does nothing more");
        if let Ok(Some(step)) = claim(&next, spec, self.now, &Claimant { free_slots: 99, ..claimant("w1") }) {
            assert_eq!(step.starts, [], "what had fallen due, was owed or asked for starts again");
        }
        next
    }

    fn holds(&self) {
        let state = &self.state;
        assert!(state.active.len() <= ACTIVE_MAX && state.retries.len() <= RETRIES_MAX);
        assert!(state.requests.len() <= REQUESTS_MAX && state.unrecorded.len() <= UNRECORDED_MAX);
        assert!(state.last_keys.len() <= KEYS_MAX);
        let runs: std::collections::HashSet<_> = state.active.iter().map(|active| &active.run).collect();
        assert_eq!(runs.len(), state.active.len(), "a run is under way once");
    }

    /// The wake is now exactly when a claim does something now, and nothing happens before it.
    fn wakes_in_time(&self, samples: &[u32]) {
        let ticks = self.ticks();
        let spec = spec(&self.text, &ticks);
        let wake = next_wake(&self.state, spec, self.now);
        let acts = |now| {
            claim(&self.state, spec, now, &Claimant { free_slots: 99, ..claimant("w1") }).unwrap().is_some()
        };
        assert_eq!(acts(self.now), wake.is_some_and(|wake| wake <= self.now), "{wake:?} at {}", self.now);
        let ahead = wake.map_or(3_000_000, |wake| wake.since(self.now).as_millis());
        for sample in samples {
            let millis = u64::from(*sample) * ahead / 1000;
            let then = self.now + Span::from_millis(millis);
            if millis < ahead {
                assert!(!acts(then), "a claim does something at {then}, before its wake {wake:?}");
            }
        }
        if ahead > 0 {
            assert!(!acts(self.now + Span::from_millis(ahead - 1)), "{wake:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_row_of_events_keeps_the_record_bounded_rising_and_woken_in_time(
        events in proptest::collection::vec(event(), 1..60),
        overlap in 0usize..3,
        missed in 0usize..3,
        deadline in 0u64..120,
        jitter in prop_oneof![Just(0u64), 0u64..20_000],
        retries in 0u32..3,
        period in 0usize..3,
        samples in proptest::collection::vec(0u32..1000, 5),
    ) {
        use crate::policy::{MissedPolicy, OnWorkerLoss, Overlap};
        let text = saved(|job| {
            job.overlap = [Overlap::Allow, Overlap::Skip, Overlap::Replace][overlap];
            job.missed.policy = [MissedPolicy::None, MissedPolicy::Latest, MissedPolicy::All][missed];
            (job.missed.window, job.missed.max) = (secs(deadline * 3), 5);
            (job.start_deadline, job.jitter) = (secs(deadline), Span::from_millis(jitter));
            job.retries.max = retries;
            job.on_worker_loss = OnWorkerLoss::Rerun;
        });
        let mut story = Story::new(text, period);
        for event in &events {
            story.after(event);
            story.holds();
            story.wakes_in_time(&samples);
        }
    }
}
