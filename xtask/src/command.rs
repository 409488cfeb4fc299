//! Runs other programs: shows what it runs, fails with what failed, and counts the tests that runners report.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::again::{self, Failures};

/// How the variables begin by which cargo tells a program of its package.
const OF_OURSELVES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// Returns the folder of the clone.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the clone")
}

/// Returns the folder into which cargo built this program, and so the others.
pub(crate) fn built() -> Result<PathBuf> {
    let own = std::env::current_exe().context("where xtask itself lies")?;
    Ok(own.parent().context("xtask lies in a folder")?.to_owned())
}

/// Returns cargo as it was called, in the clone and as from a shell.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What cargo tells us of ourselves is nothing to the next one: `ring` and all that leans on it would be built anew
    // whenever `cargo xtask` follows a plain `cargo`, and the other way round.
    for (name, _) in std::env::vars_os() {
        if OF_OURSELVES.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// Returns a program to be run in a folder of the clone.
pub(crate) fn program(name: impl AsRef<OsStr>, folder: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root().join(folder));
    command
}

/// Returns the command as one would type it.
fn shown(command: &Command) -> String {
    let mut text =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Runs a command with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = shown(command);
    eprintln!("── {text}");
    let status = command.status().with_context(|| format!("could not start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// Runs a command and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let text = shown(command);
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("could not start `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("what `{text}` printed"))
}

/// How many tests ran.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Of those that passed, how many failed at their first try.
    pub(crate) flaky: u64,
}

impl Count {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.flaky += other.flaky;
    }
}

/// Runs a test runner with its output shown, and returns what it counted. A runner that fails or that ran no test
/// fails here too.
pub(crate) fn run_tests(command: &mut Command) -> Result<Count> {
    let (count, status) = watch_tests(command, |_| ())?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    ran(count, command)
}

/// Runs tests of the standard harness as [`run_tests`] does, and those that failed once more, alone. `words` leads
/// `cargo test` to its harness: `--`, or nothing for a test binary.
pub(crate) fn run_tests_again(mut command: impl FnMut() -> Command, words: &[&str]) -> Result<Count> {
    let mut failures = Failures::default();
    let mut first = command();
    let (count, status) = watch_tests(&mut first, |line| failures.read(line))?;
    if status.success() {
        return ran(count, &first);
    }
    let again = failures.words(&format!("`{}` failed ({status})", shown(&first)))?;
    again::confirm(count, run_tests(command().args(words).args(again))?)
}

fn ran(count: Count, command: &Command) -> Result<Count> {
    if count.passed == 0 {
        bail!("`{}` ran no test", shown(command));
    }
    Ok(count)
}

/// Runs a test runner, shows its lines and hands them to `on_line`.
fn watch_tests(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<(Count, ExitStatus)> {
    let text = shown(command);
    eprintln!("── {text}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{text}`"))?;
    let mut count = Count::default();
    for line in BufReader::new(child.stdout.take().expect("piped above")).split(b'\n') {
        let line = line.context("what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        on_line(&line);
        count.add(counted(&line));
    }
    Ok((count, child.wait()?))
}

/// Returns what one line of a runner counts: cargo test's `test result: ok. 3 passed; 0 failed`, vitest's
/// `Tests  3 passed (3)`, playwright's `  3 passed (4.2s)`.
pub(crate) fn counted(line: &str) -> Count {
    let plain = without_colours(line);
    let plain = plain.trim();
    let result = plain.starts_with("test result:") || plain.starts_with("Tests ");
    let playwright = plain.split_once(" passed (").is_some_and(|(n, _)| n.parse::<u64>().is_ok());
    if !result && !playwright {
        return Count::default();
    }
    let before = |word: &str| {
        let (head, _) = plain.split_once(word)?;
        head.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let of = |word| before(word).unwrap_or(0);
    Count { passed: of(" passed"), failed: of(" failed"), flaky: 0 }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((head, tail)) = rest.split_once('\x1b') {
        plain.push_str(head);
        rest = tail.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Returns where on the PATH a program of this name lies.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Returns true when this process may install packages of the system.
pub(crate) fn is_root() -> bool {
    output(program("id", ".").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_each_runner_is_counted() {
        let cases = [
            ("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured", 12, 0),
            ("test result: FAILED. 3 passed; 2 failed; 0 ignored", 3, 2),
            ("\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[32m7 passed\x1b[39m\x1b[22m\x1b[90m (7)\x1b[39m", 7, 0),
            ("  5 passed (12.3s)", 5, 0),
            ("\x1b[32m  5 passed\x1b[39m\x1b[2m (12.3s)\x1b[22m", 5, 0),
            (" Test Files  2 passed (2)", 0, 0),
            ("the 3 passed (by)", 0, 0),
        ];
        for (line, passed, failed) in cases {
            let count = counted(line);
            assert_eq!((count.passed, count.failed), (passed, failed), "{line}");
        }
    }
}
