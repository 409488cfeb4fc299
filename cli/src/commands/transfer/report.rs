//! What an export has written and left behind, and what came of an import.

use std::collections::BTreeMap;

use anyhow::Result;
use comfy_table::Table;
use master::api::{ImportItem, Landed};
use model::id::JobName;
use serde::Serialize;

use super::About;
use crate::arguments::Format;
use crate::show;

/// What an export has written.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) file: String,
    /// True when the jobs were paused by it.
    pub(super) cutover: bool,
    pub(super) secrets: bool,
    pub(super) jobs: usize,
    /// Those that somebody paused: they arrive paused.
    pub(super) jobs_with_a_pause_of_their_own: usize,
    pub(super) modules: usize,
    pub(super) tags: usize,
    pub(super) settings: bool,
    pub(super) channels: usize,
    pub(super) rules: usize,
    pub(super) mutes: usize,
    pub(super) users: usize,
    pub(super) tokens: usize,
    pub(super) left: Left,
}

/// What stays behind, besides what always does.
#[derive(Debug, Serialize)]
pub(super) struct Left {
    /// Jobs whose runs were not waited for.
    pub(super) jobs_under_way: Vec<JobName>,
    /// Jobs on every worker: workers there begin when they join.
    pub(super) jobs_on_every_worker: usize,
    pub(super) channels_without_secrets: usize,
    pub(super) users_without_passwords: usize,
    pub(super) tokens: usize,
}

impl Written {
    /// Prints it; beside an archive on standard output it is for people alone.
    pub(super) fn show(&self, format: Format, aside: bool) -> Result<()> {
        if aside {
            eprintln!("{}", self.table());
            return Ok(());
        }
        show::value(format, self, Self::table)
    }

    fn table(&self) -> Table {
        let number = |count: usize| if count == 0 { String::new() } else { count.to_string() };
        let left = &self.left;
        let mut stays = vec!["runs, output and audit".to_owned(), "drains of workers".to_owned()];
        for (count, what) in [
            (left.tokens, "API tokens"),
            (left.users_without_passwords, "passwords of users"),
            (left.channels_without_secrets, "secrets of channels"),
        ] {
            if count > 0 {
                stays.push(format!("{count} {what} (--with-secrets takes them)"));
            }
        }
        let mut notes = Vec::new();
        if left.jobs_on_every_worker > 0 {
            notes.push(format!(
                "{} jobs run on every matching worker: those there begin with the first tick after they join",
                left.jobs_on_every_worker
            ));
        }
        if !left.jobs_under_way.is_empty() {
            let names: Vec<_> = left.jobs_under_way.iter().map(ToString::to_string).collect();
            notes
                .push(format!("still under way here, and may overlap with runs there: {}", names.join(", ")));
        }
        if self.cutover {
            notes.push("the jobs are paused here; importing the file here takes the move back".to_owned());
        } else {
            notes.push("a copy: the jobs go on here too, and ticks may run in both places".to_owned());
        }
        if self.secrets {
            notes.push("secrets are in the file: whoever reads it has them".to_owned());
        }
        let own = self.jobs_with_a_pause_of_their_own;
        let jobs = if own == 0 {
            self.jobs.to_string()
        } else {
            format!("{}, {own} of them paused by people", self.jobs)
        };
        show::facts(vec![
            ("file", self.file.clone()),
            ("jobs", jobs),
            ("modules", number(self.modules)),
            ("tags", number(self.tags)),
            ("settings", if self.settings { "yes".to_owned() } else { String::new() }),
            ("channels", number(self.channels)),
            ("rules", number(self.rules)),
            ("mutes", number(self.mutes)),
            ("users", number(self.users)),
            ("tokens", number(self.tokens)),
            ("stays behind", stays.join(", ")),
            ("note", notes.join("\n")),
        ])
    }
}

/// What came, or would come, of an import.
#[derive(Debug, Serialize)]
pub(super) struct Imported {
    pub(super) file: String,
    /// The server that the file is of.
    pub(super) source: String,
    /// False for a copy: the source goes on.
    pub(super) cutover: bool,
    pub(super) dry_run: bool,
    /// How many of each kind came to what.
    pub(super) counts: BTreeMap<String, BTreeMap<&'static str, usize>>,
    pub(super) items: Vec<ImportItem>,
}

impl Imported {
    pub(super) fn of(file: &str, about: &About, dry_run: bool, items: Vec<ImportItem>) -> Self {
        let mut counts: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for item in &items {
            *counts.entry(item.kind.clone()).or_default().entry(item.result.as_str()).or_default() += 1;
        }
        let (file, source, cutover) = (file.to_owned(), about.source.clone(), about.cutover);
        Self { file, source, cutover, dry_run, counts, items }
    }

    /// Returns what is in the way, and what cannot be kept.
    pub(super) fn hindered(&self) -> (usize, usize) {
        let count = |result| self.items.iter().filter(|item| item.result == result).count();
        (count(Landed::InTheWay), count(Landed::Faulty))
    }

    pub(super) fn show(&self, format: Format) -> Result<()> {
        show::value(format, self, Self::table)
    }

    /// Everything that is not as one expects by its name, then how many there are of all.
    fn table(&self) -> Table {
        let mut table = show::table(&["KIND", "NAME", "RESULT", "WHY"]);
        let plain = |item: &&ImportItem| {
            matches!(item.result, Landed::Created | Landed::Same | Landed::Returned) && item.detail.is_empty()
        };
        for item in self.items.iter().filter(|item| self.dry_run || !plain(item)) {
            let result = item.result.as_str().replace('_', " ");
            table.add_row([item.kind.clone(), item.name.clone(), result, item.detail.clone()]);
        }
        for (kind, counts) in &self.counts {
            let counts: Vec<_> = counts
                .iter()
                .map(|(result, count)| format!("{count} {}", result.replace('_', " ")))
                .collect();
            table.add_row([kind.clone(), "(all)".to_owned(), counts.join(", "), String::new()]);
        }
        table
    }
}
