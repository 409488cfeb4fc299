//! What the worker knows, and the one step that is right after any event.
//!
//! An event changes what is known; then the same step runs: settle what has ended, settle what was lost, claim what
//! is due. It reads the state that it needs, so an event that was missed costs time and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use model::id::{BootId, JobName, RunId, WorkerId};
use model::job::Job;
use model::outcome::Stop;
use model::ports::{Guard, Registration, StateKey};
use model::state::Completion;
use model::time::{BootTime, Span, Timestamp};
use model::worker::OutputWaits;
use model::workload::Kind;
use tracing::{info, warn};

use super::clock::SetForward;
use super::gather::Gather;
use super::pace::Pace;
use super::{Effect, Event, Now};
use crate::backoff::Backoff;
use crate::claim::{Answer, Order, Part, Purpose};
use crate::clock_guard::Offset;
use crate::drain::{Drain, Phase, Step};
use crate::registration::{Load, Standing};
use crate::runner::Table;
use crate::timetable::Timetable;
use crate::view::View;
use crate::watch::News;

/// Batches of one purpose on their way at one time; what comes up meanwhile goes together in the next.
pub(super) const ORDERS_MAX: usize = 4;
/// The longest sleep, so that a wall clock that was set forward is noticed.
const SLEEP_MAX: Span = Span::from_seconds(5);
/// Who this worker is, for its decisions.
#[derive(Debug)]
pub(crate) struct Me {
    pub(crate) id: WorkerId,
    pub(crate) boot: BootId,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) slots: u32,
    /// Kinds of which it starts no job, whatever the job asks for.
    pub(crate) refuses: BTreeSet<Kind>,
    /// The version of its zone data.
    pub(crate) zone_data: String,
    /// With more ended runs that wait for the facts, nothing is claimed.
    pub(crate) backlog_max: usize,
    /// True when nothing is known of runs that an earlier process began.
    pub(crate) folder_is_new: bool,
    /// True when scripts go on without this process, for the next one to adopt.
    pub(crate) shell_outlives: bool,
}

impl Me {
    /// Returns whether this worker starts jobs of this one's kind and has the labels that it asks for.
    pub(crate) fn matches(&self, job: &Job) -> bool {
        !self.refuses.contains(&job.workload.kind())
            && job.placement.labels.iter().all(|(label, value)| self.labels.get(label) == Some(value))
    }

    /// Returns whether runs of this kind go on without this process.
    pub(super) fn outlives(&self, kind: Kind) -> bool {
        kind == Kind::Shell && self.shell_outlives
    }
}

/// What the worker knows.
pub(crate) struct Decisions {
    pub(super) me: Me,
    pub(super) view: View,
    pub(super) timetable: Timetable,
    /// Jobs that replace the run under way: its mark needs no free slot, or it would wait for itself.
    pub(super) replacing: Timetable,
    pub(super) table: Table,
    pub(super) standing: Standing,
    /// Wall minus boot time at the last event.
    pub(super) offset: Offset,
    /// The same as of the last comparison after which the wall clock was trusted.
    pub(super) trusted: Offset,
    /// Set once the wall clock was set forward.
    pub(super) set_forward: Option<SetForward>,
    /// The last confirmed deadline of any registration.
    pub(super) holds_until: BootTime,
    pub(super) drain: Drain,
    over: bool,
    loaded: bool,
    /// True once nothing is left to settle of what an earlier process of this worker held.
    recovered: bool,
    backlog: usize,
    /// Runs that have ended and are not settled, by their state.
    pub(super) ends: BTreeMap<StateKey, Vec<Completion>>,
    /// How many of those states have their completion on its way.
    pub(super) completing: usize,
    /// How long ends wait for one another.
    pub(super) gather: Gather,
    /// Runs that the store says are ours and that this process never held, by their state.
    pub(super) orphans: BTreeMap<StateKey, BTreeSet<RunId>>,
    /// Since when a worker with unsettled runs is not among the live ones.
    pub(super) absent: HashMap<WorkerId, Timestamp>,
    pub(super) looked_for_absent: BootTime,
    /// Jobs with placement `all` whose own record ours may have to follow.
    pub(super) to_follow: BTreeSet<JobName>,
    /// Batches on their way: claims, completions, losses, records that follow.
    under_way: [usize; 4],
    pub(super) store: Backoff,
    /// How long to wait for others.
    pub(super) pace: Pace,
    /// How long to claim nothing of a kind whose runs could not be started for our own sake.
    pub(super) starts: BTreeMap<Kind, Backoff>,
    pub(super) effects: Vec<Effect>,
}

impl Decisions {
    /// Returns the decisions of a worker that holds `table` already, taken over from an earlier process.
    pub(crate) fn new(me: Me, drain_timeout: Span, table: Table, standing: Standing) -> Self {
        Self {
            me,
            view: View::default(),
            timetable: Timetable::default(),
            replacing: Timetable::default(),
            table,
            offset: standing.offset,
            trusted: standing.offset,
            set_forward: None,
            standing,
            holds_until: BootTime::NEVER,
            drain: Drain::new(drain_timeout),
            over: false,
            loaded: false,
            recovered: false,
            backlog: 0,
            ends: BTreeMap::new(),
            completing: 0,
            gather: Gather::default(),
            orphans: BTreeMap::new(),
            absent: HashMap::new(),
            looked_for_absent: BootTime::from_millis(0),
            to_follow: BTreeSet::new(),
            under_way: [0; 4],
            store: Backoff::default(),
            pace: Pace::default(),
            starts: BTreeMap::new(),
            effects: Vec::new(),
        }
    }

    /// Takes an event and adds to `effects` what is to be done.
    pub(crate) fn on(&mut self, event: Event, backlog: usize, now: Now, effects: &mut Vec<Effect>) {
        self.backlog = backlog;
        self.look_at_clock(now);
        match event {
            Event::Phase(phase) => self.enter(phase, now),
            Event::Standing(standing) => self.stand(standing, now),
            Event::News(News::Loaded(snapshot)) => {
                self.pace.shown(snapshot.revision, now.boot);
                let changed = self.view.reset(snapshot);
                self.loaded = true;
                changed.into_iter().for_each(|id| self.changed(id, now));
            }
            Event::News(News::Changed(changes)) => {
                self.pace.shown(changes.revision, now.boot);
                let changed = self.view.apply(changes);
                for state in changed.iter().filter_map(|id| self.view.get(*id)?.state.as_deref()) {
                    self.pace.look(state, &self.me.id, now.boot);
                }
                changed.into_iter().for_each(|id| self.changed(id, now));
            }
            Event::Answered(order, answer) => self.answered(order, answer, now),
            Event::Ended(ended) => self.ended(ended, now),
            Event::Wake => {}
        }
        self.step(now);
        effects.append(&mut self.effects);
    }

    fn step(&mut self, now: Now) {
        self.stop_what_is_cut_off(now);
        // Before the first load, a record that is not in the view is not gone: nothing may be decided on it.
        if self.loaded && self.store.until(now.boot).is_none() {
            self.settle_ends(now);
            self.settle_orphans(now);
            if !self.recovered && self.orphans.is_empty() {
                self.recovered = true;
                info!("settled with earlier processes: claiming begins");
            }
            self.settle_gone(now);
            self.follow(now);
            self.claim(now);
        }
        while self.drain_step(now) == Step::StopAll {
            let runs = self.waited_for();
            info!(runs, "stopping the {runs} runs that are left");
            let leaves = self.drain.leaves_runs();
            for (_, held) in self.table.iter().filter(|(_, held)| !(leaves && held.is_left())) {
                held.stop(Stop::HandedOver);
            }
        }
        self.over = self.drain_step(now) == Step::Leave;
    }

    fn drain_step(&mut self, now: Now) -> Step {
        let runs = self.waited_for();
        // A walk over all runs, which a worker that goes on is spared: it takes this step at each event.
        let grace_max = if self.phase() == Phase::Run { Span::ZERO } else { self.table.grace_max() };
        self.drain.step(runs, grace_max, now.boot)
    }

    /// Returns how many runs the worker's end waits for.
    pub(super) fn waited_for(&self) -> usize {
        if self.drain.leaves_runs() { self.table.not_left() } else { self.table.len() }
    }

    /// Returns how long to wait when nothing happens.
    pub(crate) fn wait(&mut self, now: Now) -> Duration {
        let mut wait = SLEEP_MAX;
        match (self.store.until(now.boot), self.gather.until()) {
            (Some(until), _) | (None, Some(until)) => wait = wait.min(until.since(now.boot)),
            (None, None) => {}
        }
        if let Step::WaitUntil(until) = self.drain_step(now) {
            wait = wait.min(until.since(now.boot));
        }
        if self.may_claim(now).is_some() {
            let due = if self.free_slots() > 0 { self.timetable.earliest() } else { None };
            for at in due.into_iter().chain(self.replacing.earliest()) {
                wait = wait.min(at.since(now.wall));
            }
        }
        wait.to_std()
    }

    /// Returns what of the worker's status changes from second to second.
    pub(crate) fn load(&self) -> Load {
        let busy = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        Load {
            busy,
            draining: self.drain.phase() != Phase::Run || self.standing.drain(&self.me.id).is_some(),
            output: OutputWaits { ends_full: self.backlog >= self.me.backlog_max, ..OutputWaits::default() },
        }
    }

    /// Returns true once nothing is left to do.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Returns the registration under which to claim; none when nothing may be claimed now.
    pub(super) fn may_claim(&self, now: Now) -> Option<Registration> {
        let may = self.drain.phase() == Phase::Run
            // Not before the first look at the others: at their clocks, and whether somebody wants us to drain.
            && self.standing.peers_seen_at.is_some()
            && self.standing.drain(&self.me.id).is_none()
            && self.recovered
            && self.is_clock_good(now)
            && self.backlog < self.me.backlog_max
            && self.has_room_for(Purpose::Claim)
            && self.store.until(now.boot).is_none();
        self.standing.registration.clone().filter(|held| may && now.boot < held.holds_until)
    }

    pub(super) fn phase(&self) -> Phase {
        self.drain.phase()
    }

    /// Returns whether a swap of ours on this state is under way.
    pub(super) fn is_in_flight(&self, key: &StateKey) -> bool {
        self.view.id(key).and_then(|id| self.view.get(id)).is_some_and(|entry| entry.in_flight)
    }

    pub(super) fn is_recovering(&self) -> bool {
        !self.recovered
    }

    pub(super) fn free_slots(&self) -> u32 {
        self.me.slots.saturating_sub(u32::try_from(self.table.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn has_room_for(&self, purpose: Purpose) -> bool {
        self.under_way[purpose as usize] < ORDERS_MAX
    }

    /// Returns whether more is due than goes to the store at once, and slots are free for it. A batch that has just been
    /// answered leaves room for the next.
    pub(super) fn claims_a_herd(&self) -> bool {
        self.free_slots() > 0 && self.under_way[Purpose::Claim as usize] + 1 >= ORDERS_MAX
    }

    /// Sends swaps; their states take no other swap until the answer is there.
    pub(super) fn send(&mut self, purpose: Purpose, guard: Guard, parts: Vec<Part>, now: Now) {
        if parts.is_empty() {
            return;
        }
        for part in &parts {
            if let Some(entry) = self.view.get_mut(part.id) {
                entry.in_flight = true;
            }
        }
        self.under_way[purpose as usize] += 1;
        self.effects.push(Effect::Send(Order { purpose, guard, parts, sent_at: now.boot }));
    }

    fn answered(&mut self, order: Order, answer: Answer, now: Now) {
        self.under_way[order.purpose as usize] -= 1;
        match &answer {
            Answer::Done(_) | Answer::GuardFailed => self.store.worked(),
            Answer::Away(e) => {
                let wait = self.store.failed(now.boot);
                warn!("the store does not take swaps, trying again in {wait}: {e}");
            }
            Answer::Refused(e) if order.parts.len() > 1 => {
                warn!("the store does not take {} swaps at once, trying halves: {e}", order.parts.len());
                let purpose = order.purpose as usize;
                for half in order.halved() {
                    self.under_way[purpose] += 1;
                    self.effects.push(Effect::Send(half));
                }
                return;
            }
            Answer::Refused(_) => {}
        }
        for part in &order.parts {
            if let Some(entry) = self.view.get_mut(part.id) {
                entry.in_flight = false;
            }
        }
        match order.purpose {
            Purpose::Claim => self.claim_answered(order, answer, now),
            Purpose::Complete => self.complete_answered(order, answer, now),
            Purpose::Lose => self.lose_answered(order, answer, now),
            Purpose::Follow => self.follow_answered(order, answer, now),
        }
    }
}
