//! Who may do what: users, their roles, and the tokens that act for them.
//!
//! A role is a step of a ladder: each may do all that those below it may. What an editor may save can be narrowed
//! ([`Withheld`]). A token never may more than its user, whatever was written when it was made.
//!
//! Not here: who is asking (`master::identity`), and what a route asks for (beside each route).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{Nonce, TokenId, UserName};
use crate::job::Job;
use crate::time::Timestamp;
use crate::workload::Workload;

/// Most users: a list of them is one answer.
pub const USERS_MAX: usize = 1000;
/// Most API tokens of all users together: a list of them is one answer.
pub const TOKENS_MAX: usize = 1000;

/// What somebody may do; each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything but accounts and the audit.
    Viewer,
    /// Runs, pauses and kills jobs, drains workers.
    Operator,
    /// Saves and deletes jobs and modules.
    Editor,
    /// Manages users and tokens and reads the audit.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Editor, Self::Admin];

    /// Returns the role as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            format!("must be `viewer`, `operator`, `editor` or `admin`, got `{}`", text.escape_debug())
        })
    }
}

/// What an editor may not save, where somebody withholds it. It means nothing for the other roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Shell jobs.
    ShellJobs,
    /// Jobs that name the account to run as (`user`).
    RunAsUser,
}

impl Withheld {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::ShellJobs, Self::RunAsUser];

    /// Returns it as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShellJobs => "shell_jobs",
            Self::RunAsUser => "run_as_user",
        }
    }

    /// Returns true when a job needs what is withheld.
    pub fn concerns(self, job: &Job) -> bool {
        match (self, &job.workload) {
            (Self::ShellJobs, workload) => matches!(workload, Workload::Shell(_)),
            (Self::RunAsUser, Workload::Shell(shell)) => shell.user.is_some(),
            (Self::RunAsUser, Workload::Wasm(wasm)) => wasm.user.is_some(),
        }
    }
}

impl std::str::FromStr for Withheld {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| format!("must be `shell_jobs` or `run_as_user`, got `{}`", text.escape_debug()))
    }
}

/// An argon2id hash of a password, in the PHC form. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Somebody who may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name to log in by.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
    /// What an editor may not save.
    #[serde(default)]
    pub withheld: BTreeSet<Withheld>,
    /// None: no password opens this account; a one-time link or a token does.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    /// Made with the account and never changed: a name that is given again is another account.
    pub uid: Nonce,
    /// Sessions that were begun under another epoch are over: a new one ends them all in the step that changes the
    /// password.
    pub epoch: Nonce,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When the password was set last.
    #[serde(default)]
    pub password_at: Option<Timestamp>,
}

/// A secret that acts for a user until it is revoked or ends. The store knows only the SHA-256 of the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Names it; no secret.
    pub id: TokenId,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_sha256: String,
    /// What it is for, in its owner's words.
    pub name: String,
    /// Whose it is.
    pub user: UserName,
    /// The `uid` of the account, which tells it from a later one of the same name.
    pub account: Nonce,
    /// Most that it may do; the user's role is the other bound.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none: when it is revoked.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to within five minutes.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_ladder_and_read_as_they_are_written() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().unwrap_err().contains("`root`"));
    }

    #[test]
    fn a_password_is_never_shown() {
        assert!(!format!("{:?}", PasswordHash("$argon2id$x".into())).contains("argon2id$"));
    }
}
