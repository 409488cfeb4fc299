//! Who a script runs as: the job asks, the worker's owner decides.
//!
//! Without privileges there is one answer, the worker's own user. As root the default is `default_user`, else
//! `nobody`; other users must be listed by the owner, and root itself must be allowed twice over.
//!
//! Not here: changing to the account (`spawn`).

use std::ffi::CString;

use model::outcome::Stage;
use model::ports::StartError;
use nix::unistd::{Uid, User, geteuid, getgrouplist};

use super::ShellPolicy;
use super::contain::Ids;

/// The account of the worker's choice when neither job nor owner names one.
const FALLBACK: &str = "nobody";

/// An account that a script may run as.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Its name; its number when the system knows no name.
    pub(super) name: String,
    /// Its home directory.
    pub(super) home: String,
    /// What to change to; `None` when it is the worker's own.
    pub(super) ids: Option<Ids>,
}

impl Account {
    /// Returns true when this is the superuser.
    pub(super) fn is_root(&self) -> bool {
        self.ids.as_ref().map_or_else(|| geteuid().is_root(), |ids| ids.uid == 0)
    }
}

/// Returns the account for a job that asks for `asked`.
///
/// # Errors
/// At stage `User`, the job's doing, naming the line of the owner's configuration that would change it.
pub(super) fn resolve(asked: Option<&str>, policy: &ShellPolicy) -> Result<Account, StartError> {
    let me = geteuid();
    if me.is_root() { as_root(asked, policy) } else { as_myself(asked, me) }
}

/// Returns who jobs run as by default, in words for people.
pub(super) fn describe(policy: &ShellPolicy) -> Vec<String> {
    let contained = "jobs are contained against accidents, not isolated";
    match (resolve(None, policy), geteuid().is_root()) {
        (Ok(account), false) => {
            vec![format!("jobs run as the worker's own user `{}`: {contained}", account.name)]
        }
        (Ok(account), true) => vec![format!(
            "jobs run as `{}` unless they name a user; jobs of one user are not isolated from each other",
            account.name
        )],
        (Err(e), _) => vec![format!("jobs without a user are refused: {}", e.message)],
    }
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
    Ok(Account { name, home, ids: None })
}

fn as_root(asked: Option<&str>, policy: &ShellPolicy) -> Result<Account, StartError> {
    let default = policy.default_user.as_deref().unwrap_or(FALLBACK);
    let name = asked.unwrap_or(default);
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
    if !listed && name != default && !user.uid.is_root() {
        return Err(refuse(format!(
            "cannot run as `{name}`: the worker's owner does not list it\nhint: add it to `users` in `[shell]`"
        )));
    }
    let c_name = CString::new(name).map_err(|_| refuse("the user's name holds a NUL byte".to_owned()))?;
    let groups = getgrouplist(&c_name, user.gid).map_err(|e| {
        StartError::worker(Stage::User, format!("failed to look up the groups of `{name}`: {e}"))
    })?;
    Ok(Account {
        name: user.name,
        home: user.dir.to_string_lossy().into_owned(),
        ids: Some(Ids {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            groups: groups.into_iter().map(nix::unistd::Gid::as_raw).collect(),
        }),
    })
}

fn refuse(message: String) -> StartError {
    StartError::job(Stage::User, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_worker_has_its_own_user_only() {
        let account = as_myself(None, Uid::from_raw(65_534)).unwrap();
        assert!(account.ids.is_none());
        assert!(as_myself(Some(&account.name), Uid::from_raw(65_534)).is_ok());
        let refused = as_myself(Some("root"), Uid::from_raw(65_534)).unwrap_err();
        assert!(refused.message.contains("hint: leave `user` out"), "{}", refused.message);
    }

    #[test]
    fn root_drops_to_the_default_and_to_listed_users_alone() {
        let policy = ShellPolicy { users: vec!["daemon".into()], ..ShellPolicy::default() };
        assert_eq!(as_root(None, &policy).unwrap().name, "nobody");
        assert!(as_root(Some("daemon"), &policy).unwrap().ids.is_some());
        let unlisted = as_root(Some("bin"), &policy).unwrap_err();
        assert!(unlisted.message.contains("`users` in `[shell]`"), "{}", unlisted.message);
        let root = as_root(Some("root"), &ShellPolicy { users: vec!["*".into()], ..policy }).unwrap_err();
        assert!(root.message.contains("allow_root"), "{}", root.message);
        let allowed = ShellPolicy { allow_root: true, ..ShellPolicy::default() };
        assert_eq!(as_root(Some("root"), &allowed).unwrap().ids.unwrap().uid, 0);
    }

    #[test]
    fn an_unknown_user_is_the_jobs_fault() {
        let refused = as_root(Some("no-such-user"), &ShellPolicy::default()).unwrap_err();
        assert_eq!((refused.stage, refused.whose), (Stage::User, model::ports::Whose::Job));
    }
}
