//! Alerts: channels, rules and mutes, each read and written as a whole; trying a channel; the history.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use model::alert::{Channel, DeliveryState};
use model::id::ChannelName;
use model::ports::NoticeQuery;

use crate::alert_settings::{self as settings, etag};
use crate::api::{AlertPage, AlertParams, ChannelList, ChannelTried, MuteList, Problem, RuleList};
use crate::app::App;
use crate::extract::{self, Path, Query, header};
use crate::identity::Identity;
use crate::problem::Answer;
use crate::{alerting, audit, paging};

async fn tag(app: &App) -> Answer<String> {
    Ok(etag(settings::read(app).await?.0))
}

/// Lists all channels, without their secrets.
#[utoipa::path(get, path = "/api/v1/alerts/channels", tag = "alerts", security(("role" = ["editor"])),
    responses((status = 200, description = "All channels", body = ChannelList)))]
pub(super) async fn list_channels(State(app): State<App>) -> Answer<Json<ChannelList>> {
    let (revision, stands) = settings::read(&app).await?;
    Ok(Json(shown(&stands.channels, etag(revision))))
}

fn shown(channels: &[Channel], etag: String) -> ChannelList {
    ChannelList { channels: channels.iter().map(Channel::shown).collect(), etag }
}

/// Writes all channels. A secret that comes back as it is shown stays as it is, as long as its address does.
#[utoipa::path(put, path = "/api/v1/alerts/channels", tag = "alerts", security(("role" = ["admin"])),
    params(("If-Match" = Option<String>, Header, description = "The `etag` of what the change follows")),
    request_body = ChannelList,
    responses(
        (status = 200, description = "All channels", body = ChannelList),
        (status = 412, description = "Somebody else changed the alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The channels have faults, or jobs or rules name one that would be gone", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_channels(
    State(app): State<App>,
    headers: HeaderMap,
    extract::Json(list): extract::Json<ChannelList>,
) -> Answer<Json<ChannelList>> {
    let (before, after) = settings::change(&app, header(&headers, "if-match")?, |settings| {
        let stood = std::mem::take(&mut settings.channels);
        let kept = |channel: &Channel| match stood.iter().find(|one| one.name == channel.name) {
            Some(stored) => channel.clone().with_secrets_of(stored),
            None => channel.clone(),
        };
        settings.channels = list.channels.iter().map(kept).collect();
    })
    .await?;
    let image = |channels: &[Channel]| shown(channels, String::new());
    audit::saw(Some(&image(&before.channels)), Some(&image(&after.channels)));
    Ok(Json(shown(&after.channels, tag(&app).await?)))
}

/// Lists all rules.
#[utoipa::path(get, path = "/api/v1/alerts/rules", tag = "alerts", security(("role" = ["viewer"])),
    responses((status = 200, description = "All rules", body = RuleList)))]
pub(super) async fn list_rules(State(app): State<App>) -> Answer<Json<RuleList>> {
    let (revision, stands) = settings::read(&app).await?;
    Ok(Json(RuleList { rules: stands.rules, etag: etag(revision) }))
}

/// Writes all rules.
#[utoipa::path(put, path = "/api/v1/alerts/rules", tag = "alerts", security(("role" = ["editor"])),
    params(("If-Match" = Option<String>, Header, description = "The `etag` of what the change follows")),
    request_body = RuleList,
    responses(
        (status = 200, description = "All rules", body = RuleList),
        (status = 412, description = "Somebody else changed the alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The rules have faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_rules(
    State(app): State<App>,
    headers: HeaderMap,
    extract::Json(list): extract::Json<RuleList>,
) -> Answer<Json<RuleList>> {
    let change = settings::change(&app, header(&headers, "if-match")?, |settings| {
        settings.rules.clone_from(&list.rules);
    });
    let (before, after) = change.await?;
    audit::saw(Some(&before.rules), Some(&after.rules));
    Ok(Json(RuleList { rules: after.rules, etag: tag(&app).await? }))
}

/// Lists all mutes.
#[utoipa::path(get, path = "/api/v1/alerts/mutes", tag = "alerts", security(("role" = ["viewer"])),
    responses((status = 200, description = "All mutes", body = MuteList)))]
pub(super) async fn list_mutes(State(app): State<App>) -> Answer<Json<MuteList>> {
    let (revision, stands) = settings::read(&app).await?;
    Ok(Json(MuteList { mutes: stands.mutes, etag: etag(revision) }))
}

/// Writes all mutes. Who sets one stands with it.
#[utoipa::path(put, path = "/api/v1/alerts/mutes", tag = "alerts", security(("role" = ["operator"])),
    params(("If-Match" = Option<String>, Header, description = "The `etag` of what the change follows")),
    request_body = MuteList,
    responses(
        (status = 200, description = "All mutes", body = MuteList),
        (status = 412, description = "Somebody else changed the alerts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The mutes have faults", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put_mutes(
    State(app): State<App>,
    who: Identity,
    headers: HeaderMap,
    extract::Json(list): extract::Json<MuteList>,
) -> Answer<Json<MuteList>> {
    let by = who.user.to_string();
    let change = settings::change(&app, header(&headers, "if-match")?, |settings| {
        let stood = std::mem::take(&mut settings.mutes);
        settings.mutes.clone_from(&list.mutes);
        for mute in settings.mutes.iter_mut().filter(|mute| !stood.contains(mute)) {
            mute.by.clone_from(&by);
        }
    });
    let (before, after) = change.await?;
    audit::saw(Some(&before.mutes), Some(&after.mutes));
    Ok(Json(MuteList { mutes: after.mutes, etag: tag(&app).await? }))
}

/// Tries a channel: sends a message that says so, at once.
#[utoipa::path(post, path = "/api/v1/alerts/channels/{name}/test", tag = "alerts", security(("role" = ["editor"])),
    params(("name" = inline(ChannelName), Path, description = "The channel's name")),
    responses(
        (status = 200, description = "What came of it", body = ChannelTried),
        (status = 404, description = "No such channel", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn test_channel(
    State(app): State<App>,
    who: Identity,
    Path(name): Path<ChannelName>,
) -> Answer<Json<ChannelTried>> {
    let (_, stands) = settings::read(&app).await?;
    let channel = stands.channel(&name).ok_or_else(|| Problem::not_found("channel", name.as_str()))?;
    let tried = alerting::try_channel(&app, channel, who.user.as_str()).await;
    Ok(Json(match tried {
        Ok(id) => ChannelTried { delivered: true, notice: Some(id), error: None },
        Err(why) => ChannelTried { delivered: false, notice: None, error: Some(why) },
    }))
}

/// Lists notices with what came of telling them, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", security(("role" = ["viewer"])), params(AlertParams),
    responses((status = 200, description = "One page", body = AlertPage)))]
pub(super) async fn list_alerts(
    State(app): State<App>,
    Query(params): Query<AlertParams>,
) -> Answer<Json<AlertPage>> {
    let limit = paging::page_limit(params.limit)?;
    let one = |name: &str, text: Option<&str>| -> Answer<Option<DeliveryState>> {
        let read = |word: &str| {
            serde_json::from_value(word.into()).map_err(|_| {
                format!("must be waiting, sent, failed, muted or gone, got `{}`", word.escape_debug())
            })
        };
        Ok(paging::list(name, text, read)?.pop())
    };
    let channel = paging::list("channel", params.channel.as_deref(), |text| {
        text.parse::<ChannelName>().map_err(|error| error.to_string())
    })?;
    let query = NoticeQuery {
        job: params.job,
        condition: paging::list("condition", params.condition.as_deref(), str::parse)?,
        channel: channel.into_iter().next(),
        state: one("state", params.state.as_deref())?,
        from: params.from,
        to: params.to,
        after: params.cursor.as_deref().map(paging::notice_cursor).transpose()?,
        limit: limit + 1,
    };
    let mut items = app.ports.alert_log.history(query).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(paging::after_notice);
    Ok(Json(AlertPage { items, next }))
}
