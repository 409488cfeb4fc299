//! What the inspector says to modules that can run and to those that never could.

use model::module::ModuleShape;
use model::ports::{ModuleInspector as _, Rejection};
use model::quantity::ByteSize;
use sandbox::wasm::Inspector;

const MEMORY: &str = r#"(memory (export "memory") 2)"#;
const START: &str = r#"(func (export "_start"))"#;

fn inspect(text: &str) -> Result<model::module::ModuleReport, Rejection> {
    Inspector::default().inspect(&wat::parse_str(text).expect("the text is a module"))
}

fn refused(text: &str) -> Rejection {
    inspect(text).expect_err("the module is refused")
}

#[test]
fn a_command_is_reported_with_what_it_asks_and_offers() {
    let report = inspect(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 2)
            (func (export "_start"))
            (@producers (language "C11" "") (processed-by "clang" "14.0.6")))"#,
    )
    .unwrap();
    assert_eq!(report.shape, ModuleShape::Core);
    assert_eq!(report.imports, ["wasi_snapshot_preview1::fd_write", "wasi_snapshot_preview1::proc_exit"]);
    assert_eq!(report.exports, ["_start", "memory"]);
    assert_eq!(report.memory_min, ByteSize::from_kib(128));
    assert_eq!(report.producers, ["language: C11", "processed-by: clang 14.0.6"]);
}

#[test]
fn unknown_imports_are_named_with_what_to_do() {
    let refused = refused(&format!(
        r#"(module (import "env" "emscripten_notify" (func)) (import "env" "memory" (memory 1))
            (import "wasi_snapshot_preview1" "fd_write" (func)) {START})"#
    ));
    assert_eq!(refused.code, "unknown_import");
    assert!(refused.message.contains("`env::emscripten_notify`, `env::memory`"), "{refused}");
    assert!(!refused.message.contains("fd_write"), "{refused}");
    assert!(refused.message.contains("wasm32-wasip1"), "{refused}");
}

#[test]
fn an_import_with_a_strange_name_cannot_disturb_the_message() {
    let name = "x\\1b[31m\\n".repeat(100);
    let refused = refused(&format!(r#"(module (import "env" "{name}" (func)) {MEMORY} {START})"#));
    assert!(refused.message.lines().count() == 2 && refused.message.len() < 500, "{refused}");
    assert!(!refused.message.contains('\x1b'));
}

#[test]
fn what_cannot_be_started_is_refused() {
    let table = [
        (format!("(module {MEMORY})"), "no_start", "nothing to run"),
        (format!(r#"(module {MEMORY} (func (export "_initialize")))"#), "reactor", "not a command"),
        (
            format!(r#"(module {MEMORY} (func (export "_start") (param i32)))"#),
            "no_start",
            "without parameters",
        ),
        (
            format!(r#"(module {MEMORY} (global (export "_start") i32 (i32.const 0)))"#),
            "no_start",
            "not a function",
        ),
        (format!("(module {START})"), "no_memory", "has no memory"),
        (format!("(module (memory 1) {START})"), "no_memory", "`memory`"),
        (format!(r#"(module (memory (export "memory") 20000) {START})"#), "memory_too_large", "1GiB"),
        (format!("(module {MEMORY} {START} (table 100001 funcref))"), "table_too_large", "100001"),
    ];
    for (text, code, words) in table {
        let refused = refused(&text);
        assert_eq!(refused.code, code, "{text}");
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[test]
fn a_feature_that_is_off_is_called_by_its_name() {
    let table = [
        (format!(r#"(module (memory (export "memory") i64 1) {START})"#), "memory64"),
        (format!(r#"(module (memory (export "memory") 1 2 shared) {START})"#), "threads"),
        (format!("(module {MEMORY} {START} (memory 1))"), "memor"),
        (format!("(module {MEMORY} {START} (tag))"), "exception"),
        (format!("(module {MEMORY} {START} (type (struct)))"), "garbage collection"),
        (format!("(module {MEMORY} {START} (table 1 externref))"), "externref"),
        (format!(r#"(module (memory (export "memory") 1 (pagesize 1)) {START})"#), "page size"),
    ];
    for (text, words) in table {
        let refused = refused(&text);
        assert!(matches!(refused.code, "feature_off" | "invalid"), "{refused:?}");
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[test]
fn what_current_compilers_emit_passes() {
    let text = format!(
        "(module {MEMORY} {START} (table 1 funcref) (elem declare func 1)
            (func (result i32 i32) i32.const 1 i32.const 2)
            (func (param f64) (result i64) local.get 0 i64.trunc_sat_f64_s)
            (func (result v128) v128.const i32x4 1 2 3 4)
            (func (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)))
            (func (return_call 0)))"
    );
    inspect(&text).unwrap();
}

#[test]
fn a_module_cut_anywhere_is_never_taken() {
    let bytes = wat::parse_str(format!(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) {MEMORY} {START})"#
    ))
    .unwrap();
    let inspector = Inspector::default();
    inspector.inspect(&bytes).unwrap();
    for cut in 0..bytes.len() {
        inspector.inspect(&bytes[..cut]).expect_err("a piece of a module is not a module");
    }
}

#[test]
fn a_flipped_byte_is_refused_or_harmless_but_never_a_panic() {
    let bytes = wat::parse_str(format!("(module {MEMORY} {START} (func (drop (i32.const 7))))")).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let _ = Inspector::default().inspect(&damaged);
        }
    }
}
