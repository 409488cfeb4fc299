//! Jobs that write down what they do in a file of their own, beside Sandglass: one line for each start, which nothing of
//! ours could hide.
//!
//! Not here: the soak's evidence, which tells of ends and output too (`history::evidence`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::fleet::Fleet;
use crate::soak::now_ms;
use crate::{Client, PATIENCE};

/// A job that says it began, waits to be told to go on, and ends.
pub fn waiting(name: &str, schedule: &str, evidence: &Path) -> String {
    let folder = evidence.display();
    let script = format!(
        "echo begin; echo \"$SANDGLASS_SCHEDULED_AT $SANDGLASS_ATTEMPT $SANDGLASS_WORKER\" >> {folder}/{name}; \
         while [ ! -e {folder}/go ]; do sleep 0.1; done; echo end"
    );
    format!(
        "name: {name}\nschedule: '{schedule}'\noverlap: skip\nshell: {{ script: '{script}' }}\n\
         limits: {{ timeout: 20m }}\n---\n"
    )
}

/// A job that is due each second and only says that it began.
pub fn ticking(name: &str, evidence: &Path) -> String {
    let line = "$SANDGLASS_SCHEDULED_AT $SANDGLASS_ATTEMPT $SANDGLASS_WORKER";
    let script = format!("echo \"{line}\" >> {}/{name}; echo \"{line}\"", evidence.display());
    format!("name: {name}\nschedule: '* * * * * *'\noverlap: allow\nshell: {{ script: '{script}' }}\n---\n")
}

/// Returns the starts of a job: instant, attempt and worker of each.
pub fn starts(evidence: &Path, job: &str) -> Vec<[String; 3]> {
    let text = fs::read_to_string(evidence.join(job)).unwrap_or_default();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.lines().filter_map(|line| words(line).try_into().ok()).collect()
}

/// No tick may have started twice in one attempt, whoever started it.
///
/// # Errors
/// When one has.
pub fn once_each(evidence: &Path, job: &str) -> Result<()> {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    for [at, attempt, worker] in starts(evidence, job) {
        let before = seen.insert((at.clone(), attempt), worker.clone());
        ensure!(before.is_none(), "the tick {at} of `{job}` started twice: {before:?} and {worker}");
    }
    Ok(())
}

/// Waits until a job has so many more starts than now; a job of every second may take twice as many seconds.
///
/// # Errors
/// When it does not in time.
pub fn more_starts(client: &Client, evidence: &Path, job: &str, more: usize) -> Result<()> {
    let wanted = starts(evidence, job).len() + more;
    let patience = PATIENCE + Duration::from_secs(2) * u32::try_from(more)?;
    client.until_within(patience, &format!("{more} more starts of `{job}`"), || {
        Ok((starts(evidence, job).len() >= wanted).then_some(()))
    })
}

/// Waits until each job of every second has fallen due twice since now.
///
/// # Errors
/// Never by now.
pub fn ticks_pass(client: &Client) -> Result<()> {
    let past = now_ms() + 2_000;
    client.until("ticks to fall due", || Ok((now_ms() > past).then_some(())))
}

/// Saves a waiting job, runs it and returns its run, once its script has begun.
///
/// # Errors
/// When it does not begin in time.
pub fn begun(fleet: &mut Fleet, name: &str) -> Result<Value> {
    let evidence = fleet.evidence();
    let master = fleet.master(0);
    master.apply(&waiting(name, "0 0 1 1 *", &evidence))?;
    master.done(&["job", "run", name])?;
    master.until("the script to begin", || Ok((!starts(&evidence, name).is_empty()).then_some(())))?;
    master.run_in(name, &["running"])
}
