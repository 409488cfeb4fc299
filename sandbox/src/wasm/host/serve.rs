//! The host process: takes starts from its worker, has its threads run them, and tells how they end.
//!
//! It is no one's but its worker's: when the line is closed it ends at once, guests and all. It holds no store, no
//! secret of the worker, no environment, and of the file system what its user may see.
//!
//! Flow: worker's `keeper` → line → **`serve_modules`** → `Threads` → `guest`. Not here: folders, exits, compiling's
//! other side (`compile`).

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use model::outcome::{End, Outcome, Stage, Stop};
use model::ports::{Clock, StartError};
use nix::sys::prctl;
use nix::sys::socket::MsgFlags;
use nix::unistd::dup2_stdin;
use tokio::io::Interest;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::compile;
use super::confine::close_others;
use super::link::{Link, Packet};
use super::message::{FromHost, Hello, Settings, Start, Task, ToHost, VERSION};
use crate::folder::{Chunking, SegmentWriter};
use crate::wasm::Options;
use crate::wasm::code::Code;
use crate::wasm::launch::Asker;
use crate::wasm::threads::{Order, Threads};

/// The exit code of a host whose worker is gone.
const WITHOUT_WORKER: i32 = 0;
/// The exit code of a host whose worker does not listen.
const UNHEARD: i32 = 1;
/// How often a short word is tried that a thread cannot wait for, and how long in between.
const SAY_TRIES: u32 = 5_000;
const SAY_PAUSE: Duration = Duration::from_millis(1);

/// Is the host process of the worker at the other end of standard input, or its compiler, until that is gone.
///
/// # Errors
/// When standard input is no worker's end, or the process cannot be what it is asked to be; the worker is told.
pub fn serve_modules(clock: Arc<dyn Clock>) -> io::Result<()> {
    close_others()?;
    let link = Link::of(io::stdin().as_fd().try_clone_to_owned()?);
    dup2_stdin(File::open("/dev/null")?)?;
    let Some(packet) = link.take_with_fds(MsgFlags::empty())? else { return Ok(()) };
    let hello: Hello = packet.message()?;
    let fit = if hello.version == VERSION {
        hello.confinement.apply()
    } else {
        Err(io::Error::other(format!("it speaks version {VERSION}, not {}", hello.version)))
    };
    if let Err(e) = fit {
        link.try_send(&FromHost::Unfit { why: e.to_string() }, &[])?;
        return Err(e);
    }
    match hello.task {
        Task::Compile => compile::serve(&link, packet.fds),
        Task::Serve(settings) => serve(link, settings, clock),
    }
}

fn serve(link: Link, settings: Settings, clock: Arc<dyn Clock>) -> io::Result<()> {
    // The engine looks at this process' own pages through a file that a process without this mark may not open.
    prctl::set_dumpable(true)?;
    let options = options(settings);
    let threads = Threads::new(&options, &clock);
    prctl::set_dumpable(false)?;
    let threads = match threads {
        Ok(threads) => threads,
        Err(e) => {
            link.try_send(&FromHost::Unfit { why: e.to_string() }, &[])?;
            return Err(io::Error::other(e));
        }
    };
    link.try_send(&FromHost::Ready { unpooled: threads.unpooled().map(str::to_owned) }, &[])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (link, threads, stops) = (Arc::new(link), Arc::new(threads), Arc::default());
    let host = Host { link, threads, stops, clock, chunking: options.chunking };
    runtime.block_on(host.run())?;
    // No destructor: it would wait for guests that nobody wants any more.
    process::exit(WITHOUT_WORKER)
}

fn options(settings: Settings) -> Options {
    let Settings { roots, threads, slots, memory_max, code_bytes_max, chunking } = settings;
    // Folders are the worker's.
    Options { roots, threads, slots, memory_max, code_bytes_max, chunking, ..Options::new("") }
}

type Stops = Arc<Mutex<HashMap<u64, watch::Sender<Option<Stop>>>>>;

struct Host {
    link: Arc<Link>,
    threads: Arc<Threads>,
    stops: Stops,
    clock: Arc<dyn Clock>,
    chunking: Chunking,
}

impl Host {
    /// Does what the worker says until it is gone.
    async fn run(self) -> io::Result<()> {
        let line = self.link.listen()?;
        let mut starts = JoinSet::new();
        loop {
            let heard = tokio::select! {
                heard = line.async_io(Interest::READABLE, || self.link.take_with_fds(MsgFlags::MSG_DONTWAIT)) => heard?,
                Some(done) = starts.join_next() => {
                    report(done);
                    continue;
                }
            };
            let Some(packet) = heard else { return Ok(()) };
            match packet.message()? {
                ToHost::Ping => self.link.send(&FromHost::Pong, &[]).await?,
                ToHost::Stop { seq, why } => self.stop(seq, why),
                ToHost::Start(start) => self.start(*start, packet, &mut starts),
            }
        }
    }

    fn start(&self, start: Start, packet: Packet, starts: &mut JoinSet<()>) {
        let (stop, stopped) = watch::channel(None);
        let seq = start.seq;
        self.lock().insert(seq, stop);
        let (link, stops, clock) = (self.link.clone(), self.stops.clone(), self.clock.clone());
        let mut asker = Remote { seq, told: false, link, stops, clock };
        match self.order(start, packet, stopped) {
            Ok(order) => {
                let threads = self.threads.clone();
                starts.spawn(async move { threads.start(order(Box::new(asker))).await });
            }
            Err(e) => {
                let error = StartError::worker(Stage::Exec, format!("the host of modules misheard: {e}"));
                asker.started(Err(error));
            }
        }
    }

    /// Returns the order, but for who asks.
    fn order(
        &self,
        start: Start,
        packet: Packet,
        stop: watch::Receiver<Option<Stop>>,
    ) -> io::Result<impl FnOnce(Box<dyn Asker>) -> Order + use<>> {
        let Start { run, wasm, name, limits, not_after, .. } = start;
        let fds: Result<[_; 3], _> = packet.fds.try_into();
        let [code, output, note] = fds.map_err(|_| io::Error::other("files are missing"))?.map(File::from);
        let code = Arc::new(Code::of(name, code)?);
        let writer = SegmentWriter::over(output, note, &run.id, limits.output, self.clock.clone());
        let writer = writer.chunked(self.chunking);
        Ok(move |asker| Order { run, wasm, limits, not_after, code, writer, stop, asker })
    }

    fn stop(&self, seq: u64, why: Stop) {
        // One that has ended meanwhile is not there any more.
        if let Some(stop) = self.lock().get(&seq) {
            stop.send_replace(Some(why));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, watch::Sender<Option<Stop>>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker at the other end.
struct Remote {
    seq: u64,
    /// The worker knows how it ended, or that it did not start.
    told: bool,
    link: Arc<Link>,
    stops: Stops,
    clock: Arc<dyn Clock>,
}

impl Remote {
    fn forget(&mut self) {
        self.told = true;
        self.stops.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.seq);
    }

    /// Says it now, or at the latest soon. Ends the process when the worker does not listen: it would wait for ever.
    fn say(&self, what: &FromHost) {
        for _ in 0..SAY_TRIES {
            match self.link.try_send(what, &[]) {
                Ok(true) => return,
                Ok(false) => thread::sleep(SAY_PAUSE),
                Err(_) => break,
            }
        }
        process::exit(UNHEARD);
    }
}

impl Drop for Remote {
    /// A run that is dropped without a word has panicked.
    fn drop(&mut self) {
        if !self.told {
            self.forget();
            let end = End::HostError { message: "the sandbox panicked; the worker's log has more".into() };
            let outcome = Box::new(Outcome::bare(end, self.clock.now()));
            self.say(&FromHost::Ended { seq: self.seq, outcome });
        }
    }
}

#[async_trait]
impl Asker for Remote {
    fn started(&mut self, answer: Result<(), StartError>) -> bool {
        let seq = self.seq;
        match answer {
            Ok(()) => self.say(&FromHost::Started { seq }),
            Err(error) => {
                self.forget();
                self.say(&FromHost::Refused { seq, error });
            }
        }
        // Whether the run is still wanted, the worker says by a stop.
        true
    }

    async fn ended(mut self: Box<Self>, outcome: Outcome) {
        self.forget();
        let ended = FromHost::Ended { seq: self.seq, outcome: Box::new(outcome) };
        if let Err(e) = self.link.send(&ended, &[]).await {
            tracing::debug!("nobody hears how a run ended: {e}");
        }
    }
}

fn report(done: Result<(), tokio::task::JoinError>) {
    if let Err(e) = done {
        tracing::error!("a start in the host of modules panicked: {e}");
    }
}
