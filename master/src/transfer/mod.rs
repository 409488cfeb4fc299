//! Moves what is intent from one installation to another: jobs with their anchors, settings, alerts, accounts.
//!
//! Flow: `routes::transfer` → **`transfer`** → `model::state::{depart, arrive}` → one swap for each job.
//! Each thing is compared with what stands under its name, so that a half-done import can be repeated and a job that has
//! begun here is never set back.
//!
//! Not here: the file (`cli`), modules (the same routes as ever), runs and output, which stay where they are.

mod accounts;
mod alerts;
mod jobs;

pub(crate) use jobs::{export_jobs, import_jobs};

use model::fault::Faults;
use model::sentence;

use crate::api::{
    Existing, ExportSettingsReply, ImportItem, ImportReply, ImportSettingsRequest, Landed, MovingSettings,
};
use crate::app::App;
use crate::identity::Identity;
use crate::problem::Answer;
use crate::{alert_settings, audit, settings};

/// Most bytes of a name or a text beside those that have a limit of their own.
const TEXT_BYTES_MAX: usize = 1000;

/// Refuses a text that no request could have put there.
fn bounded(path: &str, text: &str, faults: &mut Faults) {
    if text.len() > TEXT_BYTES_MAX {
        faults.add(path, sentence!("must have at most {} bytes, got {}", TEXT_BYTES_MAX, text.len()));
    }
}

/// Returns settings and accounts as they leave.
pub(crate) async fn export_settings(app: &App, secrets: bool) -> Answer<ExportSettingsReply> {
    let stands = alert_settings::read(app).await?.1;
    let channels = stands.channels.iter().map(|one| if secrets { one.clone() } else { one.shown() });
    let channels: Vec<_> = channels.collect();
    let hidden = stands.channels.iter().zip(&channels).filter(|(stood, leaves)| stood != leaves).count();
    let (users, tokens) = accounts::leaving(app).await?;
    let mut reply = ExportSettingsReply {
        settings: MovingSettings {
            settings: app.ports.accounts.settings().await?.map(|settings| settings.value),
            channels,
            rules: stands.rules,
            mutes: stands.mutes,
            users,
            tokens,
        },
        channels_without_secrets: hidden,
        users_without_passwords: 0,
        tokens_left: 0,
    };
    if !secrets {
        for user in &mut reply.settings.users {
            if user.password_hash.take().is_some() {
                reply.users_without_passwords += 1;
            }
            user.password_at = None;
        }
        reply.tokens_left = std::mem::take(&mut reply.settings.tokens).len();
    }
    audit::saw(None, Some(&serde_json::json!({ "secrets": secrets })));
    Ok(reply)
}

/// Keeps settings and accounts, or says what would come of it.
pub(crate) async fn import_settings(
    app: &App,
    who: &Identity,
    request: ImportSettingsRequest,
) -> Answer<ImportReply> {
    let ImportSettingsRequest { settings: arriving, existing, dry_run } = request;
    let mut items = Vec::new();
    if let Some(wanted) = arriving.settings {
        items.push(import_own(app, wanted, existing, dry_run).await?);
    }
    let alerts = (arriving.channels, arriving.rules, arriving.mutes);
    items.extend(alerts::import(app, alerts, existing, dry_run).await?);
    items.extend(accounts::import(app, (arriving.users, arriving.tokens), existing, dry_run).await?);
    if dry_run {
        audit::changed_nothing();
    } else {
        audit::saw(None, Some(&items));
        tracing::info!(user = %who.user, "settings and accounts imported by {}", who.user);
    }
    Ok(ImportReply { items })
}

async fn import_own(
    app: &App,
    wanted: model::settings::Settings,
    existing: Existing,
    dry_run: bool,
) -> Answer<ImportItem> {
    let of = |result, detail: String| ImportItem::new("settings", "settings", result, detail);
    let faults = wanted.faults();
    if !faults.is_empty() {
        return Ok(of(Landed::Faulty, faults.to_string()));
    }
    let stands = app.ports.accounts.settings().await?;
    let result = match stands.map(|settings| settings.value).filter(|stands| *stands != Default::default()) {
        None => Landed::Created,
        Some(stands) if stands == wanted => return Ok(of(Landed::Same, String::new())),
        Some(_) => existing.landed(),
    };
    if matches!(result, Landed::Created | Landed::Replaced) && !dry_run {
        settings::put(app, None, wanted).await?;
    }
    let detail = if result == Landed::InTheWay { "others are set here" } else { "" };
    Ok(of(result, detail.to_owned()))
}
