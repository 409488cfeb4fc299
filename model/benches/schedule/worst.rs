//! Searches for the text of at most 256 bytes that holds a thread the longest: parsed, and its first tick found.
//!
//! A climb: the slowest texts known are changed piece by piece, and what is slower stays. Texts are measured again and
//! the least time counts, so that a busy machine makes none slow. The first use of each zone is measured apart, since
//! it happens once.

use std::hint::black_box;
use std::time::Instant;

use jiff::tz::TimeZoneDatabase;
use model::state::Ticks as _;
use model::testing::bench::Bench;
use model::testing::schedule::{CORPUS, DICTIONARY};
use model::time::Timestamp;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::next::{read, read_by_croner};

/// The longest text that the target names, in bytes.
const BYTES_MAX: usize = 256;
/// The target, in microseconds.
const LIMIT_US: f64 = 1_000.0;
/// How many of the slowest texts are changed further.
const KEPT: usize = 40;
/// Texts that were made to be slow: lists as long as they can be, days that cannot be, names that are nearly right.
const NASTY: [&str; 10] = [
    "0 0 1W,2W,3W,4W,5W,6W,7W,8W,9W,10W,11W,12W,13W,14W,15W,16W,17W,18W,19W,20W,21W,22W,23W,24W,25W,26W,27W,28W,29W,30W,31W,L-1W,L-2W,L-3W,L-4W,L-5W,L-6W,L-7W,L-8W,L-9W,L-10W,L-11W,L-12W,L-13W,L-14W,L-15W * +SAT,SUN",
    "* * 1W,15W,31W * +SAT#1,SUN#2,SAT#3,SUN#4,SAT#5,SUN#5,SATL,SUNL",
    "0 0 31 2,4,6,9,11 *",
    "0 0 29 2 +MON 2001-2199/2",
    "0 0 30,31 2 ? 1970-2200",
    "* * * * * * *,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*",
    "CRON_TZ=America/Argentina/ComodRivadaviaX * * * * *",
    "CRON_TZ=americaargentinacomodrivadaviaamericaargentinacomodrivadavia * * * * *",
    "60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60,60 x y z w",
    "@everyday-at-midnight-or-so",
];

/// Searches, and reports the slowest text and the slowest first use of a zone.
pub(crate) fn worst(bench: &mut Bench) {
    println!();
    let bundled = TimeZoneDatabase::bundled();
    let mut first_uses: Vec<f64> =
        bundled.available().map(|zone| once("30 2 * * *", zone.as_str())).collect();
    first_uses.sort_by(f64::total_cmp);
    let at = |share: f64| first_uses[(first_uses.len() as f64 * share) as usize];
    bench.figure("worst: first use of a zone, median of all zones", at(0.5), "µs", None);
    bench.figure("worst: first use of a zone, 95 % of all zones", at(0.95), "µs", Some(LIMIT_US));

    let rounds = if bench.is_quick() { 2_000 } else { 20_000 };
    let mut dice = StdRng::seed_from_u64(7);
    let mut kept: Vec<(f64, String)> =
        CORPUS.iter().chain(&NASTY).map(|text| (least(text), (*text).to_owned())).collect();
    for _ in 0..rounds {
        let text = changed(&kept.choose(&mut dice).expect("some are kept").1, &mut dice);
        if text.len() > BYTES_MAX || kept.iter().any(|(_, known)| *known == text) {
            continue;
        }
        let floor = if kept.len() < KEPT { 0.0 } else { kept[KEPT - 1].0 };
        if once(&text, "America/New_York") > floor {
            kept.push((least(&text), text));
            kept.sort_by(|one, other| other.0.total_cmp(&one.0));
            kept.truncate(KEPT);
        }
    }
    println!("slowest of {rounds} texts: `{}`", kept[0].1);
    bench.figure("worst: parse and first tick", least(&kept[0].1), "µs", Some(LIMIT_US));
}

/// Reports how long one search of `croner` takes on a text that it accepts and that matches nothing.
pub(crate) fn of_croner(bench: &mut Bench) {
    let schedule = read_by_croner(", * * * *");
    let began = Instant::now();
    let found = schedule.find_next_occurrence(&chrono::DateTime::<chrono::Utc>::UNIX_EPOCH, false);
    let took = began.elapsed();
    assert!(found.is_err(), "an empty list matches nothing");
    bench.figure("worst: one search of croner 4 for `, * * * *`", took.as_secs_f64() * 1e6, "µs", None);
}

/// Returns how long a text takes in one of two zones, in microseconds: the least of five.
fn least(text: &str) -> f64 {
    (0..5).map(|_| once(text, "America/New_York")).fold(f64::INFINITY, f64::min)
}

/// Returns how long it takes to read a text and to find its first tick, in microseconds.
fn once(text: &str, zone: &str) -> f64 {
    let began = Instant::now();
    if let Ok(schedule) = read(black_box(text), zone) {
        black_box(schedule.next_after(Timestamp::from_seconds(1_767_225_600)));
    }
    began.elapsed().as_secs_f64() * 1e6
}

/// Returns a text with some piece put in, repeated or taken out.
fn changed(text: &str, dice: &mut StdRng) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let at = dice.random_range(0..words.len());
    let piece = *DICTIONARY.choose(dice).expect("the dictionary has pieces");
    match dice.random_range(0..6) {
        0 => words[at] = piece.to_owned(),
        1 => words[at] = format!("{},{piece}", words[at]),
        2 => words[at].push_str(piece),
        3 => words[at] = format!("{0},{0}", words[at]),
        4 if words.len() > 1 => drop(words.remove(at)),
        _ => {
            let mut items: Vec<&str> = words[at].split(',').collect();
            let item = dice.random_range(0..items.len());
            items[item] = piece;
            words[at] = items.join(",");
        }
    }
    words.join(" ")
}
