//! What the alerter holds in its hands: notices that wait, memory, and what people set, as the store has them.
//!
//! Everything is written to the store before it counts; a desk that is thrown away is opened again from there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::alert::{AlertSettings, Memory, Notice, Subject};
use model::id::{ChannelName, JobName, NoticeId, WorkerId};
use model::metric;
use model::ports::{NOTICES_WAITING_MAX, StoreError};
use model::time::{BootTime, Timestamp};

use crate::app::App;

/// What the alerter holds.
pub(super) struct Desk {
    /// What people set.
    pub(super) settings: AlertSettings,
    /// Notices that are not settled and filed.
    pub(super) queue: BTreeMap<NoticeId, Notice>,
    /// What is remembered.
    pub(super) memories: BTreeMap<Subject, Memory>,
    /// When each channel sent its last message.
    pub(super) last: BTreeMap<ChannelName, Timestamp>,
    /// Notices that the history does not have as they stand.
    unfiled: BTreeSet<NoticeId>,
    /// True once all ends that there were when the desk was opened have been looked at and marked.
    pub(super) looked_at_all: bool,
    /// Since when the facts are away.
    pub(super) facts_away: Option<BootTime>,
    /// When all states were looked at last.
    pub(super) scanned: Option<BootTime>,
    /// Since when workers are gone.
    pub(super) absent: HashMap<WorkerId, BootTime>,
    /// Workers that took nothing new when they were last seen: they were meant to go.
    pub(super) leaving: BTreeSet<WorkerId>,
}

/// What some looks came to.
#[derive(Default)]
pub(super) struct Found {
    notices: Vec<Notice>,
    memories: BTreeMap<Subject, Memory>,
}

impl Desk {
    /// Reads all that waits.
    pub(super) async fn open(app: &App) -> Result<Self, StoreError> {
        let alerts = &app.ports.alerts;
        let notices = alerts.notices().await?;
        let memories = alerts.memories().await?;
        Ok(Self {
            settings: AlertSettings::default(),
            unfiled: notices.iter().map(|notice| notice.id.clone()).collect(),
            queue: notices.into_iter().map(|notice| (notice.id.clone(), notice)).collect(),
            memories: memories.into_iter().map(|memory| (memory.subject.clone(), memory)).collect(),
            last: BTreeMap::new(),
            looked_at_all: false,
            facts_away: None,
            scanned: None,
            absent: HashMap::new(),
            leaving: BTreeSet::new(),
        })
    }

    /// Reads what people set.
    pub(super) async fn refresh(&mut self, app: &App) -> Result<(), StoreError> {
        let stands = app.ports.alerts.alert_settings().await?;
        self.settings = stands.map(|stands| stands.value).unwrap_or_default();
        Ok(())
    }

    /// Returns how many more notices may wait.
    pub(super) fn room(&self) -> usize {
        NOTICES_WAITING_MAX.saturating_sub(self.queue.len())
    }

    /// Looks at one thing of a subject: `look` may change its memory and make a notice.
    pub(super) fn look(
        &self,
        found: &mut Found,
        subject: Subject,
        job: Option<&JobName>,
        look: impl FnOnce(&mut Memory, &AlertSettings) -> Option<Notice>,
    ) {
        let known = found.memories.get(&subject).or_else(|| self.memories.get(&subject));
        let before = known.cloned().unwrap_or_else(|| Memory::new(subject.clone(), job.cloned()));
        let is_new = known.is_none();
        let mut after = before.clone();
        found.notices.extend(look(&mut after, &self.settings));
        // A worker is remembered from the first sight on: that is how it is missed later.
        if after != before || (is_new && !after.subject.is_job()) {
            found.memories.insert(subject, after);
        }
    }

    /// Keeps what was found: notices first, then memory.
    pub(super) async fn keep(&mut self, app: &App, found: Found) -> Result<(), StoreError> {
        let Found { notices, memories } = found;
        let new: Vec<Notice> =
            notices.into_iter().filter(|notice| !self.queue.contains_key(&notice.id)).collect();
        if !new.is_empty() {
            app.ports.alerts.add_notices(new.clone()).await?;
        }
        for notice in new {
            tracing::info!(notice.id = %notice.id, condition = %notice.condition, "alert: {}", notice.condition);
            metric::NOTICES.add(1, &[notice.condition.as_str()]);
            self.unfiled.insert(notice.id.clone());
            self.queue.insert(notice.id.clone(), notice);
        }
        let (empty, kept): (Vec<_>, Vec<_>) = memories.into_values().partition(Memory::is_empty);
        let gone: Vec<Subject> = empty.into_iter().map(|memory| memory.subject).collect();
        if !kept.is_empty() {
            app.ports.alerts.put_memories(kept.clone()).await?;
        }
        self.memories.extend(kept.into_iter().map(|memory| (memory.subject.clone(), memory)));
        self.forget(app, gone).await
    }

    /// Forgets memory.
    pub(super) async fn forget(&mut self, app: &App, subjects: Vec<Subject>) -> Result<(), StoreError> {
        let known: Vec<Subject> =
            subjects.into_iter().filter(|one| self.memories.contains_key(one)).collect();
        if known.is_empty() {
            return Ok(());
        }
        app.ports.alerts.forget_memories(&known).await?;
        known.iter().for_each(|subject| drop(self.memories.remove(subject)));
        Ok(())
    }

    /// Writes how notices stand now.
    pub(super) async fn update(&mut self, app: &App, notices: Vec<Notice>) -> Result<(), StoreError> {
        if notices.is_empty() {
            return Ok(());
        }
        app.ports.alerts.update_notices(notices.clone()).await?;
        for notice in notices {
            self.unfiled.insert(notice.id.clone());
            self.queue.insert(notice.id.clone(), notice);
        }
        Ok(())
    }

    /// Files what is new or stands otherwise, and takes what is settled off the desk. A settled notice stays until all
    /// ends have been looked at: one whose end was not marked yet would be made, and told, again.
    pub(super) async fn file(&mut self, app: &App) -> Result<(), StoreError> {
        if self.facts_away.is_some() {
            return Ok(());
        }
        let unfiled: Vec<Notice> = self.unfiled.iter().filter_map(|id| self.queue.get(id)).cloned().collect();
        if !unfiled.is_empty() {
            if let Err(error) = app.ports.alert_log.put_history(unfiled).await {
                tracing::debug!(%error, "the history of notices is written later");
                return Ok(());
            }
            self.unfiled.clear();
        }
        if !self.looked_at_all {
            return Ok(());
        }
        let done: Vec<NoticeId> =
            self.queue.values().filter(|one| one.is_settled()).map(|one| one.id.clone()).collect();
        if !done.is_empty() {
            app.ports.alerts.forget_notices(&done).await?;
            done.iter().for_each(|id| drop(self.queue.remove(id)));
        }
        Ok(())
    }
}

impl Found {
    /// Returns how many notices were made.
    pub(super) fn len(&self) -> usize {
        self.notices.len()
    }
}
