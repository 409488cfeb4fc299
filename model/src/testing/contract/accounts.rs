//! What every [`Accounts`](crate::ports::Accounts) owes.

use futures::future::join_all;

use super::Harness;
use super::samples::{at, new_name};
use crate::ports::Session;

fn session(secret_sha256: &str) -> Session {
    Session {
        secret_sha256: secret_sha256.to_owned(),
        user: "admin".into(),
        created_at: at(0),
        expires_at: at(100),
        once: true,
    }
}

/// A session comes back by its secret's digest as it was put; another secret finds none.
pub async fn session_is_found_by_its_secret(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let secret = new_name().to_string();
    accounts.put_session(session(&secret)).await.unwrap();
    assert_eq!(accounts.session(&secret, at(1)).await.unwrap(), Some(session(&secret)));
    assert_eq!(accounts.session("of nobody", at(1)).await.unwrap(), None);
}

/// `take_session` succeeds once per session, whoever asks how often at the same time.
pub async fn session_is_taken_once(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let secret = new_name().to_string();
    accounts.put_session(session(&secret)).await.unwrap();
    let takers = join_all((0..20).map(|_| accounts.take_session(&secret, at(1)))).await;
    let taken = takers.into_iter().filter_map(|taken| taken.unwrap()).collect::<Vec<_>>();
    assert_eq!(taken, [session(&secret)], "one of 20 takers gets the session");
    assert_eq!(accounts.session(&secret, at(1)).await.unwrap(), None, "a session that was taken is gone");
}

/// From the instant of its end on, a session is neither returned nor taken.
pub async fn expired_session_is_not_returned(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let secret = new_name().to_string();
    accounts.put_session(session(&secret)).await.unwrap();
    assert!(accounts.session(&secret, at(99)).await.unwrap().is_some());
    assert_eq!(accounts.session(&secret, at(100)).await.unwrap(), None);
    assert_eq!(accounts.take_session(&secret, at(100)).await.unwrap(), None);
}

/// `prune_sessions` removes what has expired and leaves the rest.
pub async fn prune_removes_expired_sessions_alone(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let (old, young) = (new_name().to_string(), new_name().to_string());
    accounts.put_session(session(&old)).await.unwrap();
    accounts.put_session(Session { expires_at: at(200), ..session(&young) }).await.unwrap();
    accounts.prune_sessions(at(150)).await.unwrap();
    assert_eq!(accounts.session(&old, at(1)).await.unwrap(), None, "it was removed, not only hidden");
    assert!(accounts.session(&young, at(150)).await.unwrap().is_some());
}

/// What was answered survives a crash of the store: a session put is there, one taken is not.
pub async fn session_survives_a_crash(store: &mut dyn Harness) {
    let (kept, taken) = (new_name().to_string(), new_name().to_string());
    let accounts = store.accounts();
    accounts.put_session(session(&kept)).await.unwrap();
    accounts.put_session(session(&taken)).await.unwrap();
    accounts.take_session(&taken, at(1)).await.unwrap();
    drop(accounts);
    if store.reopen().await {
        let accounts = store.accounts();
        assert_eq!(accounts.session(&kept, at(1)).await.unwrap(), Some(session(&kept)));
        assert_eq!(accounts.take_session(&taken, at(1)).await.unwrap(), None);
    }
}
