//! Tags of modules: set, read, remove.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::id::ModuleTag;
use model::module::Tag;
use model::ports::{TAGS_MAX, Tagged};

use crate::api::{Problem, TagRequest, TagView};
use crate::app::App;
use crate::extract::{self, Path};
use crate::identity::Identity;
use crate::problem::Answer;

/// Points a tag to a module: a new tag, or one that stands. Jobs that were saved by it keep the module that they have.
#[utoipa::path(put, path = "/api/v1/modules/tags/{tag}", tag = "modules", security(("role" = ["editor"])),
    params(("tag" = inline(ModuleTag), Path, description = "The tag, `NAME:TAG`")),
    request_body(description = "Where it is to point", content = TagRequest),
    responses(
        (status = 200, description = "Moved; `before` is where it pointed until now", body = TagView),
        (status = 201, description = "Set", body = TagView),
        (status = 404, description = "No such module", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are as many tags as may be", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_tag(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<ModuleTag>,
    extract::Json(request): extract::Json<TagRequest>,
) -> Answer<(StatusCode, Json<TagView>)> {
    let set_at = app.ports.clock.now();
    let tag = Tag { tag: name.clone(), digest: request.digest, set_by: who.user.to_string(), set_at };
    let before = match app.ports.blobs.tag(tag.clone()).await? {
        Tagged::Set { before } => before,
        Tagged::NoModule => return Err(Problem::not_found("module", tag.digest.as_str())),
        Tagged::Full => {
            let detail = format!("there are {TAGS_MAX} tags; remove some that nobody needs");
            return Err(Problem::conflict("too_many_tags", "too many tags", detail));
        }
    };
    tracing::info!(tag = %name, module = %tag.digest, user = %who.user, "tag {name} set by {}", who.user);
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(TagView { tag, before })))
}

/// Returns where a tag points.
#[utoipa::path(get, path = "/api/v1/modules/tags/{tag}", tag = "modules", security(("role" = ["viewer"])),
    params(("tag" = inline(ModuleTag), Path, description = "The tag, `NAME:TAG`")),
    responses(
        (status = 200, description = "The tag", body = TagView),
        (status = 404, description = "No such tag", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_tag(State(app): State<App>, Path(name): Path<ModuleTag>) -> Answer<Json<TagView>> {
    let tag = app.ports.blobs.tagged(&name).await?;
    let tag = tag.ok_or_else(|| Problem::not_found("tag", name.as_str()))?;
    Ok(Json(TagView { tag, before: None }))
}

/// Removes a tag. Its module stays, and so do the jobs that were saved by it.
#[utoipa::path(delete, path = "/api/v1/modules/tags/{tag}", tag = "modules", security(("role" = ["editor"])),
    params(("tag" = inline(ModuleTag), Path, description = "The tag, `NAME:TAG`")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such tag", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_tag(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<ModuleTag>,
) -> Answer<StatusCode> {
    if !app.ports.blobs.untag(&name).await? {
        return Err(Problem::not_found("tag", name.as_str()));
    }
    tracing::info!(tag = %name, user = %who.user, "tag {name} removed by {}", who.user);
    Ok(StatusCode::NO_CONTENT)
}
