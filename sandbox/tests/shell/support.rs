//! A place to run scripts in tests: the real executor on folders and groups of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::chunk::Stream;
use model::id::{Fence, JobUid, RunId};
use model::limits::Limits;
use model::outcome::Outcome;
use model::ports::{Executor as _, LeaseTerms, RunRef, Running, StartError};
use model::run_folder::RunFolder;
use model::segment::decode;
use model::time::{Span, Timestamp};
use model::workload::{Leftovers, Shell, Workload, default_interpreter};
use sandbox::InnerCommand;
use sandbox::shell::{Options, ShellExecutor, ShellPolicy};
use tempfile::TempDir;

pub(crate) use crate::clocks::Clocks;

/// An executor with its own folder of runs, removed with it.
pub(crate) struct Host {
    pub(crate) executor: ShellExecutor,
    pub(crate) runs: PathBuf,
    pub(crate) dir: TempDir,
}

/// What one run came to.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(ShellPolicy::default())
    }

    pub(crate) fn with(policy: ShellPolicy) -> Self {
        Self::made(tempfile::tempdir().unwrap(), policy)
    }

    /// A host whose folder of runs is below `dir`.
    pub(crate) fn at(dir: TempDir) -> Self {
        Self::made(dir, ShellPolicy::default())
    }

    fn made(dir: TempDir, policy: ShellPolicy) -> Self {
        let runs = dir.path().join("runs");
        let executor = executor(&runs, policy, None);
        Self { executor, runs: runs.canonicalize().unwrap(), dir }
    }

    /// Returns a host whose runs have shims.
    pub(crate) fn supervised() -> Self {
        Self::supervised_with(ShellPolicy::default())
    }

    /// [`Host::supervised`] with an owner's policy.
    pub(crate) fn supervised_with(policy: ShellPolicy) -> Self {
        Self::supervised_in(tempfile::tempdir().unwrap(), policy)
    }

    /// [`Host::supervised`], whose folder of runs is below `dir`.
    pub(crate) fn supervised_at(dir: TempDir) -> Self {
        Self::supervised_in(dir, ShellPolicy::default())
    }

    fn supervised_in(dir: TempDir, policy: ShellPolicy) -> Self {
        let runs = dir.path().join("runs");
        let executor = executor(&runs, policy, Some(supervisor()));
        Self { executor, runs: runs.canonicalize().unwrap(), dir }
    }

    pub(crate) async fn start(
        &self,
        shell: Shell,
        limits: Limits,
    ) -> Result<(RunRef, Box<dyn Running>), StartError> {
        let run = run_ref();
        let running =
            self.executor.start(run.clone(), Workload::Shell(shell), limits, LeaseTerms::NONE).await?;
        Ok((run, running))
    }

    pub(crate) async fn run(&self, shell: Shell, limits: Limits) -> Ran {
        let (run, running) = self.start(shell, limits).await.unwrap();
        let outcome = running.wait().await;
        let (stdout, stderr) = self.output(&run);
        Ran { outcome, stdout, stderr }
    }

    /// Returns both streams as the segment has them now.
    pub(crate) fn output(&self, run: &RunRef) -> (Vec<u8>, Vec<u8>) {
        let bytes = fs::read(RunFolder::new(&self.runs, &run.id).output()).unwrap_or_default();
        let (mut at, mut next) = (0, 0);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Ok((chunk, used)) = decode(&run.id, &bytes[at..]) {
            assert_eq!(chunk.seq, next, "chunks are numbered without a gap");
            match chunk.stream {
                Stream::Stdout => stdout.extend_from_slice(&chunk.bytes),
                Stream::Stderr => stderr.extend_from_slice(&chunk.bytes),
            }
            at += used;
            next += 1;
        }
        (stdout, stderr)
    }

    /// Waits until the run has written `text` to standard output.
    pub(crate) async fn await_output(&self, run: &RunRef, text: &str) -> String {
        let mut found = String::new();
        until(&format!("output `{text}`"), || {
            found = String::from_utf8_lossy(&self.output(run).0).into_owned();
            found.contains(text)
        })
        .await;
        found
    }

    /// Returns the directories of control groups that belong to this host's runs.
    pub(crate) fn groups(&self) -> Vec<PathBuf> {
        fn find(dir: PathBuf, base: &str, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|t| t.is_dir()) {
                    if entry.path().components().any(|c| c.as_os_str() == base) {
                        found.push(entry.path());
                    }
                    find(entry.path(), base, found);
                }
            }
        }
        use sha2::{Digest as _, Sha256};
        let sum = Sha256::digest(self.runs.as_os_str().as_encoded_bytes());
        let base = format!("sandglass-{}", hex::encode(&sum[..6]));
        let mut found = Vec::new();
        find("/sys/fs/cgroup".into(), &base, &mut found);
        found.retain(|dir| dir.file_name().is_some_and(|name| name != base.as_str()));
        found
    }

    /// Returns those of [`Host::groups`] in which a process lives.
    pub(crate) fn occupied(&self) -> Vec<PathBuf> {
        let mut groups = self.groups();
        groups
            .retain(|dir| fs::read_to_string(dir.join("cgroup.procs")).is_ok_and(|procs| !procs.is_empty()));
        groups
    }
}

/// Returns an executor in the folder `runs`, which outlives this process by `supervisor`.
pub(crate) fn executor(runs: &Path, policy: ShellPolicy, supervisor: Option<InnerCommand>) -> ShellExecutor {
    let options = Options { policy, supervisor, ..Options::new(runs.to_owned()) };
    ShellExecutor::new(options, Arc::new(Clocks)).unwrap()
}

/// Returns how these tests start a supervisor: by a program that is nothing else.
pub(crate) fn supervisor() -> InnerCommand {
    InnerCommand { program: supervisor_program(), arguments: Vec::new() }
}

/// Returns the supervisor that was copied along with this binary, else the one that was built with it.
pub(crate) fn supervisor_program() -> PathBuf {
    let beside = std::env::current_exe().unwrap().with_file_name("shell-supervisor");
    if beside.exists() { beside } else { env!("CARGO_BIN_EXE_shell-supervisor").into() }
}

pub(crate) fn run_ref() -> RunRef {
    RunRef {
        id: RunId::for_request(&JobUid::random(), "test", 1, None),
        job: "test-job".parse().unwrap(),
        attempt: 2,
        scheduled_at: Timestamp::from_seconds(1_764_556_200),
        fence: Fence(42),
        worker: "w1".parse().unwrap(),
        timezone: "Europe/Berlin".into(),
    }
}

pub(crate) fn script(text: &str) -> Shell {
    Shell {
        script: text.into(),
        interpreter: default_interpreter(),
        user: None,
        cwd: None,
        env: model::workload::Env::default(),
        stdin: model::workload::HiddenText::default(),
        privilege_gain: false,
        leftovers: Leftovers::Kill,
    }
}

pub(crate) fn timeout(millis: u64) -> Limits {
    Limits { timeout: Span::from_millis(millis), grace: Span::from_millis(300), ..Limits::default() }
}

/// Waits for a condition, with a deadline that only a broken run reaches.
pub(crate) async fn until(what: &str, mut met: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !met() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Returns true while a process of this number lives; a zombie does not.
pub(crate) fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Returns the number that the line `name=number` gives.
pub(crate) fn number(text: &str, name: &str) -> i32 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("no `{name}=` in `{text}`")).trim().parse().unwrap()
}

/// Returns the ended children of this process and of those that it started (supervisors) that nobody has waited for.
pub(crate) fn zombies() -> Vec<String> {
    let me = std::process::id().to_string();
    let stats = fs::read_dir("/proc").unwrap().flatten();
    let stats: Vec<_> =
        stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok()).collect();
    let fields = |stat: &String| {
        let (own, rest) = stat.rsplit_once(')')?;
        let (mut rest, own) = (rest.split_whitespace(), own.split(' ').next()?);
        Some((own.to_owned(), rest.next()? == "Z", rest.next()?.to_owned()))
    };
    let known: Vec<_> = stats.iter().filter_map(fields).collect();
    let of_me = |pid: &str| pid == me || known.iter().any(|(own, _, parent)| own == pid && *parent == me);
    let ended =
        stats.iter().filter(|stat| fields(stat).is_some_and(|(_, ended, parent)| ended && of_me(&parent)));
    ended.cloned().collect()
}
