//! What is packaged beside the binary: what it writes of itself, and the files of the clone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::command::{output, program, root, run};

/// Each shell, and how its packages name the script.
pub(super) const SHELLS: [(&str, &str); 3] =
    [("bash", "sandglass.bash"), ("zsh", "_sandglass"), ("fish", "sandglass.fish")];

/// The binary, and what it has written of itself.
pub(super) struct Made {
    pub(super) binary: PathBuf,
    /// The folder of the man pages.
    pub(super) man: PathBuf,
    /// The folder of the scripts for shells.
    pub(super) completions: PathBuf,
}

impl Made {
    /// Has a binary write what belongs to it into a folder.
    pub(super) fn by(binary: &Path, folder: &Path) -> Result<Self> {
        let binary = binary.canonicalize().with_context(|| format!("the binary `{}`", binary.display()))?;
        let (man, completions) = (folder.join("man"), folder.join("completions"));
        fs::create_dir_all(&completions).context("a folder for what the binary writes")?;
        run(program(&binary, ".").arg("man").arg(&man))?;
        for (shell, file) in SHELLS {
            let script = output(program(&binary, ".").args(["completions", shell]))?;
            ensure!(!script.is_empty(), "the binary wrote nothing for {shell}");
            fs::write(completions.join(file), script)?;
        }
        Ok(Self { binary, man, completions })
    }
}

/// Returns the pages for people: those of `docs/` and two of the clone's root.
pub(super) fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = within(&root().join("docs"))?;
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.extend(["README.md", "CHANGELOG.md"].map(|name| root().join(name)));
    Ok(pages)
}

/// Returns the files in a folder, in order of names.
pub(super) fn within(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("the folder `{}`", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// Returns a file's own name.
pub(super) fn name(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.with_context(|| format!("the name of `{}`", path.display()))?.to_owned())
}

/// Puts bytes below a folder, with exactly this mode.
pub(super) fn put(folder: &Path, file: &str, mode: u32, bytes: impl AsRef<[u8]>) -> Result<()> {
    let path = folder.join(file);
    let above = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(above).with_context(|| format!("could not make `{}`", above.display()))?;
    fs::write(&path, bytes).with_context(|| format!("could not write `{}`", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// [`put`], with what stands in another file.
pub(super) fn copy(from: &Path, folder: &Path, file: &str, mode: u32) -> Result<()> {
    put(folder, file, mode, fs::read(from).with_context(|| format!("`{}`", from.display()))?)
}

/// Gives every folder the same mode, whatever the umask was.
pub(super) fn settle(folder: &Path) -> Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle(&entry.path())?;
        }
    }
    Ok(())
}
