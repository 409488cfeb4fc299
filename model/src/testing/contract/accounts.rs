//! What every [`Accounts`](crate::ports::Accounts) owes.

use futures::future::join_all;

use super::Harness;
use super::samples::{at, new_name};
use crate::account::{ApiToken, PasswordHash, Role, User};
use crate::audit::AuditLine;
use crate::id::{AuditId, Nonce, TokenId, UserName};
use crate::ports::{Accounts, Attempts, Session};
use crate::settings::Settings;
use crate::time::Span;

fn session(secret_sha256: &str) -> Session {
    Session {
        secret_sha256: secret_sha256.to_owned(),
        user: "admin".into(),
        created_at: at(0),
        expires_at: at(100),
        once: true,
        epoch: Some("9c0e7d1b4c3e8a6f".parse().unwrap()),
        token_sha256: None,
    }
}

fn user() -> User {
    User {
        name: new_name().as_str().parse().unwrap(),
        role: Role::Editor,
        withheld: [crate::account::Withheld::ShellJobs].into(),
        password: Some(PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".into())),
        uid: Nonce::random(),
        epoch: Nonce::random(),
        created_at: at(0),
        created_by: "contract".into(),
        password_at: Some(at(1)),
    }
}

async fn stands(accounts: &dyn Accounts, name: &UserName) -> Option<User> {
    accounts.user(name).await.unwrap().map(|user| user.value)
}

fn token() -> ApiToken {
    ApiToken {
        id: TokenId::random(),
        secret_sha256: new_name().to_string(),
        name: "deploys \"nightly\"".into(),
        user: "ada".parse().unwrap(),
        account: Nonce::random(),
        role: Role::Operator,
        created_at: at(0),
        expires_at: Some(at(100)),
        last_used_at: None,
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
    accounts.prune_accounts(at(150)).await.unwrap();
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

/// A user is written where its revision is the one that is expected, and removed so.
pub async fn user_is_swapped_by_revision(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let first = user();
    assert_eq!(accounts.user(&first.name).await.unwrap(), None);
    assert!(accounts.swap_user(&first.name, None, Some(first.clone())).await.unwrap());
    assert!(!accounts.swap_user(&first.name, None, Some(user())).await.unwrap(), "the name is taken");
    let stood = accounts.user(&first.name).await.unwrap().unwrap();
    assert_eq!(stood.value, first);
    let next = User { role: Role::Admin, password: None, ..first.clone() };
    assert!(accounts.swap_user(&first.name, Some(stood.revision), Some(next.clone())).await.unwrap());
    assert!(
        !accounts.swap_user(&first.name, Some(stood.revision), Some(first.clone())).await.unwrap(),
        "an old revision"
    );
    assert!(!accounts.swap_user(&first.name, Some(stood.revision), None).await.unwrap(), "an old revision");
    assert_eq!(stands(&*accounts, &first.name).await, Some(next.clone()));
    let revision = accounts.user(&first.name).await.unwrap().unwrap().revision;
    assert!(accounts.swap_user(&first.name, Some(revision), None).await.unwrap());
    assert_eq!(accounts.user(&first.name).await.unwrap(), None);
    assert!(accounts.swap_user(&first.name, None, Some(next)).await.unwrap(), "the name is free again");
}

/// Of many writers of one revision one wins.
pub async fn of_many_who_make_one_user_one_does(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let name = user().name;
    let made = join_all((0..20).map(|_| {
        let user = User { name: name.clone(), ..user() };
        accounts.swap_user(&name, None, Some(user))
    }));
    assert_eq!(made.await.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
}

/// `users` is sorted by name; what was answered survives a crash.
pub async fn users_come_sorted_and_survive_a_crash(store: &mut dyn Harness) {
    let mut made: Vec<User> = (0..3).map(|_| user()).collect();
    let accounts = store.accounts();
    for user in &made {
        assert!(accounts.swap_user(&user.name, None, Some(user.clone())).await.unwrap());
    }
    made.sort_by(|a, b| a.name.cmp(&b.name));
    drop(accounts);
    if !store.reopen().await {
        return;
    }
    let listed = store.accounts().users().await.unwrap();
    assert!(listed.is_sorted_by(|a, b| a.value.name < b.value.name));
    let listed: Vec<User> =
        listed.into_iter().map(|one| one.value).filter(|one| made.contains(one)).collect();
    assert_eq!(listed, made);
}

/// A token comes back by its secret's digest and in the list, and not once it was removed.
pub async fn token_is_found_by_its_secret_until_it_is_removed(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let token = token();
    accounts.put_token(token.clone()).await.unwrap();
    assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), Some(token.clone()));
    assert!(accounts.tokens().await.unwrap().contains(&token));
    accounts.note_use(&token.secret_sha256, at(9)).await.unwrap();
    let used = ApiToken { last_used_at: Some(at(9)), ..token.clone() };
    assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), Some(used.clone()));
    assert_eq!(accounts.remove_token(&token.id).await.unwrap(), Some(used));
    assert_eq!(accounts.remove_token(&token.id).await.unwrap(), None);
    assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), None);
    assert!(!accounts.tokens().await.unwrap().iter().any(|one| one.id == token.id));
}

/// A token that was removed is gone, whoever notes its use at the same time.
pub async fn use_of_a_removed_token_brings_nothing_back(store: &mut dyn Harness) {
    let accounts = store.accounts();
    for _ in 0..5 {
        let token = token();
        accounts.put_token(token.clone()).await.unwrap();
        let (_, removed) = futures::future::join(
            join_all((0..8).map(|n| accounts.note_use(&token.secret_sha256, at(n)))),
            accounts.remove_token(&token.id),
        )
        .await;
        assert!(removed.unwrap().is_some());
        accounts.note_use(&token.secret_sha256, at(50)).await.unwrap();
        assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), None);
    }
}

/// A token takes another name and another end, keeps what is not said, and opens by the same secret; one that was removed
/// is not brought back by a change at the same time.
pub async fn token_takes_another_name_and_end(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let token = token();
    accounts.put_token(token.clone()).await.unwrap();
    accounts.note_use(&token.secret_sha256, at(9)).await.unwrap();
    let used = ApiToken { last_used_at: Some(at(9)), ..token.clone() };
    let named = ApiToken { name: "backups".into(), ..used.clone() };
    let renamed = accounts.change_token(&token.id, Some("backups".into()), None).await.unwrap();
    assert_eq!(renamed, Some((used, named.clone())));
    let longer = ApiToken { expires_at: Some(at(500)), ..named.clone() };
    let changed = accounts.change_token(&token.id, None, Some(at(500))).await.unwrap();
    assert_eq!(changed, Some((named, longer.clone())));
    assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), Some(longer));
    accounts.prune_accounts(at(400)).await.unwrap();
    assert!(accounts.token(&token.secret_sha256).await.unwrap().is_some(), "it ends when it was told to");
    let (changed, removed) = futures::future::join(
        join_all((0..8).map(|n| accounts.change_token(&token.id, Some(format!("n{n}")), None))),
        accounts.remove_token(&token.id),
    )
    .await;
    assert!(changed.into_iter().all(|one| one.is_ok()) && removed.unwrap().is_some());
    assert_eq!(accounts.token(&token.secret_sha256).await.unwrap(), None);
    assert_eq!(accounts.change_token(&token.id, None, None).await.unwrap(), None);
}

/// Settings are written where their revision is the one that is expected, and of many writers of one revision one wins.
pub async fn settings_are_swapped_by_their_revision(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let days = |days: u32| Settings { audit_days: Some(days), ..Settings::default() };
    // One that does not begin empty has what an earlier suite left.
    let stood = accounts.settings().await.unwrap().map(|stood| stood.revision);
    assert!(accounts.swap_settings(stood, days(1)).await.unwrap());
    let first = accounts.settings().await.unwrap().unwrap();
    assert_eq!(first.value, days(1));
    assert!(!accounts.swap_settings(stood, days(2)).await.unwrap());
    let writers = join_all((10..20).map(|n| accounts.swap_settings(Some(first.revision), days(n)))).await;
    assert_eq!(
        writers.into_iter().filter(|won| *won.as_ref().unwrap()).count(),
        1,
        "one of ten writers wins"
    );
    let second = accounts.settings().await.unwrap().unwrap();
    assert!(second.revision > first.revision && second.value.audit_days >= Some(10));
}

/// Of attempts at the same time each is counted: no two are told the same number.
pub async fn attempts_at_the_same_time_are_all_counted(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let key = new_name().to_string();
    let window = Span::from_seconds(60);
    let counted = join_all((0..20).map(|_| accounts.count_attempt(&key, at(0), window))).await;
    let mut counts: Vec<u32> = counted.into_iter().map(|one| one.unwrap().count).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
}

/// A window is as long as was said from its first attempt on; once it has ended, or was forgotten, counting begins anew.
pub async fn attempts_are_forgotten_after_their_window(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let (key, other) = (new_name().to_string(), new_name().to_string());
    let window = Span::from_seconds(60);
    let count = async |key: &str, second| accounts.count_attempt(key, at(second), window).await.unwrap();
    assert_eq!(count(&key, 0).await, Attempts { count: 1, until: at(60) });
    assert_eq!(count(&key, 59).await, Attempts { count: 2, until: at(60) });
    assert_eq!(count(&other, 59).await.count, 1, "keys stand apart");
    assert_eq!(count(&key, 60).await, Attempts { count: 1, until: at(120) });
    accounts.forget_attempts(&key).await.unwrap();
    assert_eq!(count(&key, 61).await, Attempts { count: 1, until: at(121) });
}

/// `prune_accounts` removes tokens and windows that have ended, and leaves the rest.
pub async fn prune_removes_ended_tokens_and_windows(store: &mut dyn Harness) {
    let accounts = store.accounts();
    let (ended, endless) = (token(), ApiToken { expires_at: None, ..token() });
    let user = user();
    for token in [&ended, &endless] {
        accounts.put_token(token.clone()).await.unwrap();
    }
    assert!(accounts.swap_user(&user.name, None, Some(user.clone())).await.unwrap());
    let (old, young) = (new_name().to_string(), new_name().to_string());
    accounts.count_attempt(&old, at(0), Span::from_seconds(60)).await.unwrap();
    accounts.count_attempt(&young, at(0), Span::from_seconds(600)).await.unwrap();
    accounts.prune_accounts(at(150)).await.unwrap();
    assert_eq!(accounts.token(&ended.secret_sha256).await.unwrap(), None);
    assert_eq!(accounts.token(&endless.secret_sha256).await.unwrap(), Some(endless));
    assert_eq!(stands(&*accounts, &user.name).await, Some(user));
    let count =
        async |key: &str| accounts.count_attempt(key, at(1), Span::from_seconds(60)).await.unwrap().count;
    assert_eq!((count(&old).await, count(&young).await), (1, 2), "as if no time had passed");
}

/// A line of the audit waits until it is forgotten, also across a crash.
pub async fn line_of_the_audit_waits_until_it_is_forgotten(store: &mut dyn Harness) {
    let lines: Vec<AuditLine> = (0..3).map(|n| super::audit::line("contract", n)).collect();
    let accounts = store.accounts();
    for line in &lines {
        accounts.put_waiting(line.clone()).await.unwrap();
        accounts.put_waiting(line.clone()).await.unwrap();
    }
    drop(accounts);
    // One that does not outlive its process still holds them.
    store.reopen().await;
    let accounts = store.accounts();
    let waiting = accounts.waiting(500).await.unwrap();
    assert!(waiting.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(waiting.iter().filter(|line| lines.contains(line)).count(), 3);
    let done: Vec<AuditId> = lines[..2].iter().map(|line| line.id.clone()).collect();
    accounts.forget_waiting(&done).await.unwrap();
    let waiting = accounts.waiting(500).await.unwrap();
    assert_eq!(waiting.iter().filter(|line| lines.contains(line)).collect::<Vec<_>>(), [&lines[2]]);
    accounts.forget_waiting(std::slice::from_ref(&lines[2].id)).await.unwrap();
}
