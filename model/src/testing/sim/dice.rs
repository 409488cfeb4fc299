//! Chance by seed: the same seed throws the same numbers on every machine and in every version.

/// A row of numbers that looks random and is not (splitmix64).
#[derive(Debug, Clone)]
pub(in crate::testing) struct Dice(u64);

impl Dice {
    pub(in crate::testing) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number in `[low, high]`.
    pub(in crate::testing) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Returns true `percent` times in a hundred.
    pub(in crate::testing) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// Returns one of `options`.
    pub(in crate::testing) fn pick<T: Copy>(&mut self, options: &[T]) -> T {
        options[(self.next() % options.len() as u64) as usize]
    }

    /// Returns 16 hexadecimal digits.
    pub(in crate::testing) fn hex16(&mut self) -> String {
        format!("{:016x}", self.next())
    }
}
