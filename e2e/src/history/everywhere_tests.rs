//! The checker against faults put into a history of placement `all` that holds: each is found, by its invariant.

use std::collections::BTreeMap;

use super::documents::{Active, Edition, Output, Placement, State};
use super::tests::{T0, UID, active, hex, skipped, state, text};
use super::*;

/// Ticks that both workers run.
const TICKS: [i64; 4] = [T0 - 20_000, T0 - 10_000, T0, T0 + 10_000];
/// When the job is saved.
const SAVED: i64 = T0 - 30_000;

/// A history of a job on two workers, as it grows.
struct Story {
    history: History,
    head: State,
    records: BTreeMap<String, State>,
    revision: u64,
}

impl Story {
    /// A job that is saved while both workers live, and has no record of theirs yet.
    fn saved() -> Self {
        let history = History { workers: vec!["w1".into(), "w2".into()], ..History::default() };
        let head = State { edition: Edition { number: 1 }, ..state(SAVED) };
        let mut story = Self { history, head, records: BTreeMap::new(), revision: 10 };
        for worker in ["w1", "w2"] {
            story.change(What::Worker(worker.into(), true), SAVED - 60_000);
        }
        let mut text = text(1, "skip");
        (text.saved_at, text.job.placement) = (SAVED, Placement { mode: "all".into() });
        story.change(What::Job("job".into(), Some(Box::new(text))), SAVED);
        story.revision -= 1;
        story.put_head(SAVED);
        story
    }

    fn change(&mut self, what: What, seen_ms: i64) -> u64 {
        self.revision += 1;
        self.history.changes.push(Change { revision: self.revision, seen_ms, what });
        self.revision
    }

    fn put_head(&mut self, at: i64) -> u64 {
        self.change(What::State("job".into(), Some(Box::new(self.head.clone()))), at)
    }

    fn put(&mut self, worker: &str, at: i64) -> u64 {
        let record = Box::new(self.records[worker].clone());
        self.change(What::State(format!("job@{worker}"), Some(record)), at)
    }

    fn join(&mut self, worker: &str, joined: i64) {
        let record = State { joined: Some(joined), edition: self.head.edition, ..state(joined) };
        self.records.insert(worker.into(), record);
        self.put(worker, joined + 50);
    }

    fn record(&mut self, worker: &str) -> &mut State {
        self.records.get_mut(worker).unwrap()
    }

    /// A tick that runs as it should on one worker.
    fn tick(&mut self, worker: &str, tick: i64) {
        let run = format!("run-{worker}-{tick}");
        let won = Active { run: run.clone(), worker: worker.into(), ..active(tick) };
        self.record(worker).resolved = tick;
        self.record(worker).active.push(won);
        let fence = self.put(worker, tick + 30);
        let line = Evidence {
            job: "job".into(),
            mark: Mark::Start,
            run: run.clone(),
            scheduled_at: tick,
            fence,
            attempt: 1,
            worker: worker.into(),
            at_ms: tick + 50,
            sha256: None,
        };
        let end =
            Evidence { mark: Mark::End, at_ms: tick + 550, sha256: Some(hex(b"hello\n")), ..line.clone() };
        self.history.evidence.extend([line, end]);
        self.record(worker).active.clear();
        self.put(worker, tick + 600);
        self.history.chunks.push(Chunk { run: run.clone(), seq: 0, bytes: Some(b"hello\n".to_vec()) });
        self.history.runs.push(Run {
            id: run,
            job: "job".into(),
            attempt: 1,
            status: "succeeded".into(),
            reason: String::new(),
            output: Some(Output { chunks: 1, bytes: 6, dropped: 0, sha256: hex(b"hello\n") }),
        });
    }

    /// A tick of one worker that ends without a run.
    fn misses(&mut self, worker: &str, tick: i64) {
        let (entry, range) = skipped(tick, tick, "policy_none");
        self.record(worker).resolved = tick;
        self.record(worker).unrecorded.push(entry);
        self.put(worker, tick + 21_000);
        self.record(worker).unrecorded.clear();
        self.put(worker, tick + 21_100);
        self.history.ranges.push(Range { worker: Some(worker.into()), ..range });
    }

    fn found(&self) -> Vec<String> {
        check(&self.history).findings.iter().map(ToString::to_string).collect()
    }

    /// Expects findings of this invariant, with these words, and of no other.
    fn expect(&self, invariant: &str, words: &str) {
        let found = self.found();
        assert!(!found.is_empty(), "nothing was found: {invariant}, {words}");
        for finding in found {
            assert!(finding.starts_with(&format!("{invariant}: ")) && finding.contains(words), "{finding}");
        }
    }
}

/// Both workers join, and then run these ticks.
fn with(ticks: [&[i64]; 2]) -> Story {
    let mut story = Story::saved();
    for worker in ["w1", "w2"] {
        story.join(worker, SAVED + 100);
    }
    for (worker, ticks) in ["w1", "w2"].iter().zip(ticks) {
        ticks.iter().for_each(|tick| story.tick(worker, *tick));
    }
    story
}

#[test]
fn a_history_of_two_workers_without_a_fault_passes_and_counts_each_of_their_ticks() {
    let report = check(&with([&TICKS, &TICKS]).history);
    assert_eq!(report.findings, [], "{report}");
    assert_eq!((report.figures.ticks, report.figures.starts), (8, 8));
}

#[test]
fn a_tick_that_one_worker_lost_is_found_though_the_other_ran_it() {
    with([&TICKS, &[TICKS[0], TICKS[1], TICKS[3]]]).expect("I3", "`job@w2` was passed over");
}

#[test]
fn a_tick_that_starts_twice_on_one_worker_is_found() {
    let mut story = with([&TICKS, &TICKS]);
    let again = Evidence { worker: "w2".into(), ..story.history.evidence[0].clone() };
    story.history.evidence.insert(1, again);
    story.expect("I1", "started twice: on w1 and on w2");
}

#[test]
fn a_tick_missed_on_a_worker_that_was_well_is_found_and_one_that_was_out_is_exempt() {
    let mut story = with([&TICKS, &TICKS[..3]]);
    story.misses("w2", TICKS[3]);
    story.expect("I3", "ended as `missed policy_none`, which does not hold");
    let mut out = |id: &str| {
        let (from_ms, until_ms) = (T0 + 9_000, T0 + 40_000);
        let (what, whom) = ("kill".into(), Whom::Worker(id.into()));
        story.history.faults = vec![Fault { what, whom, from_ms, healed_ms: until_ms - 100, until_ms }];
        story.found()
    };
    assert_eq!(out("w1").len(), 1, "another worker's being out is no excuse");
    assert_eq!(out("w2"), [""; 0]);
}

#[test]
fn an_end_that_is_told_for_another_worker_is_found() {
    let mut story = with([&TICKS, &TICKS[..3]]);
    story.misses("w2", TICKS[3]);
    let (what, whom) = ("kill".into(), Whom::Worker("w2".into()));
    let (from_ms, healed_ms, until_ms) = (T0 + 9_000, T0 + 39_000, T0 + 40_000);
    story.history.faults.push(Fault { what, whom, from_ms, healed_ms, until_ms });
    story.history.ranges[0].worker = Some("w1".into());
    story.expect("I3", "MongoDB does not know how");
}

#[test]
fn a_claim_from_another_workers_record_and_one_from_the_jobs_own_are_found() {
    let mut story = with([&TICKS, &TICKS]);
    for change in &mut story.history.changes {
        if let What::State(name, Some(state)) = &mut change.what
            && name == "job@w2"
        {
            state.active.iter_mut().for_each(|active| active.worker = "w1".into());
        }
    }
    for line in story.history.evidence.iter_mut().filter(|line| line.worker == "w2") {
        line.worker = "w1".into();
    }
    story.expect("I12", "by w1 from the record of w2");

    let mut story = with([&TICKS, &TICKS]);
    let tick = T0 + 20_000;
    story.head.active.push(active(tick));
    story.put_head(tick + 30);
    story.head.active.clear();
    story.put_head(tick + 600);
    let found = story.found();
    assert!(found.iter().any(|finding| finding.contains("from the job's own record")), "{found:?}");
}

#[test]
fn a_worker_that_joins_and_runs_an_earlier_tick_is_found() {
    let mut story = Story::saved();
    story.join("w1", SAVED + 100);
    story.join("w2", T0 - 19_000);
    // As if its record had begun with the save.
    story.record("w2").resolved = SAVED;
    for worker in ["w1", "w2"] {
        TICKS.iter().for_each(|tick| story.tick(worker, *tick));
    }
    let found = story.found();
    assert!(found.iter().any(|finding| finding.contains("for a tick from before it joined")), "{found:?}");
    assert!(found.iter().all(|finding| finding.starts_with("I12") || finding.starts_with("I9")), "{found:?}");
}

#[test]
fn a_join_by_an_instant_that_was_long_ago_is_found() {
    let mut story = Story::saved();
    story.join("w1", SAVED + 100);
    let joined = SAVED + 100;
    story.records.insert("w2".into(), State { joined: Some(joined), ..story.records["w1"].clone() });
    story.put("w2", joined + 30_000);
    for worker in ["w1", "w2"] {
        TICKS.iter().for_each(|tick| story.tick(worker, *tick));
    }
    story.expect("I12", "`job@w2` was seen 30000 ms after the instant that it gives as joined");
}

#[test]
fn a_claim_that_has_not_followed_the_jobs_own_record_is_found() {
    let mut story = with([&TICKS[..3], &TICKS]);
    story.head.edition.number = 2;
    story.put_head(T0 + 5_000);
    story.tick("w1", TICKS[3]);
    story.expect("I12", "by w1, whose record was not in step with the job's own");
}

#[test]
fn a_worker_that_lived_and_never_joined_is_found_and_one_that_was_out_is_exempt() {
    let mut story = Story::saved();
    story.join("w1", SAVED + 100);
    TICKS.iter().for_each(|tick| story.tick("w1", *tick));
    story.tick("w1", T0 + 20_000);
    story.expect("I12", "w2 lived, and had no record of `job`");
    let (what, whom) = ("kill".into(), Whom::Worker("w2".into()));
    let fault = Fault { what, whom, from_ms: SAVED - 1_000, healed_ms: T0, until_ms: T0 + 1_000 };
    story.history.faults.push(fault);
    assert_eq!(story.found(), [""; 0], "it was not there for long enough");
}

#[test]
fn a_record_that_stands_still_while_the_others_go_on_is_found() {
    with([&TICKS, &TICKS[..2]]).expect("I12", "`job@w2` has come to");
    // Not one that ended: that is the end of its ticks.
    let mut story = with([&TICKS, &TICKS[..2]]);
    let gone = What::State("job@w2".into(), None);
    story.change(gone, TICKS[1] + 5_000);
    assert_eq!(story.found(), [""; 0]);
}

#[test]
fn an_order_that_no_worker_took_is_found() {
    let mut story = with([&TICKS, &TICKS]);
    story.head.orders.push(serde_json::json!({ "edition": 1, "uid": UID }));
    story.put_head(T0 + 15_000);
    story.expect("I9", "1 orders that no worker took in the end");
}
