//! What a run of a module costs: ours, from the worker to the process for guests and back, against a default engine in
//! this process, `wasmtime run` and `sh -c true`; what its limits cost; how late a timeout is; what compiling costs.
//!
//! A run of ours is all that the executor does: folder, output, outcome on disk; the folder stands in memory, since no
//! contestant writes to a disk. Not here: the guest's own part of it, without folder, account and the way between processes.
//! `cargo xtask bench wasm` builds the modules and, when asked, installs `wasmtime`.

#[path = "../../tests/wasm/clocks.rs"]
mod clocks;
mod limits;
mod others;
mod ours;
#[path = "../../tests/wasm/support.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and panic with what went wrong")]
mod support;

use std::path::PathBuf;

use model::testing::bench::{Bench, Measured};

use ours::Ours;

/// The smallest command.
const TRIVIAL: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// A module that is measured.
struct Subject {
    name: &'static str,
    bytes: Vec<u8>,
    file: PathBuf,
}

fn main() {
    let mut bench = Bench::start("wasm");
    let scratch = tempfile::tempdir().expect("a folder for the bench");
    let mut figures = Figures::default();
    let hosted = Ours::hosted("sandglass");
    let here = Ours::here("sandglass, guests in this process");
    for subject in subjects(scratch.path()) {
        let mut contestants = vec![hosted.contestant(&subject, 1), here.contestant(&subject, 1)];
        contestants.push(others::default_engine(&subject));
        contestants.push(others::shell());
        contestants.extend(others::wasmtime(&subject, scratch.path()));
        let title = format!("{}, one at a time", subject.name);
        let one = bench.group(&title, contestants);
        figures.of_runs(subject.name, &one);
        let two =
            bench.group(&format!("{}, two at a time", subject.name), vec![hosted.contestant(&subject, 2)]);
        let rate = one[0].p10 / two[0].p10;
        figures.at_most(format!("{}: rate of two at a time against one", subject.name), rate, "×", None);
    }
    for (name, late) in limits::overshoot(&hosted, if bench.is_quick() { 3 } else { 100 }) {
        figures.at_most(format!("{name}: median time past its timeout"), late.median_ms, "ms", Some(30.0));
        figures.at_most(format!("{name}: the latest hundredth"), late.p99_ms, "ms", None);
    }
    for (name, penalty, limit) in limits::penalty(&mut bench) {
        figures.at_most(format!("{name}: with fuel against without"), penalty, "×", limit);
    }
    if let Some(cold) = limits::cold() {
        figures.at_most("first run of a module: compiled".into(), cold.compiled_ms, "ms", None);
        figures.at_most("first run of a module: its code on disk".into(), cold.loaded_ms, "ms", None);
    }
    let guests = if bench.is_quick() { 10 } else { 1000 };
    let each = limits::alive(guests);
    figures.at_most(format!("memory of each of {guests} guests at one time"), each, "KiB", Some(64.0));
    println!();
    for Figure { name, value, unit, limit } in figures.0 {
        bench.figure(&name, value, unit, limit);
    }
    bench.finish();
}

/// Returns what is measured: the trivial one, and those that the environment says were built.
#[expect(
    clippy::disallowed_methods,
    reason = "benches are told by the environment where the built modules are"
)]
fn subjects(scratch: &std::path::Path) -> Vec<Subject> {
    let trivial = wat::parse_str(TRIVIAL).expect("the text is a module");
    let mut subjects = vec![Subject { name: "trivial", bytes: trivial, file: scratch.join("trivial.wasm") }];
    let built = std::env::var_os("SANDGLASS_TEST_MODULES").map(PathBuf::from).unwrap_or_default();
    for (name, file) in [("C", "tally.wasm"), ("Rust", "hello.wasm")] {
        match std::fs::read(built.join(file)) {
            Ok(bytes) => subjects.push(Subject { name, bytes, file: scratch.join(file) }),
            Err(_) => println!("left out: a module in {name}, which was not built"),
        }
    }
    for subject in &subjects {
        std::fs::write(&subject.file, &subject.bytes).expect("the folder of the bench takes a module");
    }
    subjects
}

struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    limit: Option<f64>,
}

#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn at_most(&mut self, name: String, value: f64, unit: &'static str, limit: Option<f64>) {
        self.0.push(Figure { name, value, unit, limit });
    }

    /// The way there and back, and how many times faster than each other it is.
    fn of_runs(&mut self, name: &str, runs: &[Measured]) {
        let ours = runs[0].p10;
        let way = (ours - runs[1].p10) / 1e3;
        self.at_most(format!("{name}: the way to the process for guests and back"), way, "µs", None);
        let others =
            ["a default engine", "`sh -c true`", "`wasmtime run`, cache on", "`wasmtime run`, cache off"];
        for (other, measured) in others.iter().zip(&runs[2..]) {
            self.at_most(format!("{name}: {other} against ours"), measured.p10 / ours, "×", None);
        }
    }
}
