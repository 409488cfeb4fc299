//! How many jobs start when, as their schedules stand: what a fleet will be asked to do in one second.
//!
//! Flow: catalogue → `tally` (one count per second) → `piles` (where it is too much, and what would spread it) → answer,
//! and the warning of a save.
//! One forecast is made at a time and kept for a while: with many jobs it takes longer than an answer should.
//!
//! Not here: which of them will find a free worker.

mod piles;
mod tally;
mod words;

use std::sync::Arc;

use model::job::Job;
use model::language::Language;
use model::schedule::{Schedule, Spread, spread_form};
use model::state::Ticks as _;
use model::time::{Span, Timestamp};
use tokio::sync::Mutex;

use crate::api::{ForecastReply, Pile, Problem};
use crate::app::App;
use crate::catalogue::Entry;
use crate::offload;
use crate::problem::Answer;

use tally::Tally;

/// How long a forecast is good for where no job changed, and how old one may be that warns at a save.
const KEPT: Span = Span::from_seconds(60);
/// What a warning at a save looks at.
const HINT_HOURS: u32 = 24;
/// How many of a job's next ticks a warning at a save looks at.
const HINT_TICKS: usize = 300;

/// The last forecast.
#[derive(Clone, Default)]
pub(crate) struct Forecasts(Arc<Mutex<Option<Made>>>);

/// A forecast, with what it was made from.
#[derive(Clone)]
struct Made {
    at: Timestamp,
    hours: u32,
    /// How often jobs had changed by then.
    changes: u64,
    forecast: Arc<Forecast>,
}

/// How many jobs start when.
pub(crate) struct Forecast {
    tally: Tally,
    piles: Vec<Pile>,
}

/// Returns the forecast of the hours ahead.
pub(crate) async fn of(app: &App, hours: u32, language: Language) -> Answer<ForecastReply> {
    app.catalogue.ready().await?;
    let changes = app.catalogue.job_changes();
    let forecast = made(app, hours, |made| made.hours == hours && made.changes == changes).await?;
    let tally = &forecast.tally;
    Ok(ForecastReply {
        from: tally.from,
        starts: tally.minutes().to_vec(),
        total: tally.total(),
        mean: tally.minute_mean(),
        jobs: tally.jobs,
        piles: forecast
            .piles
            .iter()
            .map(|pile| words::tell(pile.clone(), tally.minute_mean(), language))
            .collect(),
    })
}

/// Returns what to say at the save of a job that adds to a pile. A forecast of a minute ago is good enough: where many
/// jobs are saved one after the other, none waits for a new one.
pub(crate) async fn hint(app: &App, job: &Job, schedule: &Schedule, language: Language) -> Option<String> {
    if !job.enabled || job.jitter > Span::ZERO || app.catalogue.ready().await.is_err() {
        return None;
    }
    let forecast = made(app, HINT_HOURS, |made| made.hours >= HINT_HOURS).await.ok()?;
    let tally = &forecast.tally;
    let ticks =
        std::iter::successors(schedule.next_after(app.ports.clock.now()), |at| schedule.next_after(*at));
    let piled = |at: Timestamp| Some((at, tally.pile_at(at)?));
    let (at, (share, starts)) =
        ticks.take(HINT_TICKS).take_while(|at| *at < tally.until()).find_map(piled)?;
    let spread = spread_form(&job.schedule, job.weekdays, share.into())
        .or_else(|| spread_form(&job.schedule, job.weekdays, Spread::Seconds))?;
    Some(words::hint(starts, share, at, &spread, language))
}

/// Returns the last forecast where it is fresh and `fits`, else a new one.
async fn made(app: &App, hours: u32, fits: impl Fn(&Made) -> bool) -> Answer<Arc<Forecast>> {
    let mut kept = Arc::clone(&app.forecasts.0).lock_owned().await;
    let now = app.ports.clock.now();
    let fresh = |made: &&Made| made.at <= now && now.since(made.at) <= KEPT && fits(made);
    if let Some(made) = kept.as_ref().filter(fresh) {
        return Ok(Arc::clone(&made.forecast));
    }
    let (changes, entries) = (app.catalogue.job_changes(), app.catalogue.all());
    // The lock goes with the work: whoever asks meanwhile waits for it, also when this request is given up.
    offload::run(move || {
        let forecast = Arc::new(Forecast::make(&entries, now, hours)?);
        *kept = Some(Made { at: now, hours, changes, forecast: Arc::clone(&forecast) });
        Ok(forecast)
    })
    .await?
}

impl Forecast {
    fn make(entries: &[Arc<Entry>], now: Timestamp, hours: u32) -> Answer<Self> {
        let (tally, groups) = tally::count(entries, now, hours).ok_or_else(|| {
            Problem::new(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                "too_many_starts",
                "too many starts to count",
                format!("more than {} starts within {hours} hours; ask for fewer hours", tally::STEPS_MAX),
            )
        })?;
        let piles = piles::find(&tally, &groups);
        Ok(Self { tally, piles })
    }
}
