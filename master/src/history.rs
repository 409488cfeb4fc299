//! Copies every text that a job had from the watch of intent to the facts: a save waits for no facts, and where they were
//! away this goes on from where it had come.
//!
//! Written the same whoever writes it and however often: a revision's key is the store's own revision, so that masters
//! that take turns write each once.
//!
//! Flow: intent (watch from what was copied last) → **`history`** → facts → `routes::revisions`.
//! Runs in the leading master only (`leading`).

use std::time::Duration;

use futures::StreamExt as _;
use model::id::Revision;
use model::ports::{StoreError, WatchError};
use model::revision::JobRevision;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::leading::Tenure;
use crate::settings;

/// Pause before it begins anew after a store was away.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is noted how far it has come while no job changes: states change all the time, and the store forgets old
/// changes.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// Revisions in one write.
const AT_ONCE: usize = 100;

/// Copies until `shutdown`.
pub(crate) async fn run(app: App, tenure: Tenure, shutdown: CancellationToken) {
    let mut said = false;
    loop {
        let ended = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            ended = follow(&app, &tenure, &mut said) => ended,
        };
        match ended {
            Ok(()) => {}
            Err(error) if !said => {
                said = true;
                tracing::warn!(%error, "cannot copy what jobs were; their changes wait in the store of jobs");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// Goes on from what was copied last, until the store or the term ends.
async fn follow(app: &App, tenure: &Tenure, said: &mut bool) -> Result<(), StoreError> {
    let mut from = match app.ports.revisions.copied_to().await? {
        Some(revision) => revision,
        None => copy_all(app, tenure).await?,
    };
    while tenure.holds() {
        match copy_from(app, tenure, from, said).await {
            Ok(()) => return Ok(()),
            Err(WatchError::Store(error)) => return Err(error),
            Err(WatchError::Compacted(_)) => {
                tracing::warn!(
                    "the store no longer holds all changes of jobs since they were copied last: texts that \
                     were replaced meanwhile are missing in the history"
                );
                from = copy_all(app, tenure).await?;
            }
        }
    }
    Ok(())
}

/// Copies what changes after `from`, until the watch or the term ends.
async fn copy_from(app: &App, tenure: &Tenure, from: Revision, said: &mut bool) -> Result<(), WatchError> {
    let mut changes = app.ports.intent.watch(from).await?;
    let (mut noted, mut seen, mut note_at) = (from, from, Instant::now() + NOTE_EVERY);
    while tenure.holds() {
        match tokio::time::timeout_at(note_at, changes.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(item)) => {
                let item = item?;
                seen = item.revision;
                let found = JobRevision::among(item.changes, app.ports.clock.now());
                if !found.is_empty() && tenure.holds() {
                    put(app, found).await?;
                    note(app, seen, &mut noted).await?;
                    *said = false;
                }
            }
            Err(_) => {}
        }
        if Instant::now() >= note_at {
            note(app, seen, &mut noted).await?;
            note_at = Instant::now() + NOTE_EVERY;
        }
    }
    Ok(())
}

async fn put(app: &App, revisions: Vec<JobRevision>) -> Result<(), StoreError> {
    let kept = settings::in_force(app).await?.revisions_max as usize;
    for some in revisions.chunks(AT_ONCE) {
        app.ports.revisions.put_revisions(some.to_vec(), kept).await?;
    }
    Ok(())
}

async fn note(app: &App, seen: Revision, noted: &mut Revision) -> Result<(), StoreError> {
    if seen > *noted {
        app.ports.revisions.note_copied(seen).await?;
        *noted = seen;
    }
    Ok(())
}

/// Copies the texts that there are now, and the deletion of those that are gone; returns up to which revision.
async fn copy_all(app: &App, tenure: &Tenure) -> Result<Revision, StoreError> {
    let snapshot = app.ports.intent.load().await?;
    let now = app.ports.clock.now();
    let gone = app.ports.revisions.living().await?.into_iter().filter(|name| {
        // A load is in order of name.
        snapshot.jobs.binary_search_by(|job| job.value.job.name.cmp(name)).is_err()
    });
    let gone =
        gone.map(|job| JobRevision { job, revision: snapshot.revision, at: now, author: None, saved: None });
    let gone: Vec<JobRevision> = gone.collect();
    let texts = snapshot.jobs.into_iter().map(|job| JobRevision::of(job.revision, job.value));
    let mut all = texts.chain(gone).peekable();
    while all.peek().is_some() && tenure.holds() {
        let some: Vec<JobRevision> = all.by_ref().take(AT_ONCE).collect();
        put(app, some).await?;
    }
    if tenure.holds() {
        app.ports.revisions.note_copied(snapshot.revision).await?;
    }
    Ok(snapshot.revision)
}
