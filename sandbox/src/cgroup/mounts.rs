//! Where this process finds control groups: read from `mountinfo` and `cgroup` under `/proc/self`.
//!
//! A host has version 2 alone, version 1 controllers mounted one by one, or both side by side (hybrid). Nothing
//! is guessed from the file system at `/sys/fs/cgroup`; what stands in these two files counts.
//!
//! Flow: text → **`Hierarchy`** → `base`. Not here: touching any group.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The two generations of control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Version {
    /// One hierarchy for each controller.
    V1,
    /// One hierarchy for all.
    V2,
}

/// One mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hierarchy {
    /// Its generation.
    pub(crate) version: Version,
    /// The version 1 controllers that it carries; empty for version 2, which says so in each group.
    pub(crate) controllers: Vec<String>,
    /// Where it is mounted.
    pub(crate) mount: PathBuf,
    /// The group of this process in it.
    pub(crate) own: PathBuf,
}

/// Returns the hierarchies that both texts name; the first mount of each counts.
pub(crate) fn parse(mountinfo: &str, own_cgroup: &str) -> Vec<Hierarchy> {
    let mut found: Vec<Hierarchy> = Vec::new();
    for hierarchy in mountinfo.lines().filter_map(|line| parse_mount(line, own_cgroup)) {
        let known =
            found.iter().any(|f| f.version == hierarchy.version && f.controllers == hierarchy.controllers);
        if !known {
            found.push(hierarchy);
        }
    }
    found
}

/// Reads `36 25 0:31 ROOT MOUNT OPTIONS [TAGS] - TYPE SOURCE SUPER_OPTIONS`.
fn parse_mount(line: &str, own_cgroup: &str) -> Option<Hierarchy> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(3);
    let (root, mount) = (unescape(before.next()?), unescape(before.next()?));
    let mut after = after.split(' ');
    let version = match after.next()? {
        "cgroup" => Version::V1,
        "cgroup2" => Version::V2,
        _ => return None,
    };
    let mut controllers: Vec<String> = Vec::new();
    if version == Version::V1 {
        let options = after.nth(1)?;
        controllers.extend(options.split(',').filter(|o| !is_plain_option(o)).map(str::to_owned));
        controllers.sort();
    }
    let path = own_path(own_cgroup, &controllers)?;
    Some(Hierarchy { version, controllers, own: place(&mount, &root, path), mount: PathBuf::from(mount) })
}

fn is_plain_option(option: &str) -> bool {
    matches!(option, "rw" | "ro" | "none" | "xattr" | "noprefix" | "clone_children" | "all")
        || option.contains('=') && !option.starts_with("name=")
}

/// Returns the path of this process in the hierarchy with these controllers (none: version 2).
fn own_path<'a>(own_cgroup: &'a str, controllers: &[String]) -> Option<&'a str> {
    own_cgroup.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (number, names, path) = (parts.next()?, parts.next()?, parts.next()?);
        let matches = if controllers.is_empty() {
            number == "0" && names.is_empty()
        } else {
            names.split(',').any(|name| controllers.iter().any(|c| c == name))
        };
        matches.then_some(path)
    })
}

/// Returns where the group `path` is seen when the mount at `mount` shows the tree from `root` down.
fn place(mount: &str, root: &str, path: &str) -> PathBuf {
    let inner = Path::new(path).strip_prefix(root).unwrap_or_else(|_| Path::new(path));
    let inner: PathBuf =
        inner.components().filter(|c| matches!(c, std::path::Component::Normal(_))).collect();
    // Outside what is mounted (`/..`): the mount's own top is the nearest group that can be seen.
    let outside = path.starts_with("/..") || !path.starts_with(root);
    if outside || inner.as_os_str().is_empty() { PathBuf::from(mount) } else { Path::new(mount).join(inner) }
}

/// Undoes the octal escapes of `mountinfo` (space, tab, newline, backslash).
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hierarchy(version: Version, controllers: &[&str], mount: &str, own: &str) -> Hierarchy {
        let controllers = controllers.iter().map(|c| (*c).to_owned()).collect();
        Hierarchy { version, controllers, mount: mount.into(), own: own.into() }
    }

    #[test]
    fn a_hybrid_host_has_both_generations() {
        let mounts = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
            40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
        let own = "9:name=systemd:/\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n";
        assert_eq!(
            parse(mounts, own),
            [
                hierarchy(
                    Version::V1,
                    &["cpu", "cpuacct"],
                    "/sys/fs/cgroup/cpu,cpuacct",
                    "/sys/fs/cgroup/cpu,cpuacct"
                ),
                hierarchy(Version::V1, &["memory"], "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/a/b"),
                hierarchy(Version::V1, &["name=systemd"], "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/systemd"),
                hierarchy(Version::V2, &[], "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified"),
            ]
        );
    }

    #[test]
    fn a_pure_version_2_host_has_one() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        let found = parse(mounts, "0::/system.slice/sandglass.service\n");
        let own = "/sys/fs/cgroup/system.slice/sandglass.service";
        assert_eq!(found, [hierarchy(Version::V2, &[], "/sys/fs/cgroup", own)]);
    }

    #[test]
    fn a_container_sees_its_part_of_the_tree() {
        let mounts = "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let own = |path: &str| parse(mounts, &format!("0::{path}\n"))[0].own.clone();
        assert_eq!(own("/docker/abc/sub"), Path::new("/sys/fs/cgroup/sub"));
        assert_eq!(own("/docker/abc"), Path::new("/sys/fs/cgroup"));
        assert_eq!(own("/../other"), Path::new("/sys/fs/cgroup"));
        assert_eq!(own("/elsewhere"), Path::new("/sys/fs/cgroup"));
    }

    #[test]
    fn a_host_without_groups_has_none() {
        assert!(parse("23 1 0:20 / / rw - ext4 /dev/vda rw\nnonsense\n", "").is_empty());
    }
}
