//! What every [`Audit`](crate::ports::Audit) owes.

use serde_json::json;

use super::Harness;
use super::samples::{at, new_name};
use crate::audit::AuditLine;
use crate::id::AuditId;
use crate::ports::{Audit, AuditQuery};

/// Returns a line of `user` that was written `second` seconds after the start.
pub(super) fn line(user: &str, second: u64) -> AuditLine {
    let at = at(second);
    AuditLine {
        id: AuditId::new(at),
        at,
        user: Some(user.to_owned()),
        via: Some("session".into()),
        from: Some("192.0.2.1".into()),
        action: "PUT /api/v1/jobs/{name}".into(),
        target: "/api/v1/jobs/nightly".into(),
        status: 200,
        code: None,
        before: Some(json!({ "schedule": "0 1 * * *", "$where": ["ü", null, 1.5, -3] })),
        after: None,
        more: 0,
    }
}

fn of(user: &str) -> AuditQuery {
    AuditQuery { user: Some(user.to_owned()), limit: 100, ..AuditQuery::default() }
}

async fn found(audit: &dyn Audit, query: AuditQuery) -> Vec<AuditLine> {
    audit.lines(query).await.unwrap()
}

/// A line comes back as it was put; put twice, it is one.
pub async fn line_put_twice_is_one(store: &mut dyn Harness) {
    let audit = store.audit();
    let user = new_name().to_string();
    let (first, second) = (line(&user, 0), line(&user, 1));
    audit.put_lines(vec![first.clone()]).await.unwrap();
    audit.put_lines(vec![first.clone(), second.clone()]).await.unwrap();
    audit.put_lines(Vec::new()).await.unwrap();
    assert_eq!(found(&*audit, of(&user)).await, [second, first], "the newest first");
}

/// The pages of `lines` together show every line that was there at the first page, once, whatever is put meanwhile.
pub async fn pages_of_the_audit_show_each_line_once(store: &mut dyn Harness) {
    let audit = store.audit();
    let user = new_name().to_string();
    let mut lines: Vec<AuditLine> = (0..7).map(|n| line(&user, n / 2)).collect();
    audit.put_lines(lines.clone()).await.unwrap();
    lines.sort_by(|a, b| b.id.cmp(&a.id));
    let mut seen = Vec::new();
    loop {
        let after = seen.last().map(|last: &AuditLine| last.id.clone());
        let page = found(&*audit, AuditQuery { after, limit: 3, ..of(&user) }).await;
        audit.put_lines(vec![line(&user, 1000)]).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, lines);
}

/// Filters combine, and a filter's signs mean themselves alone.
pub async fn filters_of_the_audit_combine(store: &mut dyn Harness) {
    let audit = store.audit();
    let user = new_name().to_string();
    let plain = line(&user, 0);
    let denied = AuditLine { status: 403, code: Some("role".into()), ..line(&user, 10) };
    let other = AuditLine { target: "/api/v1/jobs_nightly.%".into(), ..line(&user, 20) };
    audit.put_lines(vec![plain.clone(), denied.clone(), other.clone()]).await.unwrap();
    let ask = async |query: AuditQuery| found(&*audit, query).await;
    assert_eq!(ask(AuditQuery { denied: Some(true), ..of(&user) }).await, std::slice::from_ref(&denied));
    assert_eq!(ask(AuditQuery { denied: Some(false), ..of(&user) }).await, [other.clone(), plain.clone()]);
    let target = |target: &str| AuditQuery { target: Some(target.to_owned()), ..of(&user) };
    assert_eq!(ask(target("/api/v1/jobs/")).await, [denied.clone(), plain.clone()]);
    assert_eq!(ask(target("/api/v1/jobs_nightly.%")).await, std::slice::from_ref(&other));
    for none in ["%", ".*", "jobs", "/api/v1/jobs_nightly.%%"] {
        assert_eq!(ask(target(none)).await, [], "{none}");
    }
    let within = AuditQuery { from: Some(at(10)), to: Some(at(20)), ..of(&user) };
    assert_eq!(ask(within.clone()).await, [denied]);
    assert_eq!(ask(AuditQuery { denied: Some(false), ..within }).await, []);
    assert_eq!(ask(of(new_name().as_str())).await, []);
}

/// What was answered survives a crash of the store.
pub async fn answered_line_survives_a_crash(store: &mut dyn Harness) {
    let user = new_name().to_string();
    let kept = line(&user, 0);
    store.audit().put_lines(vec![kept.clone()]).await.unwrap();
    if store.reopen().await {
        assert_eq!(found(&*store.audit(), of(&user)).await, [kept]);
    }
}

/// `prune_audit` removes lines that are older than it is told, and no other.
pub async fn prune_forgets_old_lines_alone(store: &mut dyn Harness) {
    let audit = store.audit();
    let user = new_name().to_string();
    let (old, young) = (line(&user, 9), line(&user, 10));
    audit.put_lines(vec![old, young.clone()]).await.unwrap();
    audit.prune_audit(at(10)).await.unwrap();
    assert_eq!(found(&*audit, of(&user)).await, [young]);
}
