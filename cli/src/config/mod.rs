//! The owner's configuration: one TOML file, read once, all its faults told at once with their paths.
//!
//! Whoever may write it decides who runs what as whom; so a file that others than root and the worker's own user may
//! write is refused.
//!
//! Flow: `--config FILE` → **`load`** → the sections → wiring. Options on the command line go before it.

mod section;
pub(crate) mod shell;

use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use model::fault::Faults;
use nix::unistd::geteuid;
use sandbox::shell::ShellPolicy;
use toml::Table;

use crate::exit::BadUsage;
use section::Section;

/// Most bytes of a configuration.
const BYTES_MAX: u64 = 1 << 20;
/// Writable by the group or by all.
const OTHERS_WRITE: u32 = 0o022;
/// In such a directory nobody may replace another's file.
const STICKY: u32 = 0o1000;

/// What the owner configured.
#[derive(Debug)]
pub(crate) struct Config {
    /// `[shell]`
    pub(crate) shell: ShellPolicy,
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read, others may write it, or something in it is wrong: all faults, each with its path.
pub(crate) fn load(path: &Path) -> Result<Config> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("failed to open the configuration `{shown}`"))?;
    let meta = file.metadata().with_context(|| format!("failed to look at the configuration `{shown}`"))?;
    guard(path, &meta)?;
    let mut text = String::new();
    file.by_ref()
        .take(BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(|| format!("failed to read the configuration `{shown}`"))?;
    parse(&text).map_err(|faults| {
        let mut told = format!("failed to load the configuration `{shown}`");
        for fault in faults.as_slice() {
            told.push_str(&format!("\n{fault}").replace('\n', "\n  "));
        }
        BadUsage(told).into()
    })
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

fn parse(text: &str) -> Result<Config, Faults> {
    let mut faults = Faults::new();
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(e) => {
            faults.add("", format!("is not TOML: {}", e.to_string().trim_end()));
            return Err(faults);
        }
    };
    let mut top = Section::top(&table);
    let shell = shell::read(top.section("shell", &mut faults), &mut faults);
    top.finish(&mut faults);
    faults.into_result(Config { shell })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn all_faults_are_told_at_once_with_their_paths() {
        let text = "[shell]\nenabled = 1\nusers = [\"ann\", 7]\nuid = 3\njob_uid_range = \"9-1\"\n\
            allow_unenforced = [\"fuel\"]\nown_tmp = \"no\"\n[shel]\n";
        let told = parse(text).unwrap_err();
        let paths: Vec<_> = told.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "shell.enabled",
                "shell.users[1]",
                "shell.job_uid_range",
                "shell.own_tmp",
                "shell.allow_unenforced[0]",
                "shell.uid",
                "shel"
            ],
            "{told}"
        );
        assert!(parse("[shell\n").unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn an_empty_file_is_the_default_and_a_full_one_is_read() {
        assert!(parse("").unwrap().shell.enabled);
        let text = "[shell]\nenabled = true\nusers = [\"ann\"]\ndefault_user = \"nobody\"\nallow_root = true\n\
            allow_privilege_gain = true\njob_uid_range = \"5000-6000\"\nown_tmp = \"always\"\n\
            allow_unenforced = [\"memory\", \"cpu\"]\n";
        let shell = parse(text).unwrap().shell;
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
        assert!(load(&path).is_ok());
        mode(&path, 0o664);
        let told = load(&path).unwrap_err().to_string();
        assert!(told.contains("may be written by others (mode 664)"), "{told}");
        mode(&path, 0o600);
        mode(dir.path(), 0o777);
        assert!(load(&path).unwrap_err().to_string().contains("(mode 777)"));
        mode(dir.path(), 0o1777);
        assert!(load(&path).is_ok(), "in a sticky directory nobody may replace it");
        if geteuid().is_root() {
            nix::unistd::chown(&path, Some(1.into()), None).unwrap();
            assert!(load(&path).unwrap_err().to_string().contains("belongs to user id 1"));
        }
    }
}
