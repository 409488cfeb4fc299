//! The crontabs of a machine: which files there are, in which form, and what cron itself leaves out.
//!
//! Flow: options → **`sources`** → `Found` → `reading`.
//! Not here: what stands in them (`crate::crontab`).

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::report::{Left, Wrong};
use crate::arguments::Import;
use crate::crontab::Kind;
use crate::exit::BadUsage;

/// Most bytes of one crontab.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Folders whose scripts run together.
const FOLDERS: [&str; 4] = ["/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly"];

/// One crontab.
pub(super) struct Source {
    /// Where it lies; none for standard input.
    pub(super) file: Option<PathBuf>,
    /// What it is called in reports: its path on the machine that it is of.
    pub(super) shown: String,
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
}

/// A folder whose scripts run together.
pub(super) struct Folder {
    pub(super) shown: &'static str,
    /// The scripts that `run-parts` starts, by name.
    pub(super) scripts: Vec<String>,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) sources: Vec<Source>,
    pub(super) folders: Vec<Folder>,
    pub(super) left: Vec<Left>,
    pub(super) wrong: Vec<Wrong>,
    /// True when anacron is set up there, which runs the folders in cron's place.
    pub(super) anacron: bool,
}

/// Reads the crontabs that were asked for.
pub(super) fn find(asked: &Import) -> Result<Found> {
    let mut finder = Finder { asked, found: Found::default() };
    for file in &asked.files {
        if file == Path::new("-") {
            finder.standard_input()?;
        } else if file.is_dir() {
            finder.folder(file, None);
        } else {
            let kind = finder.kind_of(file);
            finder.take(file, kind);
        }
    }
    if asked.system {
        finder.machine()?;
    }
    if let Some(Source { shown, .. }) =
        finder.found.sources.first().filter(|_| asked.enable_original).filter(|s| s.file.is_none())
    {
        return Err(BadUsage(format!("`{shown}` cannot be changed\nhint: name the files")).into());
    }
    Ok(finder.found)
}

/// Returns the zone of a machine: what its files say; none where they do not.
pub(super) fn zone_of(root: &Path) -> Option<String> {
    let named = fs::read_to_string(root.join("etc/timezone")).ok();
    let named = named.map(|text| text.trim().to_owned()).filter(|name| !name.is_empty());
    named.or_else(|| {
        let target = fs::read_link(root.join("etc/localtime")).ok()?;
        let (_, name) = target.to_str()?.split_once("zoneinfo/")?;
        Some(name.to_owned())
    })
}

struct Finder<'a> {
    asked: &'a Import,
    found: Found,
}

impl Finder<'_> {
    fn machine(&mut self) -> Result<()> {
        let root = &self.asked.root;
        if !root.is_dir() {
            return Err(BadUsage(format!("--root `{}` is no folder", root.display())).into());
        }
        let table = root.join("etc/crontab");
        if table.exists() {
            self.take(&table, Kind::System);
        }
        let folder = root.join("etc/cron.d");
        if folder.exists() {
            self.folder(&folder, Some(&Kind::System));
        }
        for spool in ["var/spool/cron/crontabs", "var/spool/cron"] {
            let folder = root.join(spool);
            if folder.exists() {
                self.folder(&folder, None);
            }
        }
        self.found.anacron = root.join("etc/anacrontab").exists();
        for shown in FOLDERS {
            self.scripts(shown);
        }
        Ok(())
    }

    /// Takes the files of a folder, but those that cron itself does not look at.
    fn folder(&mut self, folder: &Path, kind: Option<&Kind>) {
        let mut files = match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect::<Vec<_>>(),
            Err(error) => {
                self.unreadable(folder, &error);
                return;
            }
        };
        files.sort();
        for file in files.into_iter().filter(|file| file.is_file()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let kind = kind.cloned().unwrap_or_else(|| self.kind_of(&file));
            if name.starts_with('.') {
                continue;
            }
            if kind == Kind::System && !name.bytes().all(is_plain) {
                self.leave(&file, "cron reads no file whose name has other letters than `a-z A-Z 0-9 _ -`");
                continue;
            }
            self.take(&file, kind);
        }
    }

    /// Returns which form a file has, by where it lies and what was said.
    fn kind_of(&self, file: &Path) -> Kind {
        if let Some(user) = &self.asked.user {
            return Kind::User(Some(user.clone()));
        }
        let path = file.to_string_lossy();
        let of_system =
            path.ends_with("etc/crontab") || path.contains("/cron.d/") || path.starts_with("cron.d/");
        if self.asked.system_format || of_system {
            return Kind::System;
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        Kind::User(name.filter(|_| path.contains("spool/cron/")))
    }

    fn standard_input(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .context("could not read standard input")?;
        let kind = if self.asked.system_format { Kind::System } else { Kind::User(self.asked.user.clone()) };
        self.found.sources.push(Source { file: None, shown: "standard input".to_owned(), kind, bytes });
        Ok(())
    }

    fn take(&mut self, file: &Path, kind: Kind) {
        let mut bytes = Vec::new();
        let read =
            fs::File::open(file).and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        match read {
            Err(error) => self.unreadable(file, &error),
            Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => {
                let message = format!("has more than {FILE_BYTES_MAX} bytes");
                self.found.wrong.push(Wrong::file(self.shown(file), message, "is it a crontab?".to_owned()));
            }
            Ok(_) => {
                let (file, shown) = (Some(file.to_owned()), self.shown(file));
                self.found.sources.push(Source { file, shown, kind, bytes });
            }
        }
    }

    /// Finds the scripts of a folder that `run-parts` would start.
    fn scripts(&mut self, shown: &'static str) {
        let folder = self.asked.root.join(shown.trim_start_matches('/'));
        let Ok(entries) = fs::read_dir(&folder) else { return };
        let mut files: Vec<_> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|file| file.is_file()).collect();
        files.sort();
        let mut scripts = Vec::new();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let runs = fs::metadata(&file).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
            if !name.bytes().all(is_plain) {
                self.leave(
                    &file,
                    "run-parts starts no script whose name has other letters than `a-z A-Z 0-9 _ -`",
                );
            } else if !runs {
                self.leave(&file, "run-parts starts no file that may not be executed");
            } else {
                scripts.push(name);
            }
        }
        self.found.folders.push(Folder { shown, scripts });
    }

    fn leave(&mut self, file: &Path, reason: &str) {
        let (place, reason) = (self.shown(file), reason.to_owned());
        self.found.left.push(Left { place, text: String::new(), reason, hint: None });
    }

    fn unreadable(&mut self, file: &Path, error: &std::io::Error) {
        let hint = match error.kind() {
            std::io::ErrorKind::PermissionDenied => "run this as root",
            _ => "name a file that is there",
        };
        let message = format!("could not be read: {error}");
        self.found.wrong.push(Wrong::file(self.shown(file), message, hint.to_owned()));
    }

    /// Returns the path of a file on the machine that it is of.
    fn shown(&self, file: &Path) -> String {
        let inside = file
            .strip_prefix(&self.asked.root)
            .ok()
            .filter(|_| self.asked.root.components().nth(1).is_some());
        let path = inside.map_or_else(|| file.to_owned(), |inside| Path::new("/").join(inside));
        path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>().display().to_string()
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
