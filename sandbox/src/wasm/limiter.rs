//! Holds a guest to its memory: the sum over all its linear memories, and the size of its tables.
//!
//! A refusal reaches the guest as −1, and what it does then is its own affair: so the refusal is remembered, and
//! a trap that follows is told as out of memory.

use model::quantity::ByteSize;
use wasmtime::ResourceLimiter;

use super::features::TABLE_ELEMENTS_MAX;

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
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let all = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if all > self.memory_max {
            self.denied = true;
            return Ok(false);
        }
        // Beyond the module's own maximum the engine refuses: not the job's limit.
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.memory = all;
            self.peak = self.peak.max(all);
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= TABLE_ELEMENTS_MAX as usize;
        self.table_denied |= !fits;
        Ok(fits)
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
}
