//! What `login` keeps for the commands that follow: a server and a token for it, for this user's eyes alone. One without a name,
//! and as many with one as there are servers to go to.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::host;

/// The folder of those with a name.
const NAMED: &str = "profiles";

/// A server and a token for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) server: String,
    pub(crate) token: String,
}

impl Profile {
    /// Returns what was kept under a name, or without one; nothing where the file is not there, not ours alone, or does not read.
    pub(crate) fn kept(name: Option<&str>) -> Option<Self> {
        Self::read(&file(name)?)
    }

    /// Returns the names under which something was kept, sorted.
    pub(crate) fn names() -> Vec<String> {
        let named = folder().map(|folder| folder.join(NAMED)).and_then(|folder| fs::read_dir(folder).ok());
        let files = named.into_iter().flatten().flatten().map(|entry| entry.file_name());
        let name = |file: OsString| Some(file.to_str()?.strip_suffix(".toml")?.to_owned());
        let mut names: Vec<String> = files.filter_map(name).collect();
        names.sort();
        names
    }

    /// Keeps it under a name, or without one; returns the file.
    pub(crate) fn keep(&self, name: Option<&str>) -> Result<PathBuf> {
        let file = file(name).context("HOME is not set: there is no place for the token")?;
        self.write(&file).with_context(|| format!("could not write `{}`", file.display()))?;
        Ok(file)
    }

    fn read(file: &Path) -> Option<Self> {
        let meta = fs::metadata(file).ok()?;
        let ours = meta.is_file() && meta.uid() == geteuid().as_raw() && meta.mode() & 0o077 == 0;
        if !ours {
            eprintln!("sandglass: `{}` is open to others and is not used: `chmod 600`", file.display());
            return None;
        }
        toml::from_str(&fs::read_to_string(file).ok()?).ok()
    }

    /// Writes a new file and puts it in place: what stood there never holds half of it.
    fn write(&self, file: &Path) -> Result<()> {
        let folder = file.parent().context("a folder")?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let next = file.with_extension(format!("{}.new", std::process::id()));
        let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next)?;
        let written = open.write_all(toml::to_string(self)?.as_bytes()).and_then(|()| open.sync_all());
        written.and_then(|()| fs::rename(&next, file)).inspect_err(|_| drop(fs::remove_file(&next)))?;
        Ok(())
    }
}

fn file(name: Option<&str>) -> Option<PathBuf> {
    let folder = folder()?;
    Some(
        name.map_or_else(
            || folder.join("profile.toml"),
            |name| folder.join(NAMED).join(format!("{name}.toml")),
        ),
    )
}

fn folder() -> Option<PathBuf> {
    let base = host::environment("XDG_CONFIG_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
    let base = base.or_else(|| Some(PathBuf::from(host::environment("HOME")?).join(".config")))?;
    Some(base.join("sandglass"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_profile_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sandglass/profile.toml");
        let profile = Profile { server: "http://127.0.0.1:7480".into(), token: "s3cret".into() };
        profile.write(&file).unwrap();
        profile.write(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Profile::read(&file).unwrap() == profile);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Profile::read(&file).is_none(), "one that others may read is not used");
    }
}
