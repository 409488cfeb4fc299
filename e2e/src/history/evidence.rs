//! What jobs write down themselves: one line for each start and each end, by one append, in a folder that Sandglass
//! knows nothing of. Times are read from the machine's uptime, which no fault here sets.
//!
//! ```text
//! start|end RUN SCHEDULED_AT FENCE ATTEMPT WORKER UPTIME SHA256-of-the-output|-
//! ```

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::documents::millis;

/// Which of the two lines it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The script began.
    Start,
    /// It came to its end.
    End,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The job.
    pub job: String,
    /// Start or end.
    pub mark: Mark,
    /// The run.
    pub run: String,
    /// Its tick, or the instant of its request, in milliseconds since 1970.
    pub scheduled_at: i64,
    /// The fence that it was given.
    pub fence: u64,
    /// Which attempt it is.
    pub attempt: u32,
    /// The worker.
    pub worker: String,
    /// When, in milliseconds since 1970 by a clock that nobody set.
    pub at_ms: i64,
    /// Of all that it printed; with its end only.
    pub sha256: Option<String>,
}

/// Reads all lines of a folder: a file for each job, named as the job is; `booted_ms` is when the machine's uptime was 0.
///
/// # Errors
/// When a line is not whole: what was appended at once stands there at once.
pub fn read_evidence(folder: &Path, booted_ms: i64) -> Result<Vec<Evidence>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "evidence") {
            let job = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            for line in fs::read_to_string(&path)?.lines() {
                found.push(read(&job, line, booted_ms).with_context(|| format!("of `{job}`: `{line}`"))?);
            }
        }
    }
    found.sort_by_key(|line| line.at_ms);
    Ok(found)
}

fn read(job: &str, line: &str, booted_ms: i64) -> Result<Evidence> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [mark, run, scheduled_at, fence, attempt, worker, uptime, sha256] = words[..] else {
        anyhow::bail!("it has {} words", words.len());
    };
    let mark = match mark {
        "start" => Mark::Start,
        "end" => Mark::End,
        _ => anyhow::bail!("neither start nor end"),
    };
    // Seconds with two decimals.
    let uptime_ms = uptime.replace('.', "").parse::<i64>().context("an uptime")? * 10;
    Ok(Evidence {
        job: job.to_owned(),
        mark,
        run: run.to_owned(),
        scheduled_at: millis(scheduled_at)?,
        fence: fence.parse().context("a fence")?,
        attempt: attempt.parse().context("an attempt")?,
        worker: worker.to_owned(),
        at_ms: booted_ms + uptime_ms,
        sha256: (sha256 != "-").then(|| sha256.to_owned()),
    })
}
