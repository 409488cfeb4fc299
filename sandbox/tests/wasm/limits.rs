//! Every limit holds, whatever the guest does, and the sandbox runs the next one.

use model::limits::{LimitName, Limits};
use model::outcome::{Stage, Stop};
use model::ports::{Executor as _, Whose};
use model::quantity::{ByteSize, CpuShare};
use model::run::RunStatus;
use model::time::Span;

use super::support::{Ended, Sandbox, command, timeout};

const SPIN: &str = r#"(func (export "_start") (loop $l (br $l)))"#;
/// Waits on the monotonic clock for three hours.
const SLEEP: &str = r#"(func (export "_start")
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 10800000000000))
    (call $exit (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#;
/// Instantiation never ends.
const START_LOOP: &str = r#"(func $s (loop $l (br $l))) (start $s) (func (export "_start"))"#;
/// Fills 64 MiB again and again: one instruction each.
const FILL: &str = r#"(func (export "_start") (drop (memory.grow (i32.const 1000)))
    (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 65000000)) (br $l)))"#;

fn assert_stopped(ended: &Ended, why: Stop, status: RunStatus) {
    assert_eq!(ended.outcome.stop, Some(why), "{:?}", ended.outcome);
    assert_eq!(ended.outcome.status(&[0]), status);
}

async fn assert_goes_on(sandbox: &Sandbox) {
    assert_eq!(sandbox.run_text(&command(r#"(func (export "_start"))"#)).await.code(), 0);
}

#[tokio::test]
async fn the_timeout_holds_in_a_spin_a_sleep_a_start_section_and_a_fill() {
    let sandbox = Sandbox::new();
    for body in [SPIN, SLEEP, START_LOOP, FILL] {
        let limits = Limits { fuel: Some(u64::MAX), ..timeout(200) };
        let ended = sandbox.run(&sandbox.job(&command(body)), &limits).await;
        assert_stopped(&ended, Stop::Timeout, RunStatus::TimedOut);
    }
    assert_goes_on(&sandbox).await;
}

#[tokio::test]
async fn a_kill_holds_in_a_spin_a_sleep_and_a_start_section() {
    let sandbox = Sandbox::new();
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    for body in [SPIN, SLEEP, START_LOOP] {
        let started = sandbox.start(&sandbox.job(&command(body)), &limits).await.unwrap();
        started.running.stop(Stop::Killed).await;
        started.running.stop(Stop::CutOff).await;
        assert_stopped(&sandbox.end(started).await, Stop::Killed, RunStatus::Killed);
    }
    assert_goes_on(&sandbox).await;
}

#[tokio::test]
async fn a_guest_that_sleeps_or_spins_holds_up_no_other_on_its_thread() {
    let sandbox = Sandbox::new();
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let mut others = Vec::new();
    for body in [SPIN, SLEEP, SPIN] {
        others.push(sandbox.start(&sandbox.job(&command(body)), &limits).await.unwrap());
    }
    assert_goes_on(&sandbox).await;
    for other in others {
        other.running.stop(Stop::Killed).await;
        assert_stopped(&sandbox.end(other).await, Stop::Killed, RunStatus::Killed);
    }
}

#[tokio::test]
async fn a_short_sleep_ends_by_itself() {
    let sandbox = Sandbox::new();
    let text = command(SLEEP).replace("10800000000000", "20000000");
    let ended = sandbox.run_text(&text).await;
    assert_eq!(ended.code(), 0);
    assert!(ended.outcome.ended_at.since(ended.outcome.started_at) >= Span::from_millis(19));
}

#[tokio::test]
async fn fuel_ends_a_spin_and_is_counted() {
    let sandbox = Sandbox::new();
    for body in [SPIN, START_LOOP, FILL] {
        let limits = Limits { fuel: Some(10_000_000), ..Limits::default() };
        let ended = sandbox.run(&sandbox.job(&command(body)), &limits).await;
        assert!(ended.outcome.out_of_fuel, "{:?}", ended.outcome);
        assert_eq!(ended.outcome.usage.fuel, Some(10_000_000));
        assert_eq!(ended.outcome.status(&[0]), RunStatus::OutOfFuel);
    }
}

/// A store that was given no fuel ends its guest at the first instruction.
#[tokio::test]
async fn a_job_that_names_no_fuel_has_the_most_there_is() {
    let sandbox = Sandbox::new();
    let text = command(
        r#"(func (export "_start") (local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 2000000)))))"#,
    );
    let ended = sandbox.run(&sandbox.job(&text), &Limits { fuel: None, ..Limits::default() }).await;
    assert_eq!(ended.code(), 0);
    assert!(ended.outcome.usage.fuel.is_some_and(|fuel| fuel > 2_000_000), "{:?}", ended.outcome.usage);
}

/// The engine keeps fuel in a register and writes it down when a guest gives way: a guest that is stopped or traps is
/// told to the last million. Caught when guests give way by another clock than fuel: then it says 0.
#[tokio::test]
async fn the_fuel_of_a_guest_that_is_stopped_or_traps_is_told_to_the_last_million() {
    let sandbox = Sandbox::new();
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(300) };
    let stopped = sandbox.run(&sandbox.job(&command(SPIN)), &limits).await;
    assert_eq!(stopped.outcome.stop, Some(Stop::Timeout));
    assert!(stopped.outcome.usage.fuel.unwrap() >= 1_000_000, "{:?}", stopped.outcome.usage);
    // A turn of this loop costs about 8; then it reads beyond its memory.
    let turns = 1_000_000;
    let text = command(&format!(
        r#"(func (export "_start") (local $i i32) (loop $l
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const {turns}))))
            (drop (i32.load (i32.const 70000))))"#
    ));
    let trapped = sandbox.run_text(&text).await;
    assert!(trapped.trap().contains("out of bounds"), "{:?}", trapped.outcome);
    let fuel = trapped.outcome.usage.fuel.unwrap();
    assert!((turns..20 * turns).contains(&fuel), "{fuel}");
}

#[tokio::test]
async fn processor_time_is_the_guests_own() {
    let sandbox = Sandbox::new();
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(400) };
    let cpu = |ended: &Ended| ended.outcome.usage.cpu_user.expect("a module's processor time is known");
    let spun = sandbox.run(&sandbox.job(&command(SPIN)), &limits).await;
    let lasted = spun.outcome.ended_at.since(spun.outcome.started_at);
    assert!(cpu(&spun) > Span::ZERO && cpu(&spun) <= lasted, "{:?} of {lasted:?}", cpu(&spun));
    // Beside one that computes: what that one uses is not this one's.
    let forever = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let other = sandbox.start(&sandbox.job(&command(SPIN)), &forever).await.unwrap();
    let slept = sandbox.run(&sandbox.job(&command(SLEEP)), &limits).await;
    other.running.stop(Stop::Killed).await;
    sandbox.end(other).await;
    assert_eq!(slept.outcome.stop, Some(Stop::Timeout));
    assert!(cpu(&slept) < Span::from_millis(100), "a sleep used {:?}", cpu(&slept));
}

#[tokio::test]
async fn the_same_work_uses_the_same_fuel() {
    let sandbox = Sandbox::new();
    let count = |times: u32| {
        command(&format!(
            r#"(func (export "_start") (local $i i32) (loop $l
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const {times})))))"#
        ))
    };
    let mut used = Vec::new();
    for times in [1000, 1000, 2000] {
        used.push(sandbox.run_text(&count(times)).await.outcome.usage.fuel.unwrap());
    }
    assert_eq!(used[0], used[1]);
    let per_turn = (used[2] - used[0]) as f64 / 1000.0;
    assert!((1.0..20.0).contains(&per_turn), "{used:?}");
}

#[tokio::test]
async fn memory_beyond_the_limit_is_refused_and_told() {
    let sandbox = Sandbox::new();
    let bomb = command(
        r#"(func (export "_start") (loop $l
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable)) (br $l)))"#,
    );
    let limits = Limits { memory: Some(ByteSize::from_mib(16)), ..Limits::default() };
    let ended = sandbox.run(&sandbox.job(&bomb), &limits).await;
    assert!(ended.outcome.out_of_memory);
    assert_eq!(ended.outcome.status(&[0]), RunStatus::OutOfMemory);
    let peak = ended.outcome.usage.memory_peak.unwrap();
    assert!(peak <= ByteSize::from_mib(16) && peak > ByteSize::from_mib(14), "{peak}");
}

#[tokio::test]
async fn a_guest_that_lives_with_less_memory_succeeds() {
    let sandbox = Sandbox::new();
    let text = command(r#"(func (export "_start") (drop (memory.grow (i32.const 60000))))"#);
    let ended = sandbox.run_text(&text).await;
    assert_eq!(ended.outcome.status(&[0]), RunStatus::Succeeded);
    assert!(ended.outcome.out_of_memory);
}

#[tokio::test]
async fn a_module_that_starts_above_its_limit_is_not_started() {
    let sandbox = Sandbox::new();
    let job = sandbox.job(r#"(module (memory (export "memory") 32) (func (export "_start")))"#);
    let limits = Limits { memory: Some(ByteSize::from_mib(1)), ..Limits::default() };
    let refused = sandbox.start(&job, &limits).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Limits, Whose::Job));
    assert!(
        refused.message.contains("2MiB") && refused.message.contains("`limits.memory: 1MiB`"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(sandbox.runs()).unwrap().count(), 0, "nothing of the run is left");
}

#[tokio::test]
async fn a_table_bomb_ends_and_is_told() {
    let sandbox = Sandbox::new();
    let text = command(
        r#"(table $t 1 funcref) (func (export "_start") (loop $l
            (if (i32.eq (table.grow $t (ref.null func) (i32.const 5000)) (i32.const -1)) (then unreachable))
            (br $l)))"#,
    );
    let ended = sandbox.run_text(&text).await;
    assert!(ended.trap().contains("table"), "{:?}", ended.outcome);
}

#[tokio::test]
async fn too_much_output_is_counted_and_never_fails_the_guest() {
    let sandbox = Sandbox::new();
    // 1000 times 4000 bytes.
    let text = command(
        r#"(func (export "_start") (local $i i32)
            (memory.fill (i32.const 100) (i32.const 0x41) (i32.const 4000))
            (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 4000))
            (loop $l
                (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
                (if (i32.ne (i32.load (i32.const 8)) (i32.const 4000)) (then unreachable))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const 1000)))))"#,
    );
    let limits = Limits { output: ByteSize::from_bytes(100_001), ..Limits::default() };
    let ended = sandbox.run(&sandbox.job(&text), &limits).await;
    assert_eq!(ended.code(), 0);
    assert_eq!((ended.outcome.output.kept, ended.outcome.output.dropped), (100_001, 3_899_999));
    assert!(ended.stdout.iter().all(|byte| *byte == b'A'));
}

#[tokio::test]
async fn what_cannot_be_held_is_refused() {
    let sandbox = Sandbox::new();
    let job = sandbox.job(&command(SPIN));
    let table = [
        (Limits { cpu: Some(CpuShare::from_milli(500)), ..Limits::default() }, "`limits.cpu`"),
        (Limits { pids: Some(3), ..Limits::default() }, "`limits.pids`"),
        (Limits { memory: Some(ByteSize::from_mib(65)), ..Limits::default() }, "64MiB"),
    ];
    for (limits, words) in table {
        let refused = sandbox.start(&job, &limits).await.err().unwrap();
        assert_eq!((refused.stage, refused.whose), (Stage::Limits, Whose::Job));
        assert!(refused.message.contains(words), "{refused}");
    }
    let held: Vec<_> = sandbox.executor.enforceable().limits.into_iter().map(|l| (l.limit, l.held)).collect();
    let all = [LimitName::Timeout, LimitName::Memory, LimitName::Fuel, LimitName::Output];
    assert_eq!(held, all.map(|limit| (limit, true)));
}
