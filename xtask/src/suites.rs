//! Runs the test binaries of the workspace two at a time: the long ones wait for leases and deadlines most of their time,
//! the others need a processor.
//!
//! Flow: cargo's messages → **`Suites`** → lanes → what failed, once more and alone (`again`).
//! What a binary prints is shown in one piece when it has ended. Not here: doc tests, which cargo itself runs.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::again::{self, AGAIN_MAX, Failures};
use crate::command::{Count, built, cargo, counted, output, run_tests};

/// How many binaries run at one time, each with as many threads as there are processors.
const LANES: usize = 2;
/// Longest that one binary may take: the longest needs two minutes on a quiet machine.
const PATIENCE: Duration = Duration::from_mins(20);
/// How often it is looked whether a binary has ended.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A test binary.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Suite {
    /// The package and the target, as people name them.
    name: String,
    /// The package's folder: tests run there.
    folder: PathBuf,
    program: PathBuf,
}

/// All test binaries that cargo has built, and the programs beside them.
pub(crate) struct Suites {
    messages: Vec<Value>,
}

impl Suites {
    /// Builds the tests and returns what there is.
    pub(crate) fn build(tests: &mut Command) -> Result<Self> {
        let printed = output(tests.args(["--no-run", "--message-format=json-render-diagnostics"]))?;
        let messages = printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { messages })
    }

    /// Returns the executable of a target.
    pub(crate) fn named(&self, target: &str) -> Result<PathBuf> {
        self.messages
            .iter()
            .filter(|message| message["target"]["name"] == target)
            .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
            .with_context(|| format!("cargo names no binary `{target}`"))
    }

    /// Returns the test binaries, with those that wait most first.
    fn all(&self) -> Vec<Suite> {
        let mut suites: Vec<Suite> = self.messages.iter().filter_map(suite_of).collect();
        suites.sort_by(|a, b| a.name.cmp(&b.name));
        suites
    }

    /// Runs all of them as `prepare` has it, and those tests that failed once more, alone.
    pub(crate) fn run(&self, prepare: &(dyn Fn(&mut Command) + Sync)) -> Result<Count> {
        let suites = self.all();
        let (waiting, busy): (VecDeque<_>, VecDeque<_>) =
            suites.into_iter().partition(|suite| suite.name.starts_with("e2e "));
        let queues = &Mutex::new([waiting, busy]);
        let ended: Vec<Result<Vec<Ended>>> = thread::scope(|scope| {
            let lanes: Vec<_> =
                (0..LANES).map(|lane| scope.spawn(move || in_turn(lane, queues, prepare))).collect();
            lanes.into_iter().map(|lane| lane.join().expect("a lane does not panic")).collect()
        });
        let mut all = Vec::new();
        for lane in ended {
            all.extend(lane?);
        }
        settle(all, prepare)
    }
}

/// Returns the test binary that a message of cargo tells of.
fn suite_of(message: &Value) -> Option<Suite> {
    if message["profile"]["test"] != true {
        return None;
    }
    let program = PathBuf::from(message["executable"].as_str()?);
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
    let (package, target) = (folder.file_name()?.to_str()?, message["target"]["name"].as_str()?);
    Some(Suite { name: format!("{package} {target}"), folder, program })
}

/// How a binary ended.
struct Ended {
    suite: Suite,
    count: Count,
    failures: Failures,
    passed: bool,
}

/// Takes binaries from the queue of this lane, then from the other's, until there are none.
fn in_turn(
    lane: usize,
    queues: &Mutex<[VecDeque<Suite>; LANES]>,
    prepare: &(dyn Fn(&mut Command) + Sync),
) -> Result<Vec<Ended>> {
    let next = || {
        let mut queues = queues.lock().expect("a lane does not panic");
        let own = queues[lane % LANES].pop_front();
        own.or_else(|| queues[(lane + 1) % LANES].pop_front())
    };
    let mut ended = Vec::new();
    while let Some(suite) = next() {
        ended.push(run_one(suite, prepare)?);
    }
    Ok(ended)
}

/// Runs one binary to its end, then shows all that it printed.
fn run_one(suite: Suite, prepare: &(dyn Fn(&mut Command) + Sync)) -> Result<Ended> {
    let log = log_of(&suite)?;
    let mut printing = OpenOptions::new();
    let printing = printing.create(true).append(true).open(&log).context("a file for what tests print")?;
    let began = Instant::now();
    let mut command = command_of(&suite, prepare);
    command.stdin(Stdio::null()).stdout(printing.try_clone()?).stderr(printing);
    let mut child = command.spawn().with_context(|| format!("could not start the tests `{}`", suite.name))?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if began.elapsed() < PATIENCE => thread::sleep(LOOK_EVERY),
            None => {
                child.kill()?;
                child.wait()?;
                break None;
            }
        }
    };
    let printed = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let (mut count, mut failures) = (Count::default(), Failures::default());
    for line in printed.lines() {
        failures.read(line);
        count.add(counted(line));
    }
    println!("── {}, {} s\n{printed}", suite.name, began.elapsed().as_secs());
    let Some(status) = status else {
        bail!(
            "the tests `{}` did not end within {} s: what they printed stands above",
            suite.name,
            PATIENCE.as_secs()
        );
    };
    Ok(Ended { suite, count, failures, passed: status.success() })
}

/// Returns an empty file for what a binary prints; it stays, for who looks later.
fn log_of(suite: &Suite) -> Result<PathBuf> {
    let folder = built()?.join("suites");
    fs::create_dir_all(&folder).context("a folder for what tests print")?;
    let log = folder.join(format!("{}.log", suite.name.replace(' ', "-")));
    fs::write(&log, "").context("a file for what tests print")?;
    Ok(log)
}

/// Returns the command of a binary, with what cargo would tell it.
fn command_of(suite: &Suite, prepare: &(dyn Fn(&mut Command) + Sync)) -> Command {
    let mut command = Command::new(&suite.program);
    command.current_dir(&suite.folder).env("CARGO_MANIFEST_DIR", &suite.folder);
    command.env("CARGO", cargo().get_program());
    prepare(&mut command);
    command
}

/// Adds up, and runs once more what failed.
fn settle(ended: Vec<Ended>, prepare: &(dyn Fn(&mut Command) + Sync)) -> Result<Count> {
    let mut count = Count::default();
    let mut failed = Vec::new();
    for one in ended {
        count.add(one.count);
        if !one.passed {
            failed.push(one);
        }
    }
    let many: usize = failed.iter().map(|one| one.failures.len()).sum();
    if many > AGAIN_MAX {
        let names: Vec<_> = failed.iter().map(|one| one.suite.name.as_str()).collect();
        bail!("{many} tests failed, in {}", names.join(", "));
    }
    for one in failed {
        let words = one.failures.words(&format!("the tests `{}` failed", one.suite.name))?;
        let second = run_tests(command_of(&one.suite, prepare).args(words))?;
        count = again::confirm_of(count, one.count.failed, second)?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(test: bool, executable: &str) -> Value {
        serde_json::json!({
            "reason": "compiler-artifact", "manifest_path": "/clone/model/Cargo.toml", "executable": executable,
            "target": { "name": "simulation" }, "profile": { "test": test }
        })
    }

    #[test]
    fn what_cargo_built_as_a_test_is_run_in_its_packages_folder() {
        let suite = suite_of(&message(true, "/built/simulation-1")).unwrap();
        assert_eq!((suite.name.as_str(), suite.folder.to_str()), ("model simulation", Some("/clone/model")));
        assert_eq!(suite_of(&message(false, "/built/simulation-2")), None);
        assert_eq!(suite_of(&serde_json::json!({ "reason": "build-finished" })), None);
    }

    #[test]
    fn a_lane_that_has_nothing_left_helps_the_other() {
        let suite = |name: &str| Suite {
            name: name.to_owned(),
            folder: PathBuf::from("/"),
            program: PathBuf::from("/bin/true"),
        };
        let queues = Mutex::new([VecDeque::new(), VecDeque::from([suite("x one"), suite("x two")])]);
        let ended = in_turn(0, &queues, &|_| ()).unwrap();
        assert_eq!(ended.iter().map(|one| one.suite.name.as_str()).collect::<Vec<_>>(), ["x one", "x two"]);
        assert!(ended.iter().all(|one| one.passed));
    }
}
