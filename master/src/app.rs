//! What every handler holds: the ports, the options, and what the services know.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::Audit;
use crate::catalogue::Catalogue;
use crate::clock::ClockCheck;
use crate::forecast::Forecasts;
use crate::hints::Hints;
use crate::in_use::InUse;
use crate::passwords::Passwords;
use crate::rights::Rights;
use crate::stats::Stats;
use crate::strangers::Strangers;
use crate::throttle::Throttle;
use crate::{Options, Ports, openapi};

/// What every handler holds; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The parts of an [`App`].
pub(crate) struct Parts {
    pub(crate) ports: Ports,
    pub(crate) options: InUse,
    /// Jobs and states as the watch shows them; for lists, never for decisions.
    pub(crate) catalogue: Catalogue,
    /// Whether this master's clock is to be trusted.
    pub(crate) clock: ClockCheck,
    /// The last forecast of starts.
    pub(crate) forecasts: Forecasts,
    /// The last counts of runs.
    pub(crate) stats: Stats,
    /// Hints that a run changed.
    pub(crate) hints: Hints,
    /// What each route asks for.
    pub(crate) rights: Rights,
    /// How many requests each user has left.
    pub(crate) throttle: Throttle,
    /// How often each address came in vain.
    pub(crate) strangers: Strangers,
    /// The gate before the hashing of passwords.
    pub(crate) passwords: Passwords,
    /// What was changed and what was denied.
    pub(crate) audit: Audit,
    /// Ends the live streams when the server stops.
    pub(crate) closing: CancellationToken,
    /// Uploads under way: each holds a module in memory while it is looked into.
    pub(crate) uploads: Semaphore,
    /// Refused uploads whose rest is still read; bounded by the connections.
    pub(crate) drains: TaskTracker,
    /// The OpenAPI document, written once.
    pub(crate) document: OnceLock<Bytes>,
}

impl App {
    pub(crate) fn new(options: Options, ports: Ports) -> Self {
        Self(Arc::new(Parts {
            uploads: Semaphore::new(options.uploads_max),
            ports,
            options: InUse::new(options),
            catalogue: Catalogue::new(),
            clock: ClockCheck::default(),
            forecasts: Forecasts::default(),
            stats: Stats::default(),
            hints: Hints::default(),
            rights: Rights::declared(&openapi::declarations()),
            throttle: Throttle::default(),
            strangers: Strangers::default(),
            passwords: Passwords::new(),
            audit: Audit::default(),
            closing: CancellationToken::new(),
            drains: TaskTracker::new(),
            document: OnceLock::new(),
        }))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
