//! Makes random modules, each from a number: `random-modules FIRST COUNT` writes them to standard output, each with its
//! number and its length before it (8 and 4 bytes, little-endian).
//!
//! `wasm-smith` makes valid modules of any shape. Most here have the shape of a command, with imports that are there and
//! only features that are on, so that they come as far as a run; some are damaged after; the rest is anything at all.
//!
//! Flow: `cargo xtask fuzz wasm` and `cargo xtask test` build it → `sandbox/tests/wasm/smith.rs` runs it and reads.
//! Not here: what must hold for a module.
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use arbitrary::{Arbitrary as _, Result, Unstructured};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use wasm_smith::{Config, Module};

/// Random bytes of which a module is made: they decide how large it may become.
const BYTES: [usize; 4] = [64, 512, 2048, 8192];
/// The most memory that a module begins with; above what the tests let pass, so that both are seen.
const MEMORY_BYTES_MAX: u64 = 32 << 20;

/// The functions of WASI preview 1: `i` is an `i32`, `I` an `i64`; what is returned stands behind the colon.
const WASI: &[(&str, &str)] = &[
    ("args_get", "ii:i"),
    ("args_sizes_get", "ii:i"),
    ("clock_res_get", "ii:i"),
    ("clock_time_get", "iIi:i"),
    ("environ_get", "ii:i"),
    ("environ_sizes_get", "ii:i"),
    ("fd_advise", "iIIi:i"),
    ("fd_allocate", "iII:i"),
    ("fd_close", "i:i"),
    ("fd_datasync", "i:i"),
    ("fd_fdstat_get", "ii:i"),
    ("fd_fdstat_set_flags", "ii:i"),
    ("fd_fdstat_set_rights", "iII:i"),
    ("fd_filestat_get", "ii:i"),
    ("fd_filestat_set_size", "iI:i"),
    ("fd_filestat_set_times", "iIIi:i"),
    ("fd_pread", "iiiIi:i"),
    ("fd_prestat_dir_name", "iii:i"),
    ("fd_prestat_get", "ii:i"),
    ("fd_pwrite", "iiiIi:i"),
    ("fd_read", "iiii:i"),
    ("fd_readdir", "iiiIi:i"),
    ("fd_renumber", "ii:i"),
    ("fd_seek", "iIii:i"),
    ("fd_sync", "i:i"),
    ("fd_tell", "ii:i"),
    ("fd_write", "iiii:i"),
    ("path_create_directory", "iii:i"),
    ("path_filestat_get", "iiiii:i"),
    ("path_filestat_set_times", "iiiiIIi:i"),
    ("path_link", "iiiiiii:i"),
    ("path_open", "iiiiiIIii:i"),
    ("path_readlink", "iiiiii:i"),
    ("path_remove_directory", "iii:i"),
    ("path_rename", "iiiiii:i"),
    ("path_symlink", "iiiii:i"),
    ("path_unlink_file", "iii:i"),
    ("poll_oneoff", "iiii:i"),
    ("proc_exit", "i:"),
    ("proc_raise", "i:i"),
    ("random_get", "ii:i"),
    ("sched_yield", ":i"),
    ("sock_accept", "iii:i"),
    ("sock_recv", "iiiiii:i"),
    ("sock_send", "iiiii:i"),
    ("sock_shutdown", "ii:i"),
];

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [first, count] = numbers.as_slice() else {
        eprintln!("usage: random-modules FIRST COUNT");
        return ExitCode::from(2);
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for number in (0..*count).map(|n| first.wrapping_add(n)) {
        // A few numbers have too few bytes for what they begin.
        let Ok(module) = module(number) else { continue };
        let length = u32::try_from(module.len()).expect("a module of some KiB");
        let parts = [&number.to_le_bytes()[..], &length.to_le_bytes(), &module];
        if parts.into_iter().try_for_each(|part| out.write_all(part)).is_err() {
            // Whoever reads has seen enough.
            return ExitCode::SUCCESS;
        }
    }
    ExitCode::SUCCESS
}

/// Returns the module of a number.
fn module(number: u64) -> Result<Vec<u8>> {
    let mut dice = StdRng::seed_from_u64(number);
    let mut bytes = vec![0; BYTES[dice.random_range(0..BYTES.len())]];
    dice.fill_bytes(&mut bytes);
    let mut source = Unstructured::new(&bytes);
    let mut config = Config::arbitrary(&mut source)?;
    config.max_memory32_bytes = MEMORY_BYTES_MAX;
    let kind = dice.random_range(0..10);
    if kind < 8 {
        config.module_shape = Some(shape(&mut dice));
    }
    if kind < 7 {
        only_what_is_on(&mut config);
    }
    let mut module = Module::new(config, &mut source)?.to_bytes();
    if kind == 6 {
        for _ in 0..dice.random_range(1..4) {
            let at = dice.random_range(0..module.len());
            module[at] = dice.random();
        }
    }
    Ok(module)
}

/// Leaves out what no module here may use, so that most come as far as a run.
fn only_what_is_on(config: &mut Config) {
    config.gc_enabled = false;
    config.exceptions_enabled = false;
    config.memory64_enabled = false;
    config.threads_enabled = false;
    config.compact_imports_enabled = false;
    // They bring references to host objects along, which are off.
    config.reference_types_enabled = false;
    config.max_memories = 1;
    config.max_tables = config.max_tables.min(2);
    config.max_table_elements = 10_000;
    config.max_tags = 0;
}

/// Returns a module with the imports and exports of a command: some functions of WASI, `_start` and `memory`.
fn shape(dice: &mut StdRng) -> Vec<u8> {
    let mut text = "(module ".to_owned();
    let most = dice.random_range(0..=WASI.len());
    for (name, signature) in WASI.iter().filter(|_| dice.random_range(0..WASI.len()) < most) {
        let (takes, gives) = signature.split_once(':').expect("a signature has a colon");
        let [takes, gives] = [takes, gives].map(types);
        let _ = write!(
            text,
            r#"(import "wasi_snapshot_preview1" "{name}" (func (param {takes}) (result {gives})))"#
        );
    }
    text.push_str(r#"(memory (export "memory") 1) (func (export "_start")))"#);
    wat::parse_str(text).expect("the shape is a module")
}

fn types(letters: &str) -> String {
    letters.chars().map(|letter| if letter == 'I' { "i64 " } else { "i32 " }).collect()
}
