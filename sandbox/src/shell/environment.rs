//! A script's environment, built from nothing: the run's own facts, what a login would set, then the job's.
//!
//! `SANDGLASS_RUN` is also the mark by which processes of a run are found where no control group holds them, so
//! the run's facts cannot be overridden.

use std::collections::BTreeMap;

use model::ports::RunRef;
use model::workload::Env;

use super::account::Account;

/// Where programs are looked for, as `root`.
const PATH_ROOT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where programs are looked for, as anybody else.
const PATH_USER: &str = "/usr/local/bin:/usr/bin:/bin";

/// Returns the whole environment of a run.
pub(super) fn build(run: &RunRef, account: &Account, job: &Env) -> BTreeMap<String, String> {
    let path = if account.is_root() { PATH_ROOT } else { PATH_USER };
    let mut env = BTreeMap::new();
    for (name, value) in [
        ("HOME", account.home.as_str()),
        ("USER", &account.name),
        ("LOGNAME", &account.name),
        ("SHELL", "/bin/sh"),
        ("PATH", path),
        ("TZ", &run.timezone),
    ] {
        env.insert(name.to_owned(), value.to_owned());
    }
    env.extend(job.0.clone());
    for (name, value) in [
        ("SANDGLASS_JOB", run.job.to_string()),
        ("SANDGLASS_RUN", run.id.to_string()),
        ("SANDGLASS_ATTEMPT", run.attempt.to_string()),
        ("SANDGLASS_SCHEDULED_AT", run.scheduled_at.to_string()),
        ("SANDGLASS_FENCE", run.fence.to_string()),
        ("SANDGLASS_WORKER", run.worker.to_string()),
    ] {
        env.insert(name.to_owned(), value);
    }
    env
}
