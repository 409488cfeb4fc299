//! What every [`Alerts`](crate::ports::Alerts) owes.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;

use super::Harness;
use super::samples::{at, new_name};
use crate::alert::{AlertSettings, Condition, Delivery, DeliveryState, Memory, Notice, NoticeWhy, Subject};
use crate::id::{JobUid, Nonce, NoticeId};
use crate::ports::Alerts;
use crate::time::Span;

/// Returns a notice about `job`, made `seconds` after the start.
pub(super) fn notice(job: &str, seconds: u64) -> Notice {
    Notice {
        id: NoticeId::of(&[job, &seconds.to_string()]),
        condition: Condition::TimedOut,
        at: at(seconds),
        made_at: at(seconds),
        job: Some(job.parse().unwrap()),
        uid: Some("5f2a9c0e7d1b4c3e8a6f0d9b2c1e4f70".parse().unwrap()),
        run: None,
        scheduled_at: Some(at(0)),
        attempt: Some(2),
        worker: Some("w1.example".parse().unwrap()),
        limit: Some("timeout 10m".into()),
        text: "stopped: timeout 10m reached \u{fc} \"quoted\" $where".into(),
        why: Some(NoticeWhy::Recovered { after: vec![Condition::TimedOut], lasted: Span::from_minutes(3) }),
        deliveries: vec![delivery("ops", DeliveryState::Waiting)],
    }
}

pub(super) fn delivery(channel: &str, state: DeliveryState) -> Delivery {
    let channel = channel.parse().unwrap();
    Delivery { channel, state, tries: 0, at: None, not_before: None, error: None }
}

fn settings(channel: &str) -> AlertSettings {
    serde_json::from_value(json!({
        "channels": [{ "name": channel, "via": { "type": "slack", "url": "https://hooks.example/secret" } }],
        "rules": [{ "name": "all", "on": ["failed"], "failures": { "in_a_row": 3 }, "channels": [channel] }],
    }))
    .unwrap()
}

/// Returns what waits of these ids.
async fn waiting(alerts: &dyn Alerts, ids: &[&NoticeId]) -> BTreeMap<NoticeId, Notice> {
    let all = alerts.notices().await.unwrap();
    all.into_iter().filter(|one| ids.contains(&&one.id)).map(|one| (one.id.clone(), one)).collect()
}

async fn remembered(alerts: &dyn Alerts, subject: &Subject) -> Option<Memory> {
    alerts.memories().await.unwrap().into_iter().find(|memory| memory.subject == *subject)
}

/// Settings are written where their revision is the one that is expected, and of many writers of one revision one wins.
pub async fn settings_are_swapped_by_revision(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let before = alerts.alert_settings().await.unwrap().map(|stands| stands.revision);
    let many = join_all((0..8).map(|n| alerts.swap_alert_settings(before, settings(&format!("c{n}"))))).await;
    let won: Vec<_> = many.into_iter().map(Result::unwrap).enumerate().filter(|(_, won)| *won).collect();
    assert_eq!(won.len(), 1, "one of 8 writers of one revision wins");
    let stands = alerts.alert_settings().await.unwrap().expect("it was written");
    assert_eq!(stands.value, settings(&format!("c{}", won[0].0)));
    assert!(!alerts.swap_alert_settings(before, settings("late")).await.unwrap());
    assert!(alerts.swap_alert_settings(Some(stands.revision), settings("next")).await.unwrap());
    assert_eq!(alerts.alert_settings().await.unwrap().unwrap().value, settings("next"));
}

/// A notice that is added is there until it is forgotten; added once more it stays as it is.
pub async fn notice_added_twice_stays_as_it_is(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let first = notice(new_name().as_str(), 0);
    let mut sent = first.clone();
    sent.deliveries[0].state = DeliveryState::Sent;
    alerts.add_notices(Vec::new()).await.unwrap();
    alerts.add_notices(vec![first.clone()]).await.unwrap();
    alerts.update_notices(vec![sent.clone()]).await.unwrap();
    alerts.add_notices(vec![first.clone()]).await.unwrap();
    assert_eq!(waiting(&*alerts, &[&first.id]).await.get(&first.id), Some(&sent));
    alerts.forget_notices(std::slice::from_ref(&first.id)).await.unwrap();
    assert!(waiting(&*alerts, &[&first.id]).await.is_empty());
}

/// An update changes a notice that is there, and brings back none that is gone.
pub async fn update_of_a_forgotten_notice_brings_nothing_back(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let job = new_name();
    let (kept, gone) = (notice(job.as_str(), 0), notice(job.as_str(), 1));
    alerts.add_notices(vec![kept.clone(), gone.clone()]).await.unwrap();
    alerts.forget_notices(std::slice::from_ref(&gone.id)).await.unwrap();
    alerts.update_notices(vec![gone.clone(), kept.clone()]).await.unwrap();
    let found = waiting(&*alerts, &[&kept.id, &gone.id]).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), [&kept.id]);
}

/// A notice that is added is there until it is forgotten: also of more than a store takes at one time.
pub async fn more_notices_than_one_request_holds_are_kept(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let job = new_name();
    let all: Vec<_> = (0..450).map(|n| notice(job.as_str(), n)).collect();
    alerts.add_notices(all.clone()).await.unwrap();
    let ids: Vec<_> = all.iter().map(|one| &one.id).collect();
    let sent: Vec<_> = all
        .iter()
        .map(|one| Notice { deliveries: vec![delivery("ops", DeliveryState::Sent)], ..one.clone() })
        .collect();
    alerts.update_notices(sent).await.unwrap();
    let found = waiting(&*alerts, &ids).await;
    assert_eq!(found.len(), 450);
    assert!(found.values().all(Notice::is_settled));
    alerts.forget_notices(&ids.into_iter().cloned().collect::<Vec<_>>()).await.unwrap();
    assert!(waiting(&*alerts, &all.iter().map(|one| &one.id).collect::<Vec<_>>()).await.is_empty());
}

/// Memory is what was put last, by subject.
pub async fn memory_is_what_was_put_last(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let subject = Subject::job(&JobUid::random());
    let mut memory = Memory::new(subject.clone(), Some(new_name()));
    alerts.put_memories(vec![memory.clone()]).await.unwrap();
    memory.opened(Condition::Failed, at(1), &["ops".parse().unwrap()].into());
    memory.note_told(NoticeId::of(&[Nonce::random().as_str()]), at(2));
    let other = Memory::new(Subject::worker(&"w9".parse().unwrap()), None);
    alerts.put_memories(vec![memory.clone(), other.clone()]).await.unwrap();
    assert_eq!(remembered(&*alerts, &subject).await, Some(memory));
    alerts.forget_memories(std::slice::from_ref(&subject)).await.unwrap();
    assert_eq!(remembered(&*alerts, &subject).await, None);
    assert_eq!(remembered(&*alerts, &other.subject).await, Some(other));
}

/// What was answered survives a crash of the store.
pub async fn alerts_survive_a_crash(store: &mut dyn Harness) {
    let alerts = store.alerts();
    let kept = notice(new_name().as_str(), 0);
    let memory = Memory::new(Subject::job(&JobUid::random()), None);
    let before = alerts.alert_settings().await.unwrap().map(|stands| stands.revision);
    assert!(alerts.swap_alert_settings(before, settings("ops")).await.unwrap());
    alerts.add_notices(vec![kept.clone()]).await.unwrap();
    alerts.put_memories(vec![memory.clone()]).await.unwrap();
    drop(alerts);
    if store.reopen().await {
        let alerts = store.alerts();
        assert_eq!(alerts.alert_settings().await.unwrap().map(|one| one.value), Some(settings("ops")));
        assert_eq!(waiting(&*alerts, &[&kept.id]).await.get(&kept.id), Some(&kept));
        assert_eq!(remembered(&*alerts, &memory.subject).await, Some(memory));
    }
}
