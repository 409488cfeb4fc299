//! All of a start that can be done before it is known what runs: a child that stands by in its slot's groups, its pipes,
//! files for its script and its input, and the counters of the group as they stood before it came.
//!
//! Flow: `spare` (worker) asks ahead → `shim` makes **`Prepared`** → `start` finishes it.
//! Not here: what does depend on the run; a start without preparation does all of it then.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};

use model::ports::StartError;

use super::contain::Joins;
use super::explain;
use super::lease::Lease;
use super::output::Pipes;
use super::plan::{Plan, nameless};
use super::process::Identity;
use super::spawn::{Orders, Standby};
use super::start::{Born, no_descriptor};
use crate::cgroup::{Group, Stay};

/// A start that waits for its run. Dropped, nothing of it is left.
#[derive(Debug)]
pub(super) struct Prepared {
    slot: u32,
    pipes: Pipes,
    stay: Stay,
    standby: Standby,
    main: Option<Identity>,
    files: Files,
}

/// What the standby has open besides: under the same numbers as we.
#[derive(Debug)]
struct Files {
    script: File,
    stdin: File,
    nothing: File,
    streams: [i32; 2],
}

impl Prepared {
    /// Prepares a start in a slot that nobody is in.
    ///
    /// # Errors
    /// When the group cannot be joined from here, or there is no room for a process or a descriptor.
    pub(super) fn make(slot: u32, mut group: Group) -> io::Result<Self> {
        group.hold_open();
        let joins = Joins::open(&group)?;
        // Before the standby joins: it is the run's first process, and counted as such.
        let stay = Stay::begin(group);
        let (pipes, stdout, stderr) = Pipes::open(None)?;
        let (script, stdin) = (nameless("script")?, nameless("stdin")?);
        let nothing = File::open("/dev/null")?;
        let keeps = [script.as_fd(), stdin.as_fd(), nothing.as_fd(), stdout.as_fd(), stderr.as_fd()];
        let standby = Standby::place(&joins, &keeps)?;
        let main = Identity::of(standby.pid());
        let streams = [stdout.as_raw_fd(), stderr.as_raw_fd()];
        // The writing ends are the standby's alone from here on.
        Ok(Self { slot, pipes, stay, standby, main, files: Files { script, stdin, nothing, streams } })
    }

    /// Returns the number of the slot in which it stands by.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// Returns the process that stands by and becomes the run's first.
    pub(super) fn main(&self) -> Option<Identity> {
        self.main
    }

    /// Has the standby execute the plan's program; `None` when it is gone: out of memory below a limit that it does not
    /// fit under, or killed by somebody.
    ///
    /// # Errors
    /// The stage that failed and why.
    pub(super) fn execute(self, plan: &Plan, lease: &Lease) -> Result<Option<Born>, StartError> {
        let Self { pipes, stay, standby, files, .. } = self;
        pipes.give_to(lease.ids()).map_err(|e| no_descriptor(&e))?;
        plan.write_script(&files.script).map_err(|e| no_descriptor(&e))?;
        let has_input = plan.write_stdin(&files.stdin).map_err(|e| no_descriptor(&e))?;
        let stdin = if has_input { &files.stdin } else { &files.nothing };
        let script = files.script.as_raw_fd();
        let orders = Orders {
            program: plan.program(script).map_err(|e| explain::unfound(plan, &e))?,
            account: lease.ids().cloned(),
            places: plan.places.clone(),
            cwd: plan.cwd.clone(),
            no_new_privs: plan.no_new_privs,
            streams: [stdin.as_raw_fd(), files.streams[0], files.streams[1]],
            script,
        };
        let child = standby.execute(&orders).map_err(|e| explain::failed(plan, &orders.program, &e))?;
        Ok(child.map(|child| Born { child, pipes, stay: Some(stay) }))
    }
}
