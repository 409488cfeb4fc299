//! Which module a job means, who uses which, and what keeps one from being deleted under a save that names it.
//!
//! Flow: `save` → **`named`** (a tag becomes a digest) → **`holding`** → intent; `routes::modules` → **`delete`**.
//! Invariant: a save holds its module before it commits, a delete looks for jobs before it removes: of the two, one
//! sees the other.

use std::collections::BTreeMap;
use std::future::Future;

use model::fault::Faults;
use model::id::{Digest, JobName, ModuleTag};
use model::job::{Job, SavedJob, module_tag, set_module};
use model::module::Tag;
use model::ports::Removed;
use model::sentence;
use model::time::Span;
use model::workload::Workload;
use serde_json::Value;

use crate::api::Problem;
use crate::app::App;
use crate::errors::invalid_job;
use crate::problem::Answer;

/// How long a save may hold a module: several times the longest request, so that clocks of masters may differ.
const HOLD: Span = Span::from_seconds(120);
/// Jobs that a refusal names; the others are counted.
const NAMED_MAX: usize = 20;

/// A job's text whose module is named by a digest.
pub(crate) struct Named {
    pub(crate) text: Value,
    /// The tag that the text named it by, and where that pointed.
    pub(crate) tag: Option<Tag>,
    /// That there is no such tag. The text names no module then that could be there.
    pub(crate) faults: Faults,
}

/// Puts the digest in the place of a tag.
pub(crate) async fn named(app: &App, text: &Value) -> Answer<Named> {
    let mut named = Named { text: text.clone(), tag: None, faults: Faults::new() };
    let Some(tag) = module_tag(text) else { return Ok(named) };
    named.tag = app.ports.blobs.tagged(&tag).await?;
    match &named.tag {
        Some(found) => set_module(&mut named.text, &found.digest),
        None => {
            // With some digest in its place the rest of the text can still be read, and all its faults told.
            set_module(&mut named.text, &Digest::of(tag.as_str().as_bytes()));
            named.faults.add_with_hint(
                "wasm.module",
                sentence!("there is no tag `{}`", tag),
                sentence!(
                    "set it first: `sandglass module tag NAME:TAG DIGEST`, or the page's list of modules"
                ),
            );
        }
    }
    Ok(named)
}

/// Returns what is said of a job whose module is not there.
pub(crate) fn missing(digest: &Digest) -> Faults {
    let mut faults = Faults::new();
    faults.add_with_hint(
        "wasm.module",
        sentence!("there is no module `{}`", digest),
        sentence!("upload it first: `sandglass module push FILE`, or the page's upload"),
    );
    faults
}

/// Saves while nobody can delete the job's module.
pub(crate) async fn holding<T>(app: &App, job: &Job, save: impl Future<Output = Answer<T>>) -> Answer<T> {
    let Workload::Wasm(wasm) = &job.workload else { return save.await };
    let blobs = &app.ports.blobs;
    let hold = blobs.hold(&wasm.module, app.ports.clock.now() + HOLD).await?;
    let hold = hold.ok_or_else(|| invalid_job(missing(&wasm.module)))?;
    let saved = save.await;
    // A commit that was left open may still take place: then the hold ends by itself.
    let open = matches!(&saved, Err(problem) if problem.code == "store_ambiguous");
    if !open && let Err(error) = blobs.release(hold).await {
        tracing::warn!(%error, "releasing module {} failed; it cannot be deleted for {HOLD}: {error}", wasm.module);
    }
    saved
}

/// Deletes a module that no job uses.
pub(crate) async fn delete(app: &App, digest: &Digest) -> Answer<()> {
    // Read from the store: the catalogue may not show a job that was saved just now.
    let jobs = app.ports.intent.load().await?.jobs;
    let used_by: Vec<&JobName> = jobs
        .iter()
        .filter(|job| module_of(&job.value) == Some(digest))
        .map(|job| &job.value.job.name)
        .collect();
    if !used_by.is_empty() {
        return Err(in_use(&used_by));
    }
    match app.ports.blobs.remove(digest, app.ports.clock.now()).await? {
        Removed::Gone => Ok(()),
        Removed::Missing => Err(Problem::not_found("module", digest.as_str())),
        Removed::Held { until } => Err(Problem::conflict(
            "module_in_use",
            "jobs use the module",
            format!("a job that names it is being saved; try again, at the latest at {until}"),
        )),
    }
}

fn in_use(used_by: &[&JobName]) -> Problem {
    let mut names: Vec<String> = used_by.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    if used_by.len() > NAMED_MAX {
        names.push(format!("{} more", used_by.len() - NAMED_MAX));
    }
    let detail = format!("used by {}; change or delete these jobs first", names.join(", "));
    Problem::conflict("module_in_use", "jobs use the module", detail)
}

/// Returns which jobs use each module, or the one that is asked for.
pub(crate) fn users(app: &App, only: Option<&Digest>) -> BTreeMap<Digest, Vec<JobName>> {
    let mut users: BTreeMap<Digest, Vec<JobName>> = BTreeMap::new();
    let pairs = app.catalogue.select(
        |entry| {
            let digest = module_of(&entry.saved.as_ref()?.saved)?;
            only.is_none_or(|only| only == digest).then(|| (digest.clone(), entry.name.clone()))
        },
        usize::MAX,
    );
    for (digest, name) in pairs {
        users.entry(digest).or_default().push(name);
    }
    users
}

/// Returns which tags point to each module.
pub(crate) async fn tags(app: &App) -> Answer<BTreeMap<Digest, Vec<ModuleTag>>> {
    let mut tags: BTreeMap<Digest, Vec<ModuleTag>> = BTreeMap::new();
    for tag in app.ports.blobs.tags().await? {
        tags.entry(tag.digest).or_default().push(tag.tag);
    }
    Ok(tags)
}

fn module_of(saved: &SavedJob) -> Option<&Digest> {
    match &saved.job.workload {
        Workload::Wasm(wasm) => Some(&wasm.module),
        Workload::Shell(_) => None,
    }
}
