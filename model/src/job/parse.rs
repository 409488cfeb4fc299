//! From what a user wrote to a [`Job`], with all faults at once.
//!
//! Flow: JSON or YAML → `reader` → **`parse`** → `Job`.
//! Not here: whether a module or an account exists; master and worker ask for that.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::names_in;
use super::reader::{Reader, choice_of, item, text_of};
use super::{Job, default_retention, default_start_deadline, default_success_codes, utc};
use crate::fault::Faults;
use crate::id::JobName;
use crate::limits::{self, Limits};
use crate::network::NetworkGrant;
use crate::policy::{
    AlertOn, DstRule, JobAlerts, Missed, MissedPolicy, OnWorkerLoss, Overlap, Placement, PlacementMode,
    Retries, Weekdays, WhenCutOff,
};
use crate::quantity::{ByteSize, CpuShare};
use crate::run::RunStatus;
use crate::schedule::{Schedule, Source};
use crate::sentence;
use crate::time::{Span, Timestamp};
use crate::workload::{
    DirGrant, DirMode, Env, HiddenText, Kind, Leftovers, Shell, Wasm, Workload, default_interpreter,
};

/// Most bytes of a script: a saved job must fit into one record of any store.
const SCRIPT_BYTES_MAX: usize = 512 * 1024;
const STDIN_BYTES_MAX: usize = 256 * 1024;
const TEXT_BYTES_MAX: usize = 32 * 1024;
const PATH_BYTES_MAX: usize = 4096;
const NETWORK_MAX: usize = 16;
/// A name of 253 bytes, its scheme and its port.
const NETWORK_BYTES_MAX: usize = 270;
/// The largest fuel: the largest whole number that every JSON reader keeps exact.
pub const FUEL_MAX: u64 = (1 << 53) - 1;
/// With `when_cut_off: kill` the run must be gone before another worker may take over.
const GRACE_WHEN_CUT_OFF_MAX: Span = Span::from_seconds(30);

impl Job {
    /// Reads a job from parsed JSON or YAML, with every default filled in.
    ///
    /// # Errors
    /// All faults, each with the path of its field: unknown fields, wrong types, values out of range, fields that do
    /// not apply to the job's kind, a schedule that does not parse.
    pub fn parse(value: &Value) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let top = Reader::top(value, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let job = read_job(&top, &mut faults);
        match job {
            Some(job) => faults.into_result(job),
            None => Err(faults),
        }
    }
}

/// Returns the job, or none when a part without a default is at fault; the faults tell the rest.
fn read_job(top: &Reader<'_>, faults: &mut Faults) -> Option<Job> {
    top.refuse_unknown(&names_in(""), faults);
    top.require("name", "nightly-report", faults);
    let name: Option<JobName> = top.parsed("name", faults);
    let workload = read_workload(top, faults);
    let kind = kind_of(top);
    let timing = read_timing(top, name.as_ref(), faults);
    let when_cut_off = top
        .choice("when_cut_off", &[("wait", WhenCutOff::Wait), ("kill", WhenCutOff::Kill)], faults)
        .unwrap_or_default();
    let limits = read_limits(&top.group("limits", faults), kind, faults);
    if when_cut_off == WhenCutOff::Kill && limits.grace > GRACE_WHEN_CUT_OFF_MAX {
        faults.add(
            "limits.grace",
            sentence!(
                "must be at most {} with `when_cut_off: kill`, got `{}`",
                GRACE_WHEN_CUT_OFF_MAX,
                limits.grace
            ),
        );
    }
    let description = top.text("description", 2_000, faults).unwrap_or_default();
    let labels = read_labels(top, "labels", faults);
    let enabled = top.flag("enabled", faults).unwrap_or(true);
    let anchor = top.parsed("anchor", faults);
    let jitter = top.within("jitter", Span::ZERO..=Span::from_days(1), faults).unwrap_or_default();
    let success_codes = read_success_codes(top, faults);
    let placement = read_placement(&top.group("placement", faults), faults);
    let overlap = top
        .choice(
            "overlap",
            &[("allow", Overlap::Allow), ("skip", Overlap::Skip), ("replace", Overlap::Replace)],
            faults,
        )
        .unwrap_or_default();
    let missed = read_missed(&top.group("missed", faults), faults);
    let start_deadline = top
        .within("start_deadline", Span::from_seconds(1)..=Span::from_days(7), faults)
        .unwrap_or_else(default_start_deadline);
    let on_worker_loss = top
        .choice("on_worker_loss", &[("skip", OnWorkerLoss::Skip), ("rerun", OnWorkerLoss::Rerun)], faults)
        .unwrap_or_default();
    let retries = read_retries(&top.group("retries", faults), faults);
    let retention = top
        .within("retention", Span::from_minutes(60)..=Span::from_days(3650), faults)
        .unwrap_or_else(default_retention);
    let alerts = read_alerts(&top.group("alerts", faults), faults);
    let (schedule, timezone, dst, weekdays) = timing?;
    Some(Job {
        name: name?,
        description,
        labels,
        enabled,
        schedule,
        timezone,
        dst,
        weekdays,
        anchor,
        jitter,
        workload: workload?,
        limits,
        success_codes,
        placement,
        overlap,
        missed,
        start_deadline,
        on_worker_loss,
        when_cut_off,
        retries,
        retention,
        alerts,
    })
}

/// Reads the fields that say when, and compiles them once to find what is wrong with them.
fn read_timing(
    top: &Reader<'_>,
    name: Option<&JobName>,
    faults: &mut Faults,
) -> Option<(String, String, DstRule, Weekdays)> {
    let dst = top
        .choice("dst", &[("vixie", DstRule::Vixie), ("wall", DstRule::Wall), ("skip", DstRule::Skip)], faults)
        .unwrap_or_default();
    let weekdays = top
        .choice("weekdays", &[("unix", Weekdays::Unix), ("quartz", Weekdays::Quartz)], faults)
        .unwrap_or_default();
    let timezone = top.text("timezone", 64, faults).unwrap_or_else(utc);
    top.require("schedule", "30 2 * * *", faults);
    let schedule = top.text("schedule", 256, faults)?;
    let source = Source {
        text: &schedule,
        timezone: &timezone,
        dst,
        weekdays,
        seed: name.map_or("", JobName::as_str),
        anchor: Timestamp::default(),
    };
    if let Err(found) = Schedule::parse(source) {
        found.into_vec().into_iter().for_each(|fault| faults.push(fault));
    }
    Some((schedule, timezone, dst, weekdays))
}

fn kind_of(top: &Reader<'_>) -> Option<Kind> {
    match (top.has("shell"), top.has("wasm")) {
        (true, false) => Some(Kind::Shell),
        (false, true) => Some(Kind::Wasm),
        _ => None,
    }
}

fn read_workload(top: &Reader<'_>, faults: &mut Faults) -> Option<Workload> {
    match (top.has("shell"), top.has("wasm")) {
        (true, false) => read_shell(&top.group("shell", faults), faults).map(Workload::Shell),
        (false, true) => read_wasm(&top.group("wasm", faults), faults).map(Workload::Wasm),
        (true, true) => {
            faults.add("wasm", sentence!("a job has either `shell` or `wasm`, got both"));
            None
        }
        (false, false) => {
            faults.add_with_hint(
                "shell",
                sentence!("a job has either `shell` or `wasm`, got neither"),
                sentence!("a shell job says `shell: { script: \"echo hello\" }`"),
            );
            None
        }
    }
}

fn read_shell(group: &Reader<'_>, faults: &mut Faults) -> Option<Shell> {
    group.refuse_unknown(&names_in("shell"), faults);
    group.require("script", "echo hello", faults);
    let script = group.text("script", SCRIPT_BYTES_MAX, faults);
    if script.as_deref().is_some_and(|text| text.trim().is_empty()) {
        faults.add(group.at("script"), sentence!("is empty; give it a command"));
    }
    let interpreter =
        group.texts("interpreter", 16, PATH_BYTES_MAX, faults).unwrap_or_else(default_interpreter);
    match interpreter.first() {
        None => faults.add(group.at("interpreter"), sentence!("must name a program like `/bin/sh`")),
        Some(program) if !program.starts_with('/') => faults.add(
            group.at("interpreter[0]"),
            sentence!("must be an absolute path like `/bin/sh`, got `{}`", program),
        ),
        Some(_) => {}
    }
    let cwd = group.text("cwd", PATH_BYTES_MAX, faults);
    if let Some(path) = cwd.as_deref().filter(|path| !path.starts_with('/')) {
        faults.add(group.at("cwd"), sentence!("must be an absolute path, got `{}`", path));
    }
    Some(Shell {
        interpreter,
        user: read_user(group, faults),
        cwd,
        env: read_env(group, faults),
        stdin: HiddenText(group.text("stdin", STDIN_BYTES_MAX, faults).unwrap_or_default()),
        privilege_gain: group.flag("privilege_gain", faults).unwrap_or(false),
        leftovers: group
            .choice("leftovers", &[("kill", Leftovers::Kill), ("wait", Leftovers::Wait)], faults)
            .unwrap_or_default(),
        script: script?,
    })
}

fn read_wasm(group: &Reader<'_>, faults: &mut Faults) -> Option<Wasm> {
    group.refuse_unknown(&names_in("wasm"), faults);
    group.require("module", "sha256:9f86d081…", faults);
    let module = group.parsed("module", faults);
    let args = group.texts("args", 256, TEXT_BYTES_MAX, faults).unwrap_or_default();
    let env = read_env(group, faults);
    let stdin = HiddenText(group.text("stdin", STDIN_BYTES_MAX, faults).unwrap_or_default());
    let dirs = group.list("dirs", 16, faults).unwrap_or_default();
    let dirs = dirs.into_iter().filter_map(|(path, value)| read_dir(&path, value, faults)).collect();
    let network = read_network(group, faults);
    let user = read_user(group, faults);
    Some(Wasm { module: module?, args, env, stdin, dirs, network, user })
}

fn read_network(group: &Reader<'_>, faults: &mut Faults) -> Vec<NetworkGrant> {
    let texts = group.list("network", NETWORK_MAX, faults).unwrap_or_default();
    let mut grants = Vec::new();
    for (path, value) in texts {
        let Some(text) = text_of(value, &path, NETWORK_BYTES_MAX, faults) else { continue };
        match text.parse::<NetworkGrant>() {
            Ok(grant) => grants.push(grant),
            Err(refused) => faults.add(path, refused),
        }
    }
    grants
}

fn read_dir(path: &str, value: &Value, faults: &mut Faults) -> Option<DirGrant> {
    let group = item(path, value, faults);
    group.refuse_unknown(&names_in("wasm.dirs[]"), faults);
    let mut absolute = |field: &str, example: &str| {
        group.require(field, example, faults);
        let text = group.text(field, PATH_BYTES_MAX, faults)?;
        if !text.starts_with('/') || text.split('/').any(|part| part == "..") {
            faults.add(group.at(field), sentence!("must be an absolute path without `..`, got `{}`", text));
        }
        Some(text)
    };
    let (host, guest) = (absolute("host", "/srv/in"), absolute("guest", "/in"));
    let mode = group.choice("mode", &[("ro", DirMode::Ro), ("rw", DirMode::Rw)], faults).unwrap_or_default();
    Some(DirGrant { host: host?, guest: guest?, mode })
}

fn read_user(group: &Reader<'_>, faults: &mut Faults) -> Option<String> {
    let user = group.text("user", 32, faults)?;
    let valid = user
        .bytes()
        .enumerate()
        .all(|(i, b)| b.is_ascii_alphanumeric() || b == b'_' || (i > 0 && (b == b'-' || b == b'.')));
    if user.is_empty() || !valid {
        faults
            .add(group.at("user"), sentence!("must be the name of an account like `nobody`, got `{}`", user));
    }
    Some(user)
}

fn read_env(group: &Reader<'_>, faults: &mut Faults) -> Env {
    let check = |name: &str| {
        let form = name
            .bytes()
            .enumerate()
            .all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()));
        if name.is_empty() || !form {
            Err(sentence!("a variable's name is `[A-Za-z_][A-Za-z0-9_]*`"))
        } else if name.starts_with("SANDGLASS_") {
            Err(sentence!("names that begin with `SANDGLASS_` are set by Sandglass itself"))
        } else {
            Ok(())
        }
    };
    Env(group.map("env", 256, TEXT_BYTES_MAX, check, faults).unwrap_or_default())
}

fn read_labels(group: &Reader<'_>, field: &str, faults: &mut Faults) -> BTreeMap<String, String> {
    let check = |name: &str| {
        let form = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
        if (1..=63).contains(&name.len()) && form {
            Ok(())
        } else {
            Err(sentence!("a label's name is 1 to 63 letters, digits, `-`, `_`, `.` or `/`"))
        }
    };
    group.map(field, 32, 63, check, faults).unwrap_or_default()
}

fn read_limits(group: &Reader<'_>, kind: Option<Kind>, faults: &mut Faults) -> Limits {
    group.refuse_unknown(&names_in("limits"), faults);
    for (field, only) in [("cpu", Kind::Shell), ("pids", Kind::Shell), ("fuel", Kind::Wasm)] {
        if group.has(field) && kind.is_some_and(|kind| kind != only) {
            faults.add(group.at(field), sentence!("applies to {} jobs only; leave it out", only));
        }
    }
    let wasm = kind == Some(Kind::Wasm);
    let memory_min = if wasm { ByteSize::from_kib(64) } else { ByteSize::from_mib(1) };
    Limits {
        timeout: group
            .within("timeout", Span::from_millis(100)..=Span::from_days(30), faults)
            .unwrap_or_else(limits::default_timeout),
        grace: group
            .within("grace", Span::ZERO..=Span::from_minutes(10), faults)
            .unwrap_or_else(limits::default_grace),
        memory: group
            .within("memory", memory_min..=ByteSize::from_mib(1 << 20), faults)
            .or(wasm.then_some(limits::WASM_MEMORY_DEFAULT)),
        cpu: group.within("cpu", CpuShare::from_milli(10)..=CpuShare::from_milli(1_024_000), faults),
        pids: group
            .number("pids", 1..=1_000_000, faults)
            .map(|pids| u32::try_from(pids).expect("the range fits")),
        fuel: read_fuel(group, faults).or(wasm.then_some(limits::WASM_FUEL_DEFAULT)),
        output: group
            .within("output", ByteSize::default()..=ByteSize::from_mib(1024), faults)
            .unwrap_or_else(limits::default_output),
    }
}

fn read_fuel(group: &Reader<'_>, faults: &mut Faults) -> Option<u64> {
    if group.is_text("fuel", "unlimited") {
        return Some(FUEL_MAX);
    }
    group.number("fuel", 1..=FUEL_MAX, faults)
}

fn read_success_codes(top: &Reader<'_>, faults: &mut Faults) -> Vec<i32> {
    let Some(items) = top.list("success_codes", 32, faults) else { return default_success_codes() };
    if items.is_empty() {
        faults.add("success_codes", sentence!("must name at least one exit code"));
    }
    let mut codes = Vec::new();
    for (path, value) in items {
        match value.as_u64().and_then(|code| i32::try_from(code).ok()).filter(|code| *code <= 255) {
            Some(code) => codes.push(code),
            None => faults.add(path, sentence!("must be a whole number 0 to 255, got `{}`", value)),
        }
    }
    codes
}

fn read_placement(group: &Reader<'_>, faults: &mut Faults) -> Placement {
    group.refuse_unknown(&names_in("placement"), faults);
    Placement {
        mode: group
            .choice("mode", &[("one", PlacementMode::One), ("all", PlacementMode::All)], faults)
            .unwrap_or_default(),
        labels: read_labels(group, "labels", faults),
    }
}

fn read_missed(group: &Reader<'_>, faults: &mut Faults) -> Missed {
    group.refuse_unknown(&names_in("missed"), faults);
    let default = Missed::default();
    let policies =
        [("none", MissedPolicy::None), ("latest", MissedPolicy::Latest), ("all", MissedPolicy::All)];
    Missed {
        policy: group.choice("policy", &policies, faults).unwrap_or(default.policy),
        window: group.within("window", Span::ZERO..=Span::from_days(30), faults).unwrap_or(default.window),
        max: group
            .number("max", 1..=1_000, faults)
            .map_or(default.max, |max| u32::try_from(max).expect("the range fits")),
    }
}

fn read_retries(group: &Reader<'_>, faults: &mut Faults) -> Retries {
    group.refuse_unknown(&names_in("retries"), faults);
    let default = Retries::default();
    let on = [
        RunStatus::Failed,
        RunStatus::TimedOut,
        RunStatus::OutOfMemory,
        RunStatus::OutOfFuel,
        RunStatus::Trapped,
        RunStatus::NotStarted,
    ]
    .map(|status| (status.as_str(), status));
    let retries = Retries {
        max: group
            .number("max", 0..=20, faults)
            .map_or(default.max, |max| u32::try_from(max).expect("the range fits")),
        on: read_choices(group, "on", &on, faults).unwrap_or(default.on),
        backoff: group
            .within("backoff", Span::ZERO..=Span::from_minutes(60), faults)
            .unwrap_or(default.backoff),
        backoff_max: group
            .within("backoff_max", Span::ZERO..=Span::from_days(1), faults)
            .unwrap_or(default.backoff_max),
    };
    if retries.backoff_max < retries.backoff {
        faults.add(
            group.at("backoff_max"),
            sentence!("must be at least `backoff` ({}), got `{}`", retries.backoff, retries.backoff_max),
        );
    }
    retries
}

fn read_alerts(group: &Reader<'_>, faults: &mut Faults) -> JobAlerts {
    group.refuse_unknown(&names_in("alerts"), faults);
    let on = [
        ("failed", AlertOn::Failed),
        ("timed_out", AlertOn::TimedOut),
        ("killed", AlertOn::Killed),
        ("out_of_memory", AlertOn::OutOfMemory),
        ("out_of_fuel", AlertOn::OutOfFuel),
        ("trapped", AlertOn::Trapped),
        ("not_started", AlertOn::NotStarted),
        ("host_error", AlertOn::HostError),
        ("lost", AlertOn::Lost),
        ("skipped", AlertOn::Skipped),
        ("missed", AlertOn::Missed),
        ("recovered", AlertOn::Recovered),
        ("long_running", AlertOn::LongRunning),
    ];
    JobAlerts {
        on: read_choices(group, "on", &on, faults).unwrap_or_default(),
        warn_after: group.within("warn_after", Span::from_seconds(1)..=Span::from_days(30), faults),
        channels: group.texts("channels", 16, 63, faults).unwrap_or_default(),
    }
}

fn read_choices<T: Copy>(
    group: &Reader<'_>,
    field: &str,
    choices: &[(&str, T)],
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let items = group.list(field, choices.len(), faults)?;
    Some(items.into_iter().filter_map(|(path, value)| choice_of(value, &path, choices, faults)).collect())
}

#[cfg(test)]
mod tests;
