//! The texts that a job had: list, read, compare, restore.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::id::{JobName, Revision};
use model::job::{Job, SavedJob};
use model::ports::RevisionQuery;
use model::revision::{JobRevision, differences};
use model::schedule::Schedule;

use super::jobs;
use crate::api::{
    DiffQuery, JobView, Problem, REVISION_LIMIT_DEFAULT, REVISION_LIMIT_MAX, RevisionDiff, RevisionPage,
    RevisionText, RevisionView, RevisionsQuery,
};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::identity::Identity;
use crate::language::Wanted;
use crate::paging;
use crate::problem::Answer;
use crate::save::{self, Follows};

/// Lists the texts that a job had, newest first, also of a deleted job. A save is listed within moments.
#[utoipa::path(get, path = "/api/v1/jobs/{name}/revisions", tag = "jobs", security(("role" = ["viewer"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), RevisionsQuery),
    responses(
        (status = 200, description = "One page of revisions", body = RevisionPage),
        (status = 404, description = "No such job, now or before", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_revisions(
    State(app): State<App>,
    Path(name): Path<JobName>,
    Query(query): Query<RevisionsQuery>,
) -> Answer<Json<RevisionPage>> {
    let limit = paging::limit(query.limit, REVISION_LIMIT_DEFAULT, REVISION_LIMIT_MAX)?;
    let before = query.cursor.as_deref().map(paging::revision_cursor).transpose()?;
    // One more than asked for: it tells what the last one changed.
    let asked = RevisionQuery { job: name.clone(), before, limit: limit + 1 };
    let found = app.ports.revisions.revisions(asked).await?;
    if found.is_empty() && before.is_none() && app.ports.intent.get(&name).await?.0.is_none() {
        return Err(Problem::not_found("job", name.as_str()));
    }
    let revisions: Vec<RevisionView> =
        found.iter().take(limit).enumerate().map(|(at, one)| view(one, found.get(at + 1))).collect();
    let next = revisions.last().filter(|_| found.len() > limit);
    let next = next.map(|last| paging::after_revision(last.revision));
    Ok(Json(RevisionPage { revisions, next }))
}

/// Returns a revision with its text.
#[utoipa::path(get, path = "/api/v1/jobs/{name}/revisions/{revision}", tag = "jobs", security(("role" = ["viewer"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), ("revision" = u64, Path, description = "Names it")),
    responses(
        (status = 200, description = "The revision", body = RevisionText),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_revision(
    State(app): State<App>,
    Path((name, revision)): Path<(JobName, Revision)>,
) -> Answer<Json<RevisionText>> {
    let found = find(&app, &name, revision).await?;
    let before = before(&app, &name, revision).await?;
    let job = found.text().cloned();
    Ok(Json(RevisionText { revision: view(&found, before.as_ref()), job }))
}

/// Tells what differs between two texts of a job, field by field.
#[utoipa::path(get, path = "/api/v1/jobs/{name}/revisions/{revision}/diff", tag = "jobs", security(("role" = ["viewer"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), ("revision" = u64, Path, description = "The later one"), DiffQuery),
    responses(
        (status = 200, description = "What differs", body = RevisionDiff),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "One of them is a deletion and has no text", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn diff_revisions(
    State(app): State<App>,
    Path((name, revision)): Path<(JobName, Revision)>,
    Query(query): Query<DiffQuery>,
) -> Answer<Json<RevisionDiff>> {
    let later = find(&app, &name, revision).await?;
    let earlier = match query.from {
        Some(from) => {
            let found = find(&app, &name, from).await?;
            text(&found)?;
            Some(found)
        }
        None => before(&app, &name, revision).await?.filter(|one| one.saved.is_some()),
    };
    let after = text(&later)?;
    let changes = earlier.as_ref().and_then(JobRevision::text).map(|text| differences(text, after));
    Ok(Json(RevisionDiff {
        job: name,
        from: earlier.as_ref().map(|one| one.revision),
        to: revision,
        changes: changes.unwrap_or_default(),
    }))
}

/// Saves the text of a revision as the job's next one, or makes a deleted job anew with it. It is checked as any save.
#[utoipa::path(post, path = "/api/v1/jobs/{name}/revisions/{revision}/restore", tag = "jobs", security(("role" = ["editor"])),
    params(("name" = inline(JobName), Path, description = "The job's name"), ("revision" = u64, Path, description = "Which text"),
        ("If-Match" = Option<String>, Header, description = "The `etag` of the text that stands; not for a deleted job"),
        ("X-Reason" = Option<String>, Header, description = "Why, in your words; kept with the job"),
        ("Accept-Language" = Option<String>, Header, description = "In which language the schedule is told: `en` or `zh`")),
    responses(
        (status = 200, description = "Saved as the next text", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 201, description = "Saved as a new job", body = JobView, headers(("ETag" = String, description = "Names this text"))),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The revision is a deletion and has no text", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else saved it meanwhile: see `current`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The text has faults by now, such as a module that is gone", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "The job exists and the request has no `If-Match`", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn restore_revision(
    State(app): State<App>,
    who: Identity,
    wanted: Wanted,
    Path((name, revision)): Path<(JobName, Revision)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let follows = Follows::of(&headers)?;
    let mut reason = save::reason(&headers)?;
    if reason.is_empty() {
        reason = format!("restored revision {revision}");
    }
    let found = find(&app, &name, revision).await?;
    let mut job = text(&found)?.clone();
    if app.ports.intent.get(&name).await?.0.is_none() {
        // Made anew it would count from now on.
        job.anchor = job.anchor.or_else(|| found.saved.as_ref().and_then(anchor));
    }
    let value = serde_json::to_value(&job).map_err(|_| Problem::internal())?;
    jobs::put(&app, who, wanted, reason, &value, Some(name), follows).await
}

/// Returns where the schedule of a text counts from, where it counts.
fn anchor(saved: &SavedJob) -> Option<model::time::Timestamp> {
    Schedule::of(saved).ok()?.anchor()
}

async fn find(app: &App, name: &JobName, revision: Revision) -> Answer<JobRevision> {
    let found = app.ports.revisions.revision(name, revision).await?;
    found.ok_or_else(|| {
        let detail = format!("job `{name}` has no revision `{revision}`, or it is kept no longer");
        Problem::new(StatusCode::NOT_FOUND, "not_found", "not found", detail)
    })
}

/// Returns the revision before another one.
async fn before(app: &App, name: &JobName, revision: Revision) -> Answer<Option<JobRevision>> {
    let query = RevisionQuery { job: name.clone(), before: Some(revision), limit: 1 };
    Ok(app.ports.revisions.revisions(query).await?.pop())
}

fn text(revision: &JobRevision) -> Answer<&Job> {
    revision.text().ok_or_else(|| {
        let detail = format!(
            "revision `{}` is the deletion of job `{}` and has no text; take the one before it",
            revision.revision, revision.job
        );
        Problem::conflict("revision_deleted", "the job was deleted there", detail)
    })
}

fn view(revision: &JobRevision, before: Option<&JobRevision>) -> RevisionView {
    let saved = revision.saved.as_ref();
    let changed = match (before.and_then(JobRevision::text), revision.text()) {
        (Some(before), Some(after)) => differences(before, after).into_iter().map(|one| one.path).collect(),
        _ => Vec::new(),
    };
    RevisionView {
        revision: revision.revision,
        uid: saved.map(|saved| saved.uid.clone()),
        spec_id: saved.map(|saved| saved.spec_id),
        author: revision.author.clone(),
        reason: saved.map(|saved| saved.reason.clone()).unwrap_or_default(),
        at: revision.at,
        deleted: saved.is_none(),
        changed,
    }
}
