//! Accounts: who may come in. Sessions now; users and tokens with the accounts themselves.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::time::Timestamp;

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
}

/// Who may come in.
///
/// Every implementation owes:
/// * `take_session` succeeds once per session, whoever asks how often at the same time;
/// * from the instant of its end on, a session is neither returned nor taken;
/// * what was answered survives a crash of the store.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// Keeps a session.
    async fn put_session(&self, session: Session) -> Result<(), StoreError>;

    /// Returns the session with this secret's SHA-256 that has not expired at `now`.
    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// Returns and removes the session with this secret's SHA-256 that has not expired at `now`.
    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// Removes sessions that have expired at `now`.
    async fn prune_sessions(&self, now: Timestamp) -> Result<(), StoreError>;
}
