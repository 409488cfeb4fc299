//! Places of connections: so many in all, and of one address so many.
//!
//! Who comes when all are taken waits in the system's queue. An address that has as many as it may is cut off at once, so
//! that it takes no place from others: its queue would be theirs too. A trusted proxy stands for many and is not bounded.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::attempts::by_address;
use crate::in_use::InUse;

/// All places of a server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<String, usize>>>,
    /// How many one may have, and who stands for many.
    options: InUse,
}

/// What an address has taken; given back when dropped.
pub(super) struct Taken {
    address: String,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Places {
    pub(super) fn new(options: &InUse) -> Self {
        Self {
            all: Arc::new(Semaphore::new(options.now().connections_max)),
            taken: Arc::default(),
            options: options.clone(),
        }
    }

    /// Waits for a free place.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        self.all.clone().acquire_owned().await.expect("nobody closes the places")
    }

    /// Takes one of an address's places; none when it has no more.
    pub(super) fn of(&self, address: IpAddr) -> Option<Taken> {
        let address = address.to_canonical();
        let options = self.options.now();
        let proxy = options.proxies.addresses.iter().any(|net| net.contains(&address));
        let of_one = if proxy { usize::MAX } else { options.connections_per_address };
        let address = by_address(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address.clone()).or_default();
        if *count >= of_one {
            return None;
        }
        *count += 1;
        if *count == of_one {
            tracing::warn!(
                %address,
                of_one,
                "an address holds as many connections as one may ({of_one}, connections_per_address); more are cut off"
            );
        }
        Some(Taken { address, taken: self.taken.clone() })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::peer::Proxies;

    #[test]
    fn an_address_has_its_places_a_proxy_any_and_none_is_kept_once_all_are_free() {
        let proxies = Proxies { addresses: vec!["10.0.0.5/32".parse().unwrap()], user_header: None };
        let places =
            Places::new(&InUse::new(Options { connections_per_address: 2, proxies, ..Options::default() }));
        let of = |address: &str| places.of(address.parse().unwrap());
        let (first, second) = (of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some() && of("192.0.2.1").is_none());
        assert!(of("192.0.2.2").is_some());
        drop(first);
        assert!(of("192.0.2.1").is_some());
        let proxied: Vec<_> = (0..10).map(|_| of("10.0.0.5")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop((second, proxied));
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
