//! The checker against faults put into a history that holds: each is found, and named by its invariant. A check that lets
//! one of them pass checks nothing.

use sha2::{Digest as _, Sha256};

use super::documents::{
    Active, Cause, Edition, End, Job, Limits, Output, Paused, Placement, Retries, State, Text, Unrecorded,
    Waiting,
};
use super::*;

/// Ten in the morning, on a full minute.
pub(super) const T0: i64 = 1_780_308_000_000;
pub(super) const UID: &str = "uid-1";

pub(super) fn text(spec_id: u64, overlap: &str) -> Text {
    let job = Job {
        enabled: true,
        schedule: "*/10 * * * * *".into(),
        overlap: overlap.into(),
        start_deadline: 20_000,
        on_worker_loss: "skip".into(),
        placement: Placement { mode: "one".into() },
        retries: Retries { max: 0 },
        limits: Limits { grace: 1_000 },
    };
    Text { uid: UID.into(), spec_id, saved_at: T0 - 3_000, job }
}

pub(super) fn state(resolved: i64) -> State {
    State {
        uid: UID.into(),
        spec_id: 1,
        paused: None,
        deleted: None,
        resolved,
        active: Vec::new(),
        waiting: None,
        retries: Vec::new(),
        requests: Vec::new(),
        unrecorded: Vec::new(),
        last_keys: Vec::new(),
        edition: Edition::default(),
        orders: Vec::new(),
        joined: None,
        bytes: 400,
    }
}

pub(super) fn active(tick: i64) -> Active {
    Active {
        run: format!("run-{tick}"),
        uid: UID.into(),
        spec_id: 1,
        cause: Cause::Tick { at: tick, catch_up: false },
        attempt: 1,
        worker: "w1".into(),
        since: tick + 20,
        nonce: format!("nonce-{tick}"),
        kill: None,
    }
}

pub(super) fn skipped(from: i64, to: i64, why: &str) -> (Unrecorded, Range) {
    let end = End { status: if why == "policy_none" { "missed" } else { "skipped" }.into(), why: why.into() };
    let range = Range { uid: UID.into(), from, to, worker: None, end: end.clone() };
    (Unrecorded::Ticks { uid: UID.into(), from, to, end }, range)
}

/// A history as it grows.
struct Story {
    history: History,
    state: State,
    revision: u64,
}

impl Story {
    fn new(overlap: &str) -> Self {
        let history = History { workers: vec!["w1".into(), "w2".into()], ..History::default() };
        let mut story = Self { history, state: state(T0 - 3_000), revision: 10 };
        story.save(text(1, overlap), T0 - 3_000);
        story
    }

    fn save(&mut self, text: Text, at: i64) {
        self.state.spec_id = text.spec_id;
        let job = What::Job("job".into(), Some(Box::new(text)));
        self.history.changes.push(Change { revision: self.revision + 1, seen_ms: at, what: job });
        self.put(at);
    }

    /// Writes the record as it stands.
    fn put(&mut self, at: i64) -> u64 {
        self.revision += 1;
        let state = What::State("job".into(), Some(Box::new(self.state.clone())));
        self.history.changes.push(Change { revision: self.revision, seen_ms: at, what: state });
        self.revision
    }

    fn mark(&mut self, mark: Mark, tick: i64, at_ms: i64, fence: u64) {
        let run = format!("run-{tick}");
        let sha256 = (mark == Mark::End).then(|| hex(b"hello\n"));
        self.history.evidence.push(Evidence {
            job: "job".into(),
            mark,
            run,
            scheduled_at: tick,
            fence,
            attempt: 1,
            worker: "w1".into(),
            at_ms,
            sha256,
        });
    }

    /// A tick that runs as it should, for `lasts` milliseconds.
    fn tick(&mut self, tick: i64, lasts: i64) {
        self.state.resolved = tick;
        self.state.active.push(active(tick));
        let fence = self.put(tick + 30);
        self.mark(Mark::Start, tick, tick + 50, fence);
        self.mark(Mark::End, tick, tick + 50 + lasts, fence);
        self.state.active.retain(|active| active.run != format!("run-{tick}"));
        self.put(tick + 100 + lasts);
        self.record(tick);
    }

    fn record(&mut self, tick: i64) {
        let output = Output { chunks: 2, bytes: 6, dropped: 0, sha256: hex(b"hello\n") };
        let run = format!("run-{tick}");
        for (seq, bytes) in [(0, &b"hel"[..]), (1, b"lo\n")] {
            self.history.chunks.push(Chunk { run: run.clone(), seq, bytes: Some(bytes.to_vec()) });
        }
        self.history.runs.push(Run {
            id: run,
            job: "job".into(),
            attempt: 1,
            status: "succeeded".into(),
            reason: String::new(),
            output: Some(output),
        });
    }

    /// Ticks that end without a run.
    fn ends(&mut self, from: i64, to: i64, why: &str, at: i64) {
        let (entry, range) = skipped(from, to, why);
        self.state.resolved = to;
        self.state.unrecorded.push(entry);
        self.put(at);
        self.state.unrecorded.clear();
        self.put(at + 10);
        self.history.ranges.push(range);
    }

    fn pause(&mut self, at: i64) {
        self.state.paused = Some(Paused { since: at });
        self.put(at);
        let job = "job".to_owned();
        let call = Call { job, asked: Asked::Pause, from_ms: at - 10, until_ms: at + 10, done: true };
        self.history.calls.push(call);
    }

    fn found(&self) -> Vec<String> {
        check(&self.history).findings.iter().map(ToString::to_string).collect()
    }

    /// Expects findings of this invariant, with these words, and of no other.
    fn expect(&self, invariant: &str, words: &str) {
        let found = self.found();
        assert!(!found.is_empty(), "nothing was found: {invariant}, {words}");
        for finding in &found {
            assert!(finding.starts_with(&format!("{invariant}: ")), "{found:#?}");
        }
        assert!(found.iter().any(|finding| finding.contains(words)), "{words}: {found:#?}");
    }

    fn fault(&mut self, whom: Whom, from_ms: i64, until_ms: i64) {
        let what = "kill".to_owned();
        self.history.faults.push(Fault { what, whom, from_ms, healed_ms: until_ms - 100, until_ms });
    }

    fn end_of(&mut self, tick: i64) -> &mut Evidence {
        let is_it = |line: &&mut Evidence| line.mark == Mark::End && line.scheduled_at == tick;
        self.history.evidence.iter_mut().find(is_it).unwrap()
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Three ticks run, one falls to overlap while the third goes on, then a pause.
fn clean() -> Story {
    let mut story = Story::new("skip");
    story.tick(T0, 500);
    story.tick(T0 + 10_000, 500);
    story.state.resolved = T0 + 20_000;
    story.state.active.push(active(T0 + 20_000));
    let fence = story.put(T0 + 20_030);
    story.mark(Mark::Start, T0 + 20_000, T0 + 20_050, fence);
    story.mark(Mark::End, T0 + 20_000, T0 + 32_000, fence);
    story.state.active.clear();
    story.ends(T0 + 30_000, T0 + 30_000, "overlap", T0 + 32_100);
    story.record(T0 + 20_000);
    story.pause(T0 + 35_000);
    story
}

#[test]
fn a_history_without_a_fault_passes_and_is_counted() {
    let story = clean();
    let report = check(&story.history);
    assert_eq!(report.findings, [], "{report}");
    let figures = report.figures;
    assert_eq!((figures.ticks, figures.starts, figures.claims), (4, 3, 3));
    assert_eq!(figures.exempted.into_iter().collect::<Vec<_>>(), [("overlap".to_owned(), 1)]);
    assert_eq!(figures.lateness_ms[0], [50, 50, 50]);
}

#[test]
fn a_start_that_is_there_twice_is_found() {
    let mut story = clean();
    let mut again = story.history.evidence[0].clone();
    again.worker = "w2".into();
    story.history.evidence.insert(1, again);
    story.expect("I1", "started twice: on w1 and on w2");
}

#[test]
fn a_tick_that_runs_under_two_attempts_without_a_retry_is_found() {
    let mut story = clean();
    let mut second = active(T0);
    (second.run, second.attempt, second.nonce) = ("run-again".into(), 2, "other".into());
    second.since = T0 + 36_000;
    story.state.paused = None;
    story.put(T0 + 35_900);
    story.state.active.push(second);
    let fence = story.put(T0 + 36_000);
    story.history.calls.clear();
    story.mark(Mark::Start, T0, T0 + 36_050, fence);
    story.mark(Mark::End, T0, T0 + 36_100, fence);
    for line in story.history.evidence.iter_mut().rev().take(2) {
        (line.run, line.attempt) = ("run-again".into(), 2);
    }
    story.state.active.clear();
    story.put(T0 + 36_200);
    story.record(T0);
    let last = story.history.runs.len() - 1;
    story.history.runs[last].id = "run-again".into();
    story.history.chunks.iter_mut().rev().take(2).for_each(|chunk| chunk.run = "run-again".into());
    story.expect("I1", "started before, as attempt 1");
}

#[test]
fn a_fence_that_is_not_its_claims_revision_is_found() {
    let mut story = clean();
    story.history.evidence[0].fence += 1;
    story.expect("I5", "started with fence 13; its claims: [12]");
}

#[test]
fn a_claim_of_an_instant_that_the_schedule_lacks_is_found() {
    let mut story = Story::new("allow");
    story.tick(T0, 500);
    story.tick(T0 + 10_000, 500);
    story.tick(T0 + 14_000, 500);
    story.expect("I2", "is no tick of");
}

/// Mutation: a claim that moves `resolved` over ticks which it does not take.
#[test]
fn a_lost_tick_is_found() {
    let mut story = Story::new("allow");
    story.tick(T0, 500);
    story.tick(T0 + 20_000, 500);
    story.expect("I3", "was passed over");
}

#[test]
fn a_tick_missed_while_all_was_well_is_found_and_one_missed_in_a_fault_is_exempt() {
    let mut story = Story::new("allow");
    story.tick(T0, 500);
    story.ends(T0 + 10_000, T0 + 10_000, "policy_none", T0 + 31_000);
    story.expect("I3", "ended as `missed policy_none`, which does not hold");
    story.fault(Whom::Worker("w1".into()), T0 + 9_000, T0 + 40_000);
    story.expect("I3", "does not hold");
    story.fault(Whom::Worker("w2".into()), T0 + 5_000, T0 + 25_000);
    assert_eq!(story.found(), [""; 0], "nobody could claim for long enough");
    let reasons = check(&story.history).figures.exempted;
    assert!(reasons.contains_key("missed: no healthy worker"), "{reasons:?}");
}

#[test]
fn a_reason_that_does_not_hold_is_found() {
    let mut story = Story::new("skip");
    story.tick(T0, 500);
    story.ends(T0 + 10_000, T0 + 10_000, "overlap", T0 + 10_100);
    story.expect("I3", "ended as `skipped overlap`, which does not hold");
}

#[test]
fn an_end_that_mongodb_was_not_told_is_found() {
    let mut story = clean();
    story.history.ranges.clear();
    story.expect("I3", "MongoDB does not know how");
}

#[test]
fn a_late_claim_and_a_late_start_are_found() {
    let mut story = Story::new("allow");
    story.state.resolved = T0;
    let mut late = active(T0);
    late.since = T0 + 21_000;
    story.state.active.push(late);
    let fence = story.put(T0 + 21_000);
    story.state.active.clear();
    story.put(T0 + 22_000);
    story.mark(Mark::Start, T0, T0 + 21_050, fence);
    story.mark(Mark::End, T0, T0 + 21_100, fence);
    story.record(T0);
    story.expect("I3", "came 1000 ms after its deadline");

    let mut story = clean();
    story.history.evidence[0].at_ms += 41_000;
    story.end_of(T0).at_ms += 41_000;
    assert!(
        story.found().iter().any(|finding| finding.contains("ms after its claim")),
        "{:?}",
        story.found()
    );
}

#[test]
fn a_start_before_its_time_is_found() {
    let mut story = clean();
    story.history.evidence[2].at_ms -= 600;
    story.expect("I11", "started 550 ms before its time");
}

#[test]
fn a_run_without_an_end_and_one_whose_end_is_not_true_are_found() {
    let mut story = clean();
    story.history.runs[0].status = "running".into();
    story.expect("I4", "still told as `running`");
    let mut story = clean();
    story.history.runs[0].status = "not_started".into();
    story.expect("I4", "told as `not_started`, and it started");
    let mut story = clean();
    story.history.runs.remove(0);
    story.expect("I4", "has 0 records");
    let mut story = clean();
    story.history.evidence.retain(|line| line.scheduled_at != T0);
    story.expect("I4", "never started");
    let mut story = clean();
    story.history.runs[0].status = "lost".into();
    story.expect("I4", "without a fault");
}

/// Caught: a full disk that excuses a run which was started.
#[test]
fn a_full_disk_excuses_a_start_that_was_refused_and_what_was_counted_and_no_more() {
    let full = |story: &mut Story| story.fault(Whom::Disk("w1".into()), T0 - 1_000, T0 + 5_000);
    for status in ["lost", "host_error"] {
        let mut story = clean();
        full(&mut story);
        story.history.runs[0].status = status.into();
        story.expect("I4", "without a fault");
    }
    let mut story = clean();
    full(&mut story);
    story.end_of(T0).sha256 = Some(hex(b"hello, world\n"));
    story.expect("I10", "printed something else");
    let mut story = clean();
    full(&mut story);
    story.history.runs[0].output.as_mut().unwrap().dropped = 7;
    story.end_of(T0).sha256 = Some(hex(b"hello, world\n"));
    assert_eq!(story.found(), [""; 0], "what was not kept is counted");
    story.history.faults.clear();
    story.expect("I10", "printed something else");

    let mut story = clean();
    story.history.evidence.retain(|line| line.scheduled_at != T0);
    story.history.chunks.retain(|chunk| chunk.run != format!("run-{T0}"));
    (story.history.runs[0].status, story.history.runs[0].output) = ("not_started".into(), None);
    story.expect("I4", "without a fault");
    full(&mut story);
    assert_eq!(story.found(), [""; 0], "it was not started for want of room");
}

#[test]
fn overlapping_runs_are_found_in_the_records_and_in_the_evidence() {
    let mut story = clean();
    story.end_of(T0).at_ms = T0 + 12_000;
    story.expect("I6", "started while run-");
    let mut story = Story::new("replace");
    story.state.resolved = T0;
    story.state.active.push(active(T0));
    let fence = story.put(T0 + 30);
    story.mark(Mark::Start, T0, T0 + 50, fence);
    story.state.resolved = T0 + 10_000;
    story.state.active.push(active(T0 + 10_000));
    let fence = story.put(T0 + 10_030);
    story.mark(Mark::Start, T0 + 10_000, T0 + 10_050, fence);
    story.mark(Mark::End, T0, T0 + 12_050, fence - 1);
    story.mark(Mark::End, T0 + 10_000, T0 + 12_050, fence);
    story.state.active.clear();
    story.put(T0 + 12_100);
    story.record(T0);
    story.record(T0 + 10_000);
    story.expect("I6", "was claimed at 13 while");
}

#[test]
fn a_claim_after_a_pause_an_edit_or_a_delete_is_found() {
    let mut story = clean();
    story.history.calls.clear();
    story.tick(T0 + 40_000, 500);
    story.expect("I7", "while the job was paused");

    let mut story = Story::new("allow");
    story.tick(T0, 500);
    story.save(text(2, "allow"), T0 + 2_000);
    story.tick(T0 + 10_000, 500);
    story.expect("I7", "for text 1 when 2 was in force");

    let mut story = Story::new("allow");
    story.tick(T0, 500);
    let gone = What::Job("job".into(), None);
    story.history.changes.push(Change { revision: story.revision + 1, seen_ms: T0 + 2_000, what: gone });
    story.put(T0 + 2_000);
    story.tick(T0 + 10_000, 500);
    story.expect("I7", "after the job was deleted");

    // The record does not know of the pause that the call told.
    let mut story = Story::new("allow");
    story.tick(T0, 500);
    story.pause(T0 + 2_000);
    story.state.paused = None;
    story.history.changes.pop();
    story.tick(T0 + 10_000, 500);
    story.expect("I7", "after a Pause had returned");
}

#[test]
fn a_kill_that_does_not_end_its_run_is_found_and_a_worker_that_was_out_is_exempt() {
    let mut story = Story::new("allow");
    story.state.resolved = T0;
    story.state.active.push(active(T0));
    let fence = story.put(T0 + 30);
    story.mark(Mark::Start, T0, T0 + 50, fence);
    story.state.active[0].kill = Some(serde_json::json!({ "by": "ann" }));
    story.put(T0 + 1_000);
    story.state.active.clear();
    story.put(T0 + 40_000);
    story.record(T0);
    story.history.runs[0].status = "killed".into();
    story.state.resolved = T0 + 5_000;
    story.expect("I8", "ended 39000 ms after its kill");
    story.fault(Whom::Worker("w1".into()), T0 + 2_000, T0 + 39_000);
    assert_eq!(story.found(), [""; 0]);
}

#[test]
fn a_record_that_falls_back_grows_or_keeps_something_is_found() {
    let mut story = clean();
    story.state.resolved -= 20_000;
    story.put(T0 + 36_000);
    story.expect("I9", "`resolved` of `job` fell");
    let mut story = clean();
    story.state.last_keys = vec![serde_json::Value::Null; 65];
    story.put(T0 + 36_000);
    story.expect("I9", "beyond its bounds");
    let mut story = clean();
    story.state.retries.push(Waiting { cause: Cause::Request { at: T0 } });
    story.put(T0 + 36_000);
    story.expect("I9", "1 owed attempts in the end");
}

#[test]
fn output_that_is_torn_doubled_lost_or_another_is_found() {
    let mut story = clean();
    story.history.chunks.remove(1);
    story.expect("I10", "has 2 chunks by its record; there are [0]");
    let mut story = clean();
    let again = story.history.chunks[1].clone();
    story.history.chunks.push(again);
    story.expect("I10", "has 2 chunks by its record; there are [0, 1, 1]");
    let mut story = clean();
    story.history.chunks[1].bytes = Some(b"lo".to_vec());
    story.expect("I10", "not what its record says");
    let mut story = clean();
    story.end_of(T0).sha256 = Some(hex(b"hello, world\n"));
    story.expect("I10", "printed something else");
}
