//! What a job may say, and the answer to what it may not.

use serde_json::json;

use super::*;
use crate::job::fields::FIELDS;

fn paths(value: &Value) -> Vec<String> {
    let faults = Job::parse(value).expect_err("faults");
    faults.as_slice().iter().map(|fault| fault.path.clone()).collect()
}

fn shell() -> Value {
    json!({ "name": "a", "schedule": "30 2 * * *", "shell": { "script": "true" } })
}

fn with(path: &[&str], value: Value) -> Value {
    let mut job = shell();
    let mut at = &mut job;
    for part in path {
        at = &mut at[*part];
    }
    *at = value;
    job
}

#[test]
fn a_short_job_gets_every_default() {
    let job = Job::parse(&shell()).unwrap();
    assert_eq!(job.timezone, "UTC");
    assert!(job.enabled);
    assert_eq!(job.limits, Limits::default());
    assert_eq!(job.retention, Span::from_days(30));
    assert_eq!(job.success_codes, [0]);
}

#[test]
fn a_wasm_job_is_always_held() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let value = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest } });
    let job = Job::parse(&value).unwrap();
    assert_eq!(job.limits.memory, Some(limits::WASM_MEMORY_DEFAULT));
    assert_eq!(job.limits.fuel, Some(limits::WASM_FUEL_DEFAULT));
    let unlimited = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": value["wasm"]["module"] },
        "limits": { "fuel": "unlimited" } });
    assert_eq!(Job::parse(&unlimited).unwrap().limits.fuel, Some(FUEL_MAX));
}

#[test]
fn what_a_job_writes_it_reads_again() {
    let full = json!({
        "name": "nightly-report", "description": "text", "labels": { "team": "data" }, "enabled": false,
        "schedule": "30 2 * * *", "timezone": "Europe/Berlin", "dst": "wall", "weekdays": "quartz", "jitter": "30s",
        "shell": { "script": "set -e\n", "interpreter": ["/bin/bash", "-eu"], "user": "nobody", "cwd": "/srv",
            "env": { "K": "V" }, "stdin": "in", "privilege_gain": true, "leftovers": "wait" },
        "limits": { "timeout": "10m", "grace": "5s", "memory": "256MiB", "cpu": 0.5, "pids": 64, "output": "10MiB" },
        "success_codes": [0, 3], "placement": { "mode": "all", "labels": { "role": "db" } }, "overlap": "replace",
        "missed": { "policy": "all", "window": "2h", "max": 3 }, "start_deadline": "5m", "on_worker_loss": "rerun",
        "when_cut_off": "kill", "retries": { "max": 2, "on": ["trapped"], "backoff": "1s", "backoff_max": "1m" },
        "retention": "7d", "alerts": { "on": ["failed", "recovered"], "warn_after": "8m", "channels": ["ops"] },
    });
    let job = Job::parse(&full).unwrap();
    let written = serde_json::to_value(&job).unwrap();
    assert_eq!(Job::parse(&written).unwrap(), job);
    assert_eq!(serde_json::from_value::<Job>(written).unwrap(), job);
}

#[test]
fn all_faults_are_told_at_once() {
    let value = json!({
        "name": "Bad Name", "shedule": "30 2 * * *", "schedule": "61 * * * *",
        "shell": { "script": "true", "cwd": "here" }, "limits": { "memory": "lots", "fuel": 5 }, "retries": { "max": 99 },
    });
    let found = paths(&value);
    for path in ["shedule", "name", "schedule", "shell.cwd", "limits.fuel", "limits.memory", "retries.max"] {
        assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
    }
    assert_eq!(found.len(), 7);
}

#[test]
fn an_unknown_field_gets_the_nearest_name() {
    let faults = Job::parse(&with(&["limits"], json!({ "timout": "5s" }))).unwrap_err();
    assert_eq!(faults.to_string(), "limits.timout: unknown field\nhint: did you mean `timeout`?");
}

#[test]
fn each_bad_value_is_a_fault_at_its_field() {
    let cases: &[(&[&str], Value, &str)] = &[
        (&["enabled"], json!("yes"), "enabled"),
        (&["timezone"], json!("Mars/Olympus"), "timezone"),
        (&["dst"], json!("sometimes"), "dst"),
        (&["jitter"], json!("2d"), "jitter"),
        (&["labels"], json!({ "": "x" }), "labels."),
        (&["shell", "script"], json!("  "), "shell.script"),
        (&["shell", "interpreter"], json!(["sh"]), "shell.interpreter[0]"),
        (&["shell", "interpreter"], json!([]), "shell.interpreter"),
        (&["shell", "env"], json!({ "SANDGLASS_RUN": "x" }), "shell.env.SANDGLASS_RUN"),
        (&["shell", "env"], json!({ "A B": "x" }), "shell.env.A B"),
        (&["shell", "user"], json!("no body"), "shell.user"),
        (&["shell", "script"], json!("a\u{0}b"), "shell.script"),
        (&["limits"], json!({ "timeout": 600 }), "limits.timeout"),
        (&["limits"], json!({ "cpu": 0 }), "limits.cpu"),
        (&["limits"], json!({ "pids": -1 }), "limits.pids"),
        (&["limits"], json!("big"), "limits"),
        (&["success_codes"], json!([256]), "success_codes[0]"),
        (&["retries"], json!({ "on": ["killed"] }), "retries.on[0]"),
        (&["retries"], json!({ "backoff": "10m", "backoff_max": "1m" }), "retries.backoff_max"),
        (&["missed"], json!({ "max": 0 }), "missed.max"),
        (&["retention"], json!("5s"), "retention"),
    ];
    for (path, value, fault) in cases {
        assert_eq!(paths(&with(path, value.clone())), [*fault], "{path:?} = {value}");
    }
}

#[test]
fn a_job_is_of_one_kind() {
    let mut both = shell();
    both["wasm"] = json!({ "module": "x" });
    assert_eq!(paths(&both), ["wasm"]);
    assert_eq!(paths(&json!({ "name": "a", "schedule": "@daily" })), ["shell"]);
    assert_eq!(paths(&json!([1, 2])), [""]);
    assert_eq!(paths(&json!({})), ["name", "shell", "schedule"]);
}

#[test]
fn a_grant_is_an_absolute_path() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let value = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest,
        "dirs": [{ "host": "/srv/../etc", "guest": "in" }, "x"], "network": ["db", "db:5432"] } });
    assert_eq!(paths(&value), ["wasm.dirs[0].host", "wasm.dirs[0].guest", "wasm.dirs[1]", "wasm.network[0]"]);
}

#[test]
fn when_cut_off_kill_bounds_the_grace() {
    let mut value = with(&["limits"], json!({ "grace": "1m" }));
    value["when_cut_off"] = json!("kill");
    assert_eq!(paths(&value), ["limits.grace"]);
}

#[test]
fn every_field_of_the_table_is_one_that_the_parser_reads() {
    // A value of no field's type: the parser must complain at each, or it does not read it.
    for field in FIELDS.iter().filter(|field| !["shell", "wasm"].contains(&field.path)) {
        let mut job = if field.kinds == "wasm" {
            json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": format!("sha256:{}", "0".repeat(64)) } })
        } else {
            shell()
        };
        let mut at = &mut job;
        for part in field.path.split('.') {
            at = match part.strip_suffix("[]") {
                Some(list) => {
                    at[list] = json!([{ "host": "/a", "guest": "/a" }]);
                    &mut at[list][0]
                }
                None => &mut at[part],
            };
        }
        *at = json!([[["no field takes this"]]]);
        let found = paths(&job);
        let path = field.path.replace("[]", "[0]");
        assert!(found.iter().any(|fault| fault.starts_with(&path)), "{path} in {found:?}");
    }
}
