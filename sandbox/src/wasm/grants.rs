//! Turns what a job grants its module into open directories, arguments and variables, or refuses it.
//!
//! A directory is opened once, its real place is read back from the open file, and the guest gets that same open
//! file: a link that is swapped in between leads nowhere. Paths outside the roots are refused before the file
//! system is asked, so that a job cannot probe what is there.
//!
//! Not here: keeping the guest inside an open directory (the engine's file functions do).

use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use model::outcome::Stage;
use model::ports::{RunRef, StartError};
use model::workload::{DirGrant, DirMode, Env, Wasm};

/// A directory that was granted and opened.
#[derive(Debug)]
pub(super) struct OpenDir {
    file: File,
    pub(super) guest: String,
    pub(super) mode: DirMode,
}

impl OpenDir {
    /// Returns a path to the open directory itself, wherever it is moved.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

/// Checks what this version cannot give, and opens the granted directories beneath `roots`.
///
/// # Errors
/// The job's doing, with the grant's name and what would help.
pub(super) fn open(wasm: &Wasm, roots: &[PathBuf]) -> Result<Vec<OpenDir>, StartError> {
    if let Some(address) = wasm.network.first() {
        return refuse(format!(
            "`network` grants `{address}`, but a preview 1 module cannot connect to anything\n\
             hint: remove `network` from the job"
        ));
    }
    let mut dirs: Vec<OpenDir> = Vec::new();
    for grant in &wasm.dirs {
        if dirs.iter().any(|dir| dir.guest == grant.guest) {
            return refuse(format!("two directories are granted as `{}`", grant.guest));
        }
        dirs.push(open_dir(grant, roots)?);
    }
    Ok(dirs)
}

fn open_dir(grant: &DirGrant, roots: &[PathBuf]) -> Result<OpenDir, StartError> {
    let host = Path::new(&grant.host);
    let plain = host.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !host.is_absolute() || !plain {
        return refuse(format!("directory `{}` must be an absolute path without `..`", grant.host));
    }
    if !roots.iter().any(|root| host.starts_with(root)) {
        return refuse(not_allowed(grant, roots));
    }
    let file =
        OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NONBLOCK).open(host).map_err(
            |e| StartError::job(Stage::Grants, format!("failed to open directory `{}`: {e}", grant.host)),
        )?;
    let dir = OpenDir { file, guest: grant.guest.clone(), mode: grant.mode };
    let real = fs::read_link(dir.path()).map_err(|e| {
        StartError::worker(Stage::Grants, format!("failed to read where `{}` leads: {e}", grant.host))
    })?;
    let beneath = roots.iter().any(|root| fs::canonicalize(root).is_ok_and(|root| real.starts_with(root)));
    if !beneath {
        return refuse(format!("directory `{}` leads out of what this worker allows by a link", grant.host));
    }
    Ok(dir)
}

fn not_allowed(grant: &DirGrant, roots: &[PathBuf]) -> String {
    if roots.is_empty() {
        return format!(
            "directory `{}` cannot be granted: this worker allows none\n\
             hint: its owner can allow one with `--wasm-root`",
            grant.host
        );
    }
    let roots: Vec<_> = roots.iter().map(|root| format!("`{}`", root.display())).collect();
    format!(
        "directory `{}` cannot be granted: this worker allows what is beneath {}\n\
         hint: its owner can allow more with `--wasm-root`",
        grant.host,
        roots.join(", ")
    )
}

fn refuse<T>(message: String) -> Result<T, StartError> {
    Err(StartError::job(Stage::Grants, message))
}

/// Returns the variables of a run: its zone, the job's own, and what names the run, which nobody can replace.
pub(super) fn variables(run: &RunRef, job: &Env) -> Vec<(String, String)> {
    let mut all = Env::default().0;
    all.insert("TZ".into(), run.timezone.clone());
    all.extend(job.0.clone());
    let own = [
        ("SANDGLASS_JOB", run.job.to_string()),
        ("SANDGLASS_RUN", run.id.to_string()),
        ("SANDGLASS_ATTEMPT", run.attempt.to_string()),
        ("SANDGLASS_SCHEDULED_AT", run.scheduled_at.to_string()),
        ("SANDGLASS_FENCE", run.fence.to_string()),
        ("SANDGLASS_WORKER", run.worker.to_string()),
    ];
    all.extend(own.map(|(name, value)| (name.to_owned(), value)));
    all.into_iter().collect()
}
