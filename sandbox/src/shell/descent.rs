//! Who descends from a process, by the numbers of parents in `/proc`.
//!
//! A process whose parent has ended becomes a child of its nearest ancestor that takes in orphans (a *subreaper*, as
//! every shim is one, or the first process of a namespace). So nothing that a run starts leaves the descent of its
//! shim: neither `setsid` nor a double fork nor an environment that was cleared. Only another service that starts
//! something does.
//!
//! Flow: **`descent`** → `strays` holds a run by it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::process::Stat;

/// Returns the living processes of these numbers and all below them.
///
/// One look sees each process at another moment: of one that forks and ends meanwhile, the child may be missed. Who
/// wants to know that there is none looks twice.
pub(super) fn of(roots: &[i32]) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let seen: HashMap<_, _> =
        pids.filter_map(|pid| Some((pid, Stat::read(Path::new("/proc"), pid)?))).collect();
    let mut found = walk(roots, seen.iter().map(|(pid, stat)| (*pid, stat.parent)));
    found.retain(|pid| seen.get(pid).is_some_and(|stat| !stat.is_zombie()));
    found
}

/// Returns `roots` and all that is below them in a list of processes with their parents.
fn walk(roots: &[i32], processes: impl Iterator<Item = (i32, i32)>) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    // A root below another comes once.
    for (pid, parent) in processes.filter(|(pid, _)| !roots.contains(pid)) {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = roots.to_vec();
    let mut next = 0;
    // Each list of children is taken once, so a circle (a number used again meanwhile) ends too.
    while let Some(pid) = found.get(next) {
        found.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_generations_are_found_and_a_circle_ends() {
        let processes = [(1, 0), (5, 1), (6, 5), (7, 6), (8, 1), (9, 5), (10, 9), (20, 21), (21, 20)];
        let of = |roots: &[i32]| {
            let mut found = walk(roots, processes.into_iter());
            found.sort_unstable();
            found
        };
        assert_eq!(of(&[5]), [5, 6, 7, 9, 10]);
        assert_eq!(of(&[6, 5]), [5, 6, 7, 9, 10]);
        assert_eq!(of(&[20]), [20, 21]);
        assert_eq!(of(&[10]), [10]);
    }

    #[test]
    fn a_child_of_this_process_descends_from_it_as_long_as_it_lives() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let (me, pid) = (std::process::id().cast_signed(), child.id().cast_signed());
        assert!(of(&[me]).contains(&pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!of(&[me]).contains(&pid));
    }
}
