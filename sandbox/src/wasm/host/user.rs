//! Who modules run as: by default a user id of their own that no script has; else whom the job names, if the worker's
//! owner allows it. The owner's rules are those of scripts, but one: a module never runs as root.
//!
//! Not here: becoming that user (`confine`).

use model::host_note::HostNote;
use model::isolation::{Isolation, RanAs};
use model::outcome::Stage;
use model::ports::StartError;
use nix::unistd::geteuid;

use crate::shell::{Account, Ids, Lease, Rules, resolve};

/// Where in the owner's range the modules' own user id is looked for: far from the scripts', which begin at its start.
const OWN_INDEX: u32 = u32::MAX;

/// A user of modules, held as long as this lives.
pub(super) struct User {
    lease: Lease,
    ran_as: RanAs,
}

impl User {
    /// Returns the user for jobs that ask for `asked`. Blocks.
    ///
    /// # Errors
    /// The job's doing where the owner does not allow it, else the worker's.
    pub(super) fn of(asked: Option<&str>, rules: &Rules) -> Result<Self, StartError> {
        let account = resolve(asked, rules)?;
        if geteuid().is_root() && account.is_root() {
            let hint = "hint: name another `user` in the job, or another `default_user` in `[shell]`";
            return Err(StartError::job(Stage::User, format!("a module never runs as root\n{hint}")));
        }
        let lease = account.lease(OWN_INDEX)?;
        let ran_as = ran_as(&account, &lease);
        Ok(Self { lease, ran_as })
    }

    /// Returns what its process changes to; `None` when it keeps the worker's own.
    pub(super) fn ids(&self) -> Option<&Ids> {
        self.lease.ids()
    }

    /// Returns who its guests run as.
    pub(super) fn ran_as(&self) -> &RanAs {
        &self.ran_as
    }

    /// Returns the same in words, for the worker's owner.
    pub(super) fn note(&self) -> HostNote {
        let RanAs { user, uid, isolation, why } = self.ran_as.clone();
        HostNote::ModulesApart { user, uid, isolation, why }
    }
}

fn ran_as(account: &Account, lease: &Lease) -> RanAs {
    let told = account.ran_as(lease);
    let (isolation, why) = if told.uid == geteuid().as_raw() {
        (Isolation::Contained, "it is the worker's own user".to_owned())
    } else if account.is_own() {
        (Isolation::Isolated, "no script and no other service has its user id".to_owned())
    } else {
        (Isolation::Contained, "scripts and services may have the same user".to_owned())
    };
    RanAs { isolation, why, ..told }
}
