//! An executor whose processes are scripts of a few words, one command a line: `say TEXT`, `sleep MILLIS`, `wait` (until
//! all may go), `hang`, `exit CODE`. They run beside the worker and go on when it is gone, as under a supervisor; they write their folders
//! as a real executor does.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use model::chunk::{CHUNK_BYTES_MAX, Chunk, Stream};
use model::id::RunId;
use model::limits::{Enforceable, Limits};
use model::outcome::{End, LostWhy, Outcome, OutputCount, Stop};
use model::ports::{Adopted, Clock, Executor, LeaseTerms, RunRef, Running, StartError, StoreError};
use model::run_folder::{RunFolder, RunSpec};
use model::segment;
use model::workload::{Kind, Workload};
use tokio::sync::watch;

pub(crate) use model::outcome::Stage;

/// The processes of one machine.
pub(crate) struct Puppets {
    runs: PathBuf,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    may_go: Condvar,
    /// Modules are compiled, and who waits for one goes on.
    compiled: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    processes: HashMap<RunId, Arc<Process>>,
    started: Vec<Started>,
    ended: usize,
    /// True once nobody has to wait any more.
    go: bool,
    refuse: Option<StartError>,
}

/// A start, as the executor saw it.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    pub(crate) run: RunRef,
    pub(crate) workload: Workload,
    pub(crate) limits: Limits,
    pub(crate) at: Instant,
}

/// One process.
struct Process {
    outcome: watch::Sender<Option<Outcome>>,
    stop: Mutex<Option<Told>>,
    told: Condvar,
}

/// What a process is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// To end, and to say so.
    Stop(Stop),
    /// Nothing: it is gone at once, as with its machine.
    Vanish,
}

impl Puppets {
    pub(crate) fn new(runs: PathBuf, clock: Arc<dyn Clock>) -> Arc<Self> {
        let compiled = watch::Sender::new(true);
        Arc::new(Self { runs, clock, inner: Mutex::default(), may_go: Condvar::new(), compiled })
    }

    /// Returns the executor of one kind of workload.
    pub(crate) fn executor(self: &Arc<Self>, kind: Kind) -> Arc<dyn Executor> {
        Arc::new(Puppeteer { puppets: Arc::clone(self), kind })
    }

    /// Returns all starts, in their order.
    pub(crate) fn started(&self) -> Vec<Started> {
        self.inner.lock().unwrap().started.clone()
    }

    /// Returns how many runs of a job were started.
    pub(crate) fn count(&self, job: &str) -> usize {
        self.started().iter().filter(|started| started.run.job.as_str() == job).count()
    }

    /// Returns how many have come to their end.
    pub(crate) fn ended(&self) -> usize {
        self.inner.lock().unwrap().ended
    }

    /// Lets all go on that wait, and that will.
    pub(crate) fn go(&self) {
        self.inner.lock().unwrap().go = true;
        self.may_go.notify_all();
    }

    /// Has modules be compiled for as long as nobody says otherwise.
    pub(crate) fn compiled(&self, compiled: bool) {
        self.compiled.send_replace(compiled);
    }

    /// Returns how many wait for a module.
    pub(crate) fn waiting(&self) -> usize {
        self.compiled.receiver_count()
    }

    /// Refuses all starts with this, until told otherwise.
    pub(crate) fn refuse(&self, with: Option<StartError>) {
        self.inner.lock().unwrap().refuse = with;
    }

    /// Ends all processes without a word, as a machine that loses power does.
    pub(crate) fn vanish(&self) {
        for (_, process) in self.inner.lock().unwrap().processes.drain() {
            process.tell(Told::Vanish);
        }
    }
}

impl Process {
    fn tell(&self, what: Told) {
        self.stop.lock().unwrap().get_or_insert(what);
        self.told.notify_all();
    }

    /// Sleeps; returns what it is told, if it is told something meanwhile.
    fn sleep(&self, until: Instant) -> Option<Told> {
        let mut told = self.stop.lock().unwrap();
        while told.is_none() && Instant::now() < until {
            told = self.told.wait_timeout(told, until.saturating_duration_since(Instant::now())).unwrap().0;
        }
        *told
    }
}

struct Puppeteer {
    puppets: Arc<Puppets>,
    kind: Kind,
}

#[async_trait]
impl Executor for Puppeteer {
    async fn prepare(&self, _: &Workload, _: LeaseTerms) -> Result<(), StartError> {
        let mut compiled = self.puppets.compiled.subscribe();
        compiled.wait_for(|compiled| *compiled).await.expect("the puppets are held");
        Ok(())
    }

    async fn start(
        &self,
        run: RunRef,
        workload: Workload,
        limits: Limits,
        lease: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        let puppets = &self.puppets;
        let mut inner = puppets.inner.lock().unwrap();
        if let Some(refused) = &inner.refuse {
            return Err(refused.clone());
        }
        if puppets.clock.boot_time() > lease.not_after {
            return Err(StartError::worker(Stage::Claim, "the lease has ended"));
        }
        let folder = RunFolder::new(&puppets.runs, &run.id);
        fs::create_dir(folder.path()).map_err(|e| StartError::worker(Stage::Folder, e.to_string()))?;
        let spec = RunSpec { version: RunSpec::VERSION, run: run.clone(), kind: self.kind };
        fs::write(folder.spec(), serde_json::to_vec(&spec).unwrap()).unwrap();
        let at = Instant::now();
        let script = match &workload {
            Workload::Shell(shell) => shell.script.clone(),
            Workload::Wasm(wasm) => wasm.args.join("\n"),
        };
        let process = Arc::new(Process {
            outcome: watch::Sender::new(None),
            stop: Mutex::new(None),
            told: Condvar::new(),
        });
        inner.processes.insert(run.id.clone(), Arc::clone(&process));
        let play = Play { folder, puppets: Arc::clone(puppets), process: Arc::clone(&process) };
        let (id, timeout) = (run.id.clone(), limits.timeout.to_std());
        thread::spawn(move || play.run(&id, &script, Instant::now() + timeout));
        inner.started.push(Started { run, workload, limits, at });
        Ok(Box::new(Handle(process)))
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        let mut adopted = Vec::new();
        // What a worker that crashed was starting is there with all of its folder, or not at all.
        let inner = self.puppets.inner.lock().unwrap();
        for entry in fs::read_dir(&self.puppets.runs).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Ok(id) = name.parse::<RunId>() else { continue };
            let folder = RunFolder::new(&self.puppets.runs, &id);
            // What an earlier process began to remove may go while we look.
            let Ok(spec) = fs::read(folder.spec()) else { continue };
            let spec: RunSpec = serde_json::from_slice(&spec).unwrap();
            if spec.kind != self.kind {
                continue;
            }
            let live = inner.processes.get(&id).cloned();
            let process = live.unwrap_or_else(|| {
                let lost =
                    || Outcome::bare(End::Lost { why: LostWhy::WorkerEnded }, self.puppets.clock.now());
                let exit = fs::read(folder.exit()).ok().and_then(|exit| serde_json::from_slice(&exit).ok());
                Arc::new(Process {
                    outcome: watch::Sender::new(Some(exit.unwrap_or_else(lost))),
                    stop: Mutex::new(None),
                    told: Condvar::new(),
                })
            });
            adopted.push(Adopted { run: spec.run, running: Box::new(Handle(process)) });
        }
        Ok(adopted)
    }

    fn enforceable(&self) -> Enforceable {
        Enforceable { kill: "a word".into(), ..Enforceable::default() }
    }
}

struct Handle(Arc<Process>);

#[async_trait]
impl Running for Handle {
    async fn wait(&self) -> Outcome {
        let mut outcome = self.0.outcome.subscribe();
        let outcome = outcome.wait_for(Option::is_some).await.expect("the process is held");
        outcome.clone().expect("waited for it")
    }

    async fn stop(&self, why: Stop) {
        self.0.tell(Told::Stop(why));
    }
}

/// A process at work.
struct Play {
    folder: RunFolder,
    puppets: Arc<Puppets>,
    process: Arc<Process>,
}

impl Play {
    fn run(&self, id: &RunId, script: &str, timeout: Instant) {
        let clock = &self.puppets.clock;
        let started_at = clock.now();
        let mut output = fs::File::options().append(true).create(true).open(self.folder.output()).unwrap();
        let (mut seq, mut kept, mut code, mut told) = (0, 0, 0, None);
        for line in script.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "say" => {
                    for bytes in format!("{rest}\n").as_bytes().chunks(CHUNK_BYTES_MAX) {
                        let (at, stream) = (clock.now(), Stream::Stdout);
                        let bytes = Bytes::copy_from_slice(bytes);
                        kept += bytes.len() as u64;
                        let mut frame = Vec::new();
                        segment::encode(
                            &Chunk { run: id.clone(), seq, stream, at, bytes, gap: None },
                            &mut frame,
                        );
                        output.write_all(&frame).unwrap();
                        seq += 1;
                    }
                }
                "sleep" => {
                    let end = Instant::now() + Duration::from_millis(rest.parse().unwrap());
                    told = self.process.sleep(end.min(timeout));
                    if told.is_none() && end > timeout {
                        told = Some(Told::Stop(Stop::Timeout));
                    }
                }
                "wait" => {
                    let inner = self.puppets.inner.lock().unwrap();
                    drop(self.puppets.may_go.wait_while(inner, |inner| !inner.go).unwrap());
                }
                "hang" => told = Some(self.process.sleep(timeout).unwrap_or(Told::Stop(Stop::Timeout))),
                "exit" => code = rest.parse().unwrap(),
                _ => panic!("a puppet does not know `{line}`"),
            }
            if told.is_some() {
                break;
            }
        }
        let end = match told {
            Some(Told::Vanish) => return,
            Some(Told::Stop(_)) => End::Signaled { signal: 15, core: false },
            None => End::Exited { code },
        };
        let stop = told.and_then(|told| if let Told::Stop(why) = told { Some(why) } else { None });
        let outcome = Outcome {
            stop,
            output: OutputCount { kept, ..OutputCount::default() },
            started_at,
            ..Outcome::bare(end, clock.now())
        };
        let part = self.folder.path().join("exit.json.tmp");
        fs::write(&part, serde_json::to_vec(&outcome).unwrap()).unwrap();
        fs::rename(part, self.folder.exit()).unwrap();
        self.process.outcome.send_replace(Some(outcome));
        self.puppets.inner.lock().unwrap().ended += 1;
    }
}
