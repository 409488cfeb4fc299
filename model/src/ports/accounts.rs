//! Accounts: who may come in, by what, and how often somebody tried in vain; beside them what an admin set for all masters.
//!
//! They are as intent is: small, compared and set, the same for every master. Workers read none of it.
//! Not here: what a role allows (`model::account`), and passwords, which only a master looks at.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{StoreError, Versioned};
use crate::account::{ApiToken, User};
use crate::audit::AuditLine;
use crate::id::{AuditId, Nonce, Revision, TokenId, UserName};
use crate::settings::Settings;
use crate::time::{Span, Timestamp};

/// A way in that can be taken back: the store knows only the SHA-256 of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_sha256: String,
    /// Who comes in by it.
    pub user: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// True for a login link: it can be taken once and becomes another session.
    pub once: bool,
    /// The user's epoch when it was made; none: of a link that was made before its user.
    #[serde(default)]
    pub epoch: Option<Nonce>,
    /// SHA-256 of the secret of the API token that it was exchanged for: it may no more than the token, and ends with it.
    #[serde(default)]
    pub token_sha256: Option<String>,
}

/// How often somebody tried within a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How often, the last one included.
    pub count: u32,
    /// When the window ends and counting begins anew.
    pub until: Timestamp,
}

/// Who may come in.
///
/// Every implementation owes:
/// * `take_session` succeeds once per session, whoever asks how often at the same time;
/// * from the instant of its end on, a session is neither returned nor taken;
/// * a user is written where its revision is the one that is expected, and of many writers of one revision one wins;
/// * a token that was removed is gone, whoever notes its use or changes it at the same time;
/// * settings are written where their revision is the one that is expected, and of many writers of one revision one wins;
/// * of attempts at the same time each is counted, across all masters; a window that has ended counts for nothing;
/// * a line of the audit waits until it is forgotten;
/// * what was answered survives a crash of the store.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// Keeps a session.
    async fn put_session(&self, session: Session) -> Result<(), StoreError>;

    /// Returns the session with this secret's SHA-256 that has not expired at `now`.
    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// Returns and removes the session with this secret's SHA-256 that has not expired at `now`.
    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// Removes sessions, tokens and windows of attempts that have ended at `now`.
    async fn prune_accounts(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Returns all users, sorted by name.
    async fn users(&self) -> Result<Vec<Versioned<User>>, StoreError>;

    /// Returns a user.
    async fn user(&self, name: &UserName) -> Result<Option<Versioned<User>>, StoreError>;

    /// Writes a user, or with none removes it, where its revision is `expect` (none: where there is none); returns
    /// false when it is not, and then changes nothing.
    async fn swap_user(
        &self,
        name: &UserName,
        expect: Option<Revision>,
        user: Option<User>,
    ) -> Result<bool, StoreError>;

    /// Returns all tokens, in no order, also those that have ended.
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;

    /// Returns the token with this secret's SHA-256, also one that has ended.
    async fn token(&self, secret_sha256: &str) -> Result<Option<ApiToken>, StoreError>;

    /// Keeps a token.
    async fn put_token(&self, token: ApiToken) -> Result<(), StoreError>;

    /// Gives a token another name, another end, or both; what is none stays. Returns it as it stood and as it stands,
    /// when it was there.
    async fn change_token(
        &self,
        id: &TokenId,
        name: Option<String>,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<(ApiToken, ApiToken)>, StoreError>;

    /// Removes a token; returns it when it was there.
    async fn remove_token(&self, id: &TokenId) -> Result<Option<ApiToken>, StoreError>;

    /// Notes that a token was used, if it is still there.
    async fn note_use(&self, secret_sha256: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Counts one more attempt under `key` and returns how many there are in its window, which is `window` long from
    /// the first of them.
    async fn count_attempt(&self, key: &str, now: Timestamp, window: Span) -> Result<Attempts, StoreError>;

    /// Forgets the attempts under `key`.
    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError>;

    /// Returns what an admin set for all masters; none before anybody did.
    async fn settings(&self) -> Result<Option<Versioned<Settings>>, StoreError>;

    /// Writes what an admin set where its revision is `expect` (none: where there is none); returns false when it is
    /// not, and then changes nothing.
    async fn swap_settings(&self, expect: Option<Revision>, settings: Settings) -> Result<bool, StoreError>;

    /// Lets a line of the audit wait for the facts.
    async fn put_waiting(&self, line: AuditLine) -> Result<(), StoreError>;

    /// Returns the oldest lines that wait, at most `limit` of them.
    async fn waiting(&self, limit: usize) -> Result<Vec<AuditLine>, StoreError>;

    /// Forgets lines that need not wait any more.
    async fn forget_waiting(&self, ids: &[AuditId]) -> Result<(), StoreError>;
}
