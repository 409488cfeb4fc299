//! A small file system under something of a server's, to be filled.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::is_root;

/// What fills it.
const FILLER: &str = "filler";

/// A file system in memory, unmounted when this is dropped.
#[derive(Debug)]
pub struct Small(PathBuf);

impl Small {
    /// Mounts one; none, said on standard error, where this process may not.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn mount(at: &Path, size: &str) -> Result<Option<Self>> {
        if !is_root() {
            eprintln!("skipped: a small file system can be mounted by root alone");
            return Ok(None);
        }
        fs::create_dir_all(at)?;
        let options = format!("size={size},mode=0755");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at);
        if !mount.status().context("could not start `mount`")?.success() {
            eprintln!("skipped: this host does not let root mount a file system");
            return Ok(None);
        }
        Ok(Some(Self(at.to_owned())))
    }

    /// Writes until nothing more fits.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn fill(&self) -> Result<()> {
        let mut file = File::create(self.0.join(FILLER))?;
        // The refusal is what is wanted.
        while file.write_all(&[0; 64 * 1024]).is_ok() {}
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn empty(&self) -> Result<()> {
        Ok(fs::remove_file(self.0.join(FILLER))?)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: whoever still looks into it keeps it for that long.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}
