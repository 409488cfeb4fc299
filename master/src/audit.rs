//! What was changed and what was denied, written down: who, from where, what, before and after.
//!
//! A line is put beside the accounts first, where it outlives this master and waits for the facts as long as they are
//! away; a task moves it on. Denied attempts are bounded: those that are too many in a minute are counted in one line.
//!
//! Flow: `identity::guard` → [`Trail`] → **`audit`** → accounts (waiting) → facts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures::StreamExt as _;
use model::account::Role;
use model::audit::{AuditLine, IMAGE_BYTES_MAX};
use model::id::AuditId;
use model::time::{Span, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::Problem;
use crate::app::App;
use crate::identity::Identity;
use crate::peer::Source;
use crate::rights::{Found, Needs};

/// Lines that are kept at one time, of an action on many.
const KEPT_AT_ONCE: usize = 16;
/// Lines that are moved at one time.
const MOVED_AT_ONCE: usize = 200;
/// How often lines are looked for that another master left, or that could not be moved.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Most denied attempts that get a line of their own within [`DENIED_WINDOW`]; of each master.
const DENIED_MAX: u32 = 60;
const DENIED_WINDOW: Span = Span::from_minutes(1);
/// Most bytes of a target: a path may be longer.
const TARGET_BYTES_MAX: usize = 500;

/// What a request did, as those who do it note it.
type Images = Arc<Mutex<Noted>>;

/// What stood before a change and what stands after it; of an action on many, each of them.
#[derive(Debug, Default)]
struct Noted {
    before: Option<Value>,
    after: Option<Value>,
    items: Vec<Item>,
    nothing: bool,
}

/// One of many that an action was done with.
#[derive(Debug)]
struct Item {
    action: String,
    target: String,
    status: u16,
    code: Option<String>,
    images: (Option<Value>, Option<Value>),
}

tokio::task_local! {
    /// Of the request that this task answers.
    static IMAGES: Images;
}

/// Notes for the audit what stood before the change that this request makes, and what stands after.
pub(crate) fn saw<T: Serialize>(before: Option<&T>, after: Option<&T>) {
    let image = |one: Option<&T>| one.and_then(|one| serde_json::to_value(one).ok()).map(bounded);
    let images = (image(before), image(after));
    note(|noted| (noted.before, noted.after) = images);
}

/// Notes for the audit that this request changes nothing, although its route may.
pub(crate) fn changed_nothing() {
    note(|noted| noted.nothing = true);
}

/// Does one of many things that a request asks for; it gets a line of its own. `action` is what is done, `target` the path
/// at which it could be done by itself.
pub(crate) async fn item<T>(
    action: &str,
    target: String,
    doing: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let images = Images::default();
    let done = IMAGES.scope(images.clone(), doing).await;
    let seen = std::mem::take(&mut *images.lock().unwrap_or_else(PoisonError::into_inner));
    let (status, code) = match &done {
        Ok(_) => (StatusCode::OK.as_u16(), None),
        Err(problem) => (problem.status, Some(problem.code.clone())),
    };
    let images = (seen.before, seen.after);
    let item = Item { action: action.to_owned(), target, status, code, images };
    note(|noted| noted.items.push(item));
    done
}

fn note(change: impl FnOnce(&mut Noted)) {
    let noted = IMAGES.try_with(|kept| change(&mut kept.lock().unwrap_or_else(PoisonError::into_inner)));
    // Outside of a request nobody writes a line.
    noted.unwrap_or_default();
}

/// Replaces what is too large for a line by how large it is.
fn bounded(image: Value) -> Value {
    let bytes = image.to_string().len();
    if bytes > IMAGE_BYTES_MAX { json!({ "too_large_for_the_audit": bytes }) } else { image }
}

/// A request, as far as the audit needs it.
pub(crate) struct Trail {
    method: Method,
    route: Option<String>,
    path: String,
    from: Option<String>,
    by: Option<(String, &'static str)>,
    credentials: bool,
    images: Images,
}

impl Trail {
    /// Begins with what is known before anybody is asked.
    pub(crate) fn begin(parts: &Parts, source: &Source) -> Self {
        let headers = &parts.headers;
        let mut path = parts.uri.path().to_owned();
        path.truncate(path.floor_char_boundary(TARGET_BYTES_MAX));
        Self {
            method: parts.method.clone(),
            route: parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()),
            path,
            from: source.address.map(|address| address.to_string()),
            by: None,
            credentials: headers.contains_key("authorization") || source.named.is_some(),
            images: Images::default(),
        }
    }

    /// Says who asks.
    pub(crate) fn by(&mut self, identity: &Identity) {
        self.by = Some((identity.user.to_string(), identity.via.as_str()));
    }

    /// Answers the request, noting what it changes.
    pub(crate) async fn follow<T>(&self, answering: impl Future<Output = T>) -> T {
        IMAGES.scope(self.images.clone(), answering).await
    }
}

/// Who a login was for: noted beside its answer, since nobody is known before it.
#[derive(Debug, Clone)]
pub(crate) struct TriedAs(pub(crate) String);

/// Returns the lines of a request that was answered: none if it deserves none, of an action on many one for each beside its
/// own.
pub(crate) fn lines(app: &App, trail: Trail, response: &Response) -> Vec<AuditLine> {
    let status = response.status();
    let denied =
        matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let deserves = if denied { denial_counts(&trail) } else { changes(app, &trail) && status.is_success() };
    let seen = std::mem::take(&mut *trail.images.lock().unwrap_or_else(PoisonError::into_inner));
    if !deserves || (seen.nothing && !denied) {
        return Vec::new();
    }
    let now = app.ports.clock.now();
    let more = if denied { app.audit.denied(now) } else { Some(0) };
    let Some(more) = more else { return Vec::new() };
    let tried = response.extensions().get::<TriedAs>().map(|tried| tried.0.clone());
    let (user, via) = trail.by.unzip();
    let whole = AuditLine {
        id: AuditId::new(now),
        at: now,
        user: user.or(tried),
        via: via.map(str::to_owned),
        from: trail.from,
        action: format!("{} {}", trail.method, trail.route.as_deref().unwrap_or(&trail.path)),
        target: trail.path,
        status: status.as_u16(),
        code: response.extensions().get::<Problem>().map(|problem| problem.code.clone()),
        before: seen.before,
        after: seen.after,
        more,
    };
    let of_item = |item: Item| AuditLine {
        id: AuditId::new(now),
        action: format!("{} ({})", whole.action, item.action),
        target: item.target,
        status: item.status,
        code: item.code,
        before: item.images.0,
        after: item.images.1,
        ..whole.clone()
    };
    let mut lines: Vec<AuditLine> = seen.items.into_iter().map(of_item).collect();
    lines.push(whole);
    lines
}

/// Returns the line of what was done on the server itself.
pub(crate) fn at_console(now: Timestamp, what: &str) -> AuditLine {
    AuditLine {
        id: AuditId::new(now),
        at: now,
        user: None,
        via: Some("console".to_owned()),
        from: None,
        action: what.to_owned(),
        target: what.to_owned(),
        status: 200,
        code: None,
        before: None,
        after: None,
        more: 0,
    }
}

/// A page that nobody is logged in to asks who is asking, and asks again when a session has ended: no attempt.
fn denial_counts(trail: &Trail) -> bool {
    !trail.method.is_safe() || trail.credentials || trail.by.is_some()
}

/// Returns true for what may change something: all that a viewer may not, and what one does to one's own account.
fn changes(app: &App, trail: &Trail) -> bool {
    if trail.method.is_safe() {
        return false;
    }
    let Some(route) = &trail.route else { return false };
    let own = ["/api/v1/session", "/api/v1/tokens"].iter().any(|own| route.starts_with(own));
    own || matches!(app.rights.of(&trail.method, route), Found::Route(Needs::Role(role)) if role > Role::Viewer)
}

/// The audit of this master.
#[derive(Default)]
pub(crate) struct Audit {
    /// There is something to move.
    more: Notify,
    /// Denied attempts of this minute: when it began, how many, and how many of them have no line.
    denied: Mutex<(Option<Timestamp>, u32, u64)>,
}

impl Audit {
    /// Counts a denied attempt; returns how many before it have no line, or none when it gets none itself.
    fn denied(&self, now: Timestamp) -> Option<u64> {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count, unwritten) = &mut *denied;
        if since.is_none_or(|since| since + DENIED_WINDOW <= now || now < since) {
            (*since, *count) = (Some(now), 0);
        }
        *count = count.saturating_add(1);
        if *count > DENIED_MAX {
            *unwritten += 1;
            return None;
        }
        Some(std::mem::take(unwritten))
    }

    /// Keeps lines; one that cannot be kept stands in the log whole.
    pub(crate) async fn keep(&self, app: &App, lines: Vec<AuditLine>) {
        if lines.is_empty() {
            return;
        }
        let keeping: Vec<_> = lines.into_iter().map(|line| self.keep_one(app, line)).collect();
        futures::stream::iter(keeping).buffer_unordered(KEPT_AT_ONCE).collect::<()>().await;
        self.more.notify_one();
    }

    async fn keep_one(&self, app: &App, line: AuditLine) {
        if let Err(error) = app.ports.accounts.put_waiting(line.clone()).await {
            let text = serde_json::to_string(&line).unwrap_or_default();
            tracing::error!(%error, line = text, "a line of the audit could not be kept and stands here alone");
        }
    }

    /// Moves lines to the facts until `shutdown`.
    pub(crate) async fn run(&self, app: &App, shutdown: CancellationToken) {
        loop {
            self.move_all(app).await;
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.more.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        self.move_all(app).await;
    }

    /// Moves what waits; what cannot be moved waits on.
    async fn move_all(&self, app: &App) {
        loop {
            match move_some(app).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "lines of the audit wait for the facts");
                    return;
                }
            }
        }
    }
}

/// Moves some lines; returns how many.
async fn move_some(app: &App) -> Result<usize, model::ports::StoreError> {
    let lines = app.ports.accounts.waiting(MOVED_AT_ONCE).await?;
    if lines.is_empty() {
        return Ok(0);
    }
    let ids: Vec<AuditId> = lines.iter().map(|line| line.id.clone()).collect();
    // Twice is once: a master that dies between the two steps loses nothing.
    app.ports.audit.put_lines(lines).await?;
    app.ports.accounts.forget_waiting(&ids).await?;
    Ok(ids.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation: without the bound each attempt has a line, and whoever knocks fills the store.
    #[test]
    fn denied_attempts_beyond_a_bound_are_counted_in_one_line() {
        let audit = Audit::default();
        let at = Timestamp::from_seconds;
        let lines = (0..1000).filter(|_| audit.denied(at(1)).is_some()).count();
        assert_eq!(lines, DENIED_MAX as usize);
        assert_eq!(audit.denied(at(62)), Some(1000 - u64::from(DENIED_MAX)));
        assert_eq!(audit.denied(at(62)), Some(0));
    }

    #[test]
    fn what_is_too_large_is_named_by_its_size() {
        let large = Value::String("x".repeat(IMAGE_BYTES_MAX));
        assert_eq!(bounded(large), json!({ "too_large_for_the_audit": IMAGE_BYTES_MAX + 2 }));
        assert_eq!(bounded(json!({ "a": 1 })), json!({ "a": 1 }));
    }
}
