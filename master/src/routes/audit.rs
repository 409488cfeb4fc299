//! The audit: what was changed and what was denied.

use axum::Json;
use axum::extract::State;
use model::ports::AuditQuery;

use crate::api::{AuditPage, AuditParams};
use crate::app::App;
use crate::extract::Query;
use crate::paging;
use crate::problem::Answer;

/// Lists changes and denied attempts, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "accounts", security(("role" = ["admin"])), params(AuditParams),
    responses((status = 200, description = "One page", body = AuditPage)))]
pub(super) async fn list_audit(
    State(app): State<App>,
    Query(params): Query<AuditParams>,
) -> Answer<Json<AuditPage>> {
    let limit = paging::page_limit(params.limit)?;
    let query = AuditQuery {
        user: params.user,
        target: params.target,
        denied: params.denied,
        from: params.from,
        to: params.to,
        after: params.cursor.as_deref().map(paging::audit_cursor).transpose()?,
        limit: limit + 1,
    };
    let mut items = app.ports.audit.lines(query).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| paging::after_line(&last.id));
    Ok(Json(AuditPage { items, next }))
}
