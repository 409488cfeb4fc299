//! Any bytes as a schedule: whatever is typed, `model::testing::schedule` must hold.
//!
//! Flow: `cargo xtask fuzz schedule` → libFuzzer → **`schedule`** → `holds`. A text may not take long either: the
//! fuzzer gives up on one that does (`-timeout`).
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::testing::schedule::{Case, holds};

/// The longest text, in bytes, and what steers it.
const BYTES_MAX: usize = 256 + 8;

fuzz_target!(|bytes: &[u8]| {
    holds(&Case::of(&bytes[..bytes.len().min(BYTES_MAX)]));
});
