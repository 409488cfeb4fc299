//! What an import tells: the jobs, what was left and why, what is wrong, what the worker's owner has to allow.

use std::collections::BTreeSet;

use anyhow::Result;
use model::fault::Fault;
use model::id::JobName;
use model::workload::Workload;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Format;
use crate::commands::plan::Done;
use crate::crontab::Made;
use crate::show;

/// What came of reading crontabs.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The zone that cron ran in.
    pub(super) timezone: String,
    pub(super) zone_is_known: bool,
    pub(super) files: usize,
    pub(super) jobs: Vec<Taken>,
    pub(super) left: Vec<Left>,
    pub(super) wrong: Vec<Wrong>,
    pub(super) known: Vec<Known>,
    /// Files whose lines were commented out.
    pub(super) disabled: Vec<Changed>,
}

/// An entry that became a job.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) name: JobName,
    pub(super) place: String,
    /// Source and line of all entries that it stands for.
    pub(super) lines: Vec<(usize, usize)>,
    pub(super) made: Made,
    /// Places of entries that say the same.
    pub(super) same_as: Vec<String>,
    pub(super) result: Option<Done>,
    pub(super) error: Option<String>,
}

/// What is not taken.
#[derive(Debug, Serialize)]
pub(super) struct Left {
    pub(super) place: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    pub(super) reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// A line that does not read.
#[derive(Debug, Serialize)]
pub(super) struct Wrong {
    pub(super) place: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    #[serde(flatten)]
    pub(super) fault: Fault,
}

/// A line that an earlier import commented out.
#[derive(Debug, Serialize)]
pub(super) struct Known {
    pub(super) place: String,
    pub(super) job: String,
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    pub(super) file: String,
    pub(super) lines: usize,
    /// The file as it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copy: Option<String>,
}

impl Wrong {
    /// Returns a fault of a whole file.
    pub(super) fn file(place: String, message: String, hint: String) -> Self {
        let fault = Fault::new("", message).with_hint(hint);
        Self { place, text: String::new(), fault }
    }
}

impl Report {
    /// Returns the jobs as YAML, a document each.
    pub(super) fn yaml(&self) -> Result<String> {
        let texts = self.jobs.iter().map(|job| Ok(serde_saphyr::to_string(&job.made.text)?));
        Ok(texts.collect::<Result<Vec<_>>>()?.join("---\n"))
    }

    /// Returns the report as programs read it.
    pub(super) fn value(&self) -> Value {
        let jobs: Vec<Value> = self.jobs.iter().map(Taken::value).collect();
        json!({
            "timezone": self.timezone,
            "files": self.files,
            "jobs": jobs,
            "not_taken": self.left,
            "faults": self.wrong,
            "taken_before": self.known,
            "disabled": self.disabled,
            "owner": self.owner(),
        })
    }

    /// Prints the report in a format for programs.
    pub(super) fn print(&self, format: Format) -> Result<()> {
        show::value(format, &self.value(), |_| show::facts(Vec::new()))
    }

    /// Returns what the worker's owner has to allow, as lines of his configuration.
    fn owner(&self) -> Vec<String> {
        let shells = self.jobs.iter().filter_map(|job| match &job.made.job.workload {
            Workload::Shell(shell) => Some(shell),
            Workload::Wasm(_) => None,
        });
        let shells: Vec<_> = shells.collect();
        let users: BTreeSet<&str> = shells.iter().filter_map(|shell| shell.user.as_deref()).collect();
        let others: Vec<String> =
            users.iter().filter(|user| **user != "root").map(|user| format!("{user:?}")).collect();
        let lines = [
            (!others.is_empty()).then(|| format!("users = [{}]", others.join(", "))),
            users.contains("root").then(|| "allow_root = true".to_owned()),
            shells.iter().any(|shell| shell.privilege_gain).then(|| "allow_privilege_gain = true".to_owned()),
        ];
        lines.into_iter().flatten().collect()
    }

    /// Returns the report as people read it.
    pub(super) fn told(&self) -> String {
        let mut parts = Vec::new();
        if !self.jobs.is_empty() {
            parts.push(self.table());
        }
        let notes = self
            .jobs
            .iter()
            .flat_map(|job| job.notes().into_iter().map(move |note| format!("  {}: {note}", job.name)));
        parts.extend(section("notes", &notes.collect::<Vec<_>>()));
        parts.extend(section("not taken", &self.left.iter().map(Left::told).collect::<Vec<_>>()));
        let before: Vec<String> =
            self.known.iter().map(|known| format!("  {}: job {}", known.place, known.job)).collect();
        parts.extend(section("taken before, and commented out", &before));
        parts.extend(section("faults", &self.wrong.iter().map(Wrong::told).collect::<Vec<_>>()));
        let disabled = self.disabled.iter().map(|changed| {
            let copy = changed.copy.as_deref().unwrap_or_default();
            format!("  {}: {} lines, a copy is {copy}", changed.file, changed.lines)
        });
        parts.extend(section("commented out", &disabled.collect::<Vec<_>>()));
        let mut owner: Vec<String> = self.owner().iter().map(|line| format!("  {line}")).collect();
        if !owner.is_empty() {
            owner.insert(0, "  [shell]".to_owned());
        }
        parts.extend(section(
            "the owner of each worker that runs them has to allow, in its configuration",
            &owner,
        ));
        if !self.zone_is_known && !self.jobs.is_empty() {
            parts.push(
                "the machine does not say its zone: UTC is taken\nhint: --timezone Europe/Berlin".to_owned(),
            );
        }
        parts.push(self.summary());
        parts.join("\n\n")
    }

    fn table(&self) -> String {
        let done = self.jobs.iter().any(|job| job.result.is_some());
        let mut head = vec!["JOB", "SCHEDULE", "USER", "FROM"];
        head.extend(done.then_some("RESULT"));
        let mut table = show::table(&head);
        for job in &self.jobs {
            let user = match &job.made.job.workload {
                Workload::Shell(shell) => shell.user.clone(),
                Workload::Wasm(_) => None,
            };
            let user = user.unwrap_or_else(|| "-".to_owned());
            let mut row = vec![job.name.to_string(), job.made.job.schedule.clone(), user, job.place.clone()];
            row.extend(job.result.as_ref().map(|done| format!("{done:?}").to_lowercase()));
            table.add_row(row);
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    fn summary(&self) -> String {
        let same: usize = self.jobs.iter().map(|job| job.same_as.len()).sum();
        let mut parts =
            vec![format!("{} jobs of {} crontabs in {}", self.jobs.len(), self.files, self.timezone)];
        for (count, what) in [
            (same, "entries say what another says"),
            (self.left.len(), "not taken"),
            (self.known.len(), "taken before"),
            (self.wrong.len(), "faults"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
}

impl Taken {
    fn notes(&self) -> Vec<String> {
        let same = self.same_as.iter().map(|place| format!("{place} says the same; it is one job"));
        self.made.notes.iter().cloned().chain(same).chain(self.error.clone()).collect()
    }

    fn value(&self) -> Value {
        let Self { name, place, made, same_as, result, error, .. } = self;
        let mut value = json!({ "name": name, "place": place, "notes": made.notes, "same_as": same_as, "job": made.text });
        if let Some(result) = result {
            value["result"] = json!(result);
        }
        if let Some(error) = error {
            value["error"] = json!(error);
        }
        value
    }
}

impl Left {
    fn told(&self) -> String {
        let text = if self.text.is_empty() { String::new() } else { format!("    {}\n", self.text.trim()) };
        let hint = self.hint.as_ref().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
        format!("  {}\n{text}    {}{hint}", self.place, self.reason)
    }
}

impl Wrong {
    fn told(&self) -> String {
        let text = if self.text.is_empty() { String::new() } else { format!("    {}\n", self.text.trim()) };
        format!("  {}\n{text}    {}", self.place, self.fault.to_string().replace('\n', "\n    "))
    }
}

fn section(title: &str, lines: &[String]) -> Option<String> {
    (!lines.is_empty()).then(|| format!("{title}:\n{}", lines.join("\n")))
}
