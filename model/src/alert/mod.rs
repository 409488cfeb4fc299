//! Alerts: what somebody is told of, by which channel, and what came of telling it.
//!
//! Flow: end of a run, state, worker → **`judge`** → notices → queue → **`grouping`** → messages → `master::alerting`.
//! A notice's id is a function of what it is about, so that a master that takes over makes the same one.
//!
//! Pure, all of it. Not here: how a message is worded and sent (`master::alerting`), and where what waits is kept
//! (`ports::Alerts`, `ports::AlertLog`).

mod channel;
mod condition;
mod grouping;
mod judge;
mod memory;
mod notice;
mod settings;
mod why;

pub use channel::{Channel, Email, MailSecurity, Secret, Via};
pub use condition::Condition;
pub use grouping::{BACKOFF, BACKOFF_MAX, MESSAGE_NOTICES_MAX, Message, TRIES_MAX, due, next_try};
pub use judge::{
    Judged, long_running, missed, missed_was_told, other, overdue, range_missed, recovered, run_ended,
};
pub use memory::{Memory, Opened, STREAK_MAX, Subject, TOLD_MAX, Told};
pub use notice::{Delivery, DeliveryState, Notice};
pub use settings::{
    AlertSettings, CHANNELS_MAX, Failures, MUTES_MAX, Mute, NamedChannels, RULES_MAX, Rule, Selector,
};
pub use why::NoticeWhy;
