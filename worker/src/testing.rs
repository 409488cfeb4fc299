//! The worker's inside as benches see it: the plans alone, and the decisions of a worker that has loaded its jobs.
//!
//! Not here: anything that a worker does with the outside; the store that answers is the bench's.

use std::sync::Arc;

use model::id::{Revision, WorkerId};
use model::ports::{Registration, Snapshot, SwapResult};
use model::time::{BootTime, Span, Timestamp};

use crate::claim::Answer;
use crate::clock_guard::Offset;
use crate::registration::Standing;
use crate::runner::Table;
use crate::scheduler::{Decisions, Effect, Event, Me, Now};
use crate::timetable::Timetable;
use crate::view::Id;
use crate::watch::News;

/// The plans of many jobs, and nothing else of them.
#[derive(Debug, Default)]
pub struct Plans(Timetable);

impl Plans {
    /// Plans to look at a job at `at`, in place of any earlier plan.
    pub fn plan(&mut self, job: usize, at: Timestamp) {
        self.0.plan(Id::from_index(job), at);
    }

    /// Takes the earliest plan at or before `now` out.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<usize> {
        self.0.pop_due(now).map(Id::index)
    }

    /// Returns the earliest plan.
    pub fn earliest(&mut self) -> Option<Timestamp> {
        self.0.earliest()
    }
}

/// A worker's decisions, with a store that takes every swap.
pub struct Loaded {
    decisions: Decisions,
    revision: u64,
    offset_ms: i64,
}

impl Loaded {
    /// Returns a registered worker of so many slots that has loaded `snapshot` at `now`.
    pub fn new(snapshot: Snapshot, slots: u32, now: Timestamp) -> Self {
        let boot = BootTime::from_millis(1_000_000);
        let id: WorkerId = "bench".parse().expect("letters are a worker's id");
        let registration =
            Registration { id: id.clone(), revision: Revision(1), holds_until: BootTime::NEVER };
        let standing = Standing {
            registration: Some(registration),
            clock_ok: true,
            offset: Offset::of(now, boot),
            clock_event: None,
            peers: Arc::from([]),
            peers_seen_at: Some(BootTime::from_millis(0)),
        };
        let me = Me {
            id,
            boot: "boot".parse().expect("letters are a boot's id"),
            labels: std::collections::BTreeMap::new(),
            slots,
            refuses: std::collections::BTreeSet::new(),
            zone_data: "2026a".to_owned(),
            backlog_max: usize::MAX,
            folder_is_new: false,
            shell_outlives: true,
        };
        let revision = snapshot.revision.0;
        let mut decisions = Decisions::new(me, Span::from_seconds(30), Table::default(), standing);
        let offset_ms = now.as_millis() - 1_000_000;
        decisions.on(Event::News(News::Loaded(snapshot)), 0, instant(now, offset_ms), &mut Vec::new());
        Self { decisions, revision, offset_ms }
    }

    /// Wakes the worker and answers all that it sends, until it sends no more. Returns how many runs it would start.
    pub fn wake(&mut self, now: Timestamp) -> usize {
        let now = instant(now, self.offset_ms);
        let (mut effects, mut started) = (Vec::new(), 0);
        self.decisions.on(Event::Wake, 0, now, &mut effects);
        while let Some(effect) = effects.pop() {
            match effect {
                Effect::Send(order) => {
                    self.revision += 1;
                    let revision = Revision(self.revision);
                    let results = order.parts.iter().map(|_| SwapResult::Swapped(revision)).collect();
                    let answered = Event::Answered(order, Answer::Done(results));
                    self.decisions.on(answered, 0, now, &mut effects);
                }
                Effect::Start(..) => started += 1,
                Effect::CheckRegistration | Effect::Settled(..) => {}
            }
        }
        started
    }
}

fn instant(wall: Timestamp, offset_ms: i64) -> Now {
    let boot = u64::try_from(wall.as_millis() - offset_ms).unwrap_or(0);
    Now { wall, boot: BootTime::from_millis(boot) }
}
