//! From crontabs to jobs: each entry becomes one, stands for one that is there already, or is left with its reason.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::report::{Known, Left, Report, Taken, Wrong};
use super::sources::{self, Folder, Found, Source};
use crate::arguments::Import;
use crate::crontab::{self, Entry, Names, Settings, What, When};

/// Reads all that was asked for.
pub(super) fn read(asked: &Import) -> Result<(Report, Vec<Source>)> {
    let zone = asked.timezone.clone().or_else(|| sources::zone_of(&asked.root));
    let timezone = zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let found = sources::find(asked)?;
    let settings = Settings {
        timezone: timezone.clone(),
        timeout: asked.timeout,
        placement: asked.placement.iter().cloned().collect(),
        channel: asked.channel.clone(),
    };
    let report = Report { timezone, zone_is_known: zone.is_some(), ..Report::default() };
    let mut reader = Reader { asked, settings, names: Names::default(), report, seen: BTreeMap::new() };
    reader.all(&found);
    let Found { sources, left, wrong, .. } = found;
    reader.report.left.extend(left);
    reader.report.wrong.extend(wrong);
    Ok((reader.report, sources))
}

struct Reader<'a> {
    asked: &'a Import,
    settings: Settings,
    names: Names,
    report: Report,
    /// What each entry says, and the job that came of the first that said it.
    seen: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn all(&mut self, found: &Found) {
        let mut run: Vec<&str> = Vec::new();
        for (index, source) in found.sources.iter().enumerate() {
            self.report.files += 1;
            for line in crontab::lines(&source.bytes, &source.kind) {
                let place = format!("{}:{}", source.shown, line.number);
                match line.what {
                    What::Other => {}
                    What::Disabled(job) => self.report.known.push(Known { place, job }),
                    What::Fault(faults) => {
                        let wrong = faults.into_iter().map(|fault| Wrong {
                            place: place.clone(),
                            text: line.text.clone(),
                            fault,
                        });
                        self.report.wrong.extend(wrong);
                    }
                    What::Entry(entry) => {
                        let from = Spot { place, text: line.text, line: Some((index, line.number)) };
                        let of = crontab::folder_of_run_parts(&entry.command);
                        let folder = found.folders.iter().find(|folder| of.as_deref() == Some(folder.shown));
                        run.extend(folder.map(|folder| folder.shown));
                        match folder {
                            Some(_) if found.anacron && entry.command.contains("anacron") => {
                                self.of_anacron(&from);
                            }
                            Some(folder) if self.asked.split => self.each_script(&entry, folder, &from),
                            _ => self.entry(&entry, &from),
                        }
                    }
                }
            }
        }
        for folder in found.folders.iter().filter(|folder| !folder.scripts.is_empty()) {
            if !run.contains(&folder.shown) {
                self.without_line(folder);
            }
        }
    }

    /// Takes each script of a folder in the place of the line that runs them all.
    fn each_script(&mut self, line: &Entry, folder: &Folder, from: &Spot) {
        if folder.scripts.is_empty() {
            let reason = "the folder has no script that runs".to_owned();
            let hint = Some(
                "without --split the line is a job, which runs what comes into the folder later".to_owned(),
            );
            self.report.left.push(Left { place: from.place.clone(), text: from.text.clone(), reason, hint });
        }
        for script in &folder.scripts {
            let path = format!("{}/{script}", folder.shown);
            let mut entry = Entry { command: path.clone(), cwd: Some("/".to_owned()), ..line.clone() };
            entry.notes.push(format!(
                "`{}` ran it after others of the folder; a script that comes later is no job",
                from.place
            ));
            let from = Spot { place: format!("{path} ({})", from.place), ..from.clone() };
            self.entry(&entry, &from);
        }
    }

    /// Leaves a folder that cron does not run.
    fn without_line(&mut self, folder: &Folder) {
        let reason = format!("no crontab runs its scripts ({})", folder.scripts.join(", "));
        let hint =
            "if anacron or a timer of systemd does, write a job that calls `run-parts`, then remove that"
                .to_owned();
        self.report.left.push(Left {
            place: folder.shown.to_owned(),
            text: String::new(),
            reason,
            hint: Some(hint),
        });
    }

    /// Leaves a line that does nothing, since anacron is there and runs the folder.
    fn of_anacron(&mut self, from: &Spot) {
        let reason = "anacron is set up and runs this folder, so the line does nothing".to_owned();
        let hint = "remove anacron (`apt-get remove anacron`), then import again".to_owned();
        let (place, text) = (from.place.clone(), from.text.clone());
        self.report.left.push(Left { place, text, reason, hint: Some(hint) });
    }

    fn entry(&mut self, entry: &Entry, from: &Spot) {
        if entry.when == When::Reboot {
            let model::fault::Fault { message: reason, hint, .. } = crontab::reboot();
            self.report.left.push(Left { place: from.place.clone(), text: from.text.clone(), reason, hint });
            return;
        }
        let says =
            json!([format!("{:?}", entry.when), entry.user, entry.command, entry.stdin, entry.variables])
                .to_string();
        if let Some(first) = self.seen.get(&says) {
            let taken = &mut self.report.jobs[*first];
            taken.same_as.push(from.place.clone());
            taken.lines.extend(from.line);
            return;
        }
        let name = self.names.of(&entry.command, &self.asked.prefix);
        match crontab::made(entry, &from.place, &name, &self.settings) {
            Ok(made) => {
                self.seen.insert(says, self.report.jobs.len());
                self.report.jobs.push(Taken {
                    name,
                    place: from.place.clone(),
                    lines: from.line.into_iter().collect(),
                    made,
                    same_as: Vec::new(),
                    result: None,
                    error: None,
                });
            }
            Err(faults) => {
                let (place, text) = (&from.place, &from.text);
                let wrong = faults.into_vec().into_iter().map(|fault| Wrong {
                    place: place.clone(),
                    text: text.clone(),
                    fault,
                });
                self.report.wrong.extend(wrong);
            }
        }
    }
}

/// Where an entry stands.
#[derive(Clone)]
struct Spot {
    place: String,
    text: String,
    /// The source and the line; none where no line says it.
    line: Option<(usize, usize)>,
}
