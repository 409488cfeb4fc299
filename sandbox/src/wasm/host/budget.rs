//! The control groups of host processes, and the memory that each may have.
//!
//! A guest is held by its own limit; the budget is for all guests of one host together and for what the engine takes
//! beside them, so that the worker and its stores never compete with modules for the last page.
//!
//! Not here: what happens when it is used up (`keeper`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use model::host_note::HostNote;
use model::limits::Limits;
use model::quantity::ByteSize;
use sha2::{Digest as _, Sha256};

use crate::cgroup::{Base, Group, controller_of};
use crate::shell::join_a_group;
use crate::wasm::Options;

/// Most processes and threads of a host: its threads, and those on which they wait for disks.
const TASKS_MAX: u32 = 4_096;

/// Where hosts have their groups.
pub(super) struct Budget {
    base: Base,
    memory: ByteSize,
    notes: Vec<HostNote>,
}

impl Budget {
    /// Makes the base of the groups and ends what an earlier process of the same folder left in it. Blocks.
    pub(super) fn open(options: &Options) -> Self {
        let proc = Path::new("/proc");
        let sum = Sha256::digest(options.runs.as_os_str().as_encoded_bytes());
        let name = format!("sandglass-wasm-{}", hex::encode(&sum[..6]));
        let mut base = Base::open(proc, options.cgroup_root.as_deref(), &name, &BTreeSet::new());
        if let Err(why) = join_a_group(&base) {
            base.give_up(&why);
        }
        let memory = options.host_memory.unwrap_or_else(|| share(proc));
        let held = controller_of(model::limits::LimitName::Memory).map(|memory| base.holds(memory));
        let note = match held {
            Some(Ok(by)) => Some(HostNote::ModulesMemory { memory, by }),
            Some(Err(why)) => Some(HostNote::ModulesMemoryUnbounded { why }),
            None => None,
        };
        Self { base, memory, notes: note.into_iter().collect() }
    }

    /// Returns what the owner should know.
    pub(super) fn notes(&self) -> Vec<HostNote> {
        self.notes.clone()
    }

    /// Makes a group with the budget; none where the host gives no groups.
    pub(super) fn group(&self, number: u32) -> Option<(Group, ByteSize)> {
        if self.base.is_none() {
            return None;
        }
        let group = match self.base.group(&format!("host-{number}")) {
            Ok(group) => group,
            Err(e) => {
                tracing::warn!("modules run without a control group: {e}");
                return None;
            }
        };
        // One by one: a host that holds only one of the two holds that.
        let memory = Limits { memory: Some(self.memory), ..unlimited() };
        let both = Limits { pids: Some(TASKS_MAX), ..memory.clone() };
        if group.limit(&both).is_err() && group.limit(&memory).is_err() {
            tracing::debug!("the group of a process that runs modules takes no limits");
        }
        Some((group, self.memory))
    }
}

fn unlimited() -> Limits {
    Limits { memory: None, cpu: None, pids: None, ..Limits::default() }
}

/// Returns three quarters of the machine's memory.
fn share(proc: &Path) -> ByteSize {
    let text = fs::read_to_string(proc.join("meminfo")).unwrap_or_default();
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    // Whole mebibytes: pages of any size, and easy to read.
    ByteSize::from_bytes((total.map_or(i64::MAX.unsigned_abs(), |kib| kib * 1024) / 4 * 3) & !0xf_ffff)
}
