//! How each way to end is told.

use model::outcome::End;
use model::run::RunStatus;

use super::support::{Sandbox, command};

#[tokio::test]
async fn the_exit_code_is_what_the_guest_says() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run_text(&command(r#"(func (export "_start"))"#)).await.code(), 0);
    for code in [0, 1, 5, 125, 126, 255] {
        let text =
            command(&format!(r#"(func (export "_start") (call $exit (i32.const {code})) unreachable)"#));
        assert_eq!(sandbox.run_text(&text).await.code(), code);
    }
}

#[tokio::test]
async fn a_guest_that_exits_in_its_start_section_has_exited() {
    let text = command(r#"(func $s (call $exit (i32.const 5))) (start $s) (func (export "_start"))"#);
    assert_eq!(Sandbox::new().run_text(&text).await.code(), 5);
}

#[tokio::test]
async fn each_trap_is_told_apart_with_where_it_was() {
    let sandbox = Sandbox::new();
    let table = [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 70000)))", "out of bounds memory access"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer divide by zero"),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer"),
        ("(call_indirect (i32.const 0))", "uninitialized element"),
        ("(call_indirect (i32.const 9))", "out of bounds table access"),
        ("(call_indirect (param i32) (i32.const 0) (i32.const 1))", "indirect call type mismatch"),
    ];
    for (body, words) in table {
        let text = command(&format!(
            r#"(table 2 funcref) (elem (i32.const 1) $inner)
            (func $inner {body}) (func $outer (call $inner)) (func (export "_start") (call $outer))"#
        ));
        let ended = sandbox.run_text(&text).await;
        assert!(ended.trap().contains(words), "{body}: {:?}", ended.outcome);
        let End::Trapped { backtrace, .. } = &ended.outcome.end else { unreachable!() };
        let lines: Vec<_> = backtrace.lines().collect();
        assert!(
            lines[0].starts_with("0: inner at 0x") && lines[1].starts_with("1: outer at 0x"),
            "{backtrace}"
        );
        assert_eq!(ended.outcome.status(&[0]), RunStatus::Trapped);
    }
}

#[tokio::test]
async fn deep_recursion_is_a_stack_overflow_and_leaves_the_sandbox_whole() {
    let sandbox = Sandbox::new();
    let text = command(
        r#"(func $f (param i64) (call $f (local.get 0)) (drop (i64.const 1)))
        (func (export "_start") (call $f (i64.const 1)))"#,
    );
    let ended = sandbox.run_text(&text).await;
    assert!(ended.trap().contains("stack overflow"), "{:?}", ended.outcome);
    assert_eq!(sandbox.run_text(&command(r#"(func (export "_start"))"#)).await.code(), 0);
}

#[tokio::test]
async fn a_call_that_the_host_refuses_is_the_guests_doing() {
    // The vector of fd_write points beyond memory.
    let text = command(
        r#"(func (export "_start")
            (i32.store (i32.const 0) (i32.const 0x7fffffff)) (i32.store (i32.const 4) (i32.const 10))
            (call $exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))"#,
    );
    let ended = Sandbox::new().run_text(&text).await;
    assert!(!matches!(ended.outcome.end, End::HostError { .. }), "{:?}", ended.outcome);
}

/// Found by random modules: a signal that does not exist made the start section a fault of the host, retried for free.
#[tokio::test]
async fn a_call_that_fails_in_the_start_section_is_the_modules_own_doing() {
    let text = r#"(module (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
        (memory (export "memory") 1) (func (export "_start"))
        (func $first (drop (call $raise (i32.const 9999)))) (start $first))"#;
    let ended = Sandbox::new().run_text(text).await;
    assert!(ended.trap().contains("a call to the host failed"), "{}", ended.trap());
}
