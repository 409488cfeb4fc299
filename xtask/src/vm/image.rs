//! Packs the machine's only file system: an archive (cpio, "newc") that the kernel unpacks into memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// The first process: mounts what a host has, hands a subtree to `nobody`, runs the commands, says how they ended.
const INIT: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root RUST_BACKTRACE=0
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${stream%:*} /dev/${stream#*:}; done
echo machine > /etc/hostname
mkdir -p /dev/shm
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=1777 tmp /tmp
mkdir -p /var/tmp
chmod 1777 /var/tmp
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
for controller in cpu memory pids io; do echo +$controller > /sys/fs/cgroup/cgroup.subtree_control; done
mkdir -p /sys/fs/cgroup/delegated/supervisor
chown -R nobody /sys/fs/cgroup/delegated
ip link set lo up
stty -F /dev/ttyS0 -onlcr
echo "-- Linux $(uname -r), controllers: $(cat /sys/fs/cgroup/cgroup.subtree_control)"
sh /commands
echo "@@vm-exit $?"
poweroff -f
"#;
/// The first process where systemd is to be it: it mounts and starts the rest by itself.
const BEFORE_SYSTEMD: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
echo machine > /etc/hostname
mkdir -p /var/tmp /var/log /var/lib
chmod 1777 /tmp /var/tmp
exec /lib/systemd/systemd
"#;
/// What systemd starts when all else is up: runs the commands, says how they ended.
const BELOW_SYSTEMD: &str = r#"#!/bin/sh
export PATH=/bin HOME=/root RUST_BACKTRACE=0 SANDGLASS_TEST_SYSTEMD=1
stty -F /dev/ttyS0 -onlcr
echo "-- Linux $(uname -r), $(systemctl --version | head -n 1), up after $(cut -d' ' -f1 /proc/uptime) s"
sh /commands
echo "@@vm-exit $?"
poweroff -f
"#;
/// Runs a line as `nobody` from within the delegated subtree, as a service manager would start it.
const DELEGATED: &str = r#"#!/bin/sh
echo $$ > /sys/fs/cgroup/delegated/supervisor/cgroup.procs || exit 125
exec su -s /bin/sh nobody -c "cd /tmp; $1"
"#;
/// The kinds of entries, with their rights.
const LINK: u32 = 0o120_777;
const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;

/// An archive in the making.
pub(super) struct Image {
    /// Kind and content by name; names are without a leading slash.
    entries: BTreeMap<String, (u32, Vec<u8>)>,
    /// Where libraries are looked for first, as one path; empty for nowhere.
    search: String,
}

/// What the kernel starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// A shell that does what is needed.
    Shell,
    /// A systemd, which is packed besides.
    Systemd,
}

impl Image {
    /// Returns an archive without entries.
    pub(super) fn new() -> Self {
        Self { entries: BTreeMap::new(), search: String::new() }
    }

    /// Adds what every machine has, and the commands that it runs.
    pub(super) fn base(&mut self, busybox: &Path, first: First, script: &str) -> Result<()> {
        for folder in ["proc", "sys", "dev", "tmp", "root", "run", "var"] {
            self.add(folder, FOLDER, Vec::new());
        }
        let busybox = fs::read(busybox).with_context(|| format!("could not read `{}`", busybox.display()))?;
        self.add("bin/busybox", PROGRAM, busybox);
        self.add("bin/sh", LINK, b"busybox".to_vec());
        self.add("usr/bin", LINK, b"../bin".to_vec());
        match first {
            First::Shell => {
                self.add("init", PROGRAM, INIT.into());
                self.add("bin/delegated", PROGRAM, DELEGATED.into());
            }
            First::Systemd => {
                self.add("init", PROGRAM, BEFORE_SYSTEMD.into());
                self.add("bin/machine", PROGRAM, BELOW_SYSTEMD.into());
            }
        }
        self.add("commands", FILE, script.into());
        let passwd = "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\nnobody:x:65534:65534::/nonexistent:/bin/sh\n";
        self.add("etc/passwd", FILE, passwd.into());
        self.add("etc/group", FILE, "root:x:0:\ndaemon:x:1:\nstaff:x:50:daemon\nnogroup:x:65534:\n".into());
        Ok(())
    }

    /// Adds a program of the host into a folder, without what only a debugger reads, and its libraries.
    pub(super) fn program(&mut self, folder: &str, program: &Path) -> Result<()> {
        let name = program.file_name().context("a program has a name")?.to_string_lossy().into_owned();
        for library in libraries(program, &self.search)? {
            let content =
                fs::read(&library).with_context(|| format!("could not read `{}`", library.display()))?;
            self.add(&self.place(&library), PROGRAM, content);
        }
        self.add(&format!("{folder}/{name}"), PROGRAM, stripped(program)?);
        Ok(())
    }

    /// Looks for libraries in these folders first (as `LD_LIBRARY_PATH` has them) from now on; they lie there as on a host,
    /// below some folder.
    pub(super) fn search(&mut self, path: &str) {
        path.clone_into(&mut self.search);
    }

    /// Adds a file of text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.add(name, FILE, text.into());
    }

    /// Returns where in the machine a library belongs: where it lies, or what is below the folder that it was unpacked to.
    fn place(&self, library: &Path) -> String {
        let searched = self.search.split(':').any(|folder| library.parent() == Some(Path::new(folder)));
        let name = library.to_string_lossy().into_owned();
        let at = if searched { name.find("/usr/").or_else(|| name.find("/lib/")).unwrap_or(0) } else { 0 };
        name[at..].trim_start_matches('/').to_owned()
    }

    fn add(&mut self, name: &str, kind: u32, content: Vec<u8>) {
        let mut parent = Path::new(name).parent();
        while let Some(folder) = parent.filter(|folder| !folder.as_os_str().is_empty()) {
            self.entries.entry(folder.to_string_lossy().into_owned()).or_insert((FOLDER, Vec::new()));
            parent = folder.parent();
        }
        self.entries.insert(name.to_owned(), (kind, content));
    }

    /// Returns the archive's bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut archive = Vec::new();
        // In the order of names a folder comes before what is in it.
        for (number, (name, (kind, content))) in (1..).zip(&self.entries) {
            entry(&mut archive, number, name, *kind, content);
        }
        entry(&mut archive, 0, "TRAILER!!!", 0, &[]);
        archive
    }
}

/// Writes one entry: thirteen numbers of eight hexadecimal digits, name, content, the latter two filled up to words.
fn entry(archive: &mut Vec<u8>, number: u32, name: &str, kind: u32, content: &[u8]) {
    let size = u32::try_from(content.len()).expect("a file of the machine is below 4 GiB");
    let name_size = u32::try_from(name.len() + 1).expect("names are short");
    archive.extend(b"070701");
    for value in [number, kind, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0] {
        archive.extend(format!("{value:08X}").bytes());
    }
    archive.extend(name.bytes());
    archive.push(0);
    fill(archive);
    archive.extend(content);
    fill(archive);
}

fn fill(archive: &mut Vec<u8>) {
    while !archive.len().is_multiple_of(4) {
        archive.push(0);
    }
}

/// Returns the libraries that a program loads, by the names under which it looks for them.
fn libraries(program: &Path, search: &str) -> Result<Vec<PathBuf>> {
    // Fails for a static program, which needs none.
    let mut list = Command::new("ldd");
    list.arg(program).env("LD_LIBRARY_PATH", search).stderr(Stdio::null());
    let listed = list.output().context("could not run `ldd`")?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect())
}

/// Returns a program's bytes; a test binary is mostly debug information.
fn stripped(program: &Path) -> Result<Vec<u8>> {
    let smaller = std::env::temp_dir().join(format!("sandglass-vm-{}", std::process::id()));
    let done = Command::new("strip").arg("-o").arg(&smaller).arg(program).stderr(Stdio::null()).status();
    let content =
        if done.is_ok_and(|status| status.success()) { fs::read(&smaller) } else { fs::read(program) };
    drop(fs::remove_file(&smaller));
    content.with_context(|| format!("could not read `{}`", program.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_holds_folders_before_what_is_in_them_and_ends_with_its_trailer() {
        let mut image = Image::new();
        image.add("etc/a/file", FILE, b"text!".to_vec());
        let archive = image.finish();
        assert_eq!(archive.len() % 4, 0);
        let text = String::from_utf8_lossy(&archive);
        let at = |name: &str| text.find(name).unwrap();
        assert!(at("etc\0") < at("etc/a\0") && at("etc/a\0") < at("etc/a/file\0"));
        assert!(at("text!") < at("TRAILER!!!"));
        assert_eq!(&text[..6], "070701");
        assert_eq!(&text[14..22], "000041ED", "a folder with its rights");
    }
}
