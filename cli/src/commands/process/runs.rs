//! What a worker stands on before there is a runtime: its data folder, the folder of its runs, its executor of scripts.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use model::id::WorkerId;
use model::ports::{Blobs, Clock, Executor};

use crate::commands::inner;
use crate::commands::sandbox::{Executors, Folders, shell_executor};
use crate::config::Allowed;
use crate::host;

/// What stands before there is a runtime. Whoever makes it holds the data folder.
pub(in crate::commands) struct Ground {
    pub(in crate::commands) clock: Arc<dyn Clock>,
    pub(in crate::commands) data: PathBuf,
    pub(in crate::commands) runs: PathBuf,
    shell: Arc<dyn Executor>,
}

impl Ground {
    /// Lays it in `data`, a folder that this process holds.
    pub(in crate::commands) fn lay(data: &Path, allowed: &Allowed, clock: Arc<dyn Clock>) -> Result<Self> {
        let data = data.canonicalize().with_context(|| format!("the data folder `{}`", data.display()))?;
        let runs = runs(&data)?;
        let shell = shell_executor(allowed, Some(inner::SUPERVISOR.command()), runs.clone(), clock.clone())?;
        Ok(Self { clock, data, runs, shell })
    }

    /// Returns both executors.
    pub(in crate::commands) fn executors(
        &self,
        allowed: &Allowed,
        blobs: Arc<dyn Blobs>,
    ) -> Result<Executors> {
        let folders = Folders { runs: self.runs.clone(), cache: Some(self.data.join("cache/wasm")) };
        Executors::new(allowed, self.shell.clone(), folders, blobs, self.clock.clone())
    }
}

/// Returns the options of a worker of this machine.
pub(in crate::commands) fn worker_options(id: Option<&WorkerId>, runs: &Path) -> Result<worker::Options> {
    let id = match id {
        Some(id) => id.clone(),
        None => host::worker_id()?,
    };
    Ok(worker::Options::new(id, host::boot_id()?, runs.to_owned()))
}

/// Returns the folder of all runs, made when it is not there.
fn runs(data: &Path) -> Result<PathBuf> {
    let path = data.join("runs");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .with_context(|| format!("could not make `{}`", path.display()))?;
    Ok(path)
}
