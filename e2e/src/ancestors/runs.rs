//! Rows about single runs: what a kill leaves, a flood of output, an exit code, bytes that are no text.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::load::Load;
use super::{Scale, Shown, fleet};
use crate::{Client, told};

/// By how much the memory of a worker may grow for a flood, in MiB.
const MEMORY_MAX_MIB: f64 = 32.0;
/// How long a run goes on before it is killed: at once, and past what one of the ancestors waits.
const KILLED_AFTER: [Duration; 2] = [Duration::ZERO, Duration::from_secs(6)];
/// What a flood begins and ends with.
const HEAD: &str = "this is the head";
const TAIL: &str = "this is the tail";
/// What is no text.
const BYTES: &[u8] = b"\xff\xfe\x00\x80caf\xe9\n";
/// What a daemon is known by.
const DAEMON: &str = "86397";
/// Ends of a run.
const ENDED: [&str; 6] = ["succeeded", "failed", "killed", "timed_out", "lost", "host_error"];
/// How many other jobs there are beside a flood.
const OTHERS: usize = 20;

/// Saves a job and runs it now.
fn run(master: &Client, name: &str, script: &str) -> Result<()> {
    let script: String = script.lines().map(|line| format!("    {line}\n")).collect();
    let shell = format!("shell:\n  interpreter: [/bin/bash]\n  script: |\n{script}");
    master.apply(&format!("name: {name}\nschedule: '@yearly'\n{shell}"))?;
    master.done(&["job", "run", name]).map(|_| ())
}

/// Returns what an ended run printed, as bytes: its record comes after all of its output.
fn printed(master: &Client, run: &Value) -> Result<Vec<u8>> {
    let output = master.ask(&["run", "logs", run["id"].as_str().context("an id")?])?;
    ensure!(output.status.success(), "{}", told(&output));
    Ok(output.stdout)
}

/// A run starts a daemon in a session and an environment of its own, and is killed.
pub(super) fn daemon(_: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let (mut dead, mut kept) = (0, 0);
    for (n, wait) in KILLED_AFTER.into_iter().enumerate() {
        let (name, file) = (format!("daemon-{n}"), fleet.evidence().join(format!("daemon-{n}")));
        let daemon = format!("setsid env -i /bin/sleep {DAEMON} < /dev/null > /dev/null 2>&1 &");
        let script = format!("echo before\n{daemon}\necho $! >> {}\nsleep 86398", file.display());
        let master = fleet.master(0);
        run(master, &name, &script)?;
        let daemon = master.until("the daemon", || {
            let number = fs::read_to_string(&file).unwrap_or_default();
            Ok(number.trim().parse().ok().filter(|pid| is_daemon(*pid)))
        })?;
        thread::sleep(wait);
        master.done(&["job", "kill", &name])?;
        let ended = master.run_in(&name, &ENDED)?;
        dead += usize::from(!is_daemon(daemon) && ended["status"] == "killed");
        kept += usize::from(printed(master, &ended)? == b"before\n");
    }
    let of = KILLED_AFTER.len();
    Ok(Shown {
        words: format!("all dead in {dead} of {of}, output kept in {kept} of {of}"),
        right: (dead, kept) == (of, of),
        fast: true,
    })
}

fn is_daemon(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|words| words.contains(DAEMON))
}

/// Much output, while others run beside it, and how much memory a worker takes for it.
pub(super) fn flood(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let pids = (0..3).map(|n| Ok(fleet.worker(n).pid()?.as_raw())).collect::<Result<Vec<_>>>()?;
    let load = Load::each_second(&mut fleet, OTHERS, scale.seconds.min(20))?;
    load.wait_until(Duration::from_secs(2));
    let before: Vec<f64> = pids.iter().map(|pid| memory_mib(*pid)).collect();
    let master = fleet.master(0);
    let much = format!("yes 0123456789abcde | head -c {}", scale.flood);
    run(master, "flood", &format!("echo {HEAD}\n{much}\necho {TAIL}"))?;
    let mut grown = 0.0;
    let ended = master.until("the end of the flood", || {
        let now = pids.iter().zip(&before).map(|(pid, before)| memory_mib(*pid) - before);
        grown = now.fold(grown, f64::max);
        let ended = |run: &Value| run["status"].as_str().is_some_and(|status| ENDED.contains(&status));
        Ok(master.runs("flood")?.into_iter().find(ended))
    })?;
    let count = |what: &str| ended["outcome"]["output"][what].as_u64().unwrap_or_default();
    let (kept, dropped) = (count("kept"), count("dropped"));
    let output = printed(master, &ended)?;
    let ends = output.starts_with(HEAD.as_bytes()) && output.trim_ascii_end().ends_with(TAIL.as_bytes());
    let counted = load.counted()?;
    let lost = counted.records_lost(&fleet)?;
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    let shows = if ends { "head and tail kept" } else { "head or tail LOST" };
    Ok(Shown {
        words: format!(
            "{shows} ({:.0} MiB), {:.0} MiB counted, {lost} records of others lost, memory + {grown:.0} MiB",
            mib(kept),
            mib(dropped)
        ),
        right: ends
            && kept + dropped == (scale.flood + HEAD.len() + TAIL.len() + 2) as u64
            && lost == 0
            && counted.is_once(),
        fast: grown <= MEMORY_MAX_MIB,
    })
}

/// Returns how much memory a process and those beneath it that run the same program take: a worker, its supervisor and the
/// shims of its runs, what they share counted once; not the runs themselves.
fn memory_mib(worker: i32) -> f64 {
    let link = |pid: i32| fs::read_link(format!("/proc/{pid}/exe")).ok();
    let (ours, mut parents) = (link(worker), BTreeMap::new());
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        parents.extend(number(pid, "status", "PPid:").map(|parent| (pid, parent)));
    }
    let is_below = |pid: i32| {
        let mut above = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        above.any(|pid| pid == worker)
    };
    let counts = |pid: &&i32| is_below(**pid) && (**pid == worker || link(**pid) == ours);
    let kib = parents.keys().filter(counts).filter_map(|pid| number(*pid, "smaps_rollup", "Pss:"));
    f64::from(kib.sum::<i32>()) / 1_024.0
}

/// Reads one of the numbers that the kernel tells of a process; processes come and go meanwhile.
fn number(pid: i32, file: &str, name: &str) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

pub(super) fn exit(_: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let master = fleet.master(0);
    run(master, "exit", "echo what it says\nexit 3")?;
    let ended = master.run_in("exit", &ENDED)?;
    let (status, code) = (&ended["status"], &ended["outcome"]["end"]["code"]);
    let kept = printed(master, &ended)? == b"what it says\n";
    let output = if kept { "output kept" } else { "output LOST" };
    Ok(Shown {
        words: format!("{output}, {} with {code}", status.as_str().unwrap_or_default()),
        right: kept && status == "failed" && code == 3,
        fast: true,
    })
}

pub(super) fn bytes(_: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let master = fleet.master(0);
    run(master, "bytes", r"printf '\377\376\000\200caf\351\n'")?;
    let ended = master.run_in("bytes", &ENDED)?;
    // Read as strict JSON, as is the answer above.
    let lists = master.json(&["run", "list", "--job", "bytes"])?["runs"].as_array().map_or(0, Vec::len);
    let kept = printed(master, &ended)? == BYTES;
    let (output, list) =
        (if kept { "bytes kept" } else { "bytes CHANGED" }, if lists == 1 { "whole" } else { "BROKEN" });
    Ok(Shown { words: format!("{output}, listing {list}"), right: kept && lists == 1, fast: true })
}
