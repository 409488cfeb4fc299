//! What the worker's owner allows scripts, whatever a job asks.
//!
//! Not here: the file in which the owner says so (the binary reads it), and what the host makes of it (`rules`).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use model::limits::LimitName;
use serde::{Deserialize, Serialize};

/// What the worker's owner allows, whatever a job asks.
#[derive(Debug, Clone)]
pub struct ShellPolicy {
    /// False refuses every script.
    pub enabled: bool,
    /// Users that a job may name besides the default; `*` stands for all but root. Of use to a root worker only.
    pub users: Vec<String>,
    /// Who runs the jobs that name no user, for a root worker; when absent, each runs as a user id of its own.
    pub default_user: Option<String>,
    /// Lets jobs run as root.
    pub allow_root: bool,
    /// Lets jobs ask for `privilege_gain`.
    pub allow_privilege_gain: bool,
    /// The user ids of jobs that name no user.
    pub job_uids: UidRange,
    /// Which jobs get a `/tmp` and a `/dev/shm` of their own, for a root worker.
    pub own_tmp: OwnTmp,
    /// Gives each run a process namespace of its own.
    pub pid_namespace: bool,
    /// Limits that jobs may ask for and run without, where the host cannot hold them.
    pub allow_unenforced: BTreeSet<LimitName>,
}

impl Default for ShellPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            users: Vec::new(),
            default_user: None,
            allow_root: false,
            allow_privilege_gain: false,
            job_uids: UidRange::default(),
            own_tmp: OwnTmp::default(),
            pid_namespace: false,
            allow_unenforced: BTreeSet::new(),
        }
    }
}

/// Which jobs get a `/tmp` and a `/dev/shm` of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnTmp {
    /// Those that run as a user id of their own. Who names a user gets that user's surroundings, as under cron.
    #[default]
    WithoutUser,
    /// All but those that run as root.
    Always,
    /// None.
    Never,
}

impl FromStr for OwnTmp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "without-user" => Ok(Self::WithoutUser),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(format!("must be `without-user`, `always` or `never`, got `{}`", text.escape_debug())),
        }
    }
}

/// User ids that belong to nobody else on the host, first and last included. Written `2000000000-2000009999`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UidRange {
    first: u32,
    last: u32,
}

impl UidRange {
    /// Below are root, the accounts of services, and those of people on most hosts.
    const LOWEST: u32 = 1_000;
    /// Above are the numbers that stand for none.
    const HIGHEST: u32 = u32::MAX - 2;
    /// `nobody`, and the number that older programs take for none.
    const RESERVED: [u32; 2] = [65_534, 65_535];

    /// Returns the range from `first` to `last`.
    ///
    /// # Errors
    /// When it is empty or holds numbers that are never free.
    pub fn new(first: u32, last: u32) -> Result<Self, String> {
        if first > last {
            return Err(format!("must end at {first} or above, got {last}"));
        }
        if first < Self::LOWEST || last > Self::HIGHEST {
            return Err(format!("must lie within {}-{}, got {first}-{last}", Self::LOWEST, Self::HIGHEST));
        }
        if let Some(reserved) = Self::RESERVED.into_iter().find(|uid| (first..=last).contains(uid)) {
            return Err(format!("must not hold {reserved}, which is reserved, got {first}-{last}"));
        }
        Ok(Self { first, last })
    }

    /// Returns all its numbers, beginning with the one for `index`.
    pub(super) fn starting_at(self, index: u32) -> impl Iterator<Item = u32> {
        let at = self.first + index % (self.last - self.first).saturating_add(1);
        (at..=self.last).chain(self.first..at)
    }

    /// Returns who else has one of these numbers, by the texts of `/etc/passwd` and `/etc/subuid`.
    pub(super) fn clash(self, passwd: &str, subuid: &str) -> Option<String> {
        let number = |field: Option<&str>| field?.parse::<u32>().ok();
        let user = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, uid) = (fields.next()?, number(fields.nth(1))?);
            (self.first..=self.last).contains(&uid).then(|| format!("{uid} is the user `{name}`"))
        });
        user.or_else(|| {
            subuid.lines().find_map(|line| {
                let mut fields = line.split(':');
                let (name, first, count) = (fields.next()?, number(fields.next())?, number(fields.next())?);
                let last = first.saturating_add(count.checked_sub(1)?);
                let meets = first <= self.last && self.first <= last;
                meets.then(|| format!("`/etc/subuid` gives {first}-{last} to `{name}`"))
            })
        })
    }
}

impl Default for UidRange {
    /// Ten thousand numbers that no distribution gives out: above those of people, services and containers, below those
    /// of which some programs make negative ones.
    fn default() -> Self {
        Self { first: 2_000_000_000, last: 2_000_009_999 }
    }
}

impl fmt::Display for UidRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromStr for UidRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let numbers = text.split_once('-').and_then(|(first, last)| Some((number(first)?, number(last)?)));
        let (first, last) = numbers.ok_or_else(|| {
            format!("must be two numbers like `{}`, got `{}`", Self::default(), text.escape_debug())
        })?;
        Self::new(first, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_and_refused_by_its_numbers() {
        assert_eq!("5000-5001".parse::<UidRange>().unwrap().to_string(), "5000-5001");
        for (text, word) in [
            ("5000", "two numbers"),
            ("9-a", "two numbers"),
            ("6000-5000", "end at 6000"),
            ("0-5000", "within 1000-"),
            ("60000-70000", "65534"),
            ("5000-4294967295", "within 1000-"),
        ] {
            let why = text.parse::<UidRange>().unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }

    #[test]
    fn an_index_has_its_own_number_first_and_all_others_after_it() {
        let range = UidRange::new(5_000, 5_003).unwrap();
        assert_eq!(range.starting_at(2).collect::<Vec<_>>(), [5_002, 5_003, 5_000, 5_001]);
        assert_eq!(range.starting_at(4).next(), Some(5_000));
    }

    #[test]
    fn a_range_that_belongs_to_somebody_is_found() {
        let range = UidRange::new(5_000, 5_999).unwrap();
        let passwd = "root:x:0:0::/root:/bin/sh\nann:x:5500:100::/:/bin/sh\n";
        assert_eq!(range.clash(passwd, "").unwrap(), "5500 is the user `ann`");
        assert_eq!(range.clash("", "ben:4000:1001\n").unwrap(), "`/etc/subuid` gives 4000-5000 to `ben`");
        assert_eq!(range.clash("ann:x:6000:1::/:\n", "ben:4000:1000\nbad line\nnone:5000:0\n"), None);
    }
}
