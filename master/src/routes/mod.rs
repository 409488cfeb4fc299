//! Every route on one screen.
//!
//! Flow: request → layers → **`routes`** → extractors → handler → ports.
//! Not here: what goes in and out (`api`), and who may come in (`identity`).

mod actions;
mod alerts;
mod audit;
mod events;
mod filter;
mod forecast;
pub(crate) mod health;
mod job_actions;
mod jobs;
mod modules;
mod output;
mod revisions;
mod runs;
mod schedules;
mod session;
mod settings;
mod stats;
mod tags;
mod tokens;
mod transfer;
mod upcoming;
mod users;
mod workers;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::peer::Source;
use crate::{beneath, openapi, scrape};

/// Returns the routes that end soon: a deadline stands over each.
pub(crate) fn short() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(jobs::list_jobs, jobs::create_job))
        .routes(routes!(jobs::get_job, jobs::save_job, jobs::delete_job))
        .routes(routes!(job_actions::check_job))
        .routes(routes!(job_actions::run_job))
        .routes(routes!(job_actions::kill_job))
        .routes(routes!(job_actions::pause_job))
        .routes(routes!(job_actions::resume_job))
        .routes(routes!(job_actions::list_ticks))
        .routes(routes!(revisions::list_revisions))
        .routes(routes!(revisions::get_revision))
        .routes(routes!(revisions::diff_revisions))
        .routes(routes!(revisions::restore_revision))
        .routes(routes!(runs::list_runs))
        .routes(routes!(runs::get_run))
        .routes(routes!(runs::kill_run))
        .routes(routes!(runs::rerun_run))
        .routes(routes!(modules::list_modules))
        .routes(routes!(modules::get_module, modules::delete_module))
        .routes(routes!(tags::put_tag, tags::get_tag, tags::delete_tag))
        .routes(routes!(schedules::preview_schedule))
        .routes(routes!(upcoming::list_upcoming))
        .routes(routes!(forecast::get_forecast))
        .routes(routes!(workers::list_workers))
        .routes(routes!(workers::drain_worker))
        .routes(routes!(workers::undrain_worker))
        .routes(routes!(session::get_session, session::end_session))
        .routes(routes!(session::change_password))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::get_user, users::change_user, users::delete_user))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::change_token, tokens::revoke_token))
        .routes(routes!(settings::get_settings, settings::put_settings))
        .routes(routes!(stats::get_stats))
        .routes(routes!(audit::list_audit))
        .routes(routes!(alerts::list_alerts))
        .routes(routes!(alerts::list_channels, alerts::put_channels))
        .routes(routes!(alerts::list_rules, alerts::put_rules))
        .routes(routes!(alerts::list_mutes, alerts::put_mutes))
        .routes(routes!(alerts::test_channel))
}

/// Returns the routes that last as long as their bytes: no deadline stands over them.
pub(crate) fn long() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(output::get_output))
        .routes(routes!(output::check_output))
        .routes(routes!(output::find_line))
        .routes(routes!(output::search_output))
        .routes(routes!(output::tail_output))
        .routes(routes!(events::follow_events))
        .routes(routes!(modules::upload_module))
        .routes(routes!(actions::act_on_jobs))
        .routes(routes!(actions::act_on_runs))
        .routes(routes!(modules::get_module_content))
        .routes(routes!(transfer::export_jobs))
        .routes(routes!(transfer::import_jobs))
        .routes(routes!(transfer::export_settings))
        .routes(routes!(transfer::import_settings))
}

/// Returns the routes that ask for no identity: health, and the way in.
pub(crate) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(scrape::get_metrics))
        .routes(routes!(session::begin_session))
}

/// Returns the route of the OpenAPI document, which does not describe itself.
pub(crate) fn document() -> Router<App> {
    Router::new().route("/api/v1/openapi.json", get(openapi_json))
}

async fn openapi_json(State(app): State<App>, request: Request) -> impl IntoResponse {
    let source = Source::of(&app.options.now(), (request.extensions(), request.headers()));
    let text = app.document.get_or_init(|| Bytes::from(openapi::document_text()));
    let text = match &*source.prefix {
        "" => text.clone(),
        prefix => beneath::document(&String::from_utf8_lossy(text), prefix).into(),
    };
    ([(CONTENT_TYPE, "application/json")], text)
}
