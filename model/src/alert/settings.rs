//! What people set: channels, rules for all jobs and for what is no job, and mutes. One document, changed as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channel::Channel;
use super::condition::Condition;
use super::notice::Notice;
use crate::fault::{Faults, Sentence};
use crate::id::{ChannelName, JobName, WorkerId};
use crate::job::Job;
use crate::sentence;
use crate::time::{Span, Timestamp};

/// Most channels.
pub const CHANNELS_MAX: usize = 50;
/// Most rules.
pub const RULES_MAX: usize = 100;
/// Most mutes.
pub const MUTES_MAX: usize = 200;
/// Most failures in a row that a rule waits for.
const IN_A_ROW_MAX: u32 = 20;
/// Longest a mute lasts: one that nobody ends would be forgotten.
const MUTE_MAX: Span = Span::from_days(90);
/// Most bytes of a reason, and most names in one list.
const REASON_BYTES_MAX: usize = 500;
const NAMES_MAX: usize = 200;

/// Which of several failures of one job somebody hears of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failures {
    /// Each.
    #[default]
    Each,
    /// The first after a success.
    First,
    /// That which is so many in a row, 2 to 20; none after it until a success.
    InARow(u32),
}

impl Failures {
    /// Returns true when the failure that makes `streak` in a row is told.
    pub fn tells(self, streak: u32) -> bool {
        match self {
            Self::Each => true,
            Self::First => streak == 1,
            Self::InARow(many) => streak == many,
        }
    }
}

/// Which jobs or workers something concerns. All that is named must hold; an empty one concerns everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// Jobs of these names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobName>,
    /// Jobs with these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// These workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerId>,
}

impl Selector {
    /// Returns true when it concerns this job.
    pub fn takes_job(&self, name: &JobName, labels: Option<&BTreeMap<String, String>>) -> bool {
        let has = |(key, value)| {
            labels.and_then(|labels: &BTreeMap<String, String>| labels.get(key)) == Some(value)
        };
        (self.jobs.is_empty() || self.jobs.contains(name)) && self.labels.iter().all(has)
    }

    /// Returns true when it concerns this worker.
    pub fn takes_worker(&self, worker: Option<&WorkerId>) -> bool {
        self.workers.is_empty() || worker.is_some_and(|worker| self.workers.contains(worker))
    }

    fn check(&self, path: &str, faults: &mut Faults) {
        let lists =
            [("jobs", self.jobs.len()), ("labels", self.labels.len()), ("workers", self.workers.len())];
        for (field, len) in lists {
            if len > NAMES_MAX {
                faults
                    .add(format!("{path}.{field}"), sentence!("may have {} at most, got {}", NAMES_MAX, len));
            }
        }
    }
}

/// Who hears of what, of all jobs that name no channels themselves and of what is no job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What people call it.
    pub name: ChannelName,
    /// What it is about.
    pub on: BTreeSet<Condition>,
    /// Which jobs and workers it concerns.
    #[serde(default)]
    pub only: Selector,
    /// Which of several failures.
    #[serde(default)]
    pub failures: Failures,
    /// Who hears of it.
    pub channels: BTreeSet<ChannelName>,
}

/// Nobody is told of what this concerns, until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mute {
    /// What people call it.
    pub name: ChannelName,
    /// Which jobs and workers it concerns.
    #[serde(default)]
    pub only: Selector,
    /// What it is about; all of it unless said.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<Condition>,
    /// Until when: within 90 days.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who set it; the server writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

impl Mute {
    /// Returns true when it keeps this notice from being told at `now`.
    pub fn holds(&self, notice: &Notice, labels: Option<&BTreeMap<String, String>>, now: Timestamp) -> bool {
        let about_jobs = !self.only.jobs.is_empty() || !self.only.labels.is_empty();
        let job = match &notice.job {
            Some(job) => self.only.takes_job(job, labels),
            None => !about_jobs,
        };
        now < self.until
            && (self.on.is_empty() || self.on.contains(&notice.condition))
            && job
            && self.only.takes_worker(notice.worker.as_ref())
    }
}

/// What people set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertSettings {
    /// Where notices go.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Who hears of what.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What nobody hears of for a while.
    #[serde(default)]
    pub mutes: Vec<Mute>,
}

/// Channels that somebody is to be told by, with what decided it.
pub type NamedChannels = BTreeSet<ChannelName>;

impl AlertSettings {
    /// Returns a channel.
    pub fn channel(&self, name: &ChannelName) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == *name)
    }

    /// Returns who hears of `condition` at a job; `streak` counts failures in a row, this one included.
    pub fn for_job(
        &self,
        name: &JobName,
        job: Option<&Job>,
        worker: Option<&WorkerId>,
        condition: Condition,
        streak: u32,
    ) -> NamedChannels {
        if let Some(job) = job.filter(|job| !job.alerts.channels.is_empty()) {
            let on = &job.alerts.on;
            // A job that names channels and no conditions means what anybody would: all that ends badly.
            let wanted = if on.is_empty() {
                condition.is_open_until_success() || condition == Condition::Recovered
            } else {
                on.iter().any(|on| Condition::from(*on) == condition)
            };
            let long = condition == Condition::LongRunning && job.alerts.warn_after.is_some();
            let names = job.alerts.channels.iter().filter_map(|name| name.parse().ok());
            return if wanted || long { names.collect() } else { NamedChannels::new() };
        }
        let labels = job.map(|job| &job.labels);
        let rules = self.rules.iter().filter(|rule| {
            rule.on.contains(&condition)
                && rule.only.takes_job(name, labels)
                && rule.only.takes_worker(worker)
                && (!condition.is_failure() || rule.failures.tells(streak))
        });
        rules.flat_map(|rule| rule.channels.iter().cloned()).collect()
    }

    /// Returns who hears of `condition` at a worker or a store.
    pub fn for_other(&self, worker: Option<&WorkerId>, condition: Condition) -> NamedChannels {
        let about_jobs = |only: &Selector| !only.jobs.is_empty() || !only.labels.is_empty();
        let rules = self.rules.iter().filter(|rule| {
            rule.on.contains(&condition) && !about_jobs(&rule.only) && rule.only.takes_worker(worker)
        });
        rules.flat_map(|rule| rule.channels.iter().cloned()).collect()
    }

    /// Returns the mute that keeps a notice from being told.
    pub fn muted(
        &self,
        notice: &Notice,
        labels: Option<&BTreeMap<String, String>>,
        now: Timestamp,
    ) -> Option<&Mute> {
        self.mutes.iter().find(|mute| mute.holds(notice, labels, now))
    }

    /// Returns all that is wrong with it at `now`.
    pub fn faults(&self, now: Timestamp) -> Faults {
        let mut faults = Faults::new();
        bounded("channels", self.channels.iter().map(|one| &one.name), CHANNELS_MAX, &mut faults);
        bounded("rules", self.rules.iter().map(|one| &one.name), RULES_MAX, &mut faults);
        bounded("mutes", self.mutes.iter().map(|one| &one.name), MUTES_MAX, &mut faults);
        for (i, channel) in self.channels.iter().enumerate() {
            channel.check(&format!("channels[{i}]"), &mut faults);
        }
        for (i, rule) in self.rules.iter().enumerate() {
            self.check_rule(rule, &format!("rules[{i}]"), &mut faults);
        }
        for (i, mute) in self.mutes.iter().enumerate() {
            check_mute(mute, now, &format!("mutes[{i}]"), &mut faults);
        }
        faults
    }

    fn check_rule(&self, rule: &Rule, path: &str, faults: &mut Faults) {
        if rule.on.is_empty() {
            faults.add(format!("{path}.on"), sentence!("must name at least one condition"));
        }
        if rule.on.contains(&Condition::Test) {
            faults.add(format!("{path}.on"), sentence!("`test` is no condition that a rule may have"));
        }
        if rule.channels.is_empty() {
            faults.add(format!("{path}.channels"), sentence!("must name at least one channel"));
        }
        for name in rule.channels.iter().filter(|name| self.channel(name).is_none()) {
            faults.add(format!("{path}.channels"), self.unknown(name.as_str()));
        }
        if let Failures::InARow(many) = rule.failures
            && !(2..=IN_A_ROW_MAX).contains(&many)
        {
            faults.add(
                format!("{path}.failures"),
                sentence!("must be 2 to {} in a row, got {}", IN_A_ROW_MAX, many),
            );
        }
        rule.only.check(&format!("{path}.only"), faults);
    }

    /// Returns what is told of a channel that is not there.
    pub fn unknown(&self, name: &str) -> Sentence {
        let known: Vec<_> = self.channels.iter().map(|channel| format!("`{}`", channel.name)).collect();
        let known = if known.is_empty() {
            sentence!("there are none yet")
        } else {
            sentence!("{}", known.join(", "))
        };
        sentence!("there is no channel `{}`; those that are: {}", name.escape_debug(), known)
    }

    /// Adds what is wrong with the channels that a job names.
    pub fn check_job(&self, job: &Job, faults: &mut Faults) {
        for (i, name) in job.alerts.channels.iter().enumerate() {
            if !self.channels.iter().any(|channel| channel.name.as_str() == name) {
                faults.add(format!("alerts.channels[{i}]"), self.unknown(name));
            }
        }
    }
}

fn check_mute(mute: &Mute, now: Timestamp, path: &str, faults: &mut Faults) {
    if mute.until <= now || mute.until > now + MUTE_MAX {
        faults.add(
            format!("{path}.until"),
            sentence!("must be an instant within {} from now ({}), got `{}`", MUTE_MAX, now, mute.until),
        );
    }
    if mute.reason.trim().is_empty() || mute.reason.len() > REASON_BYTES_MAX {
        faults
            .add(format!("{path}.reason"), sentence!("must say why, in at most {} bytes", REASON_BYTES_MAX));
    }
    mute.only.check(&format!("{path}.only"), faults);
}

fn bounded<'a>(what: &str, names: impl Iterator<Item = &'a ChannelName>, most: usize, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (i, name) in names.enumerate() {
        count = i + 1;
        if !seen.insert(name) {
            faults.add(format!("{what}[{i}].name"), sentence!("`{}` stands twice", name));
        }
    }
    if count > most {
        faults.add(what, sentence!("may be {} at most, got {}", most, count));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn settings(rules: serde_json::Value) -> AlertSettings {
        let mut text = json!({ "channels": [
            { "name": "ops", "via": { "type": "slack", "url": "https://a.example/x" } },
            { "name": "data", "via": { "type": "job", "run": "tell" } },
        ] });
        text["rules"] = rules;
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn failures_are_told_as_the_rule_wants_them() {
        let told = |failures: Failures| (1..=5).filter(|n| failures.tells(*n)).collect::<Vec<_>>();
        assert_eq!(told(Failures::Each), [1, 2, 3, 4, 5]);
        assert_eq!(told(Failures::First), [1]);
        assert_eq!(told(Failures::InARow(3)), [3]);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let mut settings = settings(json!([
            { "name": "a", "on": [], "channels": ["nobody"] },
            { "name": "a", "on": ["failed"], "channels": [], "failures": { "in_a_row": 1 } },
        ]));
        settings.mutes.push(Mute {
            name: "m".parse().unwrap(),
            only: Selector::default(),
            on: BTreeSet::new(),
            until: at(0),
            reason: " ".into(),
            by: String::new(),
        });
        let faults = settings.faults(at(0));
        let paths: Vec<_> = faults.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        let expected = [
            "rules[1].name",
            "rules[0].on",
            "rules[0].channels",
            "rules[1].channels",
            "rules[1].failures",
            "mutes[0].until",
            "mutes[0].reason",
        ];
        assert_eq!(paths, expected, "{faults}");
        assert!(
            faults.to_string().contains("no channel `nobody`; those that are: `ops`, `data`"),
            "{faults}"
        );
    }

    #[test]
    fn a_selector_takes_what_has_all_of_it() {
        let only: Selector = serde_json::from_value(json!({ "labels": { "team": "data" } })).unwrap();
        let name: JobName = "nightly".parse().unwrap();
        let labels = |team: &str| BTreeMap::from([("team".to_owned(), team.to_owned())]);
        assert!(only.takes_job(&name, Some(&labels("data"))));
        assert!(!only.takes_job(&name, Some(&labels("web"))) && !only.takes_job(&name, None));
        assert!(Selector::default().takes_job(&name, None));
        let one: Selector = serde_json::from_value(json!({ "workers": ["w1"] })).unwrap();
        assert!(one.takes_worker(Some(&"w1".parse().unwrap())) && !one.takes_worker(None));
    }
}
