//! Why a tick could not run: what was done to the fleet meanwhile. Each exemption has a name; without one it is a fault.
//!
//! A fault lasts until the fleet is seen to have come back, which the soak notes. Who can claim at a moment: nobody while
//! etcd does not answer, nor while every worker is out.

use super::History;

/// How long a fleet may take for a claim when nothing is wrong, in milliseconds: on a machine that does thirty things at
/// once. A tick that had less than this in a row without a fault has an exemption.
const FREE_MS: i64 = 10_000;
/// How long before and after a fault it is not counted as calm, in milliseconds.
const AROUND_MS: i64 = 2_000;

/// What a fault took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// etcd: nobody can claim, end or change anything.
    Etcd,
    /// MongoDB: records and output wait.
    Mongod,
    /// A worker, by its id.
    Worker(String),
    /// A master, by its name.
    Master(String),
    /// The disk under a worker's runs.
    Disk(String),
    /// A worker that has not joined yet; nothing is wrong for that.
    Absent(String),
}

/// Something that was done to the fleet, until it had come back from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In words (`kill`, `clock a day ahead`).
    pub what: String,
    /// To whom.
    pub whom: Whom,
    /// Since when, in milliseconds since 1970.
    pub from_ms: i64,
    /// When it was taken back.
    pub healed_ms: i64,
    /// When the fleet was seen to have come back.
    pub until_ms: i64,
}

impl Fault {
    fn meets(&self, from_ms: i64, to_ms: i64) -> bool {
        self.from_ms <= to_ms && self.until_ms >= from_ms
    }

    /// Returns true when it took away this worker.
    fn is_outage_of(&self, worker: &str) -> bool {
        matches!(&self.whom, Whom::Worker(id) | Whom::Absent(id) if id == worker)
    }
}

impl History {
    /// Returns why nobody could claim a tick in `[from_ms, to_ms]` from the record `of` a worker, or from the job's own; none
    /// when somebody could, for long enough in a row.
    pub(super) fn why_not_claimed(&self, of: Option<&str>, from_ms: i64, to_ms: i64) -> Option<&'static str> {
        let mut edges = vec![from_ms, to_ms];
        for fault in self.faults.iter().filter(|fault| fault.meets(from_ms, to_ms)) {
            edges.extend([fault.from_ms.max(from_ms), fault.until_ms.min(to_ms)]);
        }
        edges.sort_unstable();
        let (mut free_since, mut reason) = (from_ms, None);
        for pair in edges.windows(2).filter(|pair| pair[0] < pair[1]) {
            match self.out_at(of, pair[0].midpoint(pair[1])) {
                Some(why) => {
                    reason.get_or_insert(why);
                    free_since = pair[1];
                }
                None if pair[1] - free_since >= FREE_MS => return None,
                None => {}
            }
        }
        reason
    }

    /// Returns why nobody who may can claim at a moment.
    fn out_at(&self, of: Option<&str>, at_ms: i64) -> Option<&'static str> {
        let mut now = self.faults.iter().filter(|fault| fault.meets(at_ms, at_ms));
        if now.clone().any(|fault| fault.whom == Whom::Etcd) {
            return Some("etcd away");
        }
        let is_out = |id: &str| now.clone().any(|fault| fault.is_outage_of(id));
        if let Some(worker) = of {
            return is_out(worker).then_some("its worker was out");
        }
        if self.workers.iter().all(|id| is_out(id)) && now.next().is_some() {
            return Some("no healthy worker");
        }
        None
    }

    /// Returns the fault that kept one worker from doing what it should in `[from_ms, to_ms]`.
    pub(super) fn why_not_done(&self, worker: &str, from_ms: i64, to_ms: i64) -> Option<&'static str> {
        let mut meanwhile = self.faults.iter().filter(|fault| fault.meets(from_ms, to_ms));
        meanwhile.find_map(|fault| match &fault.whom {
            Whom::Etcd => Some("etcd away"),
            _ if fault.is_outage_of(worker) => Some("its worker was out"),
            _ => None,
        })
    }

    /// Returns the fault that kept one worker from starting something in `[from_ms, to_ms]`. A full disk does; it excuses
    /// no run that was started, whose end has room.
    pub(super) fn why_not_started(&self, worker: &str, from_ms: i64, to_ms: i64) -> Option<&'static str> {
        let full = self.is_without_disk(worker, from_ms, to_ms).then_some("its worker's disk was full");
        full.or_else(|| self.why_not_done(worker, from_ms, to_ms))
    }

    /// Returns true when MongoDB was away in `[from_ms, to_ms]`.
    pub(super) fn is_without_facts(&self, from_ms: i64, to_ms: i64) -> bool {
        self.faults.iter().any(|fault| fault.whom == Whom::Mongod && fault.meets(from_ms, to_ms))
    }

    /// Returns true when a moment lies in no fault and not within seconds of one.
    pub(super) fn is_calm(&self, at_ms: i64) -> bool {
        let is_fault = |fault: &&Fault| !matches!(fault.whom, Whom::Absent(_));
        !self.faults.iter().filter(is_fault).any(|fault| fault.meets(at_ms - AROUND_MS, at_ms + AROUND_MS))
    }

    /// Returns true when a worker's disk was full in `[from_ms, to_ms]`.
    pub(super) fn is_without_disk(&self, worker: &str, from_ms: i64, to_ms: i64) -> bool {
        let is_its = |fault: &&Fault| matches!(&fault.whom, Whom::Disk(id) if id == worker);
        self.faults.iter().filter(is_its).any(|fault| fault.meets(from_ms, to_ms))
    }
}
