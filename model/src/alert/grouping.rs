//! Which notices go in one message, and when a message that came to nothing is tried again.
//!
//! A notice waits a moment for others (`group`), messages of one channel keep a distance (`every`), and one message takes
//! up to a thousand notices: a thousand jobs that fail at once make one digest.

use std::collections::BTreeMap;

use super::notice::{DeliveryState, Notice};
use super::settings::AlertSettings;
use crate::id::{ChannelName, NoticeId};
use crate::time::{Span, Timestamp};

/// Most notices of one message.
pub const MESSAGE_NOTICES_MAX: usize = 1000;
/// How often a message is tried: for about three hours.
pub const TRIES_MAX: u32 = 24;
/// How long after a first try the second comes; it doubles.
pub const BACKOFF: Span = Span::from_seconds(2);
/// The longest wait between two tries.
pub const BACKOFF_MAX: Span = Span::from_minutes(10);

/// What goes out by one channel at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By which.
    pub channel: ChannelName,
    /// The notices, oldest first; never none.
    pub notices: Vec<NoticeId>,
}

impl Message {
    /// Returns its own id: that of its notice, or one of all of them.
    pub fn id(&self) -> NoticeId {
        match self.notices.as_slice() {
            [one] => one.clone(),
            many => NoticeId::of(&many.iter().map(NoticeId::as_str).collect::<Vec<_>>()),
        }
    }
}

/// Returns the messages that are to go out now; `last` says when each channel sent its last.
pub fn due<'a>(
    waiting: impl Iterator<Item = &'a Notice>,
    settings: &AlertSettings,
    last: &BTreeMap<ChannelName, Timestamp>,
    now: Timestamp,
) -> Vec<Message> {
    let mut by_channel: BTreeMap<&ChannelName, Vec<(&Notice, Option<Timestamp>)>> = BTreeMap::new();
    for notice in waiting {
        for delivery in notice.deliveries.iter().filter(|one| one.state == DeliveryState::Waiting) {
            by_channel.entry(&delivery.channel).or_default().push((notice, delivery.not_before));
        }
    }
    let mut messages = Vec::new();
    for (name, mut all) in by_channel {
        let Some(channel) = settings.channel(name) else { continue };
        let apart = last.get(name).is_none_or(|last| now < *last || *last + channel.every <= now);
        let oldest = all.iter().map(|(notice, _)| notice.made_at).min();
        // A clock that was set back makes nothing wait longer than it must.
        let gathered = oldest.is_some_and(|oldest| oldest + channel.group <= now || now < oldest);
        let far = |until: &Timestamp| now < *until && until.since(now) <= BACKOFF_MAX.plus(BACKOFF_MAX);
        let held = all.iter().any(|(_, not_before)| not_before.as_ref().is_some_and(far));
        if !apart || !gathered || held {
            continue;
        }
        all.sort_by(|(a, _), (b, _)| (a.at, &a.id).cmp(&(b.at, &b.id)));
        all.truncate(MESSAGE_NOTICES_MAX);
        let notices = all.into_iter().map(|(notice, _)| notice.id.clone()).collect();
        messages.push(Message { channel: name.clone(), notices });
    }
    messages
}

/// Returns when a message that was tried so often is tried again, none when it is given up; `spread` is up to 1,000.
pub fn next_try(tries: u32, spread: u64, now: Timestamp) -> Option<Timestamp> {
    if tries >= TRIES_MAX {
        return None;
    }
    let doubled = BACKOFF.as_millis().saturating_mul(1 << tries.saturating_sub(1).min(20));
    let wait = doubled.min(BACKOFF_MAX.as_millis());
    // Up to a quarter more, so that many who wait for one receiver do not come at once.
    Some(now + Span::from_millis(wait + wait * spread.min(1000) / 4000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::alert::Condition;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn settings() -> AlertSettings {
        let channel = |name: &str| json!({ "name": name, "via": { "type": "job", "run": "tell" } });
        serde_json::from_value(json!({ "channels": [channel("ops"), channel("data")] })).unwrap()
    }

    fn notice(n: u64, made_at: i64, channels: &[&str]) -> Notice {
        let notice = Notice {
            id: NoticeId::of(&[&n.to_string()]),
            condition: Condition::Failed,
            at: at(made_at),
            made_at: at(made_at),
            job: Some("nightly".parse().unwrap()),
            uid: None,
            run: None,
            scheduled_at: None,
            attempt: None,
            worker: None,
            limit: None,
            text: "exit code 1".into(),
            why: None,
            deliveries: Vec::new(),
        };
        let channels = channels.iter().map(|name| name.parse().unwrap()).collect();
        notice.addressed(channels, &settings(), None)
    }

    fn due_at(all: &[Notice], last: &[(&str, i64)], now: i64) -> Vec<Message> {
        let last = last.iter().map(|(name, when)| (name.parse().unwrap(), at(*when))).collect();
        due(all.iter(), &settings(), &last, at(now))
    }

    #[test]
    fn a_thousand_that_fail_at_once_are_one_message() {
        let all: Vec<_> = (0..1500).map(|n| notice(n, 0, &["ops"])).collect();
        assert_eq!(due_at(&all, &[], 4), [], "it waits for others");
        let messages = due_at(&all, &[], 5);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].notices.len(), MESSAGE_NOTICES_MAX);
    }

    #[test]
    fn messages_of_a_channel_keep_a_distance_and_no_other_waits_for_them() {
        let all = [notice(1, 0, &["ops", "data"])];
        let names =
            |messages: Vec<Message>| messages.into_iter().map(|m| m.channel.to_string()).collect::<Vec<_>>();
        assert_eq!(names(due_at(&all, &[("ops", 0)], 10)), ["data"]);
        assert_eq!(names(due_at(&all, &[("ops", 0)], 30)), ["data", "ops"]);
    }

    #[test]
    fn a_message_that_came_to_nothing_holds_its_channel_back() {
        let mut first = notice(1, 0, &["ops"]);
        first.deliveries[0].not_before = Some(at(100));
        let all = [first, notice(2, 50, &["ops"])];
        assert_eq!(due_at(&all, &[], 99), []);
        assert_eq!(due_at(&all, &[], 100)[0].notices.len(), 2);
    }

    #[test]
    fn one_notice_lends_its_id_to_its_message_and_many_make_one() {
        let one = notice(1, 0, &["ops"]).id;
        let message = |notices| Message { channel: "ops".parse().unwrap(), notices };
        assert_eq!(message(vec![one.clone()]).id(), one);
        let two = notice(2, 0, &["ops"]).id;
        assert_eq!(
            message(vec![one.clone(), two.clone()]).id(),
            message(vec![one.clone(), two.clone()]).id()
        );
        assert_ne!(message(vec![one.clone(), two]).id(), one);
    }

    proptest! {
        /// Tries lie apart, never by more than the longest wait and a quarter, and they end.
        #[test]
        fn tries_are_bounded(spread in 0_u64..5000) {
            let mut waits = Vec::new();
            let mut tries = 1;
            while let Some(next) = next_try(tries, spread, at(0)) {
                waits.push(next.since(at(0)).as_millis());
                tries += 1;
                prop_assert!(tries <= TRIES_MAX);
            }
            prop_assert!(waits.is_sorted());
            prop_assert!(*waits.last().unwrap() <= BACKOFF_MAX.as_millis() * 5 / 4);
            prop_assert!(waits[0] >= BACKOFF.as_millis());
        }

        /// What is due is what waits, once each, and never of a channel that is gone.
        #[test]
        fn what_is_due_waits(names in proptest::collection::vec(0_usize..3, 1..30)) {
            let kinds: [&[&str]; 3] = [&["ops"], &["ops", "data"], &["gone"]];
            let all: Vec<_> = names.iter().enumerate().map(|(n, kind)| notice(n as u64, 0, kinds[*kind])).collect();
            let messages = due_at(&all, &[], 1000);
            for message in &messages {
                let expected = all.iter().filter(|one| one.deliveries.iter().any(|d| d.channel == message.channel));
                prop_assert_eq!(message.notices.len(), expected.count());
            }
            prop_assert!(messages.iter().all(|message| message.channel.as_str() != "gone"));
        }
    }
}
