//! Configuration: one TOML file for each role, read once, all its faults told at once with name, place and what to do.
//!
//! Whoever may write it decides who runs what as whom; so a file that others than root and the process's own user may
//! write is refused. Secrets stand in files of their own.
//!
//! Flow: `--config FILE`, flags and `SANDGLASS_OPT_…` → **`config`** → the sections → wiring.

mod alerts;
mod document;
pub(crate) mod effective;
#[cfg(all(feature = "etcd", feature = "mongodb"))]
pub(crate) mod fleet;
mod reach;
mod reloaded;
mod secret;
mod section;
pub(crate) mod shell;
mod telemetry;
mod variables;
mod wasm;

use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::fault::Faults;
use model::quantity::ByteSize;
use nix::unistd::geteuid;
use sandbox::folder::Chunking;
use sandbox::shell::ShellPolicy;

use crate::exit::BadUsage;
use document::Table;
use section::Section;

pub(crate) use reach::{CertificateFiles, net, url, user_header};
pub(crate) use reloaded::reloaded;
pub(crate) use secret::read as read_secret;
pub(crate) use section::{Given, VARIABLE};
pub(crate) use telemetry::Collector;

/// Most bytes of a configuration.
const BYTES_MAX: u64 = 1 << 20;
/// Writable by the group or by all.
const OTHERS_WRITE: u32 = 0o022;
/// In such a directory nobody may replace another's file.
const STICKY: u32 = 0o1000;

/// What the owner of a machine allows jobs, and where and how they are held.
#[derive(Debug)]
pub(crate) struct Allowed {
    /// `[shell]`
    pub(crate) shell: ShellPolicy,
    /// `[wasm] roots`: the directories beneath which jobs may be granted directories.
    pub(crate) wasm_roots: Vec<PathBuf>,
    /// Where control groups are made.
    pub(crate) cgroup_root: Option<PathBuf>,
    /// Memory that all shell jobs together leave to the rest of the host.
    pub(crate) memory_reserve: Option<ByteSize>,
    /// How output is cut into chunks.
    pub(crate) chunking: Chunking,
    /// `[alerts]`, of a standalone server.
    pub(crate) alerts: master::AlertOptions,
    /// `[telemetry]`, of a standalone server.
    pub(crate) collector: Option<Collector>,
}

impl Allowed {
    /// Reads the sections that a standalone server's file and a worker's have in common.
    fn read(top: &mut Section<'_>, faults: &mut Faults) -> Self {
        let shell = shell::read(top.section("shell", faults), faults);
        let wasm_roots = wasm::read(top.section("wasm", faults), faults);
        Self {
            shell,
            wasm_roots,
            cgroup_root: None,
            memory_reserve: None,
            chunking: Chunking::default(),
            alerts: master::AlertOptions::default(),
            collector: None,
        }
    }
}

/// Reads the file of a standalone server; without one, what flags and the environment say.
///
/// # Errors
/// When it cannot be read, others may write it, or something in it is wrong: all faults, each with its place.
pub(crate) fn load_standalone(path: Option<&Path>, given: &Given) -> Result<Allowed> {
    load(path, |table, faults| standalone(table, given, faults))
}

fn standalone(table: &Table, given: &Given, faults: &mut Faults) -> Allowed {
    let mut top = Section::top(table, given);
    let alerts = alerts::read(top.section("alerts", faults), faults);
    let collector = telemetry::read(top.section("telemetry", faults), faults);
    let allowed = Allowed { alerts, collector, ..Allowed::read(&mut top, faults) };
    top.finish(faults);
    variables::refuse_unknown(given, faults);
    allowed
}

/// Reads a file by what a role expects in it.
fn load<T>(path: Option<&Path>, read: impl FnOnce(&Table, &mut Faults) -> T) -> Result<T> {
    let text = path.map(text_of).transpose()?.unwrap_or_default();
    parse(&text, read).map_err(|faults| {
        let mut told = match path {
            Some(path) => format!("failed to load the configuration `{}`", path.display()),
            None => "failed to read the options".to_owned(),
        };
        for fault in faults.as_slice() {
            told.push_str(&format!("\n{fault}").replace('\n', "\n  "));
        }
        BadUsage(told).into()
    })
}

fn parse<T>(text: &str, read: impl FnOnce(&Table, &mut Faults) -> T) -> Result<T, Faults> {
    let table = document::parse(text)?;
    let mut faults = Faults::new();
    let config = read(&table, &mut faults);
    faults.into_result(config)
}

/// Returns what is in a file that nobody else could have written.
fn text_of(path: &Path) -> Result<String> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("failed to open the configuration `{shown}`"))?;
    let meta = file.metadata().with_context(|| format!("failed to look at the configuration `{shown}`"))?;
    guard(path, &meta)?;
    let mut text = String::new();
    file.by_ref()
        .take(BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(|| format!("failed to read the configuration `{shown}`"))?;
    Ok(text)
}

/// Refuses what somebody else could have written.
fn guard(path: &Path, meta: &Metadata) -> Result<()> {
    let refuse = |what: &Path, why: String, hint: &str| {
        Err(BadUsage(format!("the configuration is not safe: `{}` {why}\nhint: {hint}", what.display()))
            .into())
    };
    if !meta.is_file() {
        return refuse(path, "is not a file".to_owned(), "name a TOML file");
    }
    let real = path.canonicalize().with_context(|| format!("failed to find `{}`", path.display()))?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let folder_meta =
        fs::metadata(folder).with_context(|| format!("failed to look at `{}`", folder.display()))?;
    for (what, meta, sticky) in [(real.as_path(), meta, false), (folder, &folder_meta, true)] {
        let (owner, mode) = (meta.uid(), meta.mode());
        if owner != 0 && owner != geteuid().as_raw() {
            return refuse(
                what,
                format!("belongs to user id {owner}"),
                "only root or the user of the worker may own it",
            );
        }
        if mode & OTHERS_WRITE != 0 && !(sticky && mode & STICKY != 0) {
            return refuse(
                what,
                format!("may be written by others (mode {:o})", mode & 0o7777),
                "chmod go-w",
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn read(text: &str) -> Result<Allowed, Faults> {
        parse(text, |table, faults| standalone(table, &Given::default(), faults))
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_paths() {
        let text = "[shell]\nenabled = 1\nusers = [\"ann\", 7]\nuid = 3\njob_uid_range = \"9-1\"\n\
            allow_unenforced = [\"fuel\"]\nown_tmp = \"no\"\n[shel]\n";
        let told = read(text).unwrap_err();
        let paths: Vec<_> = told.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "shell.enabled (line 2)",
                "shell.users[1] (line 3)",
                "shell.job_uid_range (line 5)",
                "shell.own_tmp (line 7)",
                "shell.allow_unenforced[0] (line 6)",
                "shell.uid (line 4)",
                "shel (line 8)"
            ],
            "{told}"
        );
        assert!(read("[shell\n").unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn an_empty_file_is_the_default_and_a_full_one_is_read() {
        assert!(read("").unwrap().shell.enabled);
        let text = "[shell]\nenabled = true\nusers = [\"ann\"]\ndefault_user = \"nobody\"\nallow_root = true\n\
            allow_privilege_gain = true\njob_uid_range = \"5000-6000\"\nown_tmp = \"always\"\n\
            allow_unenforced = [\"memory\", \"cpu\"]\n";
        let shell = read(text).unwrap().shell;
        assert_eq!((shell.users, shell.default_user.as_deref()), (vec!["ann".to_owned()], Some("nobody")));
        assert!(shell.allow_root && shell.allow_privilege_gain);
        assert_eq!((shell.job_uids.to_string().as_str(), shell.allow_unenforced.len()), ("5000-6000", 2));
    }

    #[test]
    fn a_file_that_others_may_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("worker.toml");
        fs::write(&path, "[shell]\n").unwrap();
        let mode = |of: &Path, mode| fs::set_permissions(of, fs::Permissions::from_mode(mode)).unwrap();
        mode(&path, 0o644);
        assert!(load_standalone(Some(&path), &Given::default()).is_ok());
        mode(&path, 0o664);
        let told = load_standalone(Some(&path), &Given::default()).unwrap_err().to_string();
        assert!(told.contains("may be written by others (mode 664)"), "{told}");
        mode(&path, 0o600);
        mode(dir.path(), 0o777);
        assert!(
            load_standalone(Some(&path), &Given::default()).unwrap_err().to_string().contains("(mode 777)")
        );
        mode(dir.path(), 0o1777);
        assert!(
            load_standalone(Some(&path), &Given::default()).is_ok(),
            "in a sticky directory nobody may replace it"
        );
        if geteuid().is_root() {
            nix::unistd::chown(&path, Some(1.into()), None).unwrap();
            assert!(
                load_standalone(Some(&path), &Given::default())
                    .unwrap_err()
                    .to_string()
                    .contains("belongs to user id 1")
            );
        }
    }
}
