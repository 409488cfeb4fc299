//! What holds for every text that anybody can type (`testing::schedule`): the fuzzer's seeds, and random texts made of
//! its dictionary.

use proptest::prelude::*;

use crate::testing::schedule::{CORPUS, Case, DICTIONARY, ZONES, holds};

/// Each seed in each zone under each rule, asked around two changes of the clock and from anywhere.
#[test]
fn the_seeds_of_the_fuzzer_hold_in_every_zone_under_every_rule() {
    let mut schedules = 0;
    for text in CORPUS.iter() {
        for zone in 0..ZONES.len() as u8 {
            for rule in 0..3 {
                let when = [zone % 3, 7 * zone + 11 * rule, 0, 200 - zone, rule, 90];
                let bytes = [&[zone, rule][..], &when, text.as_bytes()].concat();
                schedules += u32::from(holds(&Case::of(&bytes)));
            }
        }
    }
    assert!(schedules > 1_000, "only {schedules} of the seeds are schedules");
}

/// Returns five to seven fields of pieces that may or may not go together.
fn typed() -> impl Strategy<Value = String> {
    let piece = || prop::sample::select(DICTIONARY.clone());
    let field = prop_oneof![3 => Just("*".to_owned()), 4 => piece().prop_map(str::to_owned),
        2 => (piece(), piece()).prop_map(|(one, other)| format!("{one}{other}")),
        1 => (piece(), piece()).prop_map(|(one, other)| format!("{one},{other}"))];
    prop_oneof![
        4 => prop::collection::vec(field, 5..8).prop_map(|fields| fields.join(" ")),
        1 => prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_the_dictionary_hold(steering in any::<[u8; 8]>(), text in typed()) {
        holds(&Case::of(&[&steering[..], text.as_bytes()].concat()));
    }

    #[test]
    fn any_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        holds(&Case::of(&bytes));
    }
}
