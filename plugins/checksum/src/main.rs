//! Prints the SHA-256 of every file beneath the directories that it is given, as `sha256sum` does.
//!
//! A directory is visible only when the job grants it. Links are listed and not followed. What cannot be read is
//! told on standard error and makes the exit code 1; the rest is still printed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sha2::{Digest as _, Sha256};

fn main() -> ExitCode {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if roots.is_empty() {
        eprintln!("usage: checksum DIRECTORY…\nhint: name directories in `args` and grant them in `dirs`");
        return ExitCode::from(2);
    }
    let mut faults = 0;
    for root in &roots {
        walk(root, &mut faults);
    }
    if faults > 0 {
        eprintln!("{faults} could not be read");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Prints the files beneath `path`, in the order of their names.
fn walk(path: &Path, faults: &mut u32) {
    let done = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => walk_into(path, faults),
        Ok(meta) if meta.is_file() => digest(path).map(|digest| println!("{digest}  {}", path.display())),
        Ok(_) => {
            eprintln!("{}: a link or a special file, left out", path.display());
            Ok(())
        }
        Err(e) => Err(e),
    };
    if let Err(e) = done {
        eprintln!("{}: {e}", path.display());
        *faults += 1;
    }
}

fn walk_into(dir: &Path, faults: &mut u32) -> io::Result<()> {
    let mut entries = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        walk(&entry, faults);
    }
    Ok(())
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        sum.update(&buffer[..read]);
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
