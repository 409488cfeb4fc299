//! What an etcd is, and what our role there lacks: each right is tried, to read by a count, to write by a transaction
//! that never does.

use etcd_client::{Client, Compare, CompareOp, GetOptions, Txn, TxnOp};
use model::id::{JobName, WorkerId};
use model::ports::{Duty, StateKey, StoreError};
use tokio::time::Instant;

use super::error::Fault;
use super::keys::Range;
use super::{Etcd, Options};
use crate::inspection::{Inspection, Role};

impl Etcd {
    /// Says what this etcd is and what a server of `role` lacks there. Writes nothing.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn inspect(&self, options: &Options, role: Role) -> Result<Inspection, StoreError> {
        let status = self.connection.send(|mut client| async move { client.status().await });
        let status = status.await.map_err(Fault::of_read)?;
        let began = Instant::now();
        let jobs = self.connection.keys.jobs().0;
        self.connection.get(jobs, None).await.map_err(Fault::of_read)?;
        let latency = began.elapsed();
        let mut missing = Vec::new();
        let accounts = ("accounts", self.connection.keys.accounts());
        let alerts = ("alerts", self.connection.keys.alerts());
        let masters = (role == Role::Master).then_some([accounts, alerts]).into_iter().flatten();
        let read = self.read_by_all().into_iter().chain(masters);
        for (what, range) in read {
            let shown = format!("`{}` to `{}`", range.0, range.1);
            if let Err(why) = self.may_read(range).await? {
                missing.push(format!("may not read {what}, {shown}: {why}"));
            }
        }
        for (what, key) in self.written_by(role) {
            if let Err(why) = self.may_write(&key).await? {
                missing.push(format!("may not write {what}, such as `{key}`: {why}"));
            }
        }
        Ok(Inspection {
            version: status.version().to_owned(),
            latency,
            asks_who: !self.answers_anybody(options).await,
            missing,
            ..Inspection::default()
        })
    }

    /// Returns what masters and workers alike read: one that may not see who should drain, say, claims nothing.
    fn read_by_all(&self) -> [(&'static str, Range); 4] {
        let keys = &self.connection.keys;
        [
            ("jobs and states", keys.intent()),
            ("registrations", keys.workers()),
            ("statuses", keys.worker_statuses()),
            ("drains", keys.drains()),
        ]
    }

    /// Returns one key of each kind that a role writes.
    fn written_by(&self, role: Role) -> Vec<(&'static str, String)> {
        let keys = &self.connection.keys;
        let job: JobName = "check".parse().expect("letters are a name");
        let worker: WorkerId = "check".parse().expect("letters are an id");
        let state = ("states", keys.state(&StateKey { job: job.clone(), worker: None }));
        match role {
            Role::Master => vec![
                ("jobs", keys.job(&job)),
                state,
                ("drains", keys.drain(&worker)),
                ("sessions", keys.session("check")),
                ("alerts", keys.alert_settings()),
                ("leaders", keys.leader(Duty::Recorder)),
            ],
            Role::Worker => vec![
                state,
                ("registrations", keys.worker(&worker)),
                ("statuses", keys.worker_status(&worker)),
            ],
        }
    }

    /// Asks how many keys a range holds.
    async fn may_read(&self, (from, to): Range) -> Result<Result<(), String>, StoreError> {
        let count = GetOptions::new().with_range(to).with_count_only();
        match self.connection.get(from, Some(count)).await {
            Ok(_) => Ok(Ok(())),
            Err(Fault::Refused(why)) => Ok(Err(why)),
            Err(fault) => Err(fault.of_read()),
        }
    }

    /// Asks for a write under a condition that is never met.
    async fn may_write(&self, key: &str) -> Result<Result<(), String>, StoreError> {
        let never = Compare::version(key, CompareOp::Less, 0);
        let txn = Txn::new().when([never]).and_then([TxnOp::put(key, "", None)]);
        match self.connection.txn(txn).await {
            Ok(_) => Ok(Ok(())),
            Err(Fault::Refused(why)) => Ok(Err(why)),
            Err(fault) => Err(fault.of_read()),
        }
    }

    /// Returns whether a client that does not say who it is gets an answer.
    async fn answers_anybody(&self, options: &Options) -> bool {
        let nobody = Options { credentials: None, ..options.clone() }.for_client();
        let Ok(mut client) = Client::connect(&options.endpoints, Some(nobody)).await else { return false };
        client.get(self.connection.keys.jobs().0, None).await.is_ok()
    }
}
