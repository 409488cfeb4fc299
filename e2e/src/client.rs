//! One server as a person or a script sees it: asked by command line, waited for with a deadline.
//!
//! Not here: starting and ending it (`Server`, `fleet`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{PATIENCE, ask, told};

/// How much of a log a failure shows.
const LOG_LINES: usize = 60;

/// Asks one server.
#[derive(Debug, Clone)]
pub struct Client {
    /// The binary that asks.
    pub(crate) binary: PathBuf,
    /// Its address.
    pub url: String,
    /// Where the admin's token is.
    pub(crate) token: PathBuf,
    /// A folder for files on their way to it.
    pub(crate) folder: PathBuf,
    /// What a failure shows the end of.
    pub(crate) logs: Vec<PathBuf>,
}

impl Client {
    /// Returns who asks a service that was installed: by this binary, at this address, with the token in a file. What it
    /// sends waits in `folder`; a failure shows the end of `log`.
    pub fn of_service(binary: &Path, url: &str, token: &Path, folder: &Path, log: &Path) -> Self {
        let [binary, token, folder, log] = [binary, token, folder, log].map(Path::to_owned);
        Self { binary, url: url.to_owned(), token, folder, logs: vec![log] }
    }

    /// Returns the end of what was logged so far.
    pub fn log(&self) -> String {
        let mut told = String::new();
        for log in &self.logs {
            let text = fs::read_to_string(log).unwrap_or_default();
            let from = text.lines().count().saturating_sub(LOG_LINES);
            if self.logs.len() > 1 {
                told.push_str(&format!("── {}\n", log.display()));
            }
            text.lines().skip(from).for_each(|line| told.push_str(&format!("{line}\n")));
        }
        told
    }

    /// Returns the admin's token.
    pub fn token(&self) -> String {
        fs::read_to_string(&self.token).unwrap_or_default().trim().to_owned()
    }

    /// Runs the command line against it.
    ///
    /// # Errors
    /// When it could not be started.
    pub fn ask(&self, arguments: &[&str]) -> Result<Output> {
        ask(&self.binary, &self.url, &self.token(), arguments)
    }

    /// Runs the command line against it and returns what it printed; fails when it does.
    ///
    /// # Errors
    /// When the command failed.
    pub fn done(&self, arguments: &[&str]) -> Result<String> {
        let output = self.ask(arguments)?;
        if !output.status.success() {
            bail!("`sandglass {}` failed: {}", arguments.join(" "), told(&output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs the command line against it and reads its JSON.
    ///
    /// # Errors
    /// When the command failed or printed something else.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.done(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))
    }

    /// Saves jobs from YAML text.
    ///
    /// # Errors
    /// When they were refused.
    pub fn apply(&self, yaml: &str) -> Result<()> {
        let file = self.folder.join("jobs.yaml");
        fs::write(&file, yaml)?;
        self.done(&["job", "apply", "-f", &file.to_string_lossy()]).map(|_| ())
    }

    /// Returns the runs of a job, newest first.
    ///
    /// # Errors
    /// When the server did not answer.
    pub fn runs(&self, job: &str) -> Result<Vec<Value>> {
        let page = self.json(&["run", "list", "--job", job, "-n", "500"])?;
        Ok(page["runs"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until `ready` returns something.
    ///
    /// # Errors
    /// When it does not in time; tells `what` was waited for, and the log.
    pub fn until<T>(&self, what: &str, ready: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        self.until_within(PATIENCE, what, ready)
    }

    /// Waits until `ready` returns something, for what takes longer than anything else.
    ///
    /// # Errors
    /// When it does not in time; tells `what` was waited for, and the log.
    pub fn until_within<T>(
        &self,
        patience: Duration,
        what: &str,
        mut ready: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(value) = ready()? {
                return Ok(value);
            }
            if Instant::now() > deadline {
                bail!("waited in vain for {what}; the log:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a job has a run in one of these statuses, and returns it.
    ///
    /// # Errors
    /// When it has none in time.
    pub fn run_in(&self, job: &str, statuses: &[&str]) -> Result<Value> {
        self.until(&format!("a run of `{job}` in {statuses:?}"), || {
            let is = |run: &Value| statuses.contains(&run["status"].as_str().unwrap_or_default());
            Ok(self.runs(job)?.into_iter().find(is))
        })
    }
}
