//! Keeps what was used last, up to a weight.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets what was not used for the longest time once its weight is above its limit.
#[derive(Debug)]
pub(super) struct Lru<K, V> {
    entries: HashMap<K, Entry<V>>,
    weight: u64,
    weight_max: u64,
    uses: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    weight: u64,
    used: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> Lru<K, V> {
    /// Returns an empty map. One entry may be heavier than `weight_max`; then it is alone.
    pub(super) fn new(weight_max: u64) -> Self {
        Self { entries: HashMap::new(), weight: 0, weight_max, uses: 0 }
    }

    /// Returns what is kept under `key`.
    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.uses;
        Some(entry.value.clone())
    }

    /// Keeps `value`, and forgets others until all fit.
    pub(super) fn put(&mut self, key: K, value: V, weight: u64) {
        self.uses += 1;
        self.remove(&key);
        while self.weight.saturating_add(weight) > self.weight_max
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used)
        {
            let oldest = oldest.0.clone();
            self.remove(&oldest);
        }
        self.weight += weight;
        self.entries.insert(key, Entry { value, weight, used: self.uses });
    }

    fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.weight -= entry.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut kept = Lru::new(10);
        kept.put("a", 1, 4);
        kept.put("b", 2, 4);
        assert_eq!(kept.get(&"a"), Some(1));
        kept.put("c", 3, 4);
        assert_eq!((kept.get(&"a"), kept.get(&"b"), kept.get(&"c")), (Some(1), None, Some(3)));
    }

    #[test]
    fn one_entry_heavier_than_all_stands_alone() {
        let mut kept = Lru::new(10);
        kept.put("a", 1, 4);
        kept.put("b", 2, 100);
        assert_eq!((kept.get(&"a"), kept.get(&"b")), (None, Some(2)));
        kept.put("b", 3, 1);
        assert_eq!((kept.get(&"b"), kept.weight), (Some(3), 1));
    }
}
