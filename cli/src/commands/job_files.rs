//! Files of jobs: YAML or JSON, several documents in one, folders of them, standard input.
//!
//! Flow: paths → **`job_files`** → documents with their places → `apply`, `job check`.
//! Not here: what the documents say.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::exit::Impossible;

/// Most bytes of one file of jobs.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A document and where it was written.
pub(super) struct Document {
    pub(super) place: String,
    pub(super) value: Value,
}

/// What was found in files: the documents, and what could not be read of them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) documents: Vec<Document>,
    pub(super) faults: Vec<String>,
}

/// Reads all documents of all files.
pub(super) fn read(files: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for file in expanded(files)? {
        let name = file.display().to_string();
        match documents(&text_of(&file)?) {
            Err(error) => found.faults.push(format!("{name}: {error}")),
            Ok(values) => {
                let many = values.len() > 1;
                found.documents.extend(values.into_iter().enumerate().map(|(i, value)| {
                    let place = if many { format!("{name}, document {}", i + 1) } else { name.clone() };
                    Document { place, value }
                }));
            }
        }
    }
    Ok(found)
}

/// Returns the files, with folders in place of which stand the job files in them, sorted.
fn expanded(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for file in files {
        if !file.is_dir() {
            all.push(file.clone());
            continue;
        }
        let mut inside: Vec<_> = fs::read_dir(file)
            .with_context(|| format!("could not read the folder `{}`", file.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json"))
            .collect();
        inside.sort();
        all.extend(inside);
    }
    Ok(all)
}

fn text_of(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("could not read `{}`", file.display()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Impossible(format!("`{}` is larger than {FILE_BYTES_MAX} bytes", file.display())).into());
    }
    String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8 text", file.display()))
}

/// Returns the documents of a YAML or JSON text; JSON is YAML. Empty ones (a file that ends in `---`) are left out.
fn documents(text: &str) -> Result<Vec<Value>> {
    let values: Vec<Value> = serde_saphyr::from_multiple(text)?;
    Ok(values.into_iter().filter(|value| !value.is_null()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_hold_several_jobs() {
        let values = documents("name: a\n---\nname: b\n---\n").unwrap();
        assert_eq!(values.len(), 2);
        assert_eq!(values[1]["name"], "b");
        assert_eq!(documents("{\"name\": \"a\"}").unwrap()[0]["name"], "a");
    }

    #[test]
    fn malformed_yaml_is_told_with_its_place() {
        let error = documents("name: a\nshell: { script: \"x\"\nschedule: y\n").unwrap_err().to_string();
        assert!(error.contains("line"), "{error}");
    }
}
