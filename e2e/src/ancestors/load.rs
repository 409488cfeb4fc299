//! Jobs that are due each second, or all at once, and what they wrote down of their starts: by the clock of this machine,
//! as the first thing that the command does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::fleet::Fleet;
use crate::history::{millis, percentile, read_facts};
use crate::soak::now_ms;

/// How long after the save of the last job the first tick counts, in milliseconds.
const SETTLED_MS: i64 = 3_000;
/// How long ticks may be waited for after the last was due, before they count as missing.
const WAITED: Duration = Duration::from_secs(60);
/// How long a second start may come after the last first one.
const AGAIN: Duration = Duration::from_secs(3);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// Jobs under way.
pub(super) struct Load {
    names: Vec<String>,
    /// The instants of the ticks that count, in milliseconds since 1970.
    ticks: Vec<i64>,
    evidence: PathBuf,
}

/// One start.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Start {
    run: String,
    late_us: i64,
}

/// Starts by job and tick.
type Starts = BTreeMap<(String, i64), Vec<Start>>;

/// What came of the ticks that count.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) ticks: usize,
    pub(super) missing: usize,
    /// Those that are missing: job and instant.
    unstarted: Vec<(String, i64)>,
    /// Started more than once.
    pub(super) doubled: usize,
    /// How late those started that did, in microseconds, sorted.
    late_us: Vec<i64>,
    /// The runs that started.
    pub(super) runs: BTreeSet<String>,
}

impl Load {
    /// Saves jobs that are due each second and returns them with the ticks of so many seconds that are to come.
    pub(super) fn each_second(fleet: &mut Fleet, jobs: usize, seconds: u64) -> Result<Self> {
        let mut load = Self::save(fleet, jobs, "* * * * * *")?;
        let from = (now_ms() + SETTLED_MS) / 1_000 + 1;
        load.ticks = (from..from + i64::try_from(seconds)?).map(|second| second * 1_000).collect();
        Ok(load)
    }

    /// Saves jobs that are due once, all at one instant.
    pub(super) fn at_once(fleet: &mut Fleet, jobs: usize) -> Result<Self> {
        // Long enough for all saves.
        let at = now_ms() / 1_000 + 15 + i64::try_from(jobs)? / 20;
        let instant = chrono::DateTime::from_timestamp(at, 0).context("an instant")?.to_rfc3339();
        let mut load = Self::save(fleet, jobs, &format!("@at {instant}"))?;
        ensure!(now_ms() + SETTLED_MS < at * 1_000, "{jobs} jobs were not saved in time");
        load.ticks = vec![at * 1_000];
        Ok(load)
    }

    fn save(fleet: &mut Fleet, jobs: usize, schedule: &str) -> Result<Self> {
        let evidence = fleet.evidence();
        let names: Vec<String> = (0..jobs).map(|n| format!("load-{n:04}")).collect();
        let says = "$SANDGLASS_SCHEDULED_AT $SANDGLASS_RUN $EPOCHREALTIME";
        let folder = evidence.display();
        let job = |name: &String| {
            format!(
                "name: {name}\nschedule: '{schedule}'\noverlap: allow\nshell:\n  interpreter: [/bin/bash]\n  \
                 script: 'echo \"{says}\" >> {folder}/{name}; echo \"{says}\"; exec sleep 0.01'\n---\n"
            )
        };
        fleet.master(0).apply(&names.iter().map(job).collect::<String>())?;
        Ok(Self { names, ticks: Vec::new(), evidence })
    }

    /// Waits until so long after the first tick that counts.
    pub(super) fn wait_until(&self, after: Duration) {
        let at = self.ticks[0] + i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        thread::sleep(Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0)));
    }

    /// Waits until the last tick that counts is due.
    pub(super) fn wait_until_due(&self) {
        let from = self.ticks[0];
        let last = self.ticks.last().copied().unwrap_or(from);
        self.wait_until(Duration::from_millis(u64::try_from(last - from).unwrap_or(0)));
    }

    /// Waits until every tick has started, at most for a while, and returns what came of them.
    pub(super) fn counted(&self) -> Result<Counted> {
        self.wait_until_due();
        let deadline = Instant::now() + WAITED;
        loop {
            let counted = self.count(&self.starts()?);
            if counted.missing == 0 || Instant::now() > deadline {
                break;
            }
            thread::sleep(LOOK);
        }
        thread::sleep(AGAIN);
        Ok(self.count(&self.starts()?))
    }

    fn starts(&self) -> Result<Starts> {
        let mut starts = Starts::new();
        for name in &self.names {
            let text = fs::read_to_string(self.evidence.join(name)).unwrap_or_default();
            for line in text.lines() {
                let (tick, start) = read(line).with_context(|| format!("of `{name}`: `{line}`"))?;
                starts.entry((name.clone(), tick)).or_default().push(start);
            }
        }
        Ok(starts)
    }

    fn count(&self, starts: &Starts) -> Counted {
        let mut counted = Counted { ticks: self.names.len() * self.ticks.len(), ..Counted::default() };
        for name in &self.names {
            for tick in &self.ticks {
                let found = starts.get(&(name.clone(), *tick)).map_or(&[][..], Vec::as_slice);
                if found.is_empty() {
                    counted.missing += 1;
                    counted.unstarted.push((name.clone(), *tick));
                }
                counted.doubled += usize::from(found.len() > 1);
                counted.late_us.extend(found.iter().map(|start| start.late_us).min());
                counted.runs.extend(found.iter().map(|start| start.run.clone()));
            }
        }
        counted.late_us.sort_unstable();
        counted
    }
}

impl Counted {
    /// Returns true when every tick started once.
    pub(super) fn is_once(&self) -> bool {
        self.missing == 0 && self.doubled == 0
    }

    /// Returns by when so many percent had started, in seconds after their instants.
    pub(super) fn late(&self, percent: usize) -> f64 {
        percentile(&self.late_us, percent).map_or(f64::INFINITY, |late| late as f64 / 1e6)
    }

    /// Returns it in a few words.
    pub(super) fn words(&self) -> String {
        let once = self.ticks - self.missing - self.doubled;
        let mut words = format!("{once} of {} once", self.ticks);
        for (count, what) in [(self.missing, "missing"), (self.doubled, "doubled")] {
            if count > 0 {
                words.push_str(&format!(", {count} {what}"));
            }
        }
        words
    }

    /// Returns half and most of the lateness, as the ancestors' is told.
    pub(super) fn lateness(&self) -> String {
        format!("{:.3} / {:.3} s", self.late(50), self.late(99))
    }

    /// Waits until MongoDB says of each tick that did not start why, at most for a while; returns of how many it does.
    pub(super) fn told(&self, fleet: &mut Fleet) -> Result<usize> {
        let uids = self.unstarted.iter().map(|(name, _)| {
            let job = fleet.master(0).json(&["job", "get", name])?;
            Ok((name, job["saved"]["uid"].as_str().context("a job's own id")?.to_owned()))
        });
        let uids = uids.collect::<Result<BTreeMap<_, _>>>()?;
        let root = fleet.block_on(fleet.mongod.root());
        let deadline = Instant::now() + WAITED;
        loop {
            let (_, ranges, _) = fleet.block_on(read_facts(&root))?;
            let is_told = |(name, tick): &&(String, i64)| {
                ranges.iter().any(|range| range.uid == uids[name] && (range.from..=range.to).contains(tick))
            };
            let told = self.unstarted.iter().filter(is_told).count();
            if told == self.unstarted.len() || Instant::now() > deadline {
                return Ok(told);
            }
            thread::sleep(LOOK);
        }
    }

    /// Waits until MongoDB has a final record of each run that started, at most for a while; returns how many it lacks.
    pub(super) fn records_lost(&self, fleet: &Fleet) -> Result<usize> {
        let root = fleet.block_on(fleet.mongod.root());
        let deadline = Instant::now() + WAITED;
        loop {
            let (runs, ..) = fleet.block_on(read_facts(&root))?;
            let told: BTreeSet<&String> = runs
                .iter()
                .filter(|run| run.status == "succeeded" && run.output.is_some())
                .map(|run| &run.id)
                .collect();
            let lost = self.runs.iter().filter(|run| !told.contains(run)).count();
            if lost == 0 || Instant::now() > deadline {
                return Ok(lost);
            }
            thread::sleep(LOOK);
        }
    }
}

/// Reads `SCHEDULED_AT RUN SECONDS.MICROSECONDS`.
fn read(line: &str) -> Result<(i64, Start)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [tick, run, at] = words[..] else { anyhow::bail!("it has {} words", words.len()) };
    let tick = millis(tick)?;
    // Six decimals, behind the point or the comma of the language.
    let at: i64 = at.replace(['.', ','], "").parse().context("an instant")?;
    Ok((tick, Start { run: run.to_owned(), late_us: at - tick * 1_000 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(lines: &[(&str, &str)]) -> Counted {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in lines {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let names = ["a", "b"].map(str::to_owned).to_vec();
        let load = Load { names, ticks: vec![1_000, 2_000], evidence: folder.path().to_owned() };
        load.count(&load.starts().unwrap())
    }

    #[test]
    fn missing_and_doubled_ticks_are_told_apart_and_the_first_start_counts() {
        let counted = load(&[
            (
                "a",
                "1970-01-01T00:00:01Z r1 1.250000\n1970-01-01T00:00:02Z r2 2.010000\n1970-01-01T00:00:09Z r3 9.0\n",
            ),
            ("b", "1970-01-01T00:00:01Z r4 1.500000\n1970-01-01T00:00:01Z r5 1,100000\n"),
        ]);
        assert_eq!((counted.ticks, counted.missing, counted.doubled), (4, 1, 1));
        assert_eq!(counted.late_us, [10_000, 100_000, 250_000]);
        assert_eq!(counted.words(), "2 of 4 once, 1 missing, 1 doubled");
        assert!(!counted.is_once());
        assert_eq!(counted.runs.len(), 4);
    }

    #[test]
    fn where_every_tick_started_once_that_is_all_that_is_said() {
        let both = "1970-01-01T00:00:01Z r1 1.001000\n1970-01-01T00:00:02Z r2 2.003000\n";
        let counted = load(&[("a", both), ("b", both)]);
        assert!(counted.is_once());
        assert_eq!(
            (counted.words().as_str(), counted.lateness().as_str()),
            ("4 of 4 once", "0.001 / 0.003 s")
        );
    }
}
