//! The protocol, played thousands of times by seed: every promise holds, and every fault is found.
//!
//! A failure names its seed: `play(seed, None)` plays that history alone, the same each time.

use std::ops::Range;

use model::testing::sim::{Broken, Counts, play};

/// Plays these seeds; says which one fails.
fn holds(seeds: Range<u64>) -> Counts {
    let mut total = Counts::default();
    for seed in seeds {
        match play(seed, None) {
            Ok(counts) => total.add(counts),
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    total
}

/// Every promise holds in these histories, and there was something to check in them.
fn holds_and_checks(seeds: Range<u64>) {
    let histories = seeds.clone().count();
    let total = holds(seeds);
    assert!(total.starts > 5 * histories && total.ticks > 10 * histories, "{total:?}");
    assert!(total.must_run > histories, "{total:?}");
}

#[test]
fn every_promise_holds_in_the_first_thousand_histories() {
    holds_and_checks(0..1_000);
}

#[test]
fn every_promise_holds_in_the_second_thousand_histories() {
    holds_and_checks(1_000..2_000);
}

#[test]
fn every_promise_holds_in_the_third_thousand_histories() {
    holds_and_checks(2_000..3_000);
}

#[test]
fn a_seed_gives_the_same_history_each_time() {
    for seed in 0..20 {
        assert_eq!(play(seed, None), play(seed, None), "seed {seed}");
    }
}

#[test]
fn every_fault_is_found() {
    for broken in Broken::ALL {
        let found = (0..500).find_map(|seed| play(seed, Some(broken)).err());
        assert!(found.is_some(), "{broken:?} is not found in 500 histories");
    }
}
