//! Passwords: argon2id, off the threads that serve requests, and never more than a few at a time.
//!
//! A hash takes 19 MiB and some 40 ms of a processor on purpose; who asks for many gets told to come back.
//! Not here: how often somebody may try (`attempts`).

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use axum::http::StatusCode;
use model::account::PasswordHash;
use model::fault::Sentence;
use model::sentence;
use tokio::sync::Semaphore;

use crate::api::Problem;
use crate::offload;
use crate::problem::Answer;

/// Fewest characters of a password.
pub const PASSWORD_CHARACTERS_MIN: usize = 10;
/// Most bytes of a password.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Most hashes that are computed at one time: as many times 19 MiB.
const HASHES_MAX: usize = 2;
/// Most requests that wait for one.
const WAITING_MAX: usize = 30;
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// Returns the hash of a password, with a salt of its own.
///
/// # Errors
/// What is wrong with the password.
pub fn hash_password(password: &str) -> Result<PasswordHash, Sentence> {
    let characters = password.chars().count();
    if characters < PASSWORD_CHARACTERS_MIN {
        return Err(sentence!(
            "must have at least {} characters, got {}",
            PASSWORD_CHARACTERS_MIN,
            characters
        ));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(sentence!("must have at most {} bytes, got {}", PASSWORD_BYTES_MAX, password.len()));
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|error| sentence!("cannot be hashed: {}", error))?;
    Ok(PasswordHash(hash.to_string()))
}

/// The gate before the hashing.
pub(crate) struct Passwords {
    turns: Semaphore,
    waiting: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Semaphore::new(HASHES_MAX), waiting: Semaphore::new(HASHES_MAX + WAITING_MAX) }
    }

    /// Hashes a new password; `field` names it in a message.
    pub(crate) async fn hash(&self, field: &str, password: String) -> Answer<PasswordHash> {
        let hashed = self.in_turn(move || hash_password(&password)).await?;
        hashed.map_err(|why| {
            let mut faults = model::fault::Faults::new();
            faults.add(field, why);
            Problem::faults("invalid_password", "the password is not taken", faults)
        })
    }

    /// Returns whether a password is the one of a hash. Without a hash it takes as long and is not: who asks learns
    /// nothing of which names there are.
    pub(crate) async fn is(&self, password: String, hash: Option<PasswordHash>) -> Answer<bool> {
        // No password is as long, whoever's it is said to be.
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        self.in_turn(move || match hash {
            Some(hash) => phc::PasswordHash::new(&hash.0)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
            None => {
                let spent: Result<phc::PasswordHash, _> = Argon2::default().hash_password(b"nobody's");
                drop(spent);
                false
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(TURN, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| busy())?.map_err(|_| Problem::internal())?;
        offload::run(work).await
    }
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "logins_busy",
        "too many log in at once",
        "the server looks at as many passwords as it can; try again in a moment",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_at_the_cost_that_is_advised_and_has_its_own_salt() {
        let (one, two) = (hash_password("correct horse").unwrap(), hash_password("correct horse").unwrap());
        assert!(one.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.0);
        assert_ne!(one, two);
        assert!(hash_password("short").unwrap_err().english().contains("at least 10"));
        assert!(hash_password(&"x".repeat(2000)).unwrap_err().english().contains("at most 1024"));
    }

    #[tokio::test]
    async fn a_password_is_its_own_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash("password", "correct horse".into()).await.unwrap();
        assert!(passwords.is("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is("correct horsf".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is("correct horse".into(), None).await.unwrap());
        assert!(
            !passwords.is("correct horse".into(), Some(PasswordHash("correct horse".into()))).await.unwrap()
        );
    }

    /// Goal: a flood of logins takes no more than its share. Mutation: without `waiting` all of them are let in.
    #[tokio::test]
    async fn a_flood_is_told_to_come_back() {
        let passwords = Passwords::new();
        let places = u32::try_from(HASHES_MAX + WAITING_MAX).unwrap();
        let flood = passwords.waiting.acquire_many(places).await.unwrap();
        assert_eq!(passwords.is("x".into(), None).await.unwrap_err().code, "logins_busy");
        drop(flood);
        assert!(!passwords.is("x".into(), None).await.unwrap());
    }
}
