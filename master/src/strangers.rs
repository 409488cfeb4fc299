//! How often one address may come with a token or a cookie that opens nothing: each costs a read of the store.
//!
//! Counted before the store is asked, given back when it opens. What opened here lately is asked for whatever else its
//! address sends, so that nobody is shut out by a neighbour behind the same address. Each master counts for itself.
//!
//! Flow: `identity` → **`strangers`** → store. Not here: passwords, which can be guessed (`attempts`).

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::Instant;

use crate::api::Problem;
use crate::attempts::by_address;
use crate::problem::Answer;

/// How many in vain a second, for long.
const IN_VAIN_PER_SECOND: f64 = 20.0;
/// How many in vain at once.
const IN_VAIN_MAX: f64 = 200.0;
/// Most addresses that are counted; those beyond share one count.
const ADDRESSES_MAX: usize = 10_000;
/// Most secrets of which it is known that they opened.
const OPENED_MAX: usize = 10_000;

/// What each address has left, and what opened lately.
#[derive(Debug, Default)]
pub(crate) struct Strangers(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    addresses: HashMap<String, Left>,
    /// By the SHA-256 of the secret, the oldest first.
    opened: VecDeque<String>,
    known: HashSet<String>,
}

#[derive(Debug)]
struct Left {
    tries: f64,
    at: Instant,
}

impl Left {
    fn now(&self, now: Instant) -> f64 {
        (self.tries + (now - self.at).as_secs_f64() * IN_VAIN_PER_SECOND).min(IN_VAIN_MAX)
    }
}

impl Strangers {
    /// Asks for what a secret opens, by its SHA-256, unless its address came in vain too often.
    pub(crate) async fn ask<T>(
        &self,
        from: Option<IpAddr>,
        sum: &str,
        ask: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        self.ask_at(Instant::now(), from, sum, ask).await
    }

    async fn ask_at<T>(
        &self,
        now: Instant,
        from: Option<IpAddr>,
        sum: &str,
        ask: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        let from = from.map_or_else(|| "?".to_owned(), by_address);
        let counted = self.knock(now, &from, sum).map_err(refused)?;
        let answer = ask.await;
        match &answer {
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED.as_u16() => {}
            // A store that is away says nothing about who asks.
            other => self.settle(counted.then_some(from.as_str()), other.is_ok().then_some(sum)),
        }
        answer
    }

    /// Counts one try; returns false when it need not be counted.
    ///
    /// # Errors
    /// How long to wait, when the address has none left.
    fn knock(&self, now: Instant, from: &str, sum: &str) -> Result<bool, Duration> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if table.known.contains(sum) {
            return Ok(false);
        }
        let addresses = &mut table.addresses;
        let mut key = from;
        if !addresses.contains_key(key) && addresses.len() >= ADDRESSES_MAX {
            addresses.retain(|_, left| left.now(now) < IN_VAIN_MAX);
            if addresses.len() >= ADDRESSES_MAX {
                key = "others";
            }
        }
        let left = addresses.entry(key.to_owned()).or_insert(Left { tries: IN_VAIN_MAX, at: now });
        let tries = left.now(now);
        *left = Left { tries, at: now };
        if tries < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - tries) / IN_VAIN_PER_SECOND));
        }
        left.tries -= 1.0;
        Ok(true)
    }

    /// Gives a try back, and remembers what opened.
    fn settle(&self, counted: Option<&str>, opened: Option<&str>) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = counted.and_then(|from| table.addresses.get_mut(from)) {
            left.tries = (left.tries + 1.0).min(IN_VAIN_MAX);
        }
        if let Some(sum) = opened.filter(|sum| !table.known.contains(*sum)) {
            if table.opened.len() >= OPENED_MAX
                && let Some(oldest) = table.opened.pop_front()
            {
                table.known.remove(&oldest);
            }
            table.opened.push_back(sum.to_owned());
            table.known.insert(sum.to_owned());
        }
    }
}

fn refused(wait: Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_unknown",
        "too many tokens that open nothing",
        format!(
            "this address sends tokens or sessions that are not known here, more than {IN_VAIN_PER_SECOND} a second; \
             find what sends them, and try again in {} s",
            wait.as_secs() + 1
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: so many in vain, then the store is not asked; what opened lately, and other addresses, are not concerned.
    #[tokio::test]
    async fn who_comes_in_vain_too_often_is_refused_before_the_store_is_asked() {
        let (strangers, begin) = (Strangers::default(), Instant::now());
        let (bad, other) = (Some("192.0.2.1".parse().unwrap()), Some("192.0.2.2".parse().unwrap()));
        let unknown = || Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", "", "");
        let in_vain = async |now: Instant, n: u32| {
            let answer = strangers.ask_at::<()>(now, bad, &format!("bad{n}"), async { Err(unknown()) }).await;
            answer.unwrap_err().status
        };
        strangers.ask_at(begin, bad, "good", async { Ok(()) }).await.unwrap();
        for n in 0..200 {
            assert_eq!(in_vain(begin, n).await, 401, "{n}");
        }
        let asked = strangers.ask_at::<()>(begin, bad, "bad", async { panic!("the store was asked") }).await;
        assert_eq!(asked.unwrap_err().code, "too_many_unknown");
        strangers.ask_at(begin, bad, "good", async { Ok(()) }).await.unwrap();
        strangers.ask_at(begin, other, "new", async { Ok(()) }).await.unwrap();
        let later = begin + Duration::from_secs(1);
        for n in 0..20 {
            assert_eq!(in_vain(later, n).await, 401, "{n}");
        }
        assert_eq!(in_vain(later, 0).await, 429);
    }

    /// Goal: a store that is away, and what opens, cost an address nothing.
    #[tokio::test]
    async fn what_opens_and_a_store_that_is_away_cost_nothing() {
        let (strangers, now) = (Strangers::default(), Instant::now());
        let from = Some("192.0.2.1".parse().unwrap());
        for n in 0..500 {
            strangers.ask_at(now, from, &format!("good{n}"), async { Ok(()) }).await.unwrap();
            let away = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "", "");
            let answer = strangers.ask_at::<()>(now, from, &format!("away{n}"), async { Err(away) }).await;
            assert_eq!(answer.unwrap_err().status, 503);
        }
    }

    /// Goal: neither table grows with what strangers send.
    #[test]
    fn the_tables_are_bounded() {
        let (strangers, now) = (Strangers::default(), Instant::now());
        for n in 0..2 * ADDRESSES_MAX {
            strangers.knock(now, &format!("from{n}"), "bad").ok();
            strangers.settle(None, Some(&format!("good{n}")));
        }
        let table = strangers.0.lock().unwrap();
        assert!(table.addresses.len() <= ADDRESSES_MAX + 1);
        assert!(table.opened.len() == OPENED_MAX && table.known.len() == OPENED_MAX);
        assert!(table.known.contains(&format!("good{}", 2 * ADDRESSES_MAX - 1)));
    }
}
