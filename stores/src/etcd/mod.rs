//! Intent on etcd: jobs, their states, registrations, leaders and accounts, for any number of masters and workers.
//!
//! A swap is a compare of a key's modification revision, a watch is etcd's, a registration is a key under a lease.
//! Tested against etcd 3.4; what it does at the edges (ambiguous answers, silent watches, dead endpoints) is told in
//! `error`, `watch` and `connection`.
//!
//! Not here: runs and their output, which etcd is too small for, and any rule of who owns a tick.

mod accounts;
mod alerts;
mod commit;
mod connection;
mod election;
mod epoch;
mod error;
mod inspect;
mod intent;
mod keys;
mod leases;
mod options;
mod registry;
mod values;
mod watch;

use std::sync::Arc;

use model::id::Revision;
use model::ports::{Accounts, Alerts, Clock, Election, Intent, Registry, StoreError};
use model::time::Timestamp;

use crate::secure;

pub use options::{CONNECT_TIMEOUT, Credentials, Options, REQUEST_TIMEOUT, Tls};

use connection::Connection;
use epoch::Epoch;
use leases::Leases;

/// Why an etcd is not used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The options cannot be right; all that is wrong with them.
    #[error("etcd cannot be used as configured\n  {}", .0.join("\n  "))]
    Options(Vec<String>),
    /// It does not answer, or does not want us.
    #[error("failed to connect to etcd at {endpoints}: {error}")]
    Store {
        /// Where.
        endpoints: String,
        /// Why; one that is retryable may go away by itself.
        error: StoreError,
    },
}

/// An etcd cluster.
pub struct Etcd {
    connection: Connection,
    leases: Leases,
}

impl Etcd {
    /// Connects and says who we are.
    ///
    /// # Errors
    /// [`ConnectError`]; the caller tries again when the error in it is retryable.
    pub async fn connect(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        let faults = options.faults();
        if !faults.is_empty() {
            return Err(ConnectError::Options(faults));
        }
        let failed = |fault: error::Fault| ConnectError::Store {
            endpoints: options.endpoints.join(", "),
            error: secure::hinted(fault.of_read(), options.tls.is_some()),
        };
        let mut connection = Connection::open(options).await.map_err(failed)?;
        // The client connects when it first asks; a wrong address or password is told here, not at the first claim.
        let mark = connection.get(connection.keys.restored(), None).await.map_err(failed)?;
        let epoch = Epoch::of(mark.kvs().first());
        connection.epoch = Arc::new(
            epoch.map_err(|error| ConnectError::Store { endpoints: options.endpoints.join(", "), error })?,
        );
        let leases = Leases::new(connection.clone(), clock);
        Ok(Self { connection, leases })
    }

    /// Has every later revision stand above all that were ever given out, also after the cluster was put back from a
    /// snapshot; returns the number above which they stand. Nobody who connected before, this one included, changes a state
    /// or takes a lease after it: connect again.
    ///
    /// # Errors
    /// As any write, and permanently where the clock stands before an earlier restore.
    pub async fn begin_epoch(&self, now: Timestamp) -> Result<Revision, StoreError> {
        epoch::begin(&self.connection, now).await
    }

    /// Returns the port to jobs and their states.
    pub fn intent(&self) -> Arc<dyn Intent> {
        Arc::new(intent::EtcdIntent { connection: self.connection.clone() })
    }

    /// Returns the port to registrations.
    pub fn registry(&self) -> Arc<dyn Registry> {
        Arc::new(registry::EtcdRegistry::new(self.connection.clone(), self.leases.clone()))
    }

    /// Returns the port to leaders.
    pub fn election(&self) -> Arc<dyn Election> {
        Arc::new(election::EtcdElection { connection: self.connection.clone(), leases: self.leases.clone() })
    }

    /// Returns the port to settings of alerts and notices that wait.
    pub fn alerts(&self) -> Arc<dyn Alerts> {
        Arc::new(alerts::EtcdAlerts { connection: self.connection.clone() })
    }

    /// Returns the port to sessions.
    pub fn accounts(&self) -> Arc<dyn Accounts> {
        Arc::new(accounts::EtcdAccounts { connection: self.connection.clone() })
    }
}
