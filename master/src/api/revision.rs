//! The texts that a job had: who saved which, when, why, and what differs.

use model::id::{JobName, JobUid, Revision, SpecId};
use model::job::Job;
use model::revision::FieldChange;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most revisions on one page: each is read whole.
pub const REVISION_LIMIT_MAX: u32 = 100;
/// Revisions on one page where the request names no number.
pub const REVISION_LIMIT_DEFAULT: u32 = 20;

/// Which revisions to list, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RevisionsQuery {
    /// Most revisions on the page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// One page of revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionPage {
    /// The revisions, newest first.
    pub revisions: Vec<RevisionView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A save of a job, or its deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionView {
    /// Names it: rises from one to the next, not by one.
    #[schema(example = 4711)]
    pub revision: Revision,
    /// The job's own id; a name deleted and saved anew is another job. Absent of a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<JobUid>,
    /// Which save of this job. Absent of a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_id: Option<SpecId>,
    /// Who; absent of a deletion that left no record beside the audit's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "anna")]
    pub author: Option<String>,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(example = "the report takes longer since March")]
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// True: the job was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// The fields that it changed in the text before; none of a first save and of a deletion.
    #[schema(example = json!(["limits.timeout"]))]
    pub changed: Vec<String>,
}

/// One revision with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionText {
    /// Who, when, why.
    #[serde(flatten)]
    pub revision: RevisionView,
    /// The text; absent of a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
}

/// What to compare a revision with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The earlier revision; without it the text before.
    pub from: Option<Revision>,
}

/// What differs between two revisions, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionDiff {
    /// The job.
    pub job: JobName,
    /// What it is compared with; absent where there is no text before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Revision>,
    /// The revision.
    pub to: Revision,
    /// The fields that differ, in order of their paths.
    pub changes: Vec<FieldChange>,
}
