//! A revision of a job: one text that was saved, or that the job was deleted, with who, when and why; and what differs
//! between two texts, field by field.
//!
//! Flow: a job's change in the watch of intent → **revision** → the facts (`ports::Revisions`) → people.
//! Not here: who copies them (`master::history`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::id::{JobName, Revision};
use crate::job::{Job, SavedJob};
use crate::ports::Change;
use crate::time::Timestamp;

/// A save or a deletion of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRevision {
    /// The job's name.
    pub job: JobName,
    /// The store's revision at which it was written: rises with each change of anything, and never repeats.
    pub revision: Revision,
    /// When it was saved; of a deletion when it was asked for, or else when it was seen.
    pub at: Timestamp,
    /// Who; none of a deletion that left no record behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The text with what was saved beside it; none: the job was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<SavedJob>,
}

impl JobRevision {
    /// Returns the revision of a text.
    pub fn of(revision: Revision, saved: SavedJob) -> Self {
        Self {
            job: saved.job.name.clone(),
            revision,
            at: saved.saved_at,
            author: Some(saved.author.clone()),
            saved: Some(saved),
        }
    }

    /// Returns the revisions among changes that came together; `now` is when they are seen.
    pub fn among(changes: Vec<Change>, now: Timestamp) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for change in changes {
            match change {
                Change::Job(_, revision, Some(saved)) => found.push(Self::of(revision, *saved)),
                Change::Job(job, revision, None) => {
                    found.push(Self { job, revision, at: now, author: None, saved: None });
                }
                // What one swap changed comes together, the job before its state: it says who deleted the job.
                Change::State(key, revision, Some(state)) => {
                    let Some(deleted) = state.deleted.filter(|_| key.worker.is_none()) else { continue };
                    let deletion =
                        found.iter_mut().find(|one| one.revision == revision && one.job == key.job);
                    if let Some(deletion) = deletion.filter(|one| one.saved.is_none()) {
                        (deletion.at, deletion.author) = (deleted.at, Some(deleted.by));
                    }
                }
                Change::State(_, _, None) => {}
            }
        }
        found
    }

    /// Returns the text.
    pub fn text(&self) -> Option<&Job> {
        self.saved.as_ref().map(|saved| &saved.job)
    }
}

/// A field that two texts of a job do not have alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// Where it stands, such as `limits.timeout`.
    #[schema(example = "limits.timeout")]
    pub path: String,
    /// What stood there; absent where the field was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>, example = "10m")]
    pub before: Option<Value>,
    /// What stands there; absent where the field is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>, example = "20m")]
    pub after: Option<Value>,
}

/// Returns the fields in which two texts differ, in order of their paths. Lists are one field each.
pub fn differences(before: &Job, after: &Job) -> Vec<FieldChange> {
    let value = |job: &Job| serde_json::to_value(job).unwrap_or_default();
    let mut found = Vec::new();
    compare("", Some(&value(before)), Some(&value(after)), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    let fields = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
    let (old, new) = (fields(before), fields(after));
    // A group that came or went is told by its fields; one that became a plain value by itself.
    if (old.is_none() && before.is_some()) || (new.is_none() && after.is_some()) {
        found.push(FieldChange { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
        return;
    }
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&path, old.get(name), new.get(name), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::JobUid;
    use crate::ports::StateKey;
    use crate::state::{Deleted, JobState};

    fn job(more: &Value) -> Job {
        let mut text = json!({ "name": "a", "schedule": "0 1 * * *" });
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Job::parse(&text).unwrap()
    }

    fn paths(before: &Job, after: &Job) -> Vec<String> {
        differences(before, after).into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn two_texts_differ_field_by_field() {
        let before = job(&json!({ "shell": { "script": "a", "env": { "A": "1", "B": "2" } } }));
        let after =
            job(&json!({ "shell": { "script": "a", "env": { "B": "3", "C": "4" } }, "labels": { "x": "y" },
            "success_codes": [0, 3] }));
        assert_eq!(differences(&before, &before), []);
        let differ = differences(&before, &after);
        let told: Vec<_> =
            differ.iter().map(|one| (one.path.as_str(), one.before.clone(), one.after.clone())).collect();
        assert_eq!(
            told,
            [
                ("labels.x", None, Some(json!("y"))),
                ("shell.env.A", Some(json!("1")), None),
                ("shell.env.B", Some(json!("2")), Some(json!("3"))),
                ("shell.env.C", None, Some(json!("4"))),
                ("success_codes", Some(json!([0])), Some(json!([0, 3]))),
            ]
        );
    }

    #[test]
    fn another_kind_of_workload_is_told_by_its_fields() {
        let module = format!("sha256:{}", "0".repeat(64));
        let shell = job(&json!({ "shell": { "script": "a" } }));
        let wasm = job(&json!({ "wasm": { "module": module } }));
        let paths = paths(&shell, &wasm);
        assert!(paths.contains(&"shell.script".to_owned()), "{paths:?}");
        assert!(paths.contains(&"wasm.module".to_owned()), "{paths:?}");
    }

    #[test]
    fn a_deletion_is_told_by_the_state_that_came_with_it() {
        let now = Timestamp::from_seconds(100);
        let name: JobName = "a".parse().unwrap();
        let mut state = JobState::new(JobUid::random(), crate::id::SpecId::FIRST, None, now);
        state.deleted = Some(Deleted { by: "anna".into(), at: Timestamp::from_seconds(99) });
        let deleted = Change::Job(name.clone(), Revision(7), None);
        let left = Change::State(StateKey::job(name), Revision(7), Some(Box::new(state)));
        let seen = JobRevision::among(vec![deleted.clone(), left], now);
        assert_eq!((seen[0].at, seen[0].author.as_deref()), (Timestamp::from_seconds(99), Some("anna")));
        let seen = JobRevision::among(vec![deleted], now);
        assert_eq!((seen.len(), seen[0].at, &seen[0].author), (1, now, &None));
    }
}
