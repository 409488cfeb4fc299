//! Seeded histories of placement `all`: `model::testing::everywhere`.

use model::testing::everywhere::{Broken, Counts, play};

fn play_all(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        if let Err(violation) = play(seed, None) {
            panic!("seed {seed}: {violation}");
        }
    }
}

#[test]
fn every_worker_keeps_every_promise_in_the_first_thousand_histories() {
    play_all(0..1_000);
}

#[test]
fn every_worker_keeps_every_promise_in_the_second_thousand_histories() {
    play_all(1_000..2_000);
}

#[test]
fn a_seed_plays_the_same_history_each_time_and_it_is_about_something() {
    let mut all = Counts::default();
    for seed in 0..20 {
        let counts = play(seed, None).expect("it keeps every promise");
        assert_eq!(play(seed, None), Ok(counts), "seed {seed}");
        all.ticks += counts.ticks;
        all.requests += counts.requests;
        all.overtaken += counts.overtaken;
    }
    assert!(all.ticks > 200 && all.requests > 20 && all.overtaken > 5, "{all:?}");
}

#[test]
fn every_fault_of_many_workers_is_found() {
    for broken in Broken::ALL {
        let found = (0..500).find_map(|seed| play(seed, Some(broken)).err());
        assert!(found.is_some(), "{broken:?} is not found in 500 histories");
    }
}
