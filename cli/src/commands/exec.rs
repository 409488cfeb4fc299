//! `exec`: one workload in the sandbox now, on the same code as a worker's, without a store.

use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use model::chunk::{Chunk, Stream};
use model::id::{Digest, Fence, Nonce, RunId};
use model::limits::{self, Limits};
use model::outcome::{End, Outcome, Stop};
use model::ports::{Clock, Executor, LeaseTerms, ModuleInspector as _, NewModule, RunRef, Running};
use model::run_folder::RunFolder;
use model::segment;
use model::workload::{DirGrant, DirMode, Env, HiddenText, Kind, Leftovers, Shell, Wasm, Workload};
use nix::unistd::{User, geteuid};
use sandbox::shell::{self, OwnTmp, ShellExecutor, ShellPolicy};
use sandbox::wasm::{self, Inspector, WasmExecutor};
use stores::SystemClock;
use stores::sqlite::Sqlite;
use tokio::signal::unix::{SignalKind, signal};

use super::inner;
use crate::arguments::Exec;
use crate::exit::{self, BadUsage, Exit};
use crate::host;

/// Bytes read at once: holds several of the largest frames.
const BLOCK_BYTES: usize = 256 * 1024;
/// How often new output is looked for.
const POLL: Duration = Duration::from_millis(20);

pub(super) fn run(options: &Exec) -> Result<Exit> {
    let kind = kind_of(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start a runtime")?;
    runtime.block_on(execute(options, kind))
}

/// Returns what is to be run, and refuses options that do not apply to it.
fn kind_of(options: &Exec) -> Result<Kind> {
    let kind = if options.module.is_some() { Kind::Wasm } else { Kind::Shell };
    let wrong = match kind {
        Kind::Wasm => [
            ("--cpu", options.cpu.is_some()),
            ("--pids", options.pids.is_some()),
            ("--user", options.user.is_some()),
        ],
        Kind::Shell => [("--fuel", options.fuel.is_some()), ("--dir", !options.dir.is_empty()), ("", false)],
    };
    if let Some((name, _)) = wrong.into_iter().find(|(_, set)| *set) {
        return Err(
            BadUsage(format!("{name} does not apply to a {kind} workload\nhint: leave it out")).into()
        );
    }
    if kind == Kind::Shell && options.command.is_empty() {
        return Err(BadUsage(
            "there is nothing to run\nhint: `sandglass exec -- COMMAND…` or `sandglass exec MODULE.wasm -- ARGUMENTS…`"
                .to_owned(),
        )
        .into());
    }
    Ok(kind)
}

async fn execute(options: &Exec, kind: Kind) -> Result<Exit> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let scratch = tempfile::tempdir().context("could not make a temporary folder")?;
    let runs = scratch.path().to_owned();
    let store = Sqlite::in_memory(clock.clone()).context("could not set up a store in memory")?;
    let run = run_ref(clock.as_ref())?;
    let folder = RunFolder::new(&runs, &run.id);
    let (executor, workload): (Arc<dyn Executor>, Workload) = match (kind, &options.module) {
        (Kind::Wasm, Some(module)) => {
            let digest = keep(&store, module, clock.as_ref()).await?;
            let grants = grants(options)?;
            let roots = grants.iter().map(|grant| grant.host.clone().into()).collect();
            // Who types the command runs it: in this process, but compiled in one that can be killed, and only once.
            let (compiler, cache) = (Some(inner::WASM_HOST.command()), host::cache_folder());
            let wasm_options = wasm::Options { roots, compiler, cache, ..wasm::Options::new(runs) };
            let executor = WasmExecutor::new(wasm_options, store.blobs(), clock.clone())?;
            (Arc::new(executor), module_workload(options, digest, grants))
        }
        _ => {
            let policy = owners_policy(options)?;
            let cgroup_root = options.cgroup_root.clone();
            // Without a supervisor: nobody would adopt a run of a command line that has ended.
            let shell_options = shell::Options { cgroup_root, policy, ..shell::Options::new(runs) };
            (Arc::new(ShellExecutor::new(shell_options, clock.clone())?), shell_workload(options)?)
        }
    };
    let started = executor.start(run.clone(), workload, limits(options, kind), LeaseTerms::NONE).await;
    let outcome = match started {
        Ok(running) => pass_through(running.as_ref(), &run.id, &folder).await?,
        Err(error) => {
            eprintln!("sandglass: {error}");
            error.into_outcome(clock.now()).told()
        }
    };
    report(options.report.as_deref(), &outcome)?;
    Ok(exit::of_outcome(&outcome))
}

fn run_ref(clock: &dyn Clock) -> Result<RunRef> {
    let nonce = Nonce::random();
    Ok(RunRef {
        id: format!("{nonce}{:08x}", std::process::id()).parse::<RunId>().context("an id for the run")?,
        job: "exec".parse().expect("a valid name"),
        attempt: 1,
        scheduled_at: clock.now(),
        fence: Fence(0),
        worker: host::worker_id()?,
        timezone: "UTC".to_owned(),
    })
}

fn limits(options: &Exec, kind: Kind) -> Limits {
    let wasm = kind == Kind::Wasm;
    Limits {
        timeout: options.timeout,
        grace: options.grace,
        memory: options.memory.or(wasm.then_some(limits::WASM_MEMORY_DEFAULT)),
        cpu: options.cpu,
        pids: options.pids,
        fuel: options.fuel.or(wasm.then_some(limits::WASM_FUEL_DEFAULT)),
        output: options.output_limit,
    }
}

/// Who types the command is the owner: it runs as they are, and as whom they may name.
fn owners_policy(options: &Exec) -> Result<ShellPolicy> {
    let me = User::from_uid(geteuid()).context("who runs this")?.context("this user has no account")?.name;
    let mut policy = ShellPolicy { enabled: true, allow_root: true, ..ShellPolicy::default() };
    policy.users = options.user.iter().cloned().chain([me.clone()]).collect();
    policy.default_user = Some(me);
    // What one types in `/tmp` is to find the files there.
    policy.own_tmp = OwnTmp::Never;
    policy.allow_unenforced.extend(&options.allow_unenforced);
    Ok(policy)
}

fn shell_workload(options: &Exec) -> Result<Workload> {
    let here = std::env::current_dir().context("the current directory")?;
    Ok(Workload::Shell(Shell {
        script: format!(
            "exec {}\n",
            options.command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
        ),
        interpreter: vec!["/bin/sh".to_owned()],
        user: options.user.clone(),
        cwd: Some(here.to_string_lossy().into_owned()),
        env: env(options),
        stdin: HiddenText::default(),
        privilege_gain: false,
        leftovers: Leftovers::Kill,
    }))
}

/// Returns a word as a shell reads it back.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn module_workload(options: &Exec, module: Digest, dirs: Vec<DirGrant>) -> Workload {
    Workload::Wasm(Wasm {
        module,
        args: options.command.clone(),
        env: env(options),
        stdin: HiddenText::default(),
        dirs,
        network: Vec::new(),
        user: None,
    })
}

fn env(options: &Exec) -> Env {
    Env(options.env.iter().cloned().collect())
}

/// Reads `HOST::GUEST[:ro]`; without `:ro` the module may write, as whoever names the directory may.
fn grants(options: &Exec) -> Result<Vec<DirGrant>> {
    let bad = |text: &str| BadUsage(format!("--dir `{text}` must be HOST::GUEST or HOST::GUEST:ro"));
    options
        .dir
        .iter()
        .map(|text| {
            let (host, guest) = text.split_once("::").ok_or_else(|| bad(text))?;
            let (guest, mode) = match guest.strip_suffix(":ro") {
                Some(guest) => (guest, DirMode::Ro),
                None => (guest.strip_suffix(":rw").unwrap_or(guest), DirMode::Rw),
            };
            let host = Path::new(host)
                .canonicalize()
                .with_context(|| format!("--dir `{text}`: could not find `{host}`"))?;
            if !guest.starts_with('/') {
                return Err(bad(text).into());
            }
            Ok(DirGrant { host: host.to_string_lossy().into_owned(), guest: guest.to_owned(), mode })
        })
        .collect()
}

/// Looks into the module and keeps it where the executor finds it.
async fn keep(store: &Sqlite, module: &Path, clock: &dyn Clock) -> Result<Digest> {
    let bytes = std::fs::read(module).with_context(|| format!("could not read `{}`", module.display()))?;
    let report = Inspector::default()
        .inspect(&bytes)
        .map_err(|no| exit::Impossible(format!("`{}`: {no}", module.display())))?;
    let name = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut upload = store.blobs().begin().await?;
    upload.write(bytes.into()).await?;
    let new = NewModule { name, uploaded_by: "exec".to_owned(), uploaded_at: clock.now(), report };
    Ok(upload.seal().await?.keep(new).await?.0.digest)
}

/// Copies the run's output to our own streams until it has ended. Our signals become its end.
async fn pass_through(running: &dyn Running, run: &RunId, folder: &RunFolder) -> Result<Outcome> {
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut output = Output { run: run.clone(), path: folder.output(), read: 0, block: Vec::new() };
    let mut poll = tokio::time::interval(POLL);
    let outcome = loop {
        tokio::select! {
            outcome = running.wait() => break outcome,
            _ = poll.tick() => output.copy()?,
            _ = interrupt.recv() => running.stop(Stop::Killed).await,
            _ = terminate.recv() => running.stop(Stop::Killed).await,
        }
    };
    output.copy()?;
    let outcome = outcome.told();
    // A plain exit speaks for itself.
    if !matches!(outcome.end, End::Exited { .. }) || outcome.words.contains([',', ';']) {
        eprintln!("sandglass: {}", outcome.words);
    }
    for limit in outcome.applied.iter().filter(|applied| !applied.held) {
        eprintln!("sandglass: it ran without its {} limit: {}", limit.limit, limit.by);
    }
    Ok(outcome)
}

/// The run's segment, read as it grows.
struct Output {
    run: RunId,
    path: std::path::PathBuf,
    read: u64,
    block: Vec<u8>,
}

impl Output {
    /// Writes what is new to our own streams, a block at a time.
    fn copy(&mut self) -> Result<()> {
        let Ok(file) = std::fs::File::open(&self.path) else { return Ok(()) };
        self.block.resize(BLOCK_BYTES, 0);
        loop {
            let filled = file.read_at(&mut self.block, self.read).context("the run's output")?;
            let mut at = 0;
            while let Ok((chunk, used)) = segment::decode(&self.run, &self.block[at..filled]) {
                at += used;
                pass_on(&chunk)?;
            }
            self.read += at as u64;
            if at == 0 {
                return std::io::stdout().lock().flush().context("standard output");
            }
        }
    }
}

fn pass_on(chunk: &Chunk) -> Result<()> {
    match (&chunk.gap, chunk.stream) {
        (Some(gap), _) => eprintln!("\nsandglass: {}", gap.in_words()),
        (None, Stream::Stdout) => std::io::stdout().lock().write_all(&chunk.bytes)?,
        (None, Stream::Stderr) => std::io::stderr().lock().write_all(&chunk.bytes)?,
    }
    Ok(())
}

fn report(path: Option<&Path>, outcome: &Outcome) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(outcome).context("the outcome as JSON")?;
    std::fs::write(path, text + "\n")
        .with_context(|| format!("could not write the report `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_back_by_a_shell() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
