//! The master as a whole: its options and ports, its router, and the tasks behind it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use model::id::UserName;
use model::metric::Exposition;
use model::ports::{
    Accounts, AlertLog, Alerts, Audit, Blobs, Clock, Duty, Election, Facts, Intent, ModuleInspector,
    Registry, Revisions,
};
use model::quantity::ByteSize;
use model::time::Span;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use crate::alerting::{self, AlertOptions};
use crate::app::App;
use crate::connections::{Server, Tls};
use crate::leading::Candidate;
use crate::peer::Proxies;
use crate::{beneath, head, history, identity, layers, leading, pace, page, recorder, routes, settling};

/// Largest answer that is sent as it is: what fits into one packet gains nothing.
const COMPRESS_ABOVE_BYTES: u16 = 1024;

/// How a master behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// What other masters call this one.
    pub name: String,
    /// The name under which the admin's token acts.
    pub admin: UserName,
    /// Which proxies in front are believed.
    pub proxies: Proxies,
    /// SHA-256 of the admin's API token; none: no token opens anything.
    pub admin_token_sha256: Option<[u8; 32]>,
    /// How long a session lasts.
    pub session_ttl: Span,
    /// Most bytes of an uploaded module.
    pub module_bytes_max: u64,
    /// Most uploads at one time; the others wait.
    pub uploads_max: usize,
    /// The certificate that it shows; none: it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Most connections at one time; the others wait.
    pub connections_max: usize,
    /// Most connections of one address that is no trusted proxy; more are cut off.
    pub connections_per_address: usize,
    /// How long the head of a request may take, and how long a connection may stand without one.
    pub header_timeout: Span,
    /// Longest silence of a body.
    pub body_timeout: Span,
    /// Longest time of a request that is no stream, download or upload.
    pub request_timeout: Span,
    /// How many requests a second one user may send for long; five seconds' worth may come at once. None: any number.
    pub requests_per_second: Option<u32>,
    /// How long requests may go on once the server stops.
    pub drain_timeout: Span,
    /// How long lines of the audit are kept, in days.
    pub audit_days: u32,
    /// How many texts are kept of each job; at least 1.
    pub revisions_max: u32,
    /// How long texts of a job are kept after they were replaced, in days.
    pub revisions_days: u32,
    /// How long ranges of ticks that did not run are kept, in days.
    pub ranges_days: u32,
    /// How often a leading master looks for what lost workers left.
    pub settle_every: Duration,
    /// How alerts are told.
    pub alerts: AlertOptions,
    /// False in a master that never leads: it records no ends, removes no old runs and settles no lost ones.
    pub leading: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "master".to_owned(),
            admin: "admin".parse().expect("letters are a name"),
            proxies: Proxies::default(),
            admin_token_sha256: None,
            session_ttl: Span::from_days(7),
            module_bytes_max: ByteSize::from_mib(32).as_bytes(),
            uploads_max: 4,
            tls: None,
            connections_max: 2_048,
            connections_per_address: 512,
            header_timeout: Span::from_seconds(20),
            body_timeout: Span::from_seconds(15),
            request_timeout: Span::from_seconds(20),
            requests_per_second: Some(1_000),
            drain_timeout: Span::from_seconds(5),
            audit_days: 400,
            revisions_max: 100,
            revisions_days: 400,
            ranges_days: 400,
            settle_every: Duration::from_secs(10),
            alerts: AlertOptions::default(),
            leading: true,
        }
    }
}

/// What a master needs of the outside.
#[derive(Clone)]
pub struct Ports {
    /// Jobs and their states.
    pub intent: Arc<dyn Intent>,
    /// Who is alive.
    pub registry: Arc<dyn Registry>,
    /// Which master leads.
    pub election: Arc<dyn Election>,
    /// Runs and their output.
    pub facts: Arc<dyn Facts>,
    /// Modules.
    pub blobs: Arc<dyn Blobs>,
    /// Who may come in.
    pub accounts: Arc<dyn Accounts>,
    /// What was changed and what was denied.
    pub audit: Arc<dyn Audit>,
    /// The texts that jobs had.
    pub revisions: Arc<dyn Revisions>,
    /// What people set of alerts, and notices that wait.
    pub alerts: Arc<dyn Alerts>,
    /// Ends that nobody has looked at for alerts, and the history of notices.
    pub alert_log: Arc<dyn AlertLog>,
    /// Looks into uploads.
    pub inspector: Arc<dyn ModuleInspector>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Writes out the figures of this process; none: it keeps none.
    pub exposition: Option<Exposition>,
}

/// A master: the interface, the page, and the tasks behind them.
#[derive(Clone)]
pub struct Master {
    app: App,
}

impl Master {
    /// Puts a master together; nothing runs yet.
    pub fn new(options: Options, ports: Ports) -> Self {
        Self { app: App::new(options, ports) }
    }

    /// Changes options of a master that runs: requests and messages that come later go by them. What connections and
    /// tasks were started with stays: `name`, `admin`, `tls`, `uploads_max`, `connections_max`, `header_timeout`,
    /// `drain_timeout`, `leading`.
    pub fn change(&self, change: impl FnOnce(&mut Options)) {
        self.app.options.change(change);
    }

    /// Returns the router. Lists and tails need [`Master::background`] beside it.
    pub fn router(&self) -> Router {
        let app = self.app.clone();
        let (short, _) = routes::short().split_for_parts();
        let (long, _) = routes::long().split_for_parts();
        let (open, _) = routes::open().split_for_parts();
        let large = SizeAbove::new(COMPRESS_ABOVE_BYTES).and(NotForContentType::IMAGES);
        let short = short
            .merge(open)
            .merge(routes::document())
            .layer(from_fn_with_state(app.clone(), layers::deadline))
            .fallback(page::serve)
            // The page's first load counts every byte.
            .layer(CompressionLayer::new().quality(CompressionLevel::Best).compress_when(large));
        short
            .merge(long)
            .method_not_allowed_fallback(layers::method_not_allowed)
            .layer(from_fn_with_state(app.clone(), identity::guard))
            .layer(from_fn_with_state(app.clone(), beneath::place))
            .layer(from_fn_with_state(app.clone(), pace::keep))
            .layer(from_fn(head::check))
            .layer(CatchPanicLayer::custom(layers::panicked))
            .layer(from_fn(layers::finish))
            .with_state(app)
    }

    /// Follows the stores, and does what the leading master does while this one leads, until `shutdown`.
    pub async fn background(&self, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        let (app, token) = (self.app.clone(), shutdown.clone());
        tasks.spawn(async move { app.catalogue.run(app.ports.intent.clone(), token).await });
        let (app, token) = (self.app.clone(), shutdown.clone());
        tasks
            .spawn(async move { app.catalogue.feed.follow_workers(app.ports.registry.clone(), token).await });
        let (app, token) = (self.app.clone(), shutdown.clone());
        tasks.spawn(async move { app.hints.run(app.ports.facts.clone(), token).await });
        let (app, token) = (self.app.clone(), shutdown.clone());
        tasks.spawn(async move { app.audit.run(&app, token).await });
        if self.app.options.now().leading {
            let app = self.app.clone();
            let candidate = Candidate {
                name: app.options.now().name.clone(),
                election: app.ports.election.clone(),
                clock: app.ports.clock.clone(),
            };
            let (alerter, told) = (self.app.clone(), shutdown.clone());
            tasks.spawn(leading::run(candidate.clone(), Duty::Alerter, told, move |tenure, stop| {
                alerting::run(alerter.clone(), tenure, stop)
            }));
            tasks.spawn(leading::run(candidate, Duty::Recorder, shutdown, move |tenure, stop| {
                let recording = recorder::run(app.clone(), tenure.clone(), stop.clone());
                let copying = history::run(app.clone(), tenure.clone(), stop.clone());
                let settling = settling::run(app.clone(), tenure, stop);
                async move {
                    tokio::join!(recording, copying, settling);
                }
            }));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the master failed");
            }
        }
    }

    /// Serves until `shutdown`, then ends live streams, waits for requests under way, and stops its tasks.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) {
        let stop_tasks = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (master, token) = (self.clone(), stop_tasks.clone());
        tasks.spawn(async move { master.background(token).await });

        let (closing, told) = (self.app.closing.clone(), shutdown.clone());
        tasks.spawn(async move {
            told.cancelled().await;
            closing.cancel();
        });
        Server::new(self.router(), &self.app.options).serve(listener, shutdown).await;
        stop_tasks.cancel();
        self.app.drains.close();
        self.app.drains.wait().await;
        while tasks.join_next().await.is_some() {}
    }
}
