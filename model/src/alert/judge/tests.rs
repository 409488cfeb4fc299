//! Tables of what is told, and that looking twice tells the same.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::settings::Failures;
use super::super::{DeliveryState, STREAK_MAX, Subject};
use super::*;
use crate::id::{JobUid, RunId, SpecId};
use crate::outcome::{End, LostWhy, Outcome};
use crate::run::{Beginning, Trigger};
use crate::schedule::Schedule;
use crate::state::{MissReason, Paused, Settled};
use crate::time::Span;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn uid() -> JobUid {
    "5f2a9c0e7d1b4c3e8a6f0d9b2c1e4f70".parse().unwrap()
}

/// Returns settings with two channels and these rules.
fn settings(rules: Value) -> AlertSettings {
    let channel = |name: &str| json!({ "name": name, "via": { "type": "job", "run": "tell" } });
    let mut text = json!({ "channels": [channel("ops"), channel("data")] });
    text["rules"] = rules;
    serde_json::from_value(text).unwrap()
}

fn rule(on: &[&str], failures: Failures) -> Value {
    json!([{ "name": "all", "on": on, "channels": ["ops"], "failures": failures }])
}

fn saved(more: Value) -> SavedJob {
    let mut text = json!({ "name": "nightly", "schedule": "* * * * *", "shell": { "script": "true" },
        "start_deadline": "30s" });
    let Value::Object(more) = more else { panic!("fields of a job") };
    text.as_object_mut().unwrap().extend(more);
    SavedJob {
        version: SavedJob::VERSION,
        uid: uid(),
        spec_id: SpecId::FIRST,
        author: "ann".into(),
        reason: String::new(),
        saved_at: at(0),
        anchor: at(0),
        job: Job::parse(&text).unwrap(),
    }
}

fn run(tick: i64, attempt: u32, status: RunStatus) -> RunRecord {
    let saved = saved(json!({}));
    let mut record = RunRecord::begin(Beginning {
        id: RunId::for_tick(&uid(), at(tick), attempt, None),
        job: saved.job.name.clone(),
        uid: uid(),
        spec_id: SpecId::FIRST,
        kind: saved.job.workload.kind(),
        trigger: Trigger::Schedule,
        scheduled_at: at(tick),
        attempt,
        retention: saved.job.retention,
    });
    record.status = status;
    record.ended_at = Some(at(tick + 5));
    record
}

fn memory() -> Memory {
    Memory::new(Subject::job(&uid()), Some("nightly".parse().unwrap()))
}

/// Returns what is told of runs that end so, one letter each: F failed, K killed, S succeeded.
fn told(ends: &str, settings: &AlertSettings, saved: &SavedJob) -> String {
    let mut memory = memory();
    let look = |(n, end): (usize, char)| {
        let status = match end {
            'F' => RunStatus::Failed,
            'K' => RunStatus::Killed,
            _ => RunStatus::Succeeded,
        };
        let run = run(n as i64 * 60, 1, status);
        match run_ended(&run, Some(saved), &mut memory, settings, at(1000)) {
            Some(notice) if notice.condition == Condition::Recovered => 'r',
            Some(_) => '!',
            None => '.',
        }
    };
    ends.chars().enumerate().map(look).collect()
}

#[test]
fn failures_are_told_by_their_rule_and_what_was_told_recovers() {
    let plain = saved(json!({}));
    let rules = |on: &[&str], failures| settings(rule(on, failures));
    let all = ["failed", "killed", "recovered"];
    let table = [
        ("SFFSSF", ".!!r.!", rules(&all, Failures::Each)),
        ("FFFSFF", "!..r!.", rules(&all, Failures::First)),
        ("FFFFSFF", "..!.r..", rules(&all, Failures::InARow(3))),
        ("FFSFFF", ".....!", rules(&all, Failures::InARow(3))),
        ("FFS", "!!.", rules(&["failed"], Failures::Each)),
        // A kill is nobody's failure: it is told, counts for nothing, and nothing recovers from it.
        ("KSFKF", "!..!!", rules(&all, Failures::InARow(2))),
        ("FSKS", "....", rules(&["timed_out"], Failures::Each)),
        ("FFSFF", ".....", settings(json!([]))),
    ];
    for (ends, expected, settings) in table {
        assert_eq!(told(ends, &settings, &plain), expected, "{ends} under {:?}", settings.rules);
    }
}

#[test]
fn a_job_that_names_channels_follows_its_own_words_alone() {
    let settings = settings(rule(&["failed", "recovered"], Failures::Each));
    let own = |alerts: Value| saved(json!({ "alerts": alerts }));
    let none = own(json!({ "on": ["timed_out"], "channels": ["data"] }));
    assert_eq!(told("FS", &settings, &none), "..");
    let some = own(json!({ "on": ["failed"], "channels": ["data"] }));
    assert_eq!(told("FS", &settings, &some), "!.");
    let unsaid = own(json!({ "channels": ["data"] }));
    assert_eq!(told("FS", &settings, &unsaid), "!r");
    let notice = run_ended(&run(0, 1, RunStatus::Failed), Some(&some), &mut memory(), &settings, at(9));
    assert_eq!(notice.unwrap().deliveries[0].channel.as_str(), "data");
}

#[test]
fn an_attempt_that_is_tried_again_is_not_told_and_the_last_one_is() {
    let settings = settings(rule(&["failed", "recovered"], Failures::Each));
    let retried = saved(json!({ "retries": { "max": 2, "backoff": "1s" } }));
    let mut memory = memory();
    let mut look = |attempt, status| {
        run_ended(&run(0, attempt, status), Some(&retried), &mut memory, &settings, at(9)).map(|n| n.attempt)
    };
    assert_eq!(look(1, RunStatus::Failed), None);
    assert_eq!(look(2, RunStatus::Failed), None);
    assert_eq!(look(3, RunStatus::Failed), Some(Some(3)));
    assert_eq!(look(1, RunStatus::Lost), None, "lost is not told by this rule");
}

/// Meant to fail when the streak counts a run each time that it is looked at.
#[test]
fn a_run_looked_at_twice_is_one_notice_and_counts_once() {
    let settings = settings(rule(&["failed"], Failures::InARow(2)));
    let plain = saved(json!({}));
    let mut memory = memory();
    let mut look =
        |tick| run_ended(&run(tick, 1, RunStatus::Failed), Some(&plain), &mut memory, &settings, at(9));
    assert_eq!(look(0), None);
    assert_eq!(look(0), None, "the same run is no second failure");
    let first = look(60).unwrap();
    assert_eq!(look(60).unwrap().id, first.id);
    assert_eq!(look(120), None);
}

#[test]
fn a_mute_settles_what_it_concerns_until_it_ends() {
    let mut settings = settings(rule(&["failed"], Failures::Each));
    let mute = json!({ "name": "m", "only": { "jobs": ["nightly"] }, "until": at(100).to_string(),
        "reason": "the disk is being changed", "by": "ann" });
    settings.mutes.push(serde_json::from_value(mute).unwrap());
    let plain = saved(json!({}));
    let state = |now| {
        let run = run(0, 1, RunStatus::Failed);
        let notice = run_ended(&run, Some(&plain), &mut memory(), &settings, at(now)).unwrap();
        (notice.deliveries[0].state, notice.is_settled())
    };
    assert_eq!(state(99), (DeliveryState::Muted, true));
    assert_eq!(state(100), (DeliveryState::Waiting, false));
}

fn state_at(resolved: i64) -> JobState {
    JobState::new(uid(), SpecId::FIRST, None, at(resolved))
}

#[test]
fn a_tick_is_overdue_when_nobody_took_it_by_its_deadline() {
    let saved = saved(json!({}));
    let schedule = Schedule::of(&saved).unwrap();
    let spec = Spec { saved: &saved, ticks: &schedule, worker: None };
    let look = |state: &JobState, now| overdue(state, spec, at(now)).map(|(tick, _)| tick);
    let state = state_at(0);
    assert_eq!(look(&state, 90), None, "within start_deadline");
    assert_eq!(look(&state, 91), Some(at(60)));
    assert_eq!(look(&state, 4000), Some(at(60)), "the first one, as long as nobody comes");
    assert_eq!(look(&state_at(3960), 4000), None);
    let paused = |until| JobState {
        paused: Some(Paused { by: "ann".into(), why: String::new(), since: at(0), until }),
        ..state_at(0)
    };
    assert_eq!(look(&paused(None), 4000), None);
    assert_eq!(look(&paused(Some(at(600))), 4000), Some(at(660)), "a pause that has ended");
    assert_eq!(look(&JobState { uid: JobUid::random(), ..state_at(0) }, 4000), None, "another job's state");
}

#[test]
fn a_missed_tick_is_told_once_whether_the_master_or_a_worker_saw_it() {
    let settings = settings(rule(&["missed", "recovered"], Failures::Each));
    let saved = saved(json!({}));
    let schedule = Schedule::of(&saved).unwrap();
    let spec = Spec { saved: &saved, ticks: &schedule, worker: None };
    let mut memory = memory();
    let tick = overdue(&state_at(0), spec, at(100)).unwrap();
    let first = missed(spec, tick, Some(Untaken::NoWorker), &mut memory, &settings, at(100)).unwrap();
    assert!(first.text.ends_with(": no worker is alive"), "{}", first.text);
    assert_eq!(first.why.as_ref().map(ToString::to_string).as_ref(), Some(&first.text));
    assert_eq!(missed(spec, tick, None, &mut memory, &settings, at(101)), None);
    let range = RangeRecord {
        job: saved.job.name.clone(),
        uid: uid(),
        from: at(60),
        to: at(300),
        end: Unrun::Missed { why: MissReason::NotLatest },
        worker: None,
    };
    assert_eq!(range_missed(&range, Some(&saved), &mut memory, &settings, at(400)), None);
    let unseen = range_missed(&range, Some(&saved), &mut self::memory(), &settings, at(400)).unwrap();
    assert_eq!(unseen.id, first.id, "the same thing has the same id, whoever saw it");
    let run = run(300, 1, RunStatus::Succeeded);
    let over = run_ended(&run, Some(&saved), &mut memory, &settings, at(401)).unwrap();
    assert_eq!(over.condition, Condition::Recovered);
    assert!(!memory.is_open(Condition::Missed));
}

#[test]
fn a_worker_is_down_once_until_it_is_back_and_each_time_has_its_own_id() {
    let settings = settings(rule(&["worker_down", "recovered"], Failures::Each));
    let worker: WorkerId = "w1".parse().unwrap();
    let mut memory = Memory::new(Subject::worker(&worker), None);
    let mut ids = Vec::new();
    for round in 0..3 {
        let now = at(round * 100);
        let down = || NoticeWhy::WorkerGone { worker: worker.clone(), gone: Span::from_minutes(1) };
        let first = other(Condition::WorkerDown, Some(&worker), down(), &mut memory, &settings, now).unwrap();
        assert_eq!(other(Condition::WorkerDown, Some(&worker), down(), &mut memory, &settings, now), None);
        let back = recovered(Condition::WorkerDown, Some(&worker), &mut memory, &settings, now).unwrap();
        assert_eq!(recovered(Condition::WorkerDown, Some(&worker), &mut memory, &settings, now), None);
        ids.extend([first.id, back.id]);
    }
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), 6);
}

/// Whoever has the facts of a notice alone can say all of it.
#[test]
fn an_end_is_told_with_its_facts_those_of_a_record_that_no_worker_wrote_too() {
    let settings = settings(rule(&["failed", "lost"], Failures::Each));
    let saved = saved(json!({}));
    let mut failed = run(0, 1, RunStatus::Failed);
    failed.outcome = Some(Outcome::bare(End::Exited { code: 3 }, at(5)).told());
    let settled = Settled::Lost { why: LostWhy::WorkerGone, by: None };
    let mut lost = run(60, 1, RunStatus::Lost);
    (lost.reason, lost.settled) = (settled.in_words(), Some(settled));
    let mut memory = memory();
    for (run, text, kind) in
        [(failed, "exit code 3", "ended"), (lost, "lost: its worker is gone (2 in a row)", "settled")]
    {
        let notice = run_ended(&run, Some(&saved), &mut memory, &settings, at(100)).unwrap();
        let why = notice.why.unwrap();
        assert_eq!((&notice.text[..], why.to_string()), (text, text.to_owned()));
        assert_eq!(serde_json::to_value(&why).unwrap()["kind"], kind);
    }
    // A record of an earlier version has the words alone.
    let old = RunRecord { reason: "lost: its worker is gone".into(), ..run(120, 1, RunStatus::Lost) };
    let notice = run_ended(&old, Some(&saved), &mut self::memory(), &settings, at(200)).unwrap();
    assert_eq!((&notice.text[..], notice.why), ("lost: its worker is gone", None));
}

#[test]
fn a_run_that_lasts_is_told_while_it_runs() {
    let settings = settings(json!([]));
    let saved = saved(json!({ "alerts": { "warn_after": "8m", "channels": ["ops"] } }));
    let active: Active = serde_json::from_value(json!({
        "run": RunId::for_tick(&uid(), at(0), 1, None), "uid": uid(), "spec_id": 1,
        "cause": { "kind": "tick", "at": at(0) }, "attempt": 1, "retried": 0, "repeated": 0, "worker": "w1",
        "boot": "b1", "since": at(0), "until": at(60), "nonce": "9c0e7d1b4c3e8a6f", "budget": "1h",
        "when_cut_off": "wait",
    }))
    .unwrap();
    let mut memory = memory();
    assert_eq!(long_running(&active, &saved, &mut memory, &settings, at(479)), None);
    let notice = long_running(&active, &saved, &mut memory, &settings, at(480)).unwrap();
    assert_eq!(notice.limit.as_deref(), Some("warn_after 8m"));
    assert_eq!(long_running(&active, &saved, &mut memory, &settings, at(481)), None);
}

proptest! {
    /// Over any row of ends, looked at once or twice: a run has at most one notice and always the same id, nothing
    /// recovers that was not told, and the memory stays bounded.
    #[test]
    fn any_row_of_ends_is_told_alike(ends in proptest::collection::vec((0_usize..4, any::<bool>()), 1..60), many in 1_u32..4) {
        let failures = if many == 1 { Failures::Each } else { Failures::InARow(many) };
        let settings = settings(rule(&["failed", "recovered", "lost"], failures));
        let plain = saved(json!({}));
        let (mut memory, mut open) = (memory(), false);
        for (n, (end, twice)) in ends.into_iter().enumerate() {
            let status = [RunStatus::Failed, RunStatus::Lost, RunStatus::Succeeded, RunStatus::Skipped][end];
            let run = run(n as i64 * 60, 1, status);
            let stood = memory.clone();
            let first = run_ended(&run, Some(&plain), &mut memory, &settings, at(9));
            match &first {
                Some(notice) if notice.condition == Condition::Recovered => {
                    prop_assert!(open, "nobody was told of anything");
                    open = false;
                }
                Some(_) => open = true,
                None => {}
            }
            if twice {
                // As a master does that died before it noted that it had looked: the memory may be old or new.
                let again = run_ended(&run, Some(&plain), &mut stood.clone(), &settings, at(10));
                prop_assert_eq!(again.map(|one| one.id), first.as_ref().map(|one| one.id.clone()));
                let late = run_ended(&run, Some(&plain), &mut memory, &settings, at(10));
                prop_assert!(late.is_none() || late.map(|one| one.id) == first.map(|one| one.id));
            }
            prop_assert!(memory.streak.len() <= STREAK_MAX && memory.open.len() <= 2);
        }
    }
}
