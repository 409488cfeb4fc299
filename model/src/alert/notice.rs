//! A notice: one thing that somebody is told, and what came of telling it by each channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::Condition;
use super::settings::{AlertSettings, NamedChannels};
use super::why::NoticeWhy;
use crate::id::{ChannelName, JobName, JobUid, NoticeId, RunId, WorkerId};
use crate::lenient;
use crate::time::Timestamp;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits to be sent, perhaps again.
    Waiting,
    /// Who receives it has acknowledged it.
    Sent,
    /// It was tried as often as it is tried; the error says why in vain.
    Failed,
    /// A mute kept it back.
    Muted,
    /// The channel was removed before it was sent.
    Gone,
}

impl DeliveryState {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Muted => "muted",
            Self::Gone => "gone",
        }
    }
}

/// What came of telling a notice by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Which channel.
    pub channel: ChannelName,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// When it was tried last, or decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Not to be tried before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Why the last try came to nothing, or which mute kept it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One thing that somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Names it: the same for the same thing, whoever makes it and however often it is sent.
    pub id: NoticeId,
    /// What it is about.
    pub condition: Condition,
    /// When that was.
    pub at: Timestamp,
    /// When the notice was made.
    pub made_at: Timestamp,
    /// Which job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobName>,
    /// The job's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<JobUid>,
    /// Which run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Which tick, or when the run was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// Which try at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Which worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// Which limit was reached, such as `timeout 10m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What happened, in English.
    pub text: String,
    /// What happened, as facts; absent from notices of earlier versions, and where the words alone are known.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::known")]
    pub why: Option<NoticeWhy>,
    /// What came of telling it, by channel.
    pub deliveries: Vec<Delivery>,
}

impl Notice {
    /// Returns true when nothing more will be done for it.
    pub fn is_settled(&self) -> bool {
        self.deliveries.iter().all(|delivery| delivery.state != DeliveryState::Waiting)
    }

    /// Returns it addressed to these channels; a mute that holds settles it.
    #[must_use]
    pub fn addressed(
        mut self,
        channels: NamedChannels,
        settings: &AlertSettings,
        labels: Option<&BTreeMap<String, String>>,
    ) -> Self {
        let mute = settings.muted(&self, labels, self.made_at);
        let (state, error) = match mute {
            Some(mute) => {
                let words = format!("muted by `{}` until {}: {}", mute.by, mute.until, mute.reason);
                (DeliveryState::Muted, Some(words))
            }
            None => (DeliveryState::Waiting, None),
        };
        let at = mute.map(|_| self.made_at);
        let delivery =
            |channel| Delivery { channel, state, tries: 0, at, not_before: None, error: error.clone() };
        self.deliveries = channels.into_iter().map(delivery).collect();
        self
    }
}
