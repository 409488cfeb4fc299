//! Members of one JSON document a line, written and read without holding them all.
//!
//! Not here: what a line says (`ModuleLine`, `master::api::MovingJob`).

use std::fs::File;
use std::io::{BufRead as _, Seek as _, SeekFrom, Write as _};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::archive::Archive;
use crate::exit::Impossible;

/// Lines that wait on the disk for their place in an archive.
pub(super) struct Spool {
    file: File,
    pub(super) count: usize,
}

impl Spool {
    /// Returns an empty one; its file has no name, and goes with the process.
    pub(super) fn new() -> Result<Self> {
        Ok(Self { file: tempfile::tempfile().context("could not make a temporary file")?, count: 0 })
    }

    /// Adds a line.
    pub(super) fn push<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let line = serde_json::to_string(value).context("a line of the export")? + "\n";
        self.file.write_all(line.as_bytes()).context("could not write a temporary file")?;
        self.count += 1;
        Ok(())
    }

    /// Returns the file, from its beginning.
    pub(super) fn file(&mut self) -> Result<&mut File> {
        self.file.seek(SeekFrom::Start(0)).context("could not read a temporary file")?;
        Ok(&mut self.file)
    }
}

/// Reads the lines of a member, one after the other.
pub(super) fn lines<T: DeserializeOwned>(
    archive: &Archive,
    name: &'static str,
) -> Result<impl Iterator<Item = Result<T>>> {
    let lines = archive.member(name)?.lines();
    Ok(lines.enumerate().map(move |(at, line)| {
        let line = line.with_context(|| format!("could not read `{name}`"))?;
        serde_json::from_str(&line).map_err(|error| {
            Impossible(format!("`{name}`, line {}: {error}; nothing was changed", at + 1)).into()
        })
    }))
}
