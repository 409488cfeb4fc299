//! A running `sandglass standalone`, for what asks the built server from outside.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::command::{built, program, run};

/// A running `sandglass standalone`.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    /// A login link that nobody used yet.
    pub(crate) login: String,
}

impl Server {
    /// Starts it on an empty folder, and waits until it is up.
    pub(crate) fn start(folder: &Path, options: &[&str]) -> Result<Self> {
        let mut child = program(built()?.join("sandglass"), ".")
            .args(["standalone", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the built `sandglass`")?;
        let mut lines = BufReader::new(child.stdout.take().expect("piped above"));
        let mut seen = String::new();
        let login = loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                bail!("`sandglass standalone` ended before it printed its login link:\n{seen}");
            }
            seen.push_str(&line);
            if let Some(at) = line.find("http").filter(|_| line.contains("/login#")) {
                break line[at..].trim().to_owned();
            }
        };
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let url = login.split("/login#").next().expect("split gives a first part").to_owned();
        Ok(Self { child, url, login })
    }

    /// Ends it and what a test left running, and waits: a second signal ends at once.
    pub(crate) fn stop(&mut self) -> Result<()> {
        for signal in ["-TERM", "-INT"] {
            run(program("kill", ".").args([signal, &self.child.id().to_string()]))?;
        }
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.child.kill()?;
                bail!("`sandglass standalone` did not end within 60 s of two signals");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only when a test failed before `stop`; the child is ours.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
