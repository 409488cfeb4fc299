//! What has to be done so that the server has the jobs that somebody wrote: compared first, all of it checked, then done.
//!
//! Flow: `Wanted` → **`plan`** (reads the server) → `Plan` → `carry_out`, or only shown.
//! Each save and each deletion names the text that it was planned against: a job that somebody else changed meanwhile is
//! left alone and told.

mod carry_out;
mod look;
mod show;

use model::id::JobName;
use model::job::Job;
use model::revision::FieldChange;
use serde::Serialize;
use serde_json::Value;

pub(super) use carry_out::{carry_out, exit_of};
pub(super) use look::look;
pub(super) use show::show;

/// The label of jobs that are kept as one set.
pub(super) const SET_LABEL: &str = "sandglass/set";

/// A job and where it was written.
pub(super) struct Wanted {
    pub(super) place: String,
    pub(super) value: Value,
    pub(super) job: Job,
}

/// What is done with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Create,
    Change,
    Delete,
    Unchanged,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Done {
    Created,
    Changed,
    Deleted,
    Unchanged,
    Failed,
}

/// One job of a plan.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) job: JobName,
    /// Where it was written; none of a job that is to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
    pub(super) action: Action,
    /// The fields that change. Values of variables and of standard input are left out: plans are kept in logs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<FieldChange>,
    /// What came of it, once it was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Done>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The text as it was written.
    #[serde(skip)]
    pub(super) value: Option<Value>,
    /// The text that this one follows.
    #[serde(skip)]
    pub(super) etag: Option<String>,
    /// Why it is paused, if it is.
    #[serde(skip)]
    pub(super) paused: Option<String>,
    /// True when asking again would fail again.
    #[serde(skip)]
    pub(super) impossible: bool,
}

/// All that has to be done, by name.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
}

impl Plan {
    /// Returns how many jobs are concerned in this way.
    pub(super) fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }

    /// Returns true when the server has all of it already.
    pub(super) fn is_empty(&self) -> bool {
        self.count(Action::Unchanged) == self.steps.len()
    }
}
