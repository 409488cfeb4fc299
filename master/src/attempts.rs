//! How often somebody may try a password: by name, and by where they come from, counted for all masters together.
//!
//! An attempt is counted before it is looked at, so that many at one time get no more tries than one after another. A
//! success gives the name its tries back.
//! Not here: secrets of 32 random bytes (tokens, links, sessions), which nobody guesses (`strangers`).

use std::net::IpAddr;

use axum::http::StatusCode;
use model::ports::{Accounts, StoreError};
use model::time::{Span, Timestamp};

use crate::api::Problem;
use crate::app::App;
use crate::problem::Answer;

/// Most failed tries for one name within [`WINDOW`].
pub(crate) const BY_NAME_MAX: u32 = 10;
/// Most tries from one address within [`WINDOW`].
pub(crate) const BY_ADDRESS_MAX: u32 = 60;
/// How long tries count, from the first of them on: also how long the door stays shut.
pub(crate) const WINDOW: Span = Span::from_minutes(15);

/// Counts a try, or refuses it.
pub(crate) async fn spend(app: &App, name: &str, from: Option<IpAddr>) -> Answer<()> {
    if let Some(from) = from {
        spend_of(app, &by_address(from), BY_ADDRESS_MAX, "from this address").await?;
    }
    spend_of(app, &by_name(name), BY_NAME_MAX, "for this name").await
}

/// Gives a name its tries back.
pub(crate) async fn give_back(app: &App, name: &str) {
    if let Err(error) = forget(app.ports.accounts.as_ref(), name).await {
        tracing::warn!(%error, "cannot forget the failed logins of {name}");
    }
}

/// As [`give_back`], on the store itself.
pub(crate) async fn forget(accounts: &dyn Accounts, name: &str) -> Result<(), StoreError> {
    accounts.forget_attempts(&by_name(name)).await
}

async fn spend_of(app: &App, key: &str, max: u32, whose: &str) -> Answer<()> {
    let now = app.ports.clock.now();
    let attempts = app.ports.accounts.count_attempt(key, now, WINDOW).await?;
    if attempts.count <= max {
        return Ok(());
    }
    Err(locked(whose, max, now, attempts.until))
}

fn locked(whose: &str, max: u32, now: Timestamp, until: Timestamp) -> Problem {
    let minutes = (until.as_millis() - now.as_millis()).max(0) / 60_000 + 1;
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_logins",
        "too many failed logins",
        format!(
            "there were {max} tries {whose} within {WINDOW}; try again in {minutes} min, at {until}, or come in by an \
             API token, a one-time link, or `sandglass user reset-password` on the server"
        ),
    )
}

fn by_name(name: &str) -> String {
    format!("name:{name}")
}

/// Returns how an address is counted. An IPv6 network of /64 is one address: it is what one household gets.
pub(crate) fn by_address(from: IpAddr) -> String {
    match from.to_canonical() {
        IpAddr::V4(four) => format!("from:{four}"),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("from:{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_one_household_is_one_address() {
        let key = |text: &str| by_address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
