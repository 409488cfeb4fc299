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

#[test]
fn a_known_import_of_another_type_is_refused_with_both_types() {
    let table = [
        (r#"(func (param i32) (result i32))"#, "`(i32) -> i32`"),
        (r#"(func (param i32 i64 i32 i32) (result i32))"#, "`(i32, i64, i32, i32) -> i32`"),
        (r#"(func (param i32 i32 i32 i32))"#, "`(i32, i32, i32, i32) -> nothing`"),
        (r#"(global i32)"#, "as a global"),
        (r#"(memory 1)"#, "as a memory"),
    ];
    for (ty, words) in table {
        let own = if ty.contains("memory") { r#"(export "memory" (memory 0))"# } else { MEMORY };
        let text = format!(r#"(module (import "wasi_snapshot_preview1" "fd_write" {ty}) {own} {START})"#);
        let refused = refused(&text);
        assert_eq!(refused.code, "wrong_import_type", "{refused}");
        assert!(refused.message.contains(words), "{refused}");
        assert!(refused.message.contains("`(i32, i32, i32, i32) -> i32`"), "{refused}");
    }
}

#[test]
fn what_would_take_too_long_is_refused_by_its_count() {
    let long = "(param i32)".repeat(129);
    let nested = format!("{}{}", "(component ".repeat(18), ")".repeat(18));
    let instances =
        format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(257));
    let table = [
        (format!("(module {MEMORY} {START} (type (func {long})))"), "128 parameters"),
        (format!("(module {MEMORY} {START} {})", "(func)".repeat(100_000)), "100000 functions"),
        (nested, "inside each other"),
        (instances, "256 instances"),
    ];
    for (text, words) in table {
        let refused = refused(&text);
        assert_eq!(refused.code, "too_complex", "{refused}");
        assert!(refused.message.contains(words), "{refused}");
    }
}

/// Goal: a kilobyte that declares five million local variables is refused.
#[test]
fn local_variables_are_counted() {
    let section = |id: u8, content: Vec<u8>| {
        let length = content.len();
        [vec![id, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8], content].concat()
    };
    // 101 functions without parameters, each with one group of 50,000 `i32`.
    let body = [6, 1, 0xd0, 0x86, 0x03, 0x7f, 0x0b];
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, vec![1, 0x60, 0, 0]),
        section(3, [vec![101], vec![0; 101]].concat()),
        section(10, [vec![101], body.repeat(101)].concat()),
    ];
    let refused = Inspector::default().inspect(&module.concat()).unwrap_err();
    assert_eq!(refused.code, "too_complex", "{refused}");
    assert!(refused.message.contains("5000000 local variables"), "{refused}");
}

/// Goal: a report is small, whatever names a module is made of.
#[test]
fn names_of_a_report_are_cut() {
    let exports: String =
        (0..1500).map(|i| format!(r#"(export "{i} {}" (func 0))"#, "x".repeat(500))).collect();
    let report = inspect(&format!("(module {MEMORY} {START} {exports})")).unwrap();
    assert_eq!(report.exports.len(), 1001);
    assert_eq!(report.exports[1000], "… and 502 more");
    assert!(report.exports.iter().all(|name| name.chars().count() <= 201));
}

/// Returns a component around one core module, with imports and the name under which it exports `run`.
fn component(imports: &str, run: &str) -> String {
    format!(
        r#"(component {imports}
            (core module $m (memory (export "memory") 2) (func (export "run") (result i32) i32.const 0)
                (@producers (language "Rust" "") (processed-by "rustc" "1.95.0")))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $command (export "run" (func $run)))
            (export "{run}" (instance $command)))"#
    )
}

#[test]
fn a_component_that_is_a_command_is_reported() {
    let imports = r#"(import "wasi:cli/environment@0.2.3" (instance
            (export "get-arguments" (func (result (list string))))))
        (import "wasi:io/poll@0.2.12" (instance))"#;
    let report = inspect(&component(imports, "wasi:cli/run@0.2.0")).unwrap();
    assert_eq!(report.shape, ModuleShape::Component);
    assert_eq!(report.imports, ["wasi:cli/environment@0.2.3", "wasi:io/poll@0.2.12"]);
    assert_eq!(report.exports, ["wasi:cli/run@0.2.0"]);
    assert_eq!(report.memory_min, ByteSize::from_kib(128));
    assert_eq!(report.producers, ["language: Rust", "processed-by: rustc 1.95.0"]);
}

#[test]
fn a_component_that_cannot_run_is_refused_by_its_reason() {
    let run = "wasi:cli/run@0.2.0";
    let http = r#"(import "wasi:http/outgoing-handler@0.2.0" (instance)) (import "my:own/thing" (instance))
        (import "wasi:io/poll@0.2.0" (instance))"#;
    let two = component("", run).replace("(result (result))", "(param \"x\" u32) (result (result))").replace(
        "(func (export \"run\") (result i32) i32.const 0)",
        "(func (export \"run\") (param i32) (result i32) i32.const 0)",
    );
    let table = [
        (component(http, run), "unknown_import", "`wasi:http/outgoing-handler@0.2.0`, `my:own/thing`"),
        (component(r#"(import "wasi:cli/stdin@0.3.0" (instance))"#, run), "unknown_import", "preview 3"),
        (component(r#"(import "log" (func))"#, run), "unknown_import", "`log`"),
        (component("", "wasi:http/incoming-handler@0.2.0"), "http_handler", "HTTP handler"),
        (component("", "wasi:cli/run@0.3.0"), "no_run", "version 0.2"),
        ("(component)".to_owned(), "no_run", "wasm32-wasip2"),
        (two, "no_run", "without parameters"),
        (
            component("", run).replace(r#"(export "memory") 2"#, r#"(export "memory") 20000"#),
            "memory_too_large",
            "1GiB",
        ),
        (
            component("", run).replace("(memory ", "(table 100001 funcref) (memory "),
            "table_too_large",
            "100001",
        ),
        (
            component("", run).replace("(memory (export \"memory\") 2)", "(memory i64 1)"),
            "feature_off",
            "memory64",
        ),
    ];
    for (text, code, words) in table {
        let refused = refused(&text);
        assert_eq!(refused.code, code, "{refused} {text}");
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[test]
fn a_component_cut_or_damaged_anywhere_is_refused_or_harmless_but_never_a_panic() {
    let bytes = wat::parse_str(component("", "wasi:cli/run@0.2.0")).unwrap();
    let inspector = Inspector::default();
    let whole = inspector.inspect(&bytes).unwrap();
    for cut in 0..bytes.len() {
        // Behind its export there are only names for a debugger: without them it is the same program.
        if let Ok(piece) = inspector.inspect(&bytes[..cut]) {
            assert_eq!(piece, whole, "cut at {cut}");
        }
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let _ = inspector.inspect(&damaged);
        }
    }
}
