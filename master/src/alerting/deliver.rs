//! Tells what waits: puts notices together to messages, sends those that are due, and writes what came of it.
//!
//! A message that was sent and whose answer was not written yet is what may be sent once more by the next master.

use std::collections::BTreeSet;

use futures::future::join_all;
use model::alert::{self, Channel, Condition, Delivery, DeliveryState, Message, Notice, NoticeWhy, Via};
use model::id::{ChannelName, NoticeId};
use model::metric;
use model::ports::StoreError;
use model::time::Timestamp;

use super::desk::Desk;
use super::message::{self, Told};
use super::{mail, run_job, webhook};
use crate::app::App;
use crate::leading::Tenure;

/// Most bytes of an error that are kept.
const ERROR_BYTES_MAX: usize = 500;

/// Sends all messages that are due.
pub(super) async fn all(app: &App, tenure: &Tenure, desk: &mut Desk) -> Result<(), StoreError> {
    drop_gone(app, desk).await?;
    let now = app.ports.clock.now();
    let mut messages = alert::due(desk.queue.values(), &desk.settings, &desk.last, now);
    for message in &mut messages {
        if matches!(desk.settings.channel(&message.channel), Some(Channel { via: Via::Job { .. }, .. })) {
            message.notices.truncate(run_job::NOTICES_MAX);
        }
    }
    if messages.is_empty() || !tenure.holds() {
        return Ok(());
    }
    let sent = join_all(messages.iter().map(|message| send(app, desk, message))).await;
    let mut changed: BTreeSet<NoticeId> = BTreeSet::new();
    let mut queue = desk.queue.clone();
    for (message, outcome) in messages.iter().zip(sent) {
        desk.last.insert(message.channel.clone(), now);
        match &outcome {
            Ok(()) => {
                let notices = message.notices.len();
                tracing::info!(channel = %message.channel, notices, "alerts told by `{}`", message.channel);
            }
            Err(why) => {
                tracing::warn!(channel = %message.channel, why, "alerts could not be told by `{}`: {why}", message.channel);
            }
        }
        metric::MESSAGES
            .add(1, &[message.channel.as_str(), if outcome.is_ok() { "taken" } else { "refused" }]);
        let spread = rand::random::<u64>() % 1000;
        for id in &message.notices {
            let delivery = queue.get_mut(id).and_then(|notice| of_channel(notice, &message.channel));
            if let Some(delivery) = delivery {
                settle(delivery, &outcome, spread, app.ports.clock.now());
                changed.insert(id.clone());
            }
        }
    }
    let changed = changed.iter().filter_map(|id| queue.get(id)).cloned().collect();
    desk.update(app, changed).await
}

fn of_channel<'a>(notice: &'a mut Notice, channel: &ChannelName) -> Option<&'a mut Delivery> {
    let waits = |one: &&mut Delivery| one.channel == *channel && one.state == DeliveryState::Waiting;
    notice.deliveries.iter_mut().find(waits)
}

/// Notes what came of a try.
fn settle(delivery: &mut Delivery, outcome: &Result<(), String>, spread: u64, now: Timestamp) {
    delivery.tries += 1;
    delivery.at = Some(now);
    match outcome {
        Ok(()) => {
            (delivery.state, delivery.not_before, delivery.error) = (DeliveryState::Sent, None, None);
        }
        Err(why) => {
            let mut why = why.clone();
            why.truncate(why.floor_char_boundary(ERROR_BYTES_MAX));
            delivery.error = Some(why);
            delivery.not_before = alert::next_try(delivery.tries, spread, now);
            if delivery.not_before.is_none() {
                delivery.state = DeliveryState::Failed;
            }
        }
    }
}

/// Settles deliveries whose channel is gone.
async fn drop_gone(app: &App, desk: &mut Desk) -> Result<(), StoreError> {
    let now = app.ports.clock.now();
    let mut changed = Vec::new();
    for notice in desk.queue.values() {
        let mut notice = notice.clone();
        let mut gone = false;
        for delivery in &mut notice.deliveries {
            let is_there = desk.settings.channel(&delivery.channel).is_some();
            if delivery.state == DeliveryState::Waiting && !is_there {
                gone = true;
                delivery.state = DeliveryState::Gone;
                delivery.at = Some(now);
            }
        }
        changed.extend(gone.then_some(notice));
    }
    desk.update(app, changed).await
}

async fn send(app: &App, desk: &Desk, message: &Message) -> Result<(), String> {
    let Some(channel) = desk.settings.channel(&message.channel) else { return Err("it is gone".to_owned()) };
    let notices: Vec<&Notice> = message.notices.iter().filter_map(|id| desk.queue.get(id)).collect();
    let told = message::told(app, message.id(), channel.name.as_str(), &notices).await;
    send_by(app, channel, &told).await
}

async fn send_by(app: &App, channel: &Channel, told: &Told) -> Result<(), String> {
    let in_use = app.options.now();
    let options = &in_use.alerts;
    match &channel.via {
        Via::Email(email) => mail::send(email, told, options).await,
        Via::Job { run } => run_job::send(app, run, told).await,
        webhook => webhook::send(webhook, told, options, app.ports.clock.now()).await,
    }
}

/// Sends a notice of a test by a channel at once; returns why it was not taken.
pub(crate) async fn try_channel(app: &App, channel: &Channel, by: &str) -> Result<NoticeId, String> {
    let now = app.ports.clock.now();
    let id = NoticeId::of(&["test", channel.name.as_str(), &rand::random::<u128>().to_string()]);
    let why = NoticeWhy::Test { by: by.to_owned(), channel: channel.name.clone() };
    let notice = Notice {
        id: id.clone(),
        condition: Condition::Test,
        at: now,
        made_at: now,
        job: None,
        uid: None,
        run: None,
        scheduled_at: None,
        attempt: None,
        worker: None,
        limit: None,
        text: why.to_string(),
        why: Some(why),
        deliveries: Vec::new(),
    };
    let told = message::told(app, id.clone(), channel.name.as_str(), &[&notice]).await;
    send_by(app, channel, &told).await.map(|()| id)
}
