//! Holds a guest to its memory: the sum over all its linear memories and tables.
//!
//! A refusal reaches the guest as −1, and what it does then is its own affair: so the refusal is remembered, and
//! a trap that follows is told as out of memory.

use model::quantity::ByteSize;
use wasmtime::ResourceLimiter;

use super::engine::{COMPONENT_INSTANCES_MAX, COMPONENT_MEMORIES_MAX, COMPONENT_TABLES_MAX};
use super::features::TABLE_ELEMENTS_MAX;

/// Bytes of one element of a table: a pointer.
const ELEMENT_BYTES: usize = size_of::<usize>();

/// What one guest has and may have.
#[derive(Debug)]
pub(super) struct Limiter {
    memory_max: u64,
    memory: u64,
    peak: u64,
    /// True once memory was refused.
    pub(super) denied: bool,
    /// True once a larger table was refused.
    pub(super) table_denied: bool,
}

impl Limiter {
    /// Returns a limiter for a guest that has nothing yet.
    pub(super) fn new(memory_max: ByteSize) -> Self {
        Self { memory_max: memory_max.as_bytes(), memory: 0, peak: 0, denied: false, table_denied: false }
    }

    /// Returns the most memory that the guest had at one time.
    pub(super) fn peak(&self) -> ByteSize {
        ByteSize::from_bytes(self.peak)
    }

    /// Counts `more` bytes, when they are within the limit.
    fn grow(&mut self, more: usize, allowed: bool) -> bool {
        let all = self.memory.saturating_add(more as u64);
        if all > self.memory_max {
            self.denied = true;
            return false;
        }
        if allowed {
            self.memory = all;
            self.peak = self.peak.max(all);
        }
        true
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Beyond the module's own maximum the engine refuses: not the job's limit.
        let allowed = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(self.grow(desired.saturating_sub(current), allowed))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX as usize {
            self.table_denied = true;
            return Ok(false);
        }
        let more = desired.saturating_sub(current).saturating_mul(ELEMENT_BYTES);
        let allowed = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(self.grow(more, allowed))
    }

    fn instances(&self) -> usize {
        COMPONENT_INSTANCES_MAX as usize
    }

    fn tables(&self) -> usize {
        COMPONENT_TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        COMPONENT_MEMORIES_MAX as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_count_together_and_a_refusal_is_remembered() {
        let mut limiter = Limiter::new(ByteSize::from_bytes(100));
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.denied);
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
        assert!(limiter.denied);
        assert_eq!(limiter.peak(), ByteSize::from_bytes(100));
    }

    #[test]
    fn the_elements_of_tables_count_as_memory_and_have_a_bound_of_their_own() {
        let mut limiter = Limiter::new(ByteSize::from_bytes(100));
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert_eq!(limiter.peak(), ByteSize::from_bytes(80));
        assert!(!limiter.memory_growing(0, 21, None).unwrap());
        assert!(limiter.denied && !limiter.table_denied);
        assert!(!limiter.table_growing(10, TABLE_ELEMENTS_MAX as usize + 1, None).unwrap());
        assert!(limiter.table_denied);
    }

    #[test]
    fn what_the_module_itself_forbids_is_not_counted() {
        let mut limiter = Limiter::new(ByteSize::from_bytes(100));
        assert!(limiter.memory_growing(0, 60, Some(50)).unwrap());
        assert!(limiter.table_growing(0, 10, Some(5)).unwrap());
        assert_eq!(limiter.peak(), ByteSize::from_bytes(0));
    }
}
