//! The jobs of a soak: from one second to thirty, from moments to ten seconds, every overlap policy, a herd, retries, much
//! output, on one worker or on all. Each writes down what it does (`history::evidence`).

use std::fs;
use std::path::Path;

use anyhow::Result;

/// What every job runs: `soak.sh JOB SECONDS BYTES FAILS`. A line is one append; half of the output comes before the wait.
const SCRIPT: &str = r#"
job=$1 seconds=$2 bytes=$3 fails=$4
folder=${0%/*}
say() {
    read -r up _ < /proc/uptime
    echo "$1 $SANDGLASS_RUN $SANDGLASS_SCHEDULED_AT $SANDGLASS_FENCE $SANDGLASS_ATTEMPT $SANDGLASS_WORKER $up $2" \
        >> "$folder/$job.evidence"
}
say start -
out="$folder/$SANDGLASS_RUN-$SANDGLASS_FENCE.out"
yes "$SANDGLASS_RUN $SANDGLASS_FENCE" | head -c "$bytes" > "$out"
sum=$(sha256sum < "$out")
head -c $((bytes / 2)) "$out"
sleep "$seconds"
tail -c +$((bytes / 2 + 1)) "$out"
rm "$out"
say end "${sum%% *}"
[ "$SANDGLASS_ATTEMPT" -gt "$fails" ]
"#;

/// How many jobs are due at one time.
const HERD: usize = 8;

/// A job of a soak.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) name: String,
    /// As saved first; edits change the first two.
    pub(super) schedule: &'static str,
    pub(super) seconds: &'static str,
    overlap: &'static str,
    bytes: usize,
    fails: u32,
    more: &'static str,
    /// Nobody touches it, so that something is always due.
    pub(super) untouched: bool,
    script: String,
}

impl Job {
    /// Returns it as it is saved.
    pub(super) fn yaml(&self) -> String {
        let Self { name, schedule, seconds, overlap, bytes, fails, more, script, .. } = self;
        format!(
            "name: {name}\nschedule: '{schedule}'\noverlap: {overlap}\nmissed: {{ policy: none }}\n{more}\n\
             limits: {{ timeout: 1m, grace: 1s, output: 32MiB }}\n\
             shell: {{ script: 'exec sh {script} {name} {seconds} {bytes} {fails}' }}\n"
        )
    }
}

/// Writes the script into a folder and returns the jobs that run it.
pub(super) fn mix(folder: &Path) -> Result<Vec<Job>> {
    let path = folder.join("soak.sh");
    fs::write(&path, SCRIPT)?;
    let script = path.display().to_string();
    let job = |name: &str, schedule, overlap, seconds, bytes, more| Job {
        name: name.to_owned(),
        schedule,
        seconds,
        overlap,
        bytes,
        fails: 0,
        more,
        untouched: false,
        script: script.clone(),
    };
    let twenty = "start_deadline: 20s";
    let mut jobs = vec![
        Job { untouched: true, ..job("every-second", "* * * * * *", "allow", "0.01", 100, twenty) },
        Job { untouched: true, ..job("busy", "*/2 * * * * *", "skip", "3", 2_000, twenty) },
        job("long", "*/3 * * * * *", "skip", "10", 5_000, "start_deadline: 30s"),
        job("short", "*/4 * * * * *", "skip", "0.5", 100, twenty),
        job("replaced", "*/5 * * * * *", "replace", "8", 500, twenty),
        job("beside", "*/5 * * * * *", "allow", "7", 500, twenty),
        job("output", "*/15 * * * * *", "allow", "1", 3_000_000, twenty),
        job("rare", "*/30 * * * * *", "skip", "2", 100, "start_deadline: 25s"),
        Job {
            fails: 1,
            ..job(
                "retried",
                "*/6 * * * * *",
                "skip",
                "0.2",
                300,
                "retries: { max: 2, backoff: 1s }\nstart_deadline: 20s",
            )
        },
        job("rerun", "*/7 * * * * *", "allow", "4", 300, "on_worker_loss: rerun\nstart_deadline: 20s"),
    ];
    let everywhere = "placement: { mode: all }\nstart_deadline: 20s";
    jobs.extend([
        Job { untouched: true, ..job("all", "*/5 * * * * *", "skip", "0.1", 100, everywhere) },
        job("all-long", "*/6 * * * * *", "skip", "8", 500, everywhere),
        job("all-beside", "*/9 * * * * *", "allow", "5", 2_000, everywhere),
    ]);
    jobs.extend((0..HERD).map(|n| job(&format!("herd-{n}"), "*/10 * * * * *", "skip", "0.1", 100, twenty)));
    Ok(jobs)
}
