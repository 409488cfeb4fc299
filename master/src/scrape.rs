//! The figures of the process, for Prometheus: told on this machine, or to who brings a token.
//!
//! Flow: recorder of the process → **`scrape`** → `GET /metrics`. A master adds what it knows of the fleet at that moment.
//! Not here: what is counted (`model::metric`), and the recorder (`cli`).

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED, HeaderName, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use model::account::Role;
use model::alert;
use model::metric::{self, Exposition};
use model::state::Spec;
use model::time::Timestamp;
use model::worker::Worker;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::Problem;
use crate::app::App;
use crate::catalogue::Entry;
use crate::connections::Server;
use crate::in_use::InUse;
use crate::peer::{Peer, Source};
use crate::problem::Answer;
use crate::{Options, identity, layers, offload};

/// The text format of Prometheus.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// What a proxy adds: behind one, every address is this machine's.
const PASSED_ON: [HeaderName; 3] =
    [HeaderName::from_static("x-forwarded-for"), FORWARDED, HeaderName::from_static("x-real-ip")];

/// Tells the figures of this process: to who asks on this machine and not by a proxy, or brings a viewer's token.
#[utoipa::path(get, path = "/metrics", tag = "health", security(()),
    responses(
        (status = 200, description = "The figures, in the text format of Prometheus", body = String, content_type = "text/plain"),
        (status = 401, description = "Asked from elsewhere without a token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "This process keeps no figures", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_metrics(State(app): State<App>, request: Request) -> Answer<Response> {
    let (parts, _) = request.into_parts();
    if !is_local(&parts) {
        let source = Source::of(&app.options.now(), (&parts.extensions, &parts.headers));
        identity::identify(&app, &parts, &source).await?.needs(Role::Viewer)?;
    }
    let Some(exposition) = app.ports.exposition.clone() else {
        let detail = "it was started without them";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_metrics", "no figures are kept here", detail));
    };
    fleet(&app).await?;
    Ok(written(&exposition))
}

/// Serves the figures of a process that is no master until `stop`: on this machine, and to who brings the token whose
/// SHA-256 this is.
pub async fn serve_metrics(
    listener: TcpListener,
    exposition: Exposition,
    token_sha256: Option<[u8; 32]>,
    stop: CancellationToken,
) {
    let told = move |request: Request| {
        let (exposition, (parts, _)) = (Arc::clone(&exposition), request.into_parts());
        async move {
            if is_local(&parts) || brings(&parts, token_sha256) { written(&exposition) } else { refused() }
        }
    };
    let router = Router::new().route("/metrics", get(told)).layer(from_fn(layers::finish));
    Server::new(router, &InUse::new(Options::default())).serve(listener, stop).await;
}

/// Returns true for a request that began on this machine, as far as one can see.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    let here = peer.is_some_and(|ConnectInfo(peer)| peer.address.ip().to_canonical().is_loopback());
    here && PASSED_ON.iter().all(|name| !parts.headers.contains_key(name))
}

fn brings(parts: &Parts, token_sha256: Option<[u8; 32]>) -> bool {
    let told = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = told.and_then(|value| value.strip_prefix("Bearer "));
    let sum = token.map(|token| <[u8; 32]>::from(Sha256::digest(token.trim().as_bytes())));
    sum.zip(token_sha256).is_some_and(|(sum, known)| known.ct_eq(&sum).into())
}

fn refused() -> Response {
    let detail = "ask on the machine itself, or send `Authorization: Bearer TOKEN` with what `metrics.token_file` holds";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "not_logged_in", "not told to everybody", detail);
    ([(WWW_AUTHENTICATE, "Bearer")], problem).into_response()
}

fn written(exposition: &Exposition) -> Response {
    ([(CONTENT_TYPE, TEXT)], exposition()).into_response()
}

/// Sets what this master sees of the fleet now.
async fn fleet(app: &App) -> Answer<()> {
    // What cannot be seen now is told by the other figures: the calls of the store that fail.
    if let Ok(workers) = app.ports.registry.workers().await {
        of_workers(&workers);
    }
    if app.catalogue.is_loaded() {
        let (entries, now) = (app.catalogue.all(), app.ports.clock.now());
        let jobs = offload::run(move || Jobs::of(&entries, now)).await?;
        jobs.tell();
    }
    Ok(())
}

fn of_workers(workers: &[Worker]) {
    let mut counts = [("ready", 0_u32), ("full", 0), ("draining", 0), ("clock_off", 0)];
    for worker in workers {
        let status = &worker.status;
        let state = if !status.clock_ok {
            "clock_off"
        } else if status.draining || worker.drain.is_some() {
            "draining"
        } else if status.busy >= status.slots {
            "full"
        } else {
            "ready"
        };
        counts.iter_mut().filter(|(name, _)| *name == state).for_each(|(_, count)| *count += 1);
    }
    for (state, count) in counts {
        metric::WORKERS.set(count.into(), &[state]);
    }
}

/// What the jobs come to.
#[derive(Default)]
struct Jobs {
    enabled: u32,
    disabled: u32,
    paused: u32,
    active: u32,
    overdue: u32,
    overdue_seconds: f64,
}

impl Jobs {
    fn of(entries: &[Arc<Entry>], now: Timestamp) -> Self {
        let mut jobs = Self::default();
        for entry in entries {
            jobs.add(entry, now);
        }
        jobs
    }

    fn add(&mut self, entry: &Entry, now: Timestamp) {
        let active: usize = entry.states.values().map(|state| state.value.active.len()).sum();
        self.active += u32::try_from(active).unwrap_or(u32::MAX);
        let Some(text) = &entry.saved else { return };
        match entry.state().and_then(|state| state.paused.as_ref()) {
            _ if !text.saved.job.enabled => self.disabled += 1,
            Some(_) => self.paused += 1,
            None => self.enabled += 1,
        }
        let Ok(ticks) = &text.schedule else { return };
        let overdue = entry.states.iter().filter_map(|(worker, state)| {
            let spec = Spec { saved: &text.saved, ticks, worker };
            alert::overdue(&state.value, spec, now).map(|(tick, _)| now.since(tick))
        });
        if let Some(longest) = overdue.max() {
            self.overdue += 1;
            self.overdue_seconds = self.overdue_seconds.max(longest.to_std().as_secs_f64());
        }
    }

    fn tell(&self) {
        for (state, count) in
            [("enabled", self.enabled), ("disabled", self.disabled), ("paused", self.paused)]
        {
            metric::JOBS.set(count.into(), &[state]);
        }
        metric::RUNS_ACTIVE.set(self.active.into(), &[]);
        metric::OVERDUE.set(self.overdue.into(), &[]);
        metric::OVERDUE_SECONDS.set(self.overdue_seconds, &[]);
    }
}
