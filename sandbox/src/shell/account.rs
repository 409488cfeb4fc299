//! Who a script runs as: the job asks, the worker's owner decides.
//!
//! Without privileges there is one answer, the worker's own user. As root a job that names no user gets `default_user`
//! where the owner set one, else a user id of its own; other users must be listed by the owner, and root itself must be
//! allowed twice over.
//!
//! Not here: changing to the account (`spawn`), and which number is free (`lease`).

use std::ffi::CString;

use model::host_note::HostNote;
use model::isolation::{Isolation, RanAs};
use model::outcome::Stage;
use model::ports::StartError;
use nix::unistd::{Uid, User, geteuid, getgrouplist};
use serde::{Deserialize, Serialize};

use super::contain::Ids;
use super::lease::Lease;
use super::policy::{OwnTmp, UidRange};
use super::rules::Rules;

/// The name of a user who has a number alone.
const NAMELESS: &str = "sandglass-job";

/// An account that a script may run as.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Its name; its number when the system knows no name.
    pub(crate) name: String,
    /// Its home directory.
    pub(super) home: String,
    /// Whether it gets a `/tmp` and a `/dev/shm` of its own.
    pub(super) own_tmp: bool,
    identity: Identity,
    /// How far that keeps a run apart.
    isolation: Isolation,
    why: String,
}

/// What there is to change to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Identity {
    /// Nothing: it is the worker's own user.
    Worker,
    /// A user that the system knows.
    Known(Ids),
    /// A number of this range that no other run has.
    Own(UidRange),
}

impl Account {
    /// Returns true when this is the superuser.
    pub(crate) fn is_root(&self) -> bool {
        match &self.identity {
            Identity::Worker => geteuid().is_root(),
            Identity::Known(ids) => ids.uid == 0,
            Identity::Own(_) => false,
        }
    }

    /// Returns true when it is a number that nobody else has.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.identity, Identity::Own(_))
    }

    /// Takes the account's user for one run, in the slot `index`.
    ///
    /// # Errors
    /// At stage `User`, the worker's doing: no number is free.
    pub(crate) fn lease(&self, index: u32) -> Result<Lease, StartError> {
        match &self.identity {
            Identity::Worker => Ok(Lease::shared(None)),
            Identity::Known(ids) => Ok(Lease::shared(Some(ids.clone()))),
            Identity::Own(range) => {
                Lease::own(*range, index).map_err(|e| StartError::worker(Stage::User, e.to_string()))
            }
        }
    }

    /// Returns who a run with this lease runs as.
    pub(crate) fn ran_as(&self, lease: &Lease) -> RanAs {
        RanAs {
            user: self.name.clone(),
            uid: lease.ids().map_or_else(|| geteuid().as_raw(), |ids| ids.uid),
            isolation: self.isolation,
            why: self.why.clone(),
        }
    }
}

/// Returns true when [`resolve`] asks the system's databases of users, which may be slow.
pub(super) fn needs_lookup(asked: Option<&str>, rules: &Rules) -> bool {
    !geteuid().is_root() || asked.or(rules.policy.default_user.as_deref()).is_some()
}

/// Returns the account for a job that asks for `asked`.
///
/// # Errors
/// At stage `User`, the job's doing, naming the line of the owner's configuration that would change it.
pub(crate) fn resolve(asked: Option<&str>, rules: &Rules) -> Result<Account, StartError> {
    let me = geteuid();
    if me.is_root() { as_root(asked, rules) } else { as_myself(asked, me) }
}

/// Returns who jobs run as by default, for people.
pub(super) fn describe(rules: &Rules) -> Vec<HostNote> {
    let mut notes = match resolve(None, rules) {
        Ok(Account { identity: Identity::Own(range), isolation, why, .. }) => {
            vec![HostNote::OwnUserIds { range: range.to_string(), isolation, why }]
        }
        Ok(account) => {
            let Account { name: user, isolation, why, .. } = account;
            vec![HostNote::SharedUser { user, isolation, why }]
        }
        Err(e) => vec![HostNote::NeedsUser { why: e.message }],
    };
    match rules.pid_namespace() {
        Ok(true) => notes.push(HostNote::OwnNamespace),
        Ok(false) => {}
        Err(why) => notes.push(HostNote::NoNamespace { why: why.to_owned() }),
    }
    if rules.policy.own_tmp == OwnTmp::Always
        && let Err(why) = rules.own_tmp()
    {
        notes.push(HostNote::NoOwnTmp { why: why.to_owned() });
    }
    notes
}

/// Returns how far jobs that name no user are kept apart; none when they are refused.
pub(super) fn default_isolation(rules: &Rules) -> Option<Isolation> {
    resolve(None, rules).ok().map(|account| account.isolation)
}

fn as_myself(asked: Option<&str>, me: Uid) -> Result<Account, StartError> {
    let user = User::from_uid(me).ok().flatten();
    let name = user.as_ref().map_or_else(|| me.to_string(), |user| user.name.clone());
    let mine = asked.is_none_or(|asked| asked == name || asked == me.to_string());
    if !mine {
        let asked = asked.unwrap_or_default();
        return Err(refuse(format!(
            "cannot run as `{asked}`: the worker runs as `{name}`\nhint: leave `user` out, or run the worker as root"
        )));
    }
    let home = user.map_or_else(|| "/".to_owned(), |user| user.dir.to_string_lossy().into_owned());
    Ok(Account {
        name,
        home,
        own_tmp: false,
        identity: Identity::Worker,
        isolation: Isolation::Contained,
        why: "it is the worker's own user".to_owned(),
    })
}

fn as_root(asked: Option<&str>, rules: &Rules) -> Result<Account, StartError> {
    match asked.or(rules.policy.default_user.as_deref()) {
        Some(name) => known(name, rules),
        None => own(rules),
    }
}

/// A user id that no other run has.
fn own(rules: &Rules) -> Result<Account, StartError> {
    let range = rules.uids().map_err(|why| refuse(why.to_owned()))?;
    let (isolation, why) = match rules.own_tmp() {
        Ok(()) => {
            (Isolation::Isolated, "no other run has its user id, its `/tmp` or its `/dev/shm`".to_owned())
        }
        Err(why) => (Isolation::Contained, format!("it shares `/tmp` and `/dev/shm`: {why}")),
    };
    let own_tmp = rules.own_tmp().is_ok();
    Ok(Account {
        name: NAMELESS.to_owned(),
        // Nobody else sees what it leaves there, and nothing of it stays.
        home: if own_tmp { "/tmp" } else { "/" }.to_owned(),
        own_tmp,
        identity: Identity::Own(range),
        isolation,
        why,
    })
}

/// A user that the system knows.
fn known(name: &str, rules: &Rules) -> Result<Account, StartError> {
    let policy = &rules.policy;
    let user = User::from_name(name)
        .map_err(|e| StartError::worker(Stage::User, format!("failed to look up the user `{name}`: {e}")))?
        .ok_or_else(|| refuse(format!("there is no user `{name}` on this worker")))?;
    if user.uid.is_root() && !policy.allow_root {
        return Err(refuse(
            "cannot run as `root`: the worker's owner does not allow it\nhint: `allow_root = true` in `[shell]`"
                .to_owned(),
        ));
    }
    let listed = policy.users.iter().any(|allowed| allowed == name || allowed == "*");
    let default = policy.default_user.as_deref() == Some(name);
    if !listed && !default && !user.uid.is_root() {
        return Err(refuse(format!(
            "cannot run as `{name}`: the worker's owner does not list it\nhint: add it to `users` in `[shell]`"
        )));
    }
    let c_name = CString::new(name).map_err(|_| refuse("the user's name holds a NUL byte".to_owned()))?;
    let groups = getgrouplist(&c_name, user.gid).map_err(|e| {
        StartError::worker(Stage::User, format!("failed to look up the groups of `{name}`: {e}"))
    })?;
    let why =
        if user.uid.is_root() { "it runs as root" } else { "other runs and services may have the same user" };
    Ok(Account {
        own_tmp: policy.own_tmp == OwnTmp::Always && rules.own_tmp().is_ok() && !user.uid.is_root(),
        identity: Identity::Known(Ids {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            groups: groups.into_iter().map(nix::unistd::Gid::as_raw).collect(),
        }),
        isolation: Isolation::Contained,
        why: why.to_owned(),
        name: user.name,
        home: user.dir.to_string_lossy().into_owned(),
    })
}

fn refuse(message: String) -> StartError {
    StartError::job(Stage::User, message)
}

#[cfg(test)]
mod tests {
    use super::super::policy::ShellPolicy;
    use super::*;

    fn rules(policy: ShellPolicy) -> Rules {
        Rules::of(policy)
    }

    fn names(policy: ShellPolicy, asked: Option<&str>) -> Result<Account, String> {
        as_root(asked, &rules(policy)).map_err(|e| e.message)
    }

    #[test]
    fn an_ordinary_worker_has_its_own_user_only() {
        let account = as_myself(None, Uid::from_raw(65_534)).unwrap();
        assert_eq!((account.identity, account.isolation), (Identity::Worker, Isolation::Contained));
        assert!(as_myself(Some(&account.name), Uid::from_raw(65_534)).is_ok());
        let refused = as_myself(Some("root"), Uid::from_raw(65_534)).unwrap_err();
        assert!(refused.message.contains("hint: leave `user` out"), "{}", refused.message);
    }

    #[test]
    fn root_drops_to_a_number_of_its_own_to_the_default_and_to_listed_users_alone() {
        let listed = || ShellPolicy { users: vec!["daemon".into()], ..ShellPolicy::default() };
        let own = names(listed(), None).unwrap();
        assert_eq!((own.name.as_str(), own.identity), (NAMELESS, Identity::Own(UidRange::default())));
        let default = ShellPolicy { default_user: Some("nobody".into()), ..listed() };
        assert_eq!(names(default, None).unwrap().name, "nobody");
        let daemon = names(listed(), Some("daemon")).unwrap();
        assert!(matches!(daemon.identity, Identity::Known(Ids { uid: 1, .. })), "{daemon:?}");
        assert!(names(listed(), Some("bin")).unwrap_err().contains("`users` in `[shell]`"));
        let all = ShellPolicy { users: vec!["*".into()], ..listed() };
        assert!(names(all, Some("root")).unwrap_err().contains("`allow_root = true` in `[shell]`"));
        let allowed = ShellPolicy { allow_root: true, ..ShellPolicy::default() };
        let root = names(allowed, Some("root")).unwrap();
        assert!(root.is_root() && root.isolation == Isolation::Contained);
    }

    #[test]
    fn a_range_that_belongs_to_somebody_is_refused_with_the_line_to_change() {
        // Every host has accounts between these.
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
        let mut uids = passwd.lines().filter_map(|line| line.split(':').nth(2)?.parse::<u32>().ok());
        let Some(taken) = uids.find(|uid| (1_000..65_534).contains(uid)) else {
            eprintln!("skipped: this host has no ordinary account");
            return;
        };
        let policy = ShellPolicy { job_uids: UidRange::new(taken, taken).unwrap(), ..ShellPolicy::default() };
        let refused = names(policy, None).unwrap_err();
        assert!(refused.contains("`job_uid_range`") && refused.contains("`default_user`"), "{refused}");
    }

    #[test]
    fn an_unknown_user_is_the_jobs_fault() {
        let refused = as_root(Some("no-such-user"), &rules(ShellPolicy::default())).unwrap_err();
        assert_eq!((refused.stage, refused.whose), (Stage::User, model::ports::Whose::Job));
    }
}
