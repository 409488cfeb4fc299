//! The keys of etcd: all of them, in both directions.
//!
//! ```text
//! job/<name>                      the saved job                                  masters
//! state/<shard>/<name>            its state                                      masters and workers
//! state/<shard>/<name>@<worker>   its state on one worker, for placement `all`   that worker, masters
//! worker/<id>                     who a live worker is, under its lease          worker
//! worker-status/<id>              how it is, under the same lease                worker
//! drain/<id>                      who wants it to take nothing new                masters
//! leader/<duty>                   which master leads, under its lease            masters
//! restored                        the mark of the last restore                   `sandglass restore`
//! account/session/<sha256>        who is in                                      masters
//! account/user/<name>             who may come in                                masters
//! account/token/<sha256>          what acts for them                             masters
//! account/attempts/<sha256>       how often somebody tried in vain               masters
//! account/settings                what an admin set for all of them              masters
//! account/audit/<id>              lines that wait for the facts                  masters
//! alert/settings                  channels, rules, mutes                         masters
//! alert/notice/<id>               notices that wait to be told                   masters
//! alert/memory/<subject>          what is remembered between them                masters
//! ```
//!
//! Jobs and states stand in one range, so that one watch shows both in order; what workers may not read (`account/`,
//! `alert/`) stands outside of it.

use model::alert::Subject;
use model::id::{AuditId, Digest, JobName, NoticeId, UserName, WorkerId};
use model::ports::{Duty, StateKey};
use sha2::{Digest as _, Sha256};

/// Makes keys beneath a prefix and reads them.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    prefix: String,
}

/// From the first key of a range to the one after its last.
pub(super) type Range = (String, String);

/// What a key of the watched range is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Job(JobName),
    State(StateKey),
    /// The mark of a restore.
    Restored,
    /// One of another kind in the same range.
    Other,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(super) fn job(&self, name: &JobName) -> String {
        format!("{}job/{name}", self.prefix)
    }

    pub(super) fn state(&self, key: &StateKey) -> String {
        let (prefix, shard, name) = (&self.prefix, shard(&key.job), &key.job);
        match &key.worker {
            None => format!("{prefix}state/{shard:02x}/{name}"),
            Some(worker) => format!("{prefix}state/{shard:02x}/{name}@{worker}"),
        }
    }

    pub(super) fn worker(&self, id: &WorkerId) -> String {
        format!("{}worker/{id}", self.prefix)
    }

    pub(super) fn worker_status(&self, id: &WorkerId) -> String {
        format!("{}worker-status/{id}", self.prefix)
    }

    pub(super) fn drain(&self, id: &WorkerId) -> String {
        format!("{}drain/{id}", self.prefix)
    }

    pub(super) fn leader(&self, duty: Duty) -> String {
        format!("{}leader/{duty}", self.prefix)
    }

    /// By its letter it stands in the watched range, which everybody may read.
    pub(super) fn restored(&self) -> String {
        format!("{}restored", self.prefix)
    }

    pub(super) fn session(&self, secret_sha256: &str) -> String {
        format!("{}account/session/{secret_sha256}", self.prefix)
    }

    pub(super) fn user(&self, name: &UserName) -> String {
        format!("{}account/user/{name}", self.prefix)
    }

    pub(super) fn token(&self, secret_sha256: &str) -> String {
        format!("{}account/token/{secret_sha256}", self.prefix)
    }

    /// What is counted is named by whoever knocks: it stands there by its digest.
    pub(super) fn attempts(&self, key: &str) -> String {
        format!("{}account/attempts/{}", self.prefix, Digest::of(key.as_bytes()).hex())
    }

    pub(super) fn waiting(&self, id: &AuditId) -> String {
        format!("{}account/audit/{id}", self.prefix)
    }

    pub(super) fn settings(&self) -> String {
        format!("{}account/settings", self.prefix)
    }

    pub(super) fn alert_settings(&self) -> String {
        format!("{}alert/settings", self.prefix)
    }

    pub(super) fn notice(&self, id: &NoticeId) -> String {
        format!("{}alert/notice/{id}", self.prefix)
    }

    pub(super) fn memory(&self, subject: &Subject) -> String {
        format!("{}alert/memory/{}", self.prefix, subject.as_str())
    }

    pub(super) fn notices(&self) -> Range {
        self.folder("alert/notice")
    }

    pub(super) fn memories(&self) -> Range {
        self.folder("alert/memory")
    }

    /// Returns the range of all that is of alerts.
    pub(super) fn alerts(&self) -> Range {
        self.folder("alert")
    }

    pub(super) fn jobs(&self) -> Range {
        self.folder("job")
    }

    pub(super) fn states(&self) -> Range {
        self.folder("state")
    }

    pub(super) fn workers(&self) -> Range {
        self.folder("worker")
    }

    pub(super) fn worker_statuses(&self) -> Range {
        self.folder("worker-status")
    }

    pub(super) fn drains(&self) -> Range {
        self.folder("drain")
    }

    pub(super) fn sessions(&self) -> Range {
        self.folder("account/session")
    }

    pub(super) fn users(&self) -> Range {
        self.folder("account/user")
    }

    pub(super) fn tokens(&self) -> Range {
        self.folder("account/token")
    }

    pub(super) fn all_attempts(&self) -> Range {
        self.folder("account/attempts")
    }

    pub(super) fn all_waiting(&self) -> Range {
        self.folder("account/audit")
    }

    /// Returns the range of all that is of accounts.
    pub(super) fn accounts(&self) -> Range {
        self.folder("account")
    }

    /// Returns the range in which jobs and states stand together.
    pub(super) fn intent(&self) -> Range {
        (self.jobs().0, self.states().1)
    }

    /// Returns what is below a key's last part.
    pub(super) fn last_part(key: &[u8]) -> &str {
        let text = std::str::from_utf8(key).unwrap_or_default();
        text.rsplit('/').next().unwrap_or_default()
    }

    /// Reads a key of the watched range; one that no version of ours writes is another's.
    pub(super) fn read(&self, key: &[u8]) -> Key {
        let text = std::str::from_utf8(key).ok().and_then(|key| key.strip_prefix(&self.prefix));
        text.and_then(read).unwrap_or(Key::Other)
    }

    fn folder(&self, name: &str) -> Range {
        // `0` follows `/`.
        (format!("{}{name}/", self.prefix), format!("{}{name}0", self.prefix))
    }
}

fn read(text: &str) -> Option<Key> {
    if let Some(name) = text.strip_prefix("job/") {
        return Some(Key::Job(name.parse().ok()?));
    }
    if text == "restored" {
        return Some(Key::Restored);
    }
    let (_, name) = text.strip_prefix("state/")?.split_once('/')?;
    let (job, worker) = match name.split_once('@') {
        None => (name, None),
        Some((job, worker)) => (job, Some(worker.parse().ok()?)),
    };
    Some(Key::State(StateKey { job: job.parse().ok()?, worker }))
}

/// Returns the shard of a job: workers of a large fleet watch only some.
fn shard(job: &JobName) -> u8 {
    Sha256::digest(job.as_str())[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(job: &str, worker: Option<&str>) -> StateKey {
        StateKey { job: job.parse().unwrap(), worker: worker.map(|worker| worker.parse().unwrap()) }
    }

    #[test]
    fn keys_are_read_as_they_were_made() {
        let keys = Keys::new("/fleet/");
        for key in [key("nightly", None), key("nightly", Some("db1.example")), key("0", None)] {
            assert_eq!(keys.read(keys.state(&key).as_bytes()), Key::State(key));
        }
        let name: JobName = "nightly".parse().unwrap();
        assert_eq!(keys.read(keys.job(&name).as_bytes()), Key::Job(name));
    }

    #[test]
    fn keys_of_others_are_passed_over() {
        let keys = Keys::new("/fleet/");
        for other in
            ["/fleet/leader/recorder", "/other/job/a", "/fleet/job/UPPER", "/fleet/state/a", "\u{fffd}"]
        {
            assert_eq!(keys.read(other.as_bytes()), Key::Other, "{other}");
        }
        assert_eq!(keys.read(b"\xff\xfe"), Key::Other);
    }

    #[test]
    fn the_watched_range_holds_jobs_and_states_and_no_accounts_or_workers() {
        let keys = Keys::new("/fleet/");
        let (from, to) = keys.intent();
        let holds = |key: &str| (from.as_str()..to.as_str()).contains(&key);
        assert!(holds(&keys.job(&"a".parse().unwrap())) && holds(&keys.job(&"zz".parse().unwrap())));
        assert!(holds(&keys.state(&key("zz", Some("w")))));
        let (first, last) = keys.accounts();
        assert!(last < from || first > to, "accounts stand outside of it");
        let (first, last) = keys.alerts();
        assert!(last < from || first > to, "alerts stand outside of it");
        assert!(!holds(&keys.session("ffff")) && !holds(&keys.worker(&"a".parse().unwrap())));
        assert!(!holds(&keys.worker_status(&"a".parse().unwrap())));
        // By its letter a leader's key stands in the range, and is passed over.
        for duty in Duty::ALL {
            assert_eq!(keys.read(keys.leader(duty).as_bytes()), Key::Other, "{duty}");
        }
        assert!(holds(&keys.restored()), "workers may read it, and their watch shows it");
        assert_eq!(keys.read(keys.restored().as_bytes()), Key::Restored);
    }

    #[test]
    fn the_range_of_workers_holds_no_statuses() {
        let keys = Keys::new("/");
        let (from, to) = keys.workers();
        assert!((from..to.clone()).contains(&keys.worker(&"z".parse().unwrap())));
        assert!(keys.worker_status(&"a".parse().unwrap()) < keys.workers().0);
    }
}
