//! Users and API tokens on their way. Who is here already keeps their password and their sessions.
//!
//! An account gets ids of its own here; a token is of the account that has its user's name.

use model::account::{ApiToken, PasswordHash, Role, TOKENS_MAX, USERS_MAX, User};
use model::fault::Faults;
use model::id::{Nonce, UserName};
use model::ports::Versioned;
use model::sentence;

use super::bounded;
use crate::accounts::{TOKEN_NAME_MAX, changed_meanwhile, keeps_an_admin};
use crate::api::{Existing, ImportItem, Landed, MovingToken, MovingUser};
use crate::app::App;
use crate::problem::Answer;

type Arriving = (Vec<MovingUser>, Vec<MovingToken>);

/// Returns all users and tokens as they leave, with their secrets.
pub(super) async fn leaving(app: &App) -> Answer<Arriving> {
    let users = app.ports.accounts.users().await?.into_iter().map(|user| user.value);
    let users = users.map(|user| MovingUser {
        name: user.name,
        role: user.role,
        withheld: user.withheld,
        password_hash: user.password.map(|hash| hash.0),
        password_at: user.password_at,
        created_at: user.created_at,
        created_by: user.created_by,
    });
    let now = app.ports.clock.now();
    let mut tokens = app.ports.accounts.tokens().await?;
    tokens.retain(|token| token.expires_at.is_none_or(|end| end > now));
    tokens.sort_by(|a, b| a.id.cmp(&b.id));
    let tokens = tokens.into_iter().map(|token| MovingToken {
        id: token.id,
        secret_sha256: token.secret_sha256,
        name: token.name,
        user: token.user,
        role: token.role,
        created_at: token.created_at,
        expires_at: token.expires_at,
    });
    Ok((users.collect(), tokens.collect()))
}

pub(super) async fn import(
    app: &App,
    (users, tokens): Arriving,
    existing: Existing,
    dry_run: bool,
) -> Answer<Vec<ImportItem>> {
    let mut items = Vec::new();
    let mut room = USERS_MAX.saturating_sub(app.ports.accounts.users().await?.len());
    let names: Vec<UserName> = users.iter().map(|user| user.name.clone()).collect();
    for user in users {
        let stood = app.ports.accounts.user(&user.name).await?;
        let of = |result, detail: &str| ImportItem::new("user", user.name.as_str(), result, detail);
        let mut faults = Faults::new();
        bounded("created_by", &user.created_by, &mut faults);
        if user.password_hash.as_ref().is_some_and(|hash| !is_affordable(hash)) {
            let what = sentence!(
                "must be an argon2id hash in the PHC form, of at most 256 MiB, 10 passes and 8 lanes"
            );
            faults.add("password_hash", what);
        }
        if !faults.is_empty() {
            items.push(of(Landed::Faulty, &faults.to_string()));
            continue;
        }
        let result = match &stood {
            None if room == 0 => {
                items.push(of(Landed::Faulty, &format!("there may be {USERS_MAX} users at most")));
                continue;
            }
            None => Landed::Created,
            Some(stood) if same(&stood.value, &user) => Landed::Same,
            Some(_) => existing.landed(),
        };
        if result == Landed::Created {
            room -= 1;
        }
        let detail = match (result, &stood) {
            (Landed::InTheWay, Some(stood)) => format!("is `{}` here, not `{}`", stood.value.role, user.role),
            (Landed::Created, _) if user.password_hash.is_none() => {
                format!("has no password yet: `sandglass user reset-password {}` makes a link", user.name)
            }
            _ => String::new(),
        };
        items.push(of(result, &detail));
        if !dry_run && matches!(result, Landed::Created | Landed::Replaced) {
            put_user(app, user, stood).await?;
        }
    }
    items.extend(import_tokens(app, tokens, &names, dry_run).await?);
    Ok(items)
}

/// Returns true for a hash that a login can be compared with: one that asks for more would take the server's memory.
fn is_affordable(hash: &str) -> bool {
    let Some(rest) = hash.strip_prefix("$argon2id$v=19$").filter(|rest| rest.len() <= 300) else {
        return false;
    };
    let costs = rest.split('$').next().unwrap_or_default().split(',');
    let within = |cost: &str| {
        let (name, value) = cost.split_once('=').unwrap_or_default();
        let most = match name {
            "m" => 256 * 1024,
            "t" => 10,
            "p" => 8,
            _ => 0,
        };
        value.parse::<u32>().is_ok_and(|value| value <= most)
    };
    costs.map(within).fold((0, true), |(count, all), one| (count + 1, all && one)) == (3, true)
}

fn same(stood: &User, user: &MovingUser) -> bool {
    (stood.role, &stood.withheld) == (user.role, &user.withheld)
}

async fn put_user(app: &App, user: MovingUser, stood: Option<Versioned<User>>) -> Answer<()> {
    if let Some(stood) = stood.as_ref().filter(|_| user.role < Role::Admin) {
        keeps_an_admin(app, &stood.value).await?;
    }
    let (revision, value) = match stood {
        // Their password and their sessions stay.
        Some(Versioned { revision, value }) => {
            (Some(revision), User { role: user.role, withheld: user.withheld, ..value })
        }
        None => (
            None,
            User {
                name: user.name,
                role: user.role,
                withheld: user.withheld,
                password: user.password_hash.map(PasswordHash),
                uid: Nonce::random(),
                epoch: Nonce::random(),
                created_at: user.created_at,
                created_by: user.created_by,
                password_at: user.password_at,
            },
        ),
    };
    let name = value.name.clone();
    if app.ports.accounts.swap_user(&name, revision, Some(value)).await? {
        Ok(())
    } else {
        Err(changed_meanwhile())
    }
}

async fn import_tokens(
    app: &App,
    tokens: Vec<MovingToken>,
    arriving: &[UserName],
    dry_run: bool,
) -> Answer<Vec<ImportItem>> {
    let (now, stand) = (app.ports.clock.now(), app.ports.accounts.tokens().await?);
    let mut room = TOKENS_MAX.saturating_sub(stand.len());
    let mut items = Vec::new();
    for token in tokens {
        let of = |result, detail: &str| {
            ImportItem::new("token", &format!("{} of {}", token.id, token.user), result, detail)
        };
        let whole = token.secret_sha256.len() == 64
            && token.secret_sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let stood = stand.iter().find(|one| one.id == token.id || one.secret_sha256 == token.secret_sha256);
        let user = app.ports.accounts.user(&token.user).await?;
        let found = match (stood, &user) {
            _ if token.name.chars().count() > TOKEN_NAME_MAX => {
                (Landed::Faulty, "name: has too many characters")
            }
            _ if !whole => (Landed::Faulty, "secret_sha256: must be 64 digits of a SHA-256 in hexadecimal"),
            (Some(stood), _) if stood.id == token.id && stood.secret_sha256 == token.secret_sha256 => {
                (Landed::Same, "")
            }
            // A token is never put in the place of another: somebody's way in would end without a word.
            (Some(_), _) => (Landed::Skipped, "another token has its id or its secret; it stays"),
            (None, _) if token.expires_at.is_some_and(|end| end <= now) => (Landed::Skipped, "it has ended"),
            (None, None) if !arriving.contains(&token.user) => (Landed::Faulty, "there is no such user"),
            (None, _) if room == 0 => (Landed::Faulty, "there are as many tokens as may be; revoke some"),
            (None, _) => (Landed::Created, ""),
        };
        items.push(of(found.0, found.1));
        if found.0 != Landed::Created {
            continue;
        }
        room -= 1;
        if let (false, Some(user)) = (dry_run, user) {
            let MovingToken { id, secret_sha256, name, user: of, role, created_at, expires_at } = token;
            let account = user.value.uid;
            let last_used_at = None;
            let token = ApiToken {
                id,
                secret_sha256,
                name,
                user: of,
                account,
                role,
                created_at,
                expires_at,
                last_used_at,
            };
            app.ports.accounts.put_token(token).await?;
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation: any text is kept as a hash, and a login of that name asks for terabytes.
    #[test]
    fn a_hash_that_no_login_could_afford_is_refused() {
        let ours = crate::hash_password("a word that nobody guesses").unwrap().0;
        assert!(is_affordable(&ours), "{ours}");
        let dear = ours.replacen("m=19456", "m=4194304", 1);
        assert_ne!(dear, ours);
        for bad in [dear.as_str(), "", "hunter2", "$argon2i$v=19$m=1,t=1,p=1$a$b", "$argon2id$v=19$m=1$a$b"] {
            assert!(!is_affordable(bad), "{bad}");
        }
    }
}
