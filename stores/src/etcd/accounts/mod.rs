//! Accounts as keys: users by name, sessions and tokens by the SHA-256 of their secret, windows of attempts, and lines
//! of the audit that wait.
//!
//! Every change of what stands is a compare of the revision that was read. Their number is bounded by who makes them:
//! a master.

mod sessions;

use async_trait::async_trait;
use etcd_client::{Compare, CompareOp, GetOptions, KeyValue, SortOrder, SortTarget, Txn, TxnOp};
use model::account::{ApiToken, User};
use model::audit::AuditLine;
use model::id::{AuditId, Revision, TokenId, UserName};
use model::ports::{Accounts, Attempts, Session, StoreError, Versioned};
use model::settings::Settings;
use model::time::{Span, Timestamp};

use super::connection::{Connection, number};
use super::error::Fault;
use super::keys::Range;
use super::values::{decode, encode};
use crate::documents::Document;

/// Keys that are deleted in one transaction.
const DELETED_AT_ONCE: usize = 100;
/// How often a count is tried while others count: each try that fails means that another one was counted.
const COUNTS_MAX: usize = 64;
/// How often a change of a token is tried: one that is lost means that its use was noted, at most every few minutes.
const CHANGES_MAX: usize = 16;
/// Most lines of the audit in one answer.
const LINES_MAX: usize = 500;

pub(super) struct EtcdAccounts {
    pub(super) connection: Connection,
}

impl EtcdAccounts {
    async fn one(&self, key: String) -> Result<Option<KeyValue>, StoreError> {
        let mut found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        Ok(found.take_kvs().pop())
    }

    async fn put<D: Document>(&self, key: String, document: &D) -> Result<(), StoreError> {
        let value = encode(document);
        let put = self.connection.send(|mut client| {
            let (key, value) = (key.clone(), value.clone());
            async move { client.put(key, value, None).await }
        });
        put.await.map(|_| ()).map_err(Fault::of_write)
    }

    /// Writes a key, or with none deletes it, where its revision is `expect`; 0: where there is none.
    async fn swap(&self, key: &str, expect: i64, value: Option<Vec<u8>>) -> Result<bool, StoreError> {
        let same = Compare::mod_revision(key, CompareOp::Equal, expect);
        let change = match value {
            Some(value) => TxnOp::put(key, value, None),
            None => TxnOp::delete(key, None),
        };
        let txn = Txn::new().when([same]).and_then([change]);
        let answer = self.connection.txn(txn).await.map_err(Fault::of_write)?;
        Ok(answer.succeeded())
    }

    async fn delete(&self, keys: Vec<Vec<u8>>) -> Result<(), StoreError> {
        for some in keys.chunks(DELETED_AT_ONCE) {
            let all: Vec<TxnOp> = some.iter().map(|key| TxnOp::delete(key.as_slice(), None)).collect();
            self.connection.txn(Txn::new().and_then(all)).await.map_err(Fault::of_write)?;
        }
        Ok(())
    }

    /// Deletes the keys of a range whose document has ended.
    async fn prune<D: Document>(&self, range: Range, ended: impl Fn(&D) -> bool) -> Result<(), StoreError> {
        let (keys, _) = self.connection.ranges(&[range]).await?;
        for key in keys {
            if ended(&decode::<D>(&key)?.value) {
                // One that was written meanwhile stays.
                self.swap(&String::from_utf8_lossy(key.key()), key.mod_revision(), None).await?;
            }
        }
        Ok(())
    }

    async fn all<D: Document>(&self, range: Range) -> Result<Vec<Versioned<D>>, StoreError> {
        let (keys, _) = self.connection.ranges(&[range]).await?;
        keys.iter().map(decode).collect()
    }
}

#[async_trait]
impl Accounts for EtcdAccounts {
    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        self.put(self.connection.keys.session(&session.secret_sha256), &session).await
    }

    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        Ok(self.find_session(secret_sha256, now).await?.map(|(_, session)| session))
    }

    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        self.take(secret_sha256, now).await
    }

    async fn prune_accounts(&self, now: Timestamp) -> Result<(), StoreError> {
        let keys = &self.connection.keys;
        self.prune::<Session>(keys.sessions(), |session| session.expires_at <= now).await?;
        self.prune::<Attempts>(keys.all_attempts(), |attempts| attempts.until <= now).await?;
        self.prune::<ApiToken>(keys.tokens(), |token| token.expires_at.is_some_and(|end| end <= now)).await
    }

    async fn users(&self) -> Result<Vec<Versioned<User>>, StoreError> {
        self.all(self.connection.keys.users()).await
    }

    async fn user(&self, name: &UserName) -> Result<Option<Versioned<User>>, StoreError> {
        self.one(self.connection.keys.user(name)).await?.as_ref().map(decode).transpose()
    }

    async fn swap_user(
        &self,
        name: &UserName,
        expect: Option<Revision>,
        user: Option<User>,
    ) -> Result<bool, StoreError> {
        let key = self.connection.keys.user(name);
        self.swap(&key, expect.map_or(0, number), user.as_ref().map(encode)).await
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let all = self.all(self.connection.keys.tokens()).await?;
        Ok(all.into_iter().map(|token| token.value).collect())
    }

    async fn token(&self, secret_sha256: &str) -> Result<Option<ApiToken>, StoreError> {
        let found = self.one(self.connection.keys.token(secret_sha256)).await?;
        Ok(found.as_ref().map(decode).transpose()?.map(|token| token.value))
    }

    async fn put_token(&self, token: ApiToken) -> Result<(), StoreError> {
        self.put(self.connection.keys.token(&token.secret_sha256), &token).await
    }

    async fn change_token(
        &self,
        id: &TokenId,
        name: Option<String>,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<(ApiToken, ApiToken)>, StoreError> {
        for _ in 0..CHANGES_MAX {
            let all: Vec<Versioned<ApiToken>> = self.all(self.connection.keys.tokens()).await?;
            let found = all.into_iter().find(|token| token.value.id == *id);
            let Some(Versioned { revision, value: stood }) = found else { return Ok(None) };
            let name = name.clone().unwrap_or_else(|| stood.name.clone());
            let next = ApiToken { name, expires_at: expires_at.or(stood.expires_at), ..stood.clone() };
            let key = self.connection.keys.token(&stood.secret_sha256);
            if self.swap(&key, number(revision), Some(encode(&next))).await? {
                return Ok(Some((stood, next)));
            }
        }
        Err(StoreError::Unavailable(format!("etcd: token {id} changed {CHANGES_MAX} times meanwhile")))
    }

    async fn remove_token(&self, id: &TokenId) -> Result<Option<ApiToken>, StoreError> {
        let found = self.tokens().await?.into_iter().find(|token| token.id == *id);
        let Some(token) = found else { return Ok(None) };
        self.delete(vec![self.connection.keys.token(&token.secret_sha256).into_bytes()]).await?;
        Ok(Some(token))
    }

    async fn note_use(&self, secret_sha256: &str, at: Timestamp) -> Result<(), StoreError> {
        let Some(key) = self.one(self.connection.keys.token(secret_sha256)).await? else { return Ok(()) };
        let mut token: ApiToken = decode(&key)?.value;
        token.last_used_at = Some(at);
        // Losing means that it was removed, or used at the same time: either is fine.
        let text = String::from_utf8_lossy(key.key());
        self.swap(&text, key.mod_revision(), Some(encode(&token))).await.map(|_| ())
    }

    async fn count_attempt(&self, key: &str, now: Timestamp, window: Span) -> Result<Attempts, StoreError> {
        let key = self.connection.keys.attempts(key);
        for _ in 0..COUNTS_MAX {
            let found = self.one(key.clone()).await?;
            let stood: Option<Attempts> = found.as_ref().map(decode).transpose()?.map(|one| one.value);
            let next = match stood.filter(|stood| stood.until > now) {
                Some(stood) => Attempts { count: stood.count.saturating_add(1), ..stood },
                None => Attempts { count: 1, until: now + window },
            };
            let revision = found.as_ref().map_or(0, KeyValue::mod_revision);
            if self.swap(&key, revision, Some(encode(&next))).await? {
                return Ok(next);
            }
        }
        Err(StoreError::Unavailable(format!("etcd: `{key}` changed {COUNTS_MAX} times while it was counted")))
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        self.delete(vec![self.connection.keys.attempts(key).into_bytes()]).await
    }

    async fn settings(&self) -> Result<Option<Versioned<Settings>>, StoreError> {
        self.one(self.connection.keys.settings()).await?.as_ref().map(decode).transpose()
    }

    async fn swap_settings(&self, expect: Option<Revision>, settings: Settings) -> Result<bool, StoreError> {
        let key = self.connection.keys.settings();
        self.swap(&key, expect.map_or(0, number), Some(encode(&settings))).await
    }

    async fn put_waiting(&self, line: AuditLine) -> Result<(), StoreError> {
        self.put(self.connection.keys.waiting(&line.id), &line).await
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<AuditLine>, StoreError> {
        // Images make a line as large as 128 KiB: an answer holds 4 MiB.
        let limit = i64::try_from(limit.min(LINES_MAX)).expect("at most five hundred");
        let (first, end) = self.connection.keys.all_waiting();
        let mut limit = limit.max(1);
        loop {
            let options = GetOptions::new()
                .with_range(end.as_str())
                .with_limit(limit)
                .with_sort(SortTarget::Key, SortOrder::Ascend);
            match self.connection.get(first.clone(), Some(options)).await {
                Err(Fault::TooLarge(_)) if limit > 1 => limit = (limit / 4).max(1),
                Err(fault) => return Err(fault.of_read()),
                Ok(found) => {
                    return found.kvs().iter().map(|key| Ok(decode::<AuditLine>(key)?.value)).collect();
                }
            }
        }
    }

    async fn forget_waiting(&self, ids: &[AuditId]) -> Result<(), StoreError> {
        self.delete(ids.iter().map(|id| self.connection.keys.waiting(id).into_bytes()).collect()).await
    }
}
