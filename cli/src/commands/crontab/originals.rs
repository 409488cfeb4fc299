//! Takes lines out of crontabs and puts them back. A file is replaced whole, by one rename, with its owner and mode; the
//! file as it was stays beside it under a name that cron does not read (`.crontab.before-sandglass`).
//!
//! What could not be put back by this program is not taken out: links, and files whose copy is not theirs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::report::Changed;
use crate::crontab::{disabled, enabled};
use crate::exit::Impossible;

/// A file whose lines can be taken out.
pub(super) struct Ready {
    file: PathBuf,
    copy: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    lines: usize,
}

/// Looks whether lines of a file can be taken out and put back; changes nothing.
///
/// # Errors
/// [`Impossible`] with the reason when they cannot.
pub(super) fn ready(file: &Path, bytes: &[u8], lines: &BTreeMap<usize, String>) -> Result<Ready> {
    let refuse =
        |why: &str| Impossible(format!("`{}`: its lines cannot be taken out: {why}", file.display()));
    let meta =
        fs::symlink_metadata(file).with_context(|| format!("could not look at `{}`", file.display()))?;
    if !meta.is_file() {
        return Err(refuse("it is a link\nhint: name the file that it points to").into());
    }
    if meta.nlink() > 1 {
        return Err(refuse("it has several names (hard links)\nhint: make it a file of its own").into());
    }
    let after = disabled(bytes, lines);
    let (back, marks) = enabled(&after);
    let (clean, earlier) = enabled(bytes);
    if back != clean || marks.len() < earlier.len() + lines.len() {
        return Err(refuse("putting them back would not give the file as it is").into());
    }
    let copy = copy_of(file);
    if earlier.is_empty() && copy.exists() && fs::read(&copy).ok().as_deref() != Some(bytes) {
        let why = format!(
            "`{}` is there, and no line of the file is ours\nhint: move that copy away once you do not need it",
            copy.display()
        );
        return Err(refuse(&why).into());
    }
    Ok(Ready { file: file.to_owned(), copy, before: bytes.to_vec(), after, lines: lines.len() })
}

impl Ready {
    /// Takes the lines out.
    pub(super) fn disable(self) -> Result<Changed> {
        let Self { file, copy, before, after, lines } = self;
        let now = fs::read(&file).with_context(|| format!("could not read `{}`", file.display()))?;
        if now != before {
            let text =
                format!("`{}` was changed meanwhile; its lines stay\nhint: import again", file.display());
            return Err(Impossible(text).into());
        }
        if !copy.exists() {
            replace(&copy, &before, &file)?;
        }
        replace(&file, &after, &file)?;
        Ok(Changed { file: file.display().to_string(), lines, copy: Some(copy.display().to_string()) })
    }
}

/// Puts all lines of a file back; none when it has none that were taken out.
pub(super) fn enable(file: &Path, bytes: &[u8]) -> Result<Option<Changed>> {
    let (back, jobs) = enabled(bytes);
    if jobs.is_empty() {
        return Ok(None);
    }
    replace(file, &back, file)?;
    let copy = copy_of(file);
    // A copy that says more than the file does is somebody's to look at.
    let same = fs::read(&copy).is_ok_and(|copy| copy == back);
    if same {
        fs::remove_file(&copy).with_context(|| format!("could not remove `{}`", copy.display()))?;
    }
    let kept = (!same && copy.exists()).then(|| copy.display().to_string());
    Ok(Some(Changed { file: file.display().to_string(), lines: jobs.len(), copy: kept }))
}

/// Returns where the copy of a file lies. Cron and its kin read no file whose name begins with a dot.
fn copy_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".before-sandglass");
    file.with_file_name(name)
}

/// Writes a file beside its place with owner and mode of another, and puts it there by one rename.
fn replace(file: &Path, bytes: &[u8], like: &Path) -> Result<()> {
    let told = || format!("could not write `{}`\nhint: run this as root", file.display());
    let meta = fs::metadata(like).with_context(told)?;
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let next = file.with_file_name(name);
    let written = (|| -> std::io::Result<()> {
        let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next)?;
        open.write_all(bytes)?;
        let own = open.metadata()?;
        if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
            fchown(&open, Some(meta.uid()), Some(meta.gid()))?;
        }
        open.set_permissions(fs::Permissions::from_mode(meta.mode() & 0o7777))?;
        open.sync_all()?;
        fs::rename(&next, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    })();
    written.inspect_err(|_| drop(fs::remove_file(&next))).with_context(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "A=1\n0 1 * * * one\n0 2 * * * two\n";

    fn file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("table");
        fs::write(&file, TABLE).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        (dir, file)
    }

    fn take(file: &Path, line: usize) -> Result<Changed> {
        ready(file, &fs::read(file).unwrap(), &[(line, "job".to_owned())].into())?.disable()
    }

    #[test]
    fn lines_are_taken_out_and_put_back_with_the_files_mode() {
        let (dir, file) = file();
        take(&file, 2).unwrap();
        take(&file, 3).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, "A=1\n#sandglass:job# 0 1 * * * one\n#sandglass:job# 0 2 * * * two\n");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert_eq!(
            fs::read_to_string(copy_of(&file)).unwrap(),
            TABLE,
            "the copy is the file as it was at first"
        );
        assert_eq!(enable(&file, text.as_bytes()).unwrap().unwrap().lines, 2);
        assert_eq!(fs::read_to_string(&file).unwrap(), TABLE);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the copy is gone, as it says no more");
        assert!(enable(&file, TABLE.as_bytes()).unwrap().is_none());
    }

    #[test]
    fn edits_made_meanwhile_outlive_putting_back() {
        let (_dir, file) = file();
        take(&file, 2).unwrap();
        let edited = fs::read_to_string(&file).unwrap() + "0 3 * * * three\n";
        fs::write(&file, &edited).unwrap();
        let changed = enable(&file, edited.as_bytes()).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{TABLE}0 3 * * * three\n"));
        assert!(changed.copy.is_some(), "the copy differs, so it is left and named");
        let told = take(&file, 2).unwrap_err().to_string();
        assert!(told.contains("move that copy away"), "{told}");
    }

    #[test]
    fn what_could_not_be_put_back_is_refused_and_left_as_it_is() {
        let (dir, file) = file();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(take(&link, 2).unwrap_err().to_string().contains("it is a link"));
        let twin = dir.path().join("twin");
        fs::hard_link(&file, &twin).unwrap();
        assert!(take(&file, 2).unwrap_err().to_string().contains("several names"));
        fs::remove_file(&twin).unwrap();
        let looked = ready(&file, TABLE.as_bytes(), &[(2, "job".to_owned())].into()).unwrap();
        fs::write(&file, "another\n").unwrap();
        assert!(looked.disable().unwrap_err().to_string().contains("changed meanwhile"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "another\n");
    }
}
