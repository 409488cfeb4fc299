//! Changes while a job waits for its next tick: the plan follows the last text and the last state.

use model::ports::{Change, Changes};
use model::state::{self, Paused};

use super::*;

/// A worker whose one job waits, and the hands of a master.
struct Waiting {
    bench: Bench,
    saved: SavedJob,
    state: JobState,
    revision: u64,
}

impl Waiting {
    /// A job that is saved at midnight and runs at 1:00, and the worker that waits for it.
    fn new(more: &Value) -> Self {
        let mut text = json!({ "schedule": "0 1 * * *" });
        for (field, value) in more.as_object().unwrap() {
            text[field] = value.clone();
        }
        let (saved, state) = job(0, &text);
        let bench = Bench::with(8, vec![(saved.clone(), state.clone())]);
        Self { bench, saved, state, revision: 200 }
    }

    /// Saves another text at so many seconds.
    fn save(&mut self, more: &Value, seconds: u64) {
        let (mut next, _) = job(0, more);
        (next.uid, next.spec_id, next.anchor) =
            (self.saved.uid.clone(), self.saved.spec_id.next(), self.saved.anchor);
        let ticks = |saved| model::schedule::Schedule::of(saved).unwrap();
        let (old, new) = (ticks(&self.saved), ticks(&next));
        let before = state::Spec { saved: &self.saved, ticks: &old, worker: None };
        let spec = state::Spec { saved: &next, ticks: &new, worker: None };
        self.state = state::save(Some((&self.state, Some(before))), spec, now(seconds).wall).unwrap();
        self.saved = next;
        self.tell(true, seconds);
    }

    fn change(&mut self, seconds: u64, rule: impl Fn(&JobState, state::Spec<'_>, Timestamp) -> JobState) {
        let ticks = model::schedule::Schedule::of(&self.saved).unwrap();
        let spec = state::Spec { saved: &self.saved, ticks: &ticks, worker: None };
        self.state = rule(&self.state, spec, now(seconds).wall);
        self.tell(false, seconds);
    }

    fn pause(&mut self, until: Option<u64>, seconds: u64) {
        self.change(seconds, |state, spec, at| {
            let until = until.map(|seconds| now(seconds).wall);
            let paused = Paused { by: "test".into(), why: String::new(), since: at, until };
            state::pause(state, spec, at, paused).unwrap()
        });
    }

    fn resume(&mut self, seconds: u64) {
        self.change(seconds, |state, spec, at| state::resume(state, spec, at).unwrap());
    }

    /// Tells the worker how job and state stand.
    fn tell(&mut self, with_job: bool, seconds: u64) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let name = self.saved.job.name.clone();
        let mut changes =
            vec![Change::State(StateKey::job(name.clone()), revision, Some(Box::new(self.state.clone())))];
        if with_job {
            changes.push(Change::Job(name, revision, Some(Box::new(self.saved.clone()))));
        }
        self.bench.on(Event::News(News::Changed(Changes { revision, changes })), seconds);
    }

    /// Asserts that nothing is claimed a second before, and one tick at so many seconds.
    fn runs_at(&mut self, seconds: u64) {
        self.bench.on(Event::Wake, seconds - 1);
        assert!(self.bench.orders().is_empty(), "nothing before {seconds} s");
        self.bench.on(Event::Wake, seconds);
        let orders = self.bench.orders();
        assert_eq!(orders.len(), 1, "one claim at {seconds} s");
        let claimed = &orders[0].parts[0].swap.state.as_ref().unwrap().active;
        assert_eq!(claimed[0].cause.scheduled_at(), now(seconds).wall);
    }

    fn never_runs(&mut self) {
        self.bench.on(Event::Wake, 10 * 86_400);
        assert!(self.bench.orders().is_empty());
    }
}

const HOUR: u64 = 3_600;

#[test]
fn an_edit_to_an_earlier_tick_moves_the_plan_forward() {
    let mut waiting = Waiting::new(&json!({}));
    waiting.save(&json!({ "schedule": "30 0 * * *" }), 60);
    waiting.runs_at(HOUR / 2);
}

#[test]
fn an_edit_to_a_later_tick_moves_the_plan_back() {
    let mut waiting = Waiting::new(&json!({}));
    waiting.save(&json!({ "schedule": "0 3 * * *" }), 60);
    waiting.runs_at(3 * HOUR);
}

#[test]
fn an_edit_of_the_zone_moves_the_plan() {
    // 1:00 in Reykjavik is 1:00 UTC; in Lagos it was midnight UTC, which has gone by, so the next is a day later.
    let mut waiting = Waiting::new(&json!({ "timezone": "Atlantic/Reykjavik" }));
    waiting.save(&json!({ "schedule": "0 1 * * *", "timezone": "Africa/Lagos" }), 60);
    waiting.runs_at(24 * HOUR);
    let mut waiting = Waiting::new(&json!({ "timezone": "Africa/Lagos" }));
    waiting.save(&json!({ "schedule": "0 1 * * *", "timezone": "America/Sao_Paulo" }), 60);
    waiting.runs_at(4 * HOUR);
}

#[test]
fn a_paused_job_waits_for_nothing_and_a_resumed_one_for_its_next_tick() {
    let mut waiting = Waiting::new(&json!({}));
    waiting.pause(None, 60);
    waiting.bench.on(Event::Wake, 2 * HOUR);
    assert!(waiting.bench.orders().is_empty());
    waiting.resume(2 * HOUR);
    waiting.runs_at(25 * HOUR);
}

#[test]
fn a_pause_that_is_lifted_before_the_tick_leaves_the_tick() {
    let mut waiting = Waiting::new(&json!({}));
    waiting.pause(None, 60);
    waiting.resume(120);
    waiting.runs_at(HOUR);
}

#[test]
fn a_pause_that_ends_by_itself_lets_the_tick_of_its_end_run() {
    let mut waiting = Waiting::new(&json!({ "schedule": "0 * * * *" }));
    waiting.pause(Some(2 * HOUR), 60);
    waiting.bench.on(Event::Wake, 2 * HOUR - 1);
    assert!(waiting.bench.orders().is_empty());
    waiting.runs_at(2 * HOUR);
}

#[test]
fn a_job_that_was_disabled_or_deleted_runs_no_more() {
    let mut waiting = Waiting::new(&json!({}));
    waiting.save(&json!({ "schedule": "0 1 * * *", "enabled": false }), 60);
    waiting.never_runs();

    let mut waiting = Waiting::new(&json!({}));
    waiting.revision += 1;
    let (revision, name) = (Revision(waiting.revision), waiting.saved.job.name.clone());
    let changes =
        vec![Change::Job(name.clone(), revision, None), Change::State(StateKey::job(name), revision, None)];
    waiting.bench.on(Event::News(News::Changed(Changes { revision, changes })), 60);
    waiting.never_runs();
}

/// A name deleted and saved anew is another job: nothing of the old plan is left.
#[test]
fn a_name_that_is_saved_anew_runs_by_its_new_text_alone() {
    let mut waiting = Waiting::new(&json!({}));
    let (saved, state) = job(0, &json!({ "schedule": "0 2 * * *" }));
    (waiting.saved, waiting.state) = (saved, state);
    waiting.tell(true, 60);
    waiting.runs_at(2 * HOUR);
}

#[test]
fn an_edit_that_leaves_the_schedule_alone_leaves_the_plan() {
    let mut waiting = Waiting::new(&json!({ "schedule": "@every 50m" }));
    waiting.save(&json!({ "schedule": "@every 50m", "description": "another" }), 60);
    waiting.runs_at(50 * 60);
}

/// The claim moves with the jitter, the tick keeps its name.
#[test]
fn jitter_moves_the_claim_and_not_the_tick() {
    let (saved, state) = job(0, &json!({ "schedule": "0 1 * * *", "jitter": "10m" }));
    let ticks = model::schedule::Schedule::of(&saved).unwrap();
    let tick = now(HOUR).wall;
    let due = state::due(state::Spec { saved: &saved, ticks: &ticks, worker: None }, tick);
    let late = due.since(tick).as_millis();
    assert!((1..600_000).contains(&late));
    let mut bench = Bench::with(8, vec![(saved, state)]);
    bench.on(Event::Wake, HOUR + late / 1_000);
    assert!(bench.orders().is_empty(), "not before its jitter has passed");
    bench.on(Event::Wake, HOUR + late / 1_000 + 1);
    let order = bench.orders().remove(0);
    assert_eq!(order.parts[0].swap.state.as_ref().unwrap().active[0].cause.scheduled_at(), tick);
}
