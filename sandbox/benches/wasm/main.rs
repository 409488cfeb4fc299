//! What a run of a module costs: ours, from the worker to the process for guests and back, against a default engine in
//! this process, `wasmtime run` and `sh -c true`; what its limits cost; how late a timeout is; what compiling costs.
//!
//! A run of ours is told twice. *Inside the host*: from the order, as a host's thread takes it, to the end that it tells:
//! its store, its instance, its call under all limits, and its output in the run's segment, which is open. The same is
//! asked of the bare engine. *From the worker*: the way to that process and back, folder, output and outcome on
//! disk as well; the difference is told as the way. Folder and segment stand in memory, since no contestant writes to a
//! disk. `cargo xtask bench wasm` builds the modules and, when asked, installs `wasmtime`.

mod bare;
#[path = "../../tests/wasm/clocks.rs"]
mod clocks;
mod limits;
mod others;
mod ours;
mod pair;
#[path = "../../tests/wasm/probe.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and panic with what went wrong")]
mod probe;
mod reads;
#[path = "../../tests/wasm/support.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and panic with what went wrong")]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::testing::bench::{Bench, Contestant, Measured};

use ours::Ours;
use pair::{Make, pair};
use sandbox::wasm::Inside;

/// The smallest command.
const TRIVIAL: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// The component, which exits as it is told.
const COMPONENT: &str = "probe.wasm";
/// What a module in C counts here.
const STDIN: &str = "one line\n";

/// A module that is measured.
#[derive(Clone)]
struct Subject {
    name: &'static str,
    bytes: Vec<u8>,
    file: PathBuf,
    args: &'static [&'static str],
    component: bool,
}

impl Subject {
    fn arguments(&self) -> Vec<String> {
        self.args.iter().map(|argument| (*argument).to_owned()).collect()
    }
}

fn main() {
    let mut bench = Bench::start("wasm");
    let scratch = tempfile::tempdir().expect("a folder for the bench");
    let mut figures = Figures::default();
    let hosted = Ours::hosted("sandglass");
    let here = Ours::here("sandglass, guests in this process");
    for subject in subjects(scratch.path()) {
        let inside = [ours::inside(&subject, hosted.a_run()), ours::inside(&subject, hosted.a_run())];
        figures.of_guests(&mut bench, &subject, &inside, scratch.path());
        let mut contestants = vec![hosted.contestant(&subject, 1), here.contestant(&subject, 1)];
        contestants.push(others::shell());
        let one = bench.group(&format!("{}, from the worker, one at a time", subject.name), contestants);
        figures.of_runs(subject.name, &one);
        let two = vec![hosted.contestant(&subject, 2)];
        let two = bench.group(&format!("{}, from the worker, two at a time", subject.name), two);
        let rate = one[0].p10 / two[0].p10;
        figures.tell(format!("{}: from the worker, rate of two against one", subject.name), rate, "×");
    }
    let plain = limits::plain_fill_ms(if bench.is_quick() { 3 } else { 20 });
    figures.tell("a plain program's fill of 64 MiB of fresh memory".into(), plain, "ms");
    for (name, late) in limits::overshoot(&hosted, if bench.is_quick() { 3 } else { 100 }) {
        figures.at_most(format!("{name}: median time past its timeout"), late.median_ms, "ms", Some(30.0));
        figures.at_most(format!("{name}: the latest hundredth"), late.p99_ms, "ms", None);
    }
    let held = limits::penalty_of_a_run(&mut bench);
    figures.at_most("a run with limits against without".into(), held, "×", Some(1.05));
    for (name, penalty, limit) in limits::penalty(&mut bench) {
        figures.at_most(format!("{name}: with fuel and epochs against without"), penalty, "×", limit);
    }
    let reads = reads::small(&mut bench);
    figures.tell("small reads of files: ours, with folder and outcome, against bare".into(), reads.ours, "×");
    figures.tell("small reads of files: each on another thread, against ours".into(), reads.elsewhere, "×");
    if let Some(cold) = limits::cold() {
        figures.at_most("first run of a module: compiled".into(), cold.compiled_ms, "ms", None);
        figures.at_most("first run of a module: its code on disk".into(), cold.loaded_ms, "ms", None);
        figures.tell("its code on disk, times faster".into(), cold.compiled_ms / cold.loaded_ms, "×");
    }
    let guests = if bench.is_quick() { 10 } else { 1000 };
    let each = limits::alive(guests);
    figures.at_most(format!("memory of each of {guests} guests at one time"), each, "KiB", Some(64.0));
    println!();
    for Figure { name, value, unit, bound } in figures.0 {
        match bound {
            Some(Bound::AtLeast(least)) => bench.figure_at_least(&name, value, unit, least),
            Some(Bound::AtMost(most)) => bench.figure(&name, value, unit, Some(most)),
            None => bench.figure(&name, value, unit, None),
        }
    }
    bench.finish();
}

/// Returns what is measured: the trivial one, and those that the environment says were built.
#[expect(
    clippy::disallowed_methods,
    reason = "benches are told by the environment where the built modules are"
)]
fn subjects(scratch: &Path) -> Vec<Subject> {
    let trivial = wat::parse_str(TRIVIAL).expect("the text is a module");
    let subject = |name, bytes, file: &str, args| Subject {
        name,
        bytes,
        file: scratch.join(file),
        args,
        component: file == COMPONENT,
    };
    let mut subjects = vec![subject("trivial", trivial, "trivial.wasm", &["-"][..])];
    let built = std::env::var_os("SANDGLASS_TEST_MODULES").map(PathBuf::from).unwrap_or_default();
    for (name, file) in [("C", "tally.wasm"), ("Rust", "hello.wasm")] {
        match std::fs::read(built.join(file)) {
            Ok(bytes) => subjects.push(subject(name, bytes, file, &["-"])),
            Err(_) => println!("left out: a module in {name}, which was not built"),
        }
    }
    if let Some(bytes) = probe::bytes() {
        subjects.push(subject("component", bytes.to_vec(), COMPONENT, &["exit", "0"]));
    }
    for subject in &subjects {
        std::fs::write(&subject.file, &subject.bytes).expect("the folder of the bench takes a module");
    }
    subjects
}

/// Returns what is beside ours two at a time: the same others, each twice, on threads of their own.
fn of_two(
    subject: &Subject,
    inside: &[Arc<Inside>; 2],
    scratch: &Path,
    wasmtime: usize,
) -> Vec<Contestant<'static>> {
    let twice = |name: &str, make: &dyn Fn(usize) -> Make| pair(name, [make(0), make(1)]);
    let bare = |n: usize| -> Make {
        let (subject, engine) = (subject.clone(), inside[n].engine().clone());
        Box::new(move || bare::same_engine(&subject, &engine))
    };
    let default = |_: usize| -> Make {
        let subject = subject.clone();
        Box::new(move || bare::default_engine(&subject))
    };
    let mut found = vec![
        twice("bare, on the same engines", &bare),
        twice("default engines, in this process", &default),
        twice("sh -c true", &|_| Box::new(others::shell)),
    ];
    for (at, cache) in ["on", "off"].iter().enumerate().take(wasmtime) {
        found.push(twice(&format!("wasmtime run, cache {cache}"), &|_| {
            let (subject, scratch) = (subject.clone(), scratch.to_owned());
            Box::new(move || others::wasmtime(&subject, &scratch).swap_remove(at))
        }));
    }
    found
}

struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    bound: Option<Bound>,
}

/// What a figure should be.
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// Targets of a run inside the host: how many times the bare engine's it may be; how many times faster than a default
/// engine, a shell that does nothing and `wasmtime run` with its cache it must be; and what two threads do of one.
const BARE_MAX: f64 = 2.0;
const DEFAULT_MIN: f64 = 3.0;
const SHELL_MIN: f64 = 50.0;
const WASMTIME_MIN: f64 = 250.0;
const TWO_MIN: f64 = 1.6;

#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn at_most(&mut self, name: String, value: f64, unit: &'static str, limit: Option<f64>) {
        self.0.push(Figure { name, value, unit, bound: limit.map(Bound::AtMost) });
    }

    fn at_least(&mut self, name: String, value: f64, least: f64) {
        self.0.push(Figure { name, value, unit: "×", bound: Some(Bound::AtLeast(least)) });
    }

    fn tell(&mut self, name: String, value: f64, unit: &'static str) {
        self.at_most(name, value, unit, None);
    }

    /// A run inside the host, against the engine itself and other processes, alone and two at a time.
    fn of_guests(&mut self, bench: &mut Bench, subject: &Subject, inside: &[Arc<Inside>; 2], scratch: &Path) {
        let name = subject.name;
        let wasmtime = others::wasmtime(subject, scratch);
        let others_of_two = of_two(subject, inside, scratch, wasmtime.len());
        let mut contestants = vec![
            ours::insides(&inside[..1]),
            bare::same_engine(subject, inside[0].engine()),
            bare::default_engine(subject),
            others::shell(),
            ours::guest(&inside[0]),
        ];
        contestants.extend(wasmtime);
        let one = bench.group(&format!("{name}, inside the host, one at a time"), contestants);
        let contestants = [ours::insides(inside)].into_iter().chain(others_of_two).collect();
        let two = bench.group(&format!("{name}, inside the host, two at a time"), contestants);
        let ours = one[0].p10;
        self.at_most(format!("{name}: inside the host against bare"), ours / one[1].p10, "×", Some(BARE_MAX));
        self.tell(format!("{name}: the guest alone against bare"), one[4].p10 / one[1].p10, "×");
        self.at_least(format!("{name}: a default engine against inside"), one[2].p10 / ours, DEFAULT_MIN);
        self.at_least(format!("{name}: `sh -c true` against inside"), one[3].p10 / ours, SHELL_MIN);
        for (cache, measured) in ["on", "off"].iter().zip(&one[5..]) {
            let what = format!("{name}: `wasmtime run`, cache {cache}, against inside");
            self.at_least(what, measured.p10 / ours, WASMTIME_MIN);
        }
        self.at_least(format!("{name}: inside, rate of two against one"), ours / two[0].p10, TWO_MIN);
        for (what, measured) in ["bare", "a default engine", "`sh -c true`"].iter().zip(&two[1..]) {
            let ratio = measured.p10 / two[0].p10;
            self.tell(format!("{name}: two at a time, {what} against inside"), ratio, "×");
        }
    }

    /// The way there and back, and how many times faster than a shell the whole is.
    fn of_runs(&mut self, name: &str, runs: &[Measured]) {
        let (ours, here, shell) = (runs[0].p10, runs[1].p10, runs[2].p10);
        let way = (ours - here) / 1e3;
        self.tell(format!("{name}: the way to the process for guests and back"), way, "µs");
        self.tell(format!("{name}: `sh -c true` against ours from the worker"), shell / ours, "×");
    }
}
