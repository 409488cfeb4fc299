//! What people set of alerts: read, checked as a whole, swapped.
//!
//! Flow: `routes::alerts` → **`alert_settings`** → `model::alert` (faults) → store. A job's save asks here whether the
//! channels that it names are there.
//!
//! Not here: what comes of it (`alerting`).

use axum::http::StatusCode;
use model::alert::{AlertSettings, Channel, Mute, Via};
use model::fault::Faults;
use model::id::Revision;
use model::job::Job;
use model::ports::Versioned;
use model::sentence;

use crate::alerting::template_faults;
use crate::api::Problem;
use crate::app::App;
use crate::problem::Answer;

/// How often a change is tried while others change the same.
const TRIES_MAX: usize = 8;
/// Most jobs that a refusal names.
const JOBS_NAMED_MAX: usize = 5;

/// Returns what people set, as it stands.
pub(crate) async fn read(app: &App) -> Answer<(Option<Revision>, AlertSettings)> {
    let stands = app.ports.alerts.alert_settings().await?;
    Ok(stands.map_or_else(
        || (None, AlertSettings::default()),
        |Versioned { revision, value }| (Some(revision), value),
    ))
}

/// Returns the tag of what stands.
pub(crate) fn etag(revision: Option<Revision>) -> String {
    format!("\"{}\"", revision.unwrap_or_default())
}

/// Changes what people set; returns how it stands then. `tag` is what the request's `If-Match` says.
pub(crate) async fn change(
    app: &App,
    tag: Option<&str>,
    change: impl Fn(&mut AlertSettings),
) -> Answer<(AlertSettings, AlertSettings)> {
    for _ in 0..TRIES_MAX {
        let (revision, before) = read(app).await?;
        if tag.is_some_and(|tag| tag != "*" && tag.trim() != etag(revision)) {
            return Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "somebody else changed the alerts meanwhile",
                "read them, put your change into them, and send it again",
            ));
        }
        let now = app.ports.clock.now();
        let mut after = before.clone();
        change(&mut after);
        after.mutes.retain(|mute: &Mute| mute.until > now || !before.mutes.contains(mute));
        let mut faults = after.faults(now);
        check_templates(&after, &mut faults);
        check_jobs(app, &before, &after, &mut faults);
        if !faults.is_empty() {
            return Err(Problem::faults("invalid_alerts", "the alerts have faults", faults));
        }
        if before == after || app.ports.alerts.swap_alert_settings(revision, after.clone()).await? {
            return Ok((before, after));
        }
    }
    Err(Problem::conflict("busy", "the alerts change too fast", "nothing was changed; try again"))
}

fn check_templates(settings: &AlertSettings, faults: &mut Faults) {
    for (i, channel) in settings.channels.iter().enumerate() {
        if let Via::Webhook { template: Some(template), .. } = &channel.via
            && let Some(fault) = template_faults(template)
        {
            faults.add(format!("channels[{i}].via.template"), fault);
        }
    }
}

/// Refuses to remove a channel that jobs name: nobody would hear of them any more.
fn check_jobs(app: &App, before: &AlertSettings, after: &AlertSettings, faults: &mut Faults) {
    let gone: Vec<&Channel> =
        before.channels.iter().filter(|channel| after.channel(&channel.name).is_none()).collect();
    if gone.is_empty() {
        return;
    }
    for channel in gone {
        let names = |job: &Job| job.alerts.channels.iter().any(|name| name == channel.name.as_str());
        let jobs = app.catalogue.select(
            |entry| {
                let saved = entry.saved.as_ref()?;
                names(&saved.saved.job).then(|| format!("`{}`", entry.name))
            },
            JOBS_NAMED_MAX,
        );
        if !jobs.is_empty() {
            let jobs = jobs.join(", ");
            faults.add(
                "channels",
                sentence!("`{}` is named by jobs: {}; change those first", channel.name, jobs),
            );
        }
    }
}

/// Adds what is wrong with the channels that a job names.
pub(crate) async fn check_job(app: &App, job: &Job, faults: &mut Faults) -> Answer<()> {
    if !job.alerts.channels.is_empty() {
        read(app).await?.1.check_job(job, faults);
    }
    Ok(())
}
