//! What an admin set for all masters: read where it is needed, checked as a whole, swapped.
//!
//! It is read from the store each time: what is removed by it is removed by what stands, and logins are few.
//! Flow: `routes::settings` → **`settings`** → store; `recorder`, `history` and `login` ask [`in_force`].

use axum::http::StatusCode;
use model::id::Revision;
use model::ports::{StoreError, Versioned};
use model::settings::Settings;

use crate::Options;
use crate::api::{InForce, Problem, SettingsView};
use crate::app::App;
use crate::audit;
use crate::problem::Answer;

/// How often a change without `If-Match` is tried while others change the same.
const TRIES_MAX: usize = 8;

/// Returns what is so.
pub(crate) async fn in_force(app: &App) -> Result<InForce, StoreError> {
    let (_, settings) = read(app).await?;
    Ok(over(&app.options.now(), &settings))
}

async fn read(app: &App) -> Result<(Option<Revision>, Settings), StoreError> {
    let stands = app.ports.accounts.settings().await?;
    Ok(stands.map_or_else(Default::default, |Versioned { revision, value }| (Some(revision), value)))
}

/// Returns what is so by settings, and by the configuration where they say nothing.
fn over(options: &Options, settings: &Settings) -> InForce {
    InForce {
        session_ttl: settings.session_ttl.unwrap_or(options.session_ttl),
        audit_days: settings.audit_days.unwrap_or(options.audit_days),
        revisions_max: settings.revisions_max.unwrap_or(options.revisions_max),
        revisions_days: settings.revisions_days.unwrap_or(options.revisions_days),
        ranges_days: settings.ranges_days.unwrap_or(options.ranges_days),
    }
}

/// Returns settings as they are shown.
pub(crate) async fn show(app: &App) -> Answer<SettingsView> {
    let (revision, settings) = read(app).await?;
    Ok(view(app, revision, settings))
}

fn view(app: &App, revision: Option<Revision>, settings: Settings) -> SettingsView {
    SettingsView { in_force: over(&app.options.now(), &settings), settings, etag: etag(revision) }
}

fn etag(revision: Option<Revision>) -> String {
    format!("\"{}\"", revision.unwrap_or_default())
}

/// Writes settings in place of those that stand; `tag` is what the request's `If-Match` says.
pub(crate) async fn put(app: &App, tag: Option<&str>, settings: Settings) -> Answer<SettingsView> {
    let faults = settings.faults();
    if !faults.is_empty() {
        return Err(Problem::faults("invalid_settings", "the settings have faults", faults));
    }
    for _ in 0..TRIES_MAX {
        let (revision, before) = read(app).await?;
        if tag.is_some_and(|tag| tag != "*" && tag.trim() != etag(revision)) {
            return Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "somebody else changed the settings meanwhile",
                "read them, put your change into them, and send it again",
            ));
        }
        if before == settings {
            audit::changed_nothing();
            return Ok(view(app, revision, settings));
        }
        if app.ports.accounts.swap_settings(revision, settings.clone()).await? {
            audit::saw(Some(&before), Some(&settings));
            return show(app).await;
        }
    }
    Err(Problem::conflict("busy", "the settings change too fast", "nothing was changed; try again"))
}
