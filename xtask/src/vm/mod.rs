//! `vm`: a throw-away machine with control groups of version 2 alone, around a test binary.
//!
//! Most build machines and containers show version 1, or version 2 without its controllers; what the sandbox promises
//! on version 2 can only be shown on a kernel that was started so. The machine has no disk and no network: kernel,
//! a shell and the binaries with their libraries, all in one image in memory. Nothing is installed but qemu.
//!
//! Its first process is a shell, or a real systemd that has the service installed (`systemd`).
//!
//! Flow: `parts` finds qemu, kernel and shell → `image` packs them with the binaries → **boot** → exit status.

mod image;
mod parts;
mod systemd;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::again::{self, Failures};
use crate::command::{Count, built, counted};
use image::{First, Image};
use parts::Parts;
use systemd::Systemd;

/// Most time that a machine is given; without hardware help it runs ten times slower than its host.
const WITHIN: Duration = Duration::from_secs(1_200);
/// On a busy host a processor made by software keeps no time: its counter is measured wrongly at boot (then ten minutes
/// pass in two), and the check of the timer may give up. So neither is asked.
const KERNEL_OPTIONS: &str = "console=ttyS0 quiet loglevel=3 panic=-1 cgroup_no_v1=all no_timer_check tsc=unstable \
    clocksource=acpi_pm";
/// The line by which the machine says how its commands ended.
const EXIT_LINE: &str = "@@vm-exit ";

/// Who runs a command in the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    /// Root, in the top group.
    Root,
    /// `nobody`, in a group that was handed over to it with all controllers.
    Delegated,
}

/// A command for the machine.
pub(crate) struct Task {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) by: As,
}

impl Task {
    /// Returns the line of shell that runs it.
    fn line(&self) -> String {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy();
        let words = std::iter::once(format!("/job/{name}")).chain(self.arguments.iter().cloned());
        let line = words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
        match self.by {
            As::Root => line,
            As::Delegated => format!("delegated {}", quoted(&line)),
        }
    }
}

/// What is packed besides what the tasks run.
#[derive(Clone, Copy)]
enum Kind<'a> {
    /// Programs that lie beside them; the first process is a shell.
    Groups(&'a [PathBuf]),
    /// A systemd, and the binary of the service that it starts.
    Systemd(&'a Systemd, &'a Path),
}

/// Finds or fetches all that a machine needs.
pub(crate) fn find() -> Result<()> {
    Parts::find()?;
    Systemd::find().map(|_| ())
}

/// Runs one binary, or a shell when there is none. Fails with its status.
pub(crate) fn run(program: Option<PathBuf>, arguments: Vec<String>, by: As) -> Result<()> {
    let parts = Parts::find()?;
    let Some(program) = program else {
        let machine = Machine::new(&parts, &[], Kind::Groups(&[]), "exec setsid -c sh\n")?;
        let mut child = machine.boot(Stdio::inherit(), Stdio::inherit())?;
        child.wait().context("the machine")?;
        return Ok(());
    };
    // What a binary was built with, a test binary needs beside it.
    let beside = program.parent().and_then(Path::parent).map(|folder| folder.join("shell-supervisor"));
    let beside: Vec<_> = beside.filter(|path| path.exists()).into_iter().collect();
    let task = Task { program, arguments, by };
    let status = watch(&parts, &[task], Kind::Groups(&beside), |line| println!("{line}"))?;
    if status != 0 {
        bail!("the command ended with status {status} in the machine");
    }
    Ok(())
}

/// Runs test binaries one after the other, with other programs beside them, and counts their tests. Those that failed
/// are run once more, alone, in a machine of their own.
pub(crate) fn run_tests(tasks: Vec<Task>, beside: &[PathBuf]) -> Result<Count> {
    run_tests_in(&Parts::find()?, tasks, Kind::Groups(beside))
}

/// Runs a test binary below each systemd that there is a unit for and that starts the built service, and counts as [`run_tests`].
pub(crate) fn run_tests_below_systemd(tests: &Path) -> Result<Count> {
    let (parts, service) = (Parts::find()?, &built()?.join("sandglass"));
    let mut count = Count::default();
    for systemd in Systemd::find()? {
        let arguments = vec!["--test-threads=1".to_owned()];
        let task = Task { program: tests.to_owned(), arguments, by: As::Root };
        eprintln!("── below systemd {}", systemd.version);
        count.add(run_tests_in(&parts, vec![task], Kind::Systemd(&systemd, service))?);
    }
    Ok(count)
}

fn run_tests_in(parts: &Parts, mut tasks: Vec<Task>, kind: Kind<'_>) -> Result<Count> {
    let mut failures = Failures::default();
    let (first, status) = count_tests(parts, &tasks, kind, |line| failures.read(line))?;
    if status == 0 {
        return Ok(first);
    }
    let failed = format!("tests failed in the machine with version 2 control groups (status {status})");
    let again = failures.words(&failed)?;
    tasks.iter_mut().for_each(|task| task.arguments.clone_from(&again));
    let (second, status) = count_tests(parts, &tasks, kind, |_| ())?;
    if status != 0 {
        bail!("{failed}, and once more when run alone");
    }
    again::confirm(first, second)
}

fn count_tests(
    parts: &Parts,
    tasks: &[Task],
    kind: Kind<'_>,
    mut on_line: impl FnMut(&str),
) -> Result<(Count, i32)> {
    let mut count = Count::default();
    let status = watch(parts, tasks, kind, |line| {
        println!("{line}");
        on_line(line);
        count.add(counted(line));
    })?;
    Ok((count, status))
}

/// Boots a machine, hands each of its lines to `on_line` and returns the status of the first command that failed.
fn watch(parts: &Parts, tasks: &[Task], kind: Kind<'_>, mut on_line: impl FnMut(&str)) -> Result<i32> {
    let mut script = String::from("failed=0\n");
    for task in tasks {
        script.push_str(&format!("{} || failed=$?\n", task.line()));
    }
    script.push_str("exit $failed\n");
    let programs: Vec<&Path> = tasks.iter().map(|task| task.program.as_path()).collect();
    let machine = Machine::new(parts, &programs, kind, &script)?;
    let mut qemu = machine.boot(Stdio::null(), Stdio::piped())?;
    let lines = BufReader::new(qemu.stdout.take().expect("piped above"));
    let (send, lines_seen) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + WITHIN;
    let mut status = None;
    // Ends when qemu ends, since its output closes.
    loop {
        let line = match lines_seen.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                qemu.kill()?;
                qemu.wait()?;
                bail!("the machine did not end within {} s", WITHIN.as_secs());
            }
        };
        // A command may have left its last line open.
        let (before, exit) = match line.split_once(EXIT_LINE) {
            Some((before, number)) => (before, Some(number)),
            None => (line.as_str(), None),
        };
        if exit.is_none() || !before.is_empty() {
            on_line(before);
        }
        status = exit.map_or(status, |number| number.trim().parse().ok());
    }
    qemu.wait().context("qemu")?;
    status.context("the machine ended without a word of its commands: it did not boot, see above")
}

/// A machine that is ready to boot.
struct Machine<'a> {
    parts: &'a Parts,
    image: PathBuf,
}

impl<'a> Machine<'a> {
    fn new(parts: &'a Parts, programs: &[&Path], kind: Kind<'_>, script: &str) -> Result<Self> {
        let folder = built()?.join("vm");
        fs::create_dir_all(&folder).context("a folder for the machine's image")?;
        let image = folder.join(format!("{}.img", std::process::id()));
        let mut packed = Image::new();
        match kind {
            Kind::Groups(beside) => {
                packed.base(&parts.busybox, First::Shell, script)?;
                beside.iter().try_for_each(|program| packed.program("job", program))?;
            }
            Kind::Systemd(systemd, service) => {
                packed.base(&parts.busybox, First::Systemd, script)?;
                systemd.pack(&mut packed, service)?;
            }
        }
        for program in programs {
            packed.program("job", program)?;
        }
        // The fork bombs of the tests go on when a fork is refused, which no shell does.
        if let Some(perl) = crate::command::on_path("perl") {
            packed.program("bin", &perl)?;
        }
        fs::File::create(&image)
            .and_then(|mut file| file.write_all(&packed.finish()))
            .with_context(|| format!("could not write `{}`", image.display()))?;
        Ok(Self { parts, image })
    }

    fn boot(&self, stdin: Stdio, stdout: Stdio) -> Result<Child> {
        let (accelerator, processor) =
            if has_hardware_help() { ("kvm", "host") } else { ("tcg,thread=multi,tb-size=256", "max") };
        eprintln!("── a machine with control groups of version 2 alone ({accelerator})");
        let mut command = Command::new(&self.parts.qemu);
        command.args(["-accel", accelerator, "-cpu", processor, "-M", "q35,usb=off,vmport=off"]);
        command.args(["-smp", "2", "-m", "2048", "-nodefaults", "-no-user-config", "-display", "none"]);
        command.args(["-serial", "stdio", "-no-reboot", "-kernel"]).arg(&self.parts.kernel);
        command.arg("-initrd").arg(&self.image).args(["-append", KERNEL_OPTIONS]);
        command.stdin(stdin).stdout(stdout).spawn().context("could not start qemu")
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        // Read whole by qemu before the kernel starts; it would only take up space.
        drop(fs::remove_file(&self.image));
    }
}

/// `/dev/kvm` alone proves nothing: under some hypervisors it is there and an ordinary kernel never comes up.
fn has_hardware_help() -> bool {
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let has = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
    has && fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_command_as_they_were_typed() {
        let task = |by| Task { program: "/target/shell-1".into(), arguments: vec!["it's a".into()], by };
        assert_eq!(task(As::Root).line(), r"'/job/shell-1' 'it'\''s a'");
        assert!(task(As::Delegated).line().starts_with(r"delegated ''\''/job/shell-1'\'' "));
    }
}
