//! Facts and modules on MongoDB, for any number of masters and workers.
//!
//! Writes are kept by a majority and journalled before they are answered, and each may be repeated without harm.
//! Tested against MongoDB 6.0; nothing of 8.0 is used.
//!
//! Not here: jobs, their states, who is alive (`etcd`).

mod alert_log;
mod audit;
mod blobs;
mod documents;
mod error;
mod facts;
mod indexes;
mod inspect;
mod options;
mod prune;
mod revisions;
mod runs;
mod tags;
mod watch;

use std::sync::Arc;

use model::ports::{AlertLog, Audit, Blobs, Clock, Facts, Revisions, StoreError};
use mongodb::bson::doc;
use mongodb::{Client, Database};

use crate::secure;

pub use options::{Credentials, Options, SELECTION_TIMEOUT};

/// Run records.
const RUNS: &str = "runs";
/// Output.
const CHUNKS: &str = "chunks";
/// Ranges of ticks that did not run.
const RANGES: &str = "ranges";

/// Changes and denied attempts.
const AUDIT: &str = "audit";
/// The texts that jobs had.
const REVISIONS: &str = "revisions";
/// How far something was copied.
const MARKS: &str = "marks";
/// Notices, told and to be told.
const NOTICES: &str = "notices";

/// Why a MongoDB is not used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The options cannot be right; all that is wrong with them.
    #[error("mongodb cannot be used as configured\n  {}", .0.join("\n  "))]
    Options(Vec<String>),
    /// It does not answer, or does not want us.
    #[error("failed to connect to mongodb at {at}: {error}")]
    Store {
        /// Where.
        at: String,
        /// Why; one that is retryable may go away by itself.
        error: StoreError,
    },
}

/// A MongoDB database.
pub struct Mongo {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl Mongo {
    /// Connects and says who we are.
    ///
    /// # Errors
    /// [`ConnectError`]; the caller tries again when the error in it is retryable.
    pub async fn connect(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        let mongo = Self::open(options, clock).await?;
        // The driver connects when it first asks; a wrong address or password is told here.
        let encrypted = options.ca_file.is_some() || options.certificate_file.is_some();
        let ping = mongo.ping().await.map_err(|error| secure::hinted(error, encrypted));
        ping.map_err(|error| ConnectError::Store { at: options.shown(), error })?;
        Ok(mongo)
    }

    /// Returns the database without asking it anything: it may be away.
    ///
    /// # Errors
    /// [`ConnectError::Options`] alone.
    pub async fn open(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        let client = options.for_client().await.map_err(ConnectError::Options)?;
        let client = Client::with_options(client).map_err(|e| ConnectError::Options(vec![e.to_string()]))?;
        Ok(Self { database: client.database(&options.database), clock })
    }

    /// Asks whether it answers and knows who we are.
    ///
    /// # Errors
    /// As any read.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let answer = self.database.run_command(doc! { "ping": 1 }).await;
        answer.map(|_| ()).map_err(|error| error::store(&error))
    }

    /// Makes the indexes that are missing and removes the rests of uploads. Masters do it when they start; the role
    /// of a worker does not allow it.
    ///
    /// # Errors
    /// As any write.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        indexes::ensure(&self.database).await.map_err(|e| error::store(&e))?;
        let blobs = blobs::MongoBlobs::new(self.database.clone());
        blobs.sweep(&*self.clock).await.map_err(|e| error::store(&e))
    }

    /// Returns the port to runs, ranges and output.
    pub fn facts(&self) -> Arc<dyn Facts> {
        Arc::new(facts::MongoFacts { database: self.database.clone(), clock: self.clock.clone() })
    }

    /// Returns the port to the audit.
    pub fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(audit::MongoAudit { collection: self.database.collection(AUDIT) })
    }

    /// Returns the port to the texts that jobs had.
    pub fn revisions(&self) -> Arc<dyn Revisions> {
        Arc::new(revisions::MongoRevisions { database: self.database.clone() })
    }

    /// Returns the port to ends nobody has looked at, and the history of notices.
    pub fn alert_log(&self) -> Arc<dyn AlertLog> {
        Arc::new(alert_log::MongoAlertLog { database: self.database.clone() })
    }

    /// Returns the port to modules.
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(blobs::MongoBlobs::new(self.database.clone()))
    }
}
