//! One action on many: the set that it means, the promise that it is still the one that was shown, and each by itself.
//!
//! Each item is changed, refused and written to the audit as the same action on it alone would be; one that fails hinders
//! no other.
//!
//! Flow: `routes::actions` → **`bulk`** → `edit` for each.

use axum::http::StatusCode;
use futures::StreamExt as _;
use model::fault::Faults;
use model::id::RunId;
use model::sentence;
use sha2::{Digest as _, Sha256};

use crate::api::{ActionItem, ActionReply, Expected, ItemResult, Problem};
use crate::audit;
use crate::problem::Answer;

/// How many are worked on at one time.
const AT_ONCE: usize = 16;

/// Something that an action is done with.
pub(crate) struct Item<T> {
    /// How the answer names it.
    pub(crate) shown: ActionItem,
    /// Its path, for the audit.
    pub(crate) target: String,
    /// What it is known by: another one in its place is another set.
    pub(crate) key: String,
    /// What is done with.
    pub(crate) subject: T,
}

/// Refuses more than may be touched at one time.
pub(crate) fn bounded(count: usize, max: usize, what: &str) -> Answer<()> {
    if count <= max {
        return Ok(());
    }
    let detail = format!("one action touches at most {max} {what}, and more match: narrow the filter");
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_items", "too many at one time", detail))
}

/// Refuses an empty list where one thing at least is meant.
pub(crate) fn not_empty<T>(items: &[T], field: &str) -> Answer<()> {
    if !items.is_empty() {
        return Ok(());
    }
    let mut faults = Faults::new();
    faults.add(field, sentence!("must name one at least, got none"));
    Err(Problem::faults("invalid_action", "the action has faults", faults))
}

/// Returns a problem of a request that names nothing, or twice.
pub(crate) fn one_way(by: &str) -> Problem {
    let detail = format!("give either `{by}` or `filter`; an empty filter means all");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_action", "the action has faults", detail)
}

/// Says what would be touched, or touches it: each by `act`, which returns the run that it asked for, if it did.
pub(crate) async fn act<T, F>(
    items: Vec<Item<T>>,
    dry_run: bool,
    expect: Option<&Expected>,
    action: &str,
    act: impl Fn(T) -> F,
) -> Answer<ActionReply>
where
    F: Future<Output = Answer<Option<RunId>>>,
{
    let (count, set) = (items.len(), set_of(&items));
    if dry_run {
        audit::changed_nothing();
        let items = items.into_iter().map(|item| item.shown).collect();
        return Ok(ActionReply { dry_run, count, set, done: 0, failed: 0, items });
    }
    check(expect, count, &set)?;
    let acting: Vec<_> = items
        .into_iter()
        .map(|Item { shown, target, subject, .. }| {
            let doing = act(subject);
            async move {
                match audit::item(action, target, doing).await {
                    Ok(started) => ActionItem { result: ItemResult::Done, started, ..shown },
                    Err(problem) => ActionItem {
                        result: ItemResult::Failed,
                        code: Some(problem.code),
                        detail: Some(problem.detail),
                        ..shown
                    },
                }
            }
        })
        .collect();
    let items: Vec<ActionItem> = futures::stream::iter(acting).buffered(AT_ONCE).collect().await;
    let done = items.iter().filter(|item| item.result == ItemResult::Done).count();
    Ok(ActionReply { dry_run, count, set, done, failed: count - done, items })
}

/// Returns what names a set: the same for the same, in whatever order.
fn set_of<T>(items: &[Item<T>]) -> String {
    let mut keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    keys.sort_unstable();
    let sum = Sha256::digest(keys.join("\n"));
    hex::encode(&sum[..16])
}

/// Refuses an act on what was not shown.
fn check(expect: Option<&Expected>, count: usize, set: &str) -> Answer<()> {
    let Some(expect) = expect else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "dry_run_first",
            "look first",
            "send it with `dry_run: true` first, then with `expect`: the `count` and the `set` that the answer names",
        ));
    };
    if expect.count == count && expect.set == set {
        return Ok(());
    }
    let detail = if expect.count == count {
        format!("others are meant now, {count} as before: nothing was done, look again")
    } else {
        format!("{count} are meant now, not {}: nothing was done, look again", expect.count)
    };
    Err(Problem::conflict("set_changed", "it would touch others than it was shown", detail))
}
