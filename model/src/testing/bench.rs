//! Measures contestants in turns, so that a machine that gets slower or faster does so for all of them alike.
//!
//! Flow: `cargo xtask bench NAME` → `<crate>/benches/NAME.rs` → **`bench`** → a table, and JSON below the target folder.
//! Read the ratios: absolute figures belong to one machine, which the calibration line describes.
//!
//! Not here: what is measured, and any claim about it; a bench fails only when it cannot run.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How often each contestant takes its turn.
const ROUNDS: usize = 200;
/// How long one turn of a fast contestant is: long against the cost of reading the clock, and so short that on a busy
/// machine most turns end before somebody else gets the core.
const TURN: Duration = Duration::from_micros(500);
/// Steps of the calibration: each waits for the one before, so that only the clock of the core counts.
const CALIBRATION_STEPS: u64 = 1_000_000;

/// One of those that are compared.
pub struct Contestant<'a> {
    name: String,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

impl<'a> Contestant<'a> {
    /// Measures calls of a function; what it returns is kept from the optimizer.
    pub fn calls<T>(name: impl Into<String>, mut function: impl FnMut() -> T + 'a) -> Self {
        Self::timed(name, move |calls| {
            let began = Instant::now();
            for _ in 0..calls {
                black_box(function());
            }
            began.elapsed()
        })
    }

    /// Measures what the function says that this many calls took: for calls that must be prepared.
    pub fn timed(name: impl Into<String>, run: impl FnMut(u64) -> Duration + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs it and returns how long that many calls took: for contestants made of others.
    pub fn take(&mut self, calls: u64) -> Duration {
        (self.run)(calls)
    }

    /// Returns nanoseconds per call.
    fn turn(&mut self, calls: u64) -> f64 {
        (self.run)(calls).as_nanos() as f64 / calls as f64
    }

    /// Returns how many calls fill a turn; one when a call is longer than it.
    fn calls_of_turn(&mut self, turn: Duration) -> u64 {
        let mut calls = 1;
        loop {
            let took = (self.run)(calls);
            if took >= turn / 4 || calls >= 1 << 40 {
                let calls = calls as f64 * turn.as_secs_f64() / took.as_secs_f64().max(1e-9);
                return (calls as u64).max(1);
            }
            calls *= 4;
        }
    }
}

/// What was measured of one contestant, in nanoseconds per call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The fastest turn.
    pub min: f64,
    /// A tenth of the turns were faster.
    pub p10: f64,
    /// Half of the turns were faster.
    pub median: f64,
}

impl Measured {
    fn of(mut turns: Vec<f64>) -> Self {
        turns.sort_by(f64::total_cmp);
        Self { min: turns[0], p10: turns[turns.len() / 10], median: turns[turns.len() / 2] }
    }
}

/// A row of a table whose figures others measured.
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figures, in the order of the columns.
    pub values: Vec<f64>,
    /// Which of the columns has a target, and its most.
    pub limit: Option<(usize, f64)>,
}

/// A bench under way.
pub struct Bench {
    name: &'static str,
    quick: bool,
    rounds: usize,
    calibration: Measured,
    groups: Vec<Value>,
    figures: Vec<Value>,
}

impl Bench {
    /// Starts a bench: reads `--quick` from the command line (a few short turns, to see that it works) and prints the
    /// calibration.
    pub fn start(name: &'static str) -> Self {
        let quick = std::env::args().any(|argument| argument == "--quick");
        let rounds = if quick { 3 } else { ROUNDS };
        let mut chain = Contestant::timed("calibration", calibrate);
        let calibration = Measured::of((0..rounds).map(|_| chain.turn(CALIBRATION_STEPS)).collect());
        println!("calibration: {} per step of a dependent chain (median)", time(calibration.median));
        Self { name, quick, rounds, calibration, groups: Vec::new(), figures: Vec::new() }
    }

    /// Returns true for a short check that the bench works, whose figures mean little.
    pub fn is_quick(&self) -> bool {
        self.quick
    }

    /// Sets how often each contestant takes its turn in the groups that follow; a quick bench keeps its few.
    pub fn rounds(&mut self, rounds: usize) {
        if !self.quick {
            self.rounds = rounds.max(1);
        }
    }

    /// Measures the contestants in turns, the first being the base of the ratios; returns what was measured, in their
    /// order. The order within a round rotates, so that nobody always follows the same.
    pub fn group(&mut self, title: &str, mut contestants: Vec<Contestant<'_>>) -> Vec<Measured> {
        let turn = if self.quick { TURN / 20 } else { TURN };
        let calls: Vec<u64> = contestants.iter_mut().map(|one| one.calls_of_turn(turn)).collect();
        let mut turns = vec![Vec::new(); contestants.len()];
        for round in 0..self.rounds {
            for place in 0..contestants.len() {
                let at = (round + place) % contestants.len();
                turns[at].push(contestants[at].turn(calls[at]));
            }
        }
        let measured: Vec<Measured> = turns.into_iter().map(Measured::of).collect();
        self.tell(title, &contestants, &measured);
        measured
    }

    /// Reports one figure; with a limit also whether it is kept.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str, limit: Option<f64>) {
        let kept = match limit {
            Some(limit) if value <= limit => format!("   target ≤ {limit} {unit}: met"),
            Some(limit) => format!("   target ≤ {limit} {unit}: MISSED"),
            None => String::new(),
        };
        println!("{name:<56} {value:>12.1} {unit}{kept}");
        self.figures.push(json!({ "name": name, "value": value, "unit": unit, "limit": limit }));
    }

    /// Reports one figure that should be at least so much, and whether it is.
    pub fn figure_at_least(&mut self, name: &str, value: f64, unit: &str, least: f64) {
        let kept = if value >= least { "met" } else { "MISSED" };
        println!("{name:<56} {value:>12.1} {unit}   target ≥ {least} {unit}: {kept}");
        self.figures.push(json!({ "name": name, "value": value, "unit": unit, "least": least }));
    }

    /// Reports a table of figures that something else measured, with whether those that have a target keep it.
    pub fn table(&mut self, title: &str, columns: &[&str], rows: Vec<Row>) {
        let heads: String = columns.iter().map(|column| format!(" {column:>12}")).collect();
        println!("\n{title:<56}{heads}");
        let mut told = Vec::new();
        for Row { name, values, limit } in rows {
            let figures: String = values.iter().map(|value| format!(" {value:>12.2}")).collect();
            let kept = limit.map_or_else(String::new, |(column, most)| {
                let kept = if values[column] <= most { "met" } else { "MISSED" };
                format!("   target ≤ {most}: {kept}")
            });
            println!("  {name:<54}{figures}{kept}");
            told.push(json!({ "name": name, "values": values, "limit": limit }));
        }
        self.groups.push(json!({ "title": title, "columns": columns, "rows": told }));
    }

    /// Writes all of it to `bench/NAME.json` in the target folder and prints where.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn finish(self) {
        let folder = target_folder().join("bench");
        let file = folder.join(format!("{}.json", self.name));
        let result = json!({
            "bench": self.name,
            "quick": self.quick,
            "calibration_ns_per_step": self.calibration.median,
            "groups": self.groups,
            "figures": self.figures,
        });
        fs::create_dir_all(&folder).expect("the target folder takes a folder for benches");
        fs::write(&file, format!("{result:#}\n")).expect("the target folder takes the result");
        println!("\nwritten to {}", file.display());
    }

    fn tell(&mut self, title: &str, contestants: &[Contestant<'_>], measured: &[Measured]) {
        println!("\n{title:<48} {:>11} {:>11} {:>11} {:>9}", "min", "p10", "median", "ratio");
        let mut rows = Vec::new();
        for (one, of) in contestants.iter().zip(measured) {
            let ratio = of.median / measured[0].median;
            let (min, p10, median) = (time(of.min), time(of.p10), time(of.median));
            println!("  {:<46} {min:>11} {p10:>11} {median:>11} {ratio:>7.2} ×", one.name);
            rows.push(json!({ "name": one.name, "min_ns": of.min, "p10_ns": of.p10, "median_ns": of.median, "ratio": ratio }));
        }
        self.groups.push(json!({ "title": title, "contestants": rows }));
    }
}

/// Returns how long the steps of a chain took, each of which needs the result of the one before.
fn calibrate(steps: u64) -> Duration {
    let began = Instant::now();
    let mut state = black_box(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
    began.elapsed()
}

/// Returns the folder into which cargo built this program.
fn target_folder() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it lies");
    own.ancestors().nth(3).expect("cargo puts a bench into `<target>/<profile>/deps`").to_owned()
}

/// Returns nanoseconds in the unit in which they are read best.
fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1_000.0 => format!("{ns:.1} ns"),
        ns if ns < 1_000_000.0 => format!("{:.2} µs", ns / 1_000.0),
        ns if ns < 1_000_000_000.0 => format!("{:.2} ms", ns / 1_000_000.0),
        ns => format!("{:.2} s", ns / 1_000_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_tenth_are_those_of_the_sorted_turns() {
        let turns = (1..=40).rev().map(f64::from).collect();
        assert_eq!(Measured::of(turns), Measured { min: 1.0, p10: 5.0, median: 21.0 });
        assert_eq!(Measured::of(vec![7.0]), Measured { min: 7.0, p10: 7.0, median: 7.0 });
    }

    /// The time is the contestant's own word here, so that the result depends on no clock.
    #[test]
    fn a_turn_holds_as_many_calls_as_fill_it_and_at_least_one() {
        let mut fast = Contestant::timed("fast", |calls| Duration::from_nanos(100 * calls));
        assert_eq!(fast.calls_of_turn(Duration::from_millis(1)), 10_000);
        assert!((fast.turn(50) - 100.0).abs() < 1e-9);
        let mut slow = Contestant::timed("slow", Duration::from_secs);
        assert_eq!(slow.calls_of_turn(Duration::from_millis(1)), 1);
    }

    #[test]
    fn times_are_told_in_the_unit_that_reads_best() {
        let told: Vec<String> = [3.25, 1_500.0, 2_000_000.0, 3e9].map(time).to_vec();
        assert_eq!(told, ["3.2 ns", "1.50 µs", "2.00 ms", "3.00 s"]);
    }
}
