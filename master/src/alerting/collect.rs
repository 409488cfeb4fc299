//! Looks at what happened since somebody looked last: ends of runs and ticks, states, workers, the store of facts.
//!
//! Ends bear a mark in their store, so none is passed over, however late it comes; states and workers are looked at as
//! they stand, and memory says what was told of them.

use std::collections::BTreeSet;

use model::alert::{self, Condition, Subject};
use model::id::JobUid;
use model::job::SavedJob;
use model::ports::{StateKey, StoreError, Untold};
use model::state::Spec;
use model::time::{Span, Timestamp};
use model::worker::Worker;

use super::desk::{Desk, Found};
use super::watch;
use crate::app::App;
use crate::catalogue::Entry;
use crate::leading::Tenure;
use crate::untaken;

/// Ends that are looked at together.
const ENDS_AT_ONCE: usize = 200;
/// How often more ends are asked for before what was found is told.
const ROUNDS_MAX: usize = 10;
/// How often the states of all jobs are looked at: there may be a hundred thousand of them.
const SCAN_EVERY: Span = Span::from_seconds(5);
/// How far past its deadline a tick is before somebody is told: the watch may lag a moment behind the claim.
const LAG: Span = Span::from_seconds(2);

/// Looks at everything.
pub(super) async fn all(app: &App, tenure: &Tenure, desk: &mut Desk) -> Result<(), StoreError> {
    ends(app, tenure, desk).await?;
    let mut found = Found::default();
    watch::facts(app, desk, &mut found);
    if app.clock.off(&app.ports).await.is_none() && app.catalogue.is_loaded() {
        let workers = app.ports.registry.workers().await?;
        watch::workers(app, desk, &workers, &mut found);
        let boot = app.ports.clock.boot_time();
        if desk.scanned.is_none_or(|scanned| boot.since(scanned) >= SCAN_EVERY) {
            states(app, desk, &workers, &mut found).await?;
            forget_deleted(app, desk).await?;
            desk.scanned = Some(boot);
        }
    }
    if tenure.holds() { desk.keep(app, found).await } else { Ok(()) }
}

/// Looks at ends until there are none, or until there is no room.
async fn ends(app: &App, tenure: &Tenure, desk: &mut Desk) -> Result<(), StoreError> {
    for _ in 0..ROUNDS_MAX {
        if !tenure.holds() {
            return Ok(());
        }
        if desk.room() < 2 * ENDS_AT_ONCE {
            // What is settled must go to make room. At worst the last ends that a master before this one looked at, and did
            // not mark, are told once more under their ids.
            desk.looked_at_all = true;
            return Ok(());
        }
        let untold = match app.ports.alert_log.untold(ENDS_AT_ONCE).await {
            Ok(untold) => untold,
            Err(error) => {
                tracing::debug!(%error, "the ends of runs cannot be read now");
                desk.facts_away.get_or_insert(app.ports.clock.boot_time());
                return Ok(());
            }
        };
        desk.facts_away = None;
        if untold.is_empty() {
            desk.looked_at_all = true;
            return Ok(());
        }
        let found = judge(app, desk, &untold);
        desk.keep(app, found).await?;
        if app.ports.alert_log.mark_told(&untold).await.is_err() {
            // They are looked at once more, to the same end: till then their notices stay.
            desk.looked_at_all = false;
            desk.facts_away.get_or_insert(app.ports.clock.boot_time());
            return Ok(());
        }
    }
    Ok(())
}

/// Looks at some ends, in the order in which they came about.
fn judge(app: &App, desk: &Desk, untold: &Untold) -> Found {
    let now = app.ports.clock.now();
    let mut found = Found::default();
    let mut runs: Vec<_> = untold.runs.iter().collect();
    runs.sort_by_key(|run| (run.ended_at.unwrap_or(run.scheduled_at), run.attempt));
    // What was missed comes before the run that makes up for it.
    for range in &untold.ranges {
        let text = text_of(app, &range.job);
        desk.look(&mut found, Subject::job(&range.uid), Some(&range.job), |memory, settings| {
            alert::range_missed(range, text.as_ref(), memory, settings, now)
        });
    }
    for run in runs {
        let text = text_of(app, &run.job);
        desk.look(&mut found, Subject::job(&run.uid), Some(&run.job), |memory, settings| {
            alert::run_ended(run, text.as_ref(), memory, settings, now)
        });
    }
    found
}

fn text_of(app: &App, name: &model::id::JobName) -> Option<SavedJob> {
    Some(app.catalogue.entry(name)?.saved.as_ref()?.saved.clone())
}

/// Looks at the states of all jobs: ticks that nobody takes, and runs that last.
async fn states(app: &App, desk: &Desk, workers: &[Worker], found: &mut Found) -> Result<(), StoreError> {
    let now = app.ports.clock.now();
    for entry in app.catalogue.all() {
        if found.len() >= desk.room() {
            return Ok(());
        }
        let Some(text) = &entry.saved else { continue };
        let saved = &text.saved;
        if saved.job.alerts.warn_after.is_some() {
            let active = entry.states.values().flat_map(|state| &state.value.active);
            for run in active {
                desk.look(found, Subject::job(&saved.uid), Some(&entry.name), |memory, settings| {
                    alert::long_running(run, saved, memory, settings, now)
                });
            }
        }
        if hears_of_missed(desk, saved) {
            missed(app, desk, &entry, workers, now, found).await?;
        }
    }
    Ok(())
}

fn hears_of_missed(desk: &Desk, saved: &SavedJob) -> bool {
    let heard = desk.settings.for_job(&saved.job.name, Some(&saved.job), None, Condition::Missed, 0);
    !heard.is_empty() || desk.settings.rules.iter().any(|rule| !rule.only.workers.is_empty())
}

async fn missed(
    app: &App,
    desk: &Desk,
    entry: &Entry,
    workers: &[Worker],
    now: Timestamp,
    found: &mut Found,
) -> Result<(), StoreError> {
    let Some(text) = &entry.saved else { return Ok(()) };
    let Ok(ticks) = &text.schedule else { return Ok(()) };
    for (key, state) in entry.keyed() {
        let StateKey { job, worker } = &key;
        // Made anew each time: it cannot be held over a wait.
        let spec = || Spec { saved: &text.saved, ticks, worker: worker.as_ref() };
        let subject = Subject::job(&text.saved.uid);
        let Some((seen, _)) = alert::overdue(&state.value, spec(), now - LAG) else { continue };
        let told = |memory| alert::missed_was_told(memory, spec(), seen);
        if desk.memories.get(&subject).is_some_and(told) {
            continue;
        }
        // The watch may be behind: the store's own word, once for each tick that is told.
        let Some(stands) = app.ports.intent.state(&key).await? else { continue };
        let Some(tick) = alert::overdue(&stands.value, spec(), now - LAG) else { continue };
        let untaken = untaken::why(&text.saved, worker.as_ref(), workers);
        desk.look(found, subject, Some(job), |memory, settings| {
            alert::missed(spec(), tick, untaken.clone(), memory, settings, now)
        });
    }
    Ok(())
}

/// Forgets what was remembered of jobs that are gone.
async fn forget_deleted(app: &App, desk: &mut Desk) -> Result<(), StoreError> {
    if !desk.memories.keys().any(Subject::is_job) {
        return Ok(());
    }
    let all = app.catalogue.all();
    let uids: BTreeSet<Subject> = all
        .iter()
        .flat_map(|entry| {
            let states = entry.states.values().map(|state| &state.value.uid);
            let saved: Option<&JobUid> = entry.saved.as_ref().map(|text| &text.saved.uid);
            states.chain(saved).map(Subject::job).collect::<Vec<_>>()
        })
        .collect();
    let gone = desk.memories.keys().filter(|one| one.is_job() && !uids.contains(one)).cloned().collect();
    desk.forget(app, gone).await
}
