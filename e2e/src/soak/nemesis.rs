//! Breaks things at random and mends them: workers and masters killed, frozen, handed over; etcd and MongoDB killed and
//! frozen; a worker's clock set; the disk under a worker's runs filled. And a worker joins that was never there.
//!
//! Each fault is noted with when it began, when it was taken back, and when the fleet was seen to have come back from it:
//! only so long it excuses anything. At most two at a time, and never two of the same process.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::now_ms;
use crate::disk::Small;
use crate::fleet::Fleet;
use crate::history::{Change, Fault, Recorder, What, Whom};

/// Most faults at one time.
const AT_ONCE: usize = 2;
/// How long a fault lasts, in milliseconds; a lease is over after ten seconds.
const LASTS_MS: std::ops::Range<u64> = 500..14_000;
/// From the beginning of one to that of the next, in milliseconds: at times it is calm in between, at times two overlap.
const APART_MS: std::ops::Range<u64> = 3_000..25_000;
/// How long the fleet may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(120);
/// How the clock of a worker is set; within half a second it is still good.
const CLOCKS: [(&str, &str); 4] = [
    ("clock a day ahead", "+86400"),
    ("clock a day behind", "-86400"),
    ("clock 3 s ahead", "+3"),
    ("clock 200 ms ahead", "+0.2"),
];
/// The file system under the runs of the first worker.
const DISK: &str = "48m";
const DISK_OF: &str = "w1";

/// What is done to a process, and taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Kill,
    Freeze,
    HandOver,
    Clock(usize),
    Fill,
    /// It is not there yet.
    Join,
}

/// A fault that has begun.
struct Open {
    fault: Fault,
    deed: Deed,
    /// When it is taken back.
    ends: Instant,
    healed: bool,
}

pub(super) struct Nemesis {
    open: Vec<Open>,
    told: Vec<Fault>,
    next: Instant,
    /// The files that say what the workers' clocks show; none where clocks cannot be set.
    clocks: Vec<PathBuf>,
    disk: Option<Small>,
    workers: usize,
}

impl Nemesis {
    /// Sets up what faults need before anything is started.
    pub(super) fn prepare(fleet: &mut Fleet, workers: usize) -> Result<Self> {
        let mut clocks = Vec::new();
        for n in 0..workers {
            clocks.extend(fleet.worker(n).with_settable_clock()?);
        }
        if clocks.is_empty() {
            eprintln!("left out: clocks, for which this machine has no libfaketime");
        }
        let disk = Small::mount(&fleet.node_named(DISK_OF)?.folder().join("data/runs"), DISK)?;
        Ok(Self { open: Vec::new(), told: Vec::new(), next: Instant::now(), clocks, disk, workers })
    }

    /// Has a worker that was not started join after a while: until then nobody expects anything of it.
    pub(super) fn joins(&mut self, worker: &str, after: Duration) {
        let whom = Whom::Absent(worker.to_owned());
        let what = told(Deed::Join).to_owned();
        let fault = Fault { what, whom, from_ms: 0, healed_ms: 0, until_ms: i64::MAX };
        self.open.push(Open { fault, deed: Deed::Join, ends: Instant::now() + after, healed: false });
    }

    pub(super) fn told(self) -> Vec<Fault> {
        self.told
    }

    /// Begins a fault, takes one back, or sees that one is over.
    pub(super) fn step(&mut self, fleet: &mut Fleet, recorder: &Recorder, dice: &mut StdRng) -> Result<()> {
        let broken = self.open.iter().filter(|open| open.deed != Deed::Join).count();
        if Instant::now() >= self.next && broken < AT_ONCE {
            self.begin(fleet, dice)?;
            self.next = Instant::now() + Duration::from_millis(dice.random_range(APART_MS));
        }
        self.mend(fleet, Instant::now())?;
        self.look(fleet, recorder)
    }

    /// Takes everything back and waits until all of the fleet is there.
    pub(super) fn heal(&mut self, fleet: &mut Fleet, recorder: &Recorder) -> Result<()> {
        let later = Instant::now() + Duration::from_secs(3_600);
        self.mend(fleet, later)?;
        let deadline = Instant::now() + BACK_WITHIN;
        while !self.open.is_empty() {
            self.look(fleet, recorder)?;
            let left: Vec<&Fault> = self.open.iter().map(|open| &open.fault).collect();
            ensure!(Instant::now() < deadline, "the fleet did not come back from {left:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn begin(&mut self, fleet: &mut Fleet, dice: &mut StdRng) -> Result<()> {
        let (whom, deed) = self.draw(dice);
        if self.open.iter().any(|open| process(&open.fault.whom) == process(&whom)) {
            return Ok(());
        }
        let from_ms = now_ms();
        self.break_it(fleet, &whom, deed)?;
        let lasts = Duration::from_millis(dice.random_range(LASTS_MS));
        let fault = Fault { what: told(deed).to_owned(), whom, from_ms, healed_ms: 0, until_ms: i64::MAX };
        eprintln!("{:?} for {} ms: {:?}", fault.what, lasts.as_millis(), fault.whom);
        self.open.push(Open { fault, deed, ends: Instant::now() + lasts, healed: false });
        Ok(())
    }

    fn draw(&self, dice: &mut StdRng) -> (Whom, Deed) {
        let worker = Whom::Worker(format!("w{}", dice.random_range(1..=self.workers)));
        let master = Whom::Master(format!("m{}", dice.random_range(1..=2)));
        match dice.random_range(0..20) {
            0..4 => (worker, Deed::Kill),
            4..7 => (worker, Deed::Freeze),
            7..10 => (worker, Deed::HandOver),
            10..12 => (master, Deed::Kill),
            12 => (master, Deed::Freeze),
            13 | 14 => (Whom::Etcd, Deed::Kill),
            15 => (Whom::Etcd, Deed::Freeze),
            16 => (Whom::Mongod, Deed::Kill),
            17 => (Whom::Mongod, Deed::Freeze),
            18 if self.disk.is_some() => (Whom::Disk(DISK_OF.to_owned()), Deed::Fill),
            _ if !self.clocks.is_empty() => (worker, Deed::Clock(dice.random_range(0..CLOCKS.len()))),
            _ => (worker, Deed::Kill),
        }
    }

    fn break_it(&self, fleet: &mut Fleet, whom: &Whom, deed: Deed) -> Result<()> {
        match (whom, deed) {
            (Whom::Etcd, Deed::Freeze) => fleet.etcd.pause(),
            (Whom::Etcd, _) => fleet.etcd.kill(),
            (Whom::Mongod, Deed::Freeze) => fleet.mongod.pause(),
            (Whom::Mongod, _) => fleet.mongod.kill(),
            (Whom::Disk(_), _) => self.disk.iter().try_for_each(Small::fill)?,
            (Whom::Worker(id), Deed::Clock(clock)) => self.set_clock(id, CLOCKS[clock].1)?,
            (Whom::Worker(id) | Whom::Master(id), Deed::Freeze) => fleet.node_named(id)?.freeze()?,
            (Whom::Worker(id) | Whom::Master(id), Deed::HandOver) => {
                fleet.node_named(id)?.signal(Signal::SIGTERM)?;
            }
            (Whom::Worker(id) | Whom::Master(id) | Whom::Absent(id), _) => fleet.node_named(id)?.kill()?,
        }
        Ok(())
    }

    fn set_clock(&self, id: &str, offset: &str) -> Result<()> {
        let n = id.trim_start_matches('w').parse::<usize>()? - 1;
        Ok(fs::write(&self.clocks[n], format!("{offset}\n"))?)
    }

    /// Takes back what has lasted until `now`.
    fn mend(&mut self, fleet: &mut Fleet, now: Instant) -> Result<()> {
        for index in 0..self.open.len() {
            let open = &self.open[index];
            if open.healed || open.ends > now {
                continue;
            }
            let (whom, deed) = (open.fault.whom.clone(), open.deed);
            match (&whom, deed) {
                (Whom::Etcd, Deed::Freeze) => fleet.etcd.resume(),
                (Whom::Etcd, _) => fleet.start_etcd(),
                (Whom::Mongod, Deed::Freeze) => fleet.mongod.resume(),
                (Whom::Mongod, _) => fleet.start_mongod(),
                (Whom::Disk(_), _) => self.disk.iter().try_for_each(Small::empty)?,
                (Whom::Worker(id), Deed::Clock(_)) => self.set_clock(id, "+0")?,
                (Whom::Worker(id) | Whom::Master(id), Deed::Freeze) => fleet.node_named(id)?.thaw()?,
                (Whom::Worker(id) | Whom::Master(id), Deed::HandOver) => {
                    let node = fleet.node_named(id)?;
                    let status = node.wait()?;
                    ensure!(status.success(), "{id} ended with {status} at SIGTERM:\n{}", node.log());
                    node.start()?;
                }
                (Whom::Worker(id) | Whom::Master(id) | Whom::Absent(id), _) => {
                    fleet.node_named(id)?.start()?;
                }
            }
            let open = &mut self.open[index];
            (open.healed, open.fault.healed_ms) = (true, now_ms());
        }
        Ok(())
    }

    /// Notes what the fleet has come back from.
    fn look(&mut self, fleet: &mut Fleet, recorder: &Recorder) -> Result<()> {
        let mut index = 0;
        while index < self.open.len() {
            let open = &self.open[index];
            if open.healed && is_back(fleet, recorder, &open.fault)? {
                let mut fault = self.open.swap_remove(index).fault;
                fault.until_ms = now_ms();
                self.told.push(fault);
            } else {
                index += 1;
            }
        }
        Ok(())
    }
}

/// A worker is back when it says, after the heal, that its clock is good; etcd, when a record has changed; a master and
/// MongoDB, when masters are ready; a disk at once.
fn is_back(fleet: &mut Fleet, recorder: &Recorder, fault: &Fault) -> Result<bool> {
    let after = |changes: &[Change], is_it: &dyn Fn(&What) -> bool| {
        let new = changes.iter().rev().take_while(|change| change.seen_ms > fault.healed_ms);
        new.into_iter().any(|change| is_it(&change.what))
    };
    Ok(match &fault.whom {
        Whom::Worker(id) | Whom::Absent(id) => recorder
            .so_far(|changes| after(changes, &|what| matches!(what, What::Status(of, true) if of == id))),
        Whom::Etcd => recorder.so_far(|changes| after(changes, &|what| matches!(what, What::State(..)))),
        Whom::Mongod => fleet.master(0).readiness()? == 200 || fleet.master(1).readiness()? == 200,
        Whom::Master(id) => fleet.node_named(id)?.readiness()? == 200,
        Whom::Disk(_) => true,
    })
}

/// Returns who is hit; a disk is its worker's.
fn process(whom: &Whom) -> &str {
    match whom {
        Whom::Etcd => "etcd",
        Whom::Mongod => "mongod",
        Whom::Worker(id) | Whom::Master(id) | Whom::Disk(id) | Whom::Absent(id) => id,
    }
}

fn told(deed: Deed) -> &'static str {
    match deed {
        Deed::Kill => "kill",
        Deed::Freeze => "freeze",
        Deed::HandOver => "hand-over",
        Deed::Clock(clock) => CLOCKS[clock].0,
        Deed::Fill => "full",
        Deed::Join => "joins",
    }
}
