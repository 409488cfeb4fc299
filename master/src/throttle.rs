//! How many requests a user may send: a burst, then so many a second, so that one runaway script leaves the others room.
//!
//! Each master counts for itself, in memory. Only users who came in are counted, so that the table is as small as theirs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use model::id::UserName;
use tokio::time::Instant;

use crate::api::Problem;

/// How many seconds' worth may come at once.
const BURST_SECONDS: u32 = 5;

/// What each user has left.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<UserName, Left>>);

#[derive(Debug)]
struct Left {
    requests: f64,
    at: Instant,
}

impl Throttle {
    /// Takes one request from what `user` has left at so many a second; none set means without end.
    ///
    /// # Errors
    /// How long to wait, when nothing is left.
    pub(crate) fn take(&self, user: &UserName, per_second: Option<u32>) -> Result<(), Duration> {
        self.take_at(Instant::now(), user, per_second)
    }

    fn take_at(&self, now: Instant, user: &UserName, per_second: Option<u32>) -> Result<(), Duration> {
        let Some(per_second) = per_second else { return Ok(()) };
        let (rate, most) = (f64::from(per_second), f64::from(per_second.saturating_mul(BURST_SECONDS)));
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !users.contains_key(user) {
            // Who was deleted goes with those who have all their requests again.
            users.retain(|_, left| left.requests + (now - left.at).as_secs_f64() * rate < most);
        }
        let left = users.entry(user.clone()).or_insert(Left { requests: most, at: now });
        left.requests = (left.requests + (now - left.at).as_secs_f64() * rate).min(most);
        left.at = now;
        if left.requests < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - left.requests) / rate));
        }
        left.requests -= 1.0;
        Ok(())
    }
}

/// Returns what is answered to who has nothing left; `Retry-After` says the wait in whole seconds.
pub(crate) fn refused(user: &UserName, per_second: u32) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "too many requests",
        format!(
            "`{user}` sends more than {per_second} requests a second to this server; wait as long as `Retry-After` \
             says, and ask less often"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_burst_and_then_a_rate_and_others_have_their_own() {
        let throttle = Throttle::default();
        let (ada, bob): (UserName, UserName) = ("ada".parse().unwrap(), "bob".parse().unwrap());
        let begin = Instant::now();
        let take =
            |user: &UserName, after| throttle.take_at(begin + Duration::from_secs(after), user, Some(10));
        let took = |user: &UserName, after| (0..1000).filter(|_| take(user, after).is_ok()).count();
        assert_eq!(took(&ada, 0), 50);
        assert!(take(&ada, 0).unwrap_err() <= Duration::from_millis(100));
        assert_eq!(took(&bob, 0), 50, "another's requests are not his");
        assert_eq!(took(&ada, 2), 20);
        assert!(throttle.take_at(begin, &ada, None).is_ok());
    }

    #[test]
    fn who_has_all_again_is_forgotten() {
        let throttle = Throttle::default();
        let begin = Instant::now();
        for n in 0..100 {
            throttle.take_at(begin, &format!("user{n}").parse().unwrap(), Some(10)).unwrap();
        }
        throttle.take_at(begin + Duration::from_secs(60), &"last".parse().unwrap(), Some(10)).unwrap();
        assert_eq!(throttle.0.lock().unwrap().len(), 1);
    }
}
