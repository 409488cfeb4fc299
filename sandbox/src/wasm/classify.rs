//! Says how a guest ended, from what the engine returned.
//!
//! Cut by whose doing it was: whatever a guest can bring about by itself is its job's result; only what the host
//! failed at is a host error, which is retried for free. The order of the questions matters: an exit is an error
//! to the engine, and a refused page of memory shows as some trap.

use std::time::Duration;

use model::outcome::{End, NetworkRefused, Stop};
use model::quantity::ByteSize;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::{I32Exit, ResourceTableError};

use super::guest::RESOURCES_MAX;
use super::limiter::Limiter;

/// Characters of a trap's text.
const TRAP_CHARS_MAX: usize = 500;
/// Characters of a function's name in a backtrace.
const NAME_CHARS_MAX: usize = 200;

/// At which step the engine gave an error.
#[derive(Debug)]
pub(super) enum Fault {
    /// Before `_start`: the instance could not be made, or its start section failed.
    Instantiate(Error),
    /// In `_start`.
    Call(Error),
}

/// How a guest ended and what it used.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) stop: Option<Stop>,
    pub(super) out_of_fuel: bool,
    pub(super) out_of_memory: bool,
    pub(super) fuel: u64,
    pub(super) peak: ByteSize,
    /// Processor time of the guest and of the functions of the host that it called.
    pub(super) cpu: Duration,
    pub(super) refused: Option<NetworkRefused>,
}

/// Returns the end of a guest that came to it by itself, and whether its fuel was used up.
pub(super) fn ended(result: Result<i32, Fault>, limiter: &Limiter) -> (End, Option<Stop>, bool) {
    let (fault, before) = match result {
        Ok(code) => return (End::Exited { code }, None, false),
        Err(Fault::Instantiate(fault)) => (fault, true),
        Err(Fault::Call(fault)) => (fault, false),
    };
    if let Some(exit) = fault.downcast_ref::<I32Exit>() {
        return (End::Exited { code: exit.0 }, None, false);
    }
    if fault.is::<PoolConcurrencyLimitError>() {
        let message = "every place in the pool of instances is taken";
        return (End::HostError { message: message.into() }, None, false);
    }
    let trap = fault.downcast_ref::<Trap>().copied();
    let words = match trap {
        Some(Trap::OutOfFuel) => "fuel used up".to_owned(),
        Some(Trap::StackOverflow) => "stack overflow: the call stack is exhausted".to_owned(),
        Some(trap) => told(trap, limiter),
        None if before && limiter.denied => "the module starts with more memory than its limit".to_owned(),
        None if matches!(fault.downcast_ref(), Some(ResourceTableError::Full)) => {
            format!("more than {RESOURCES_MAX} files, streams and sockets open at one time")
        }
        // In its start section a guest calls the host as anywhere: what fails there is its own doing.
        None if before && fault.downcast_ref::<WasmBacktrace>().is_none() => {
            return (End::HostError { message: clipped(&format!("{fault:#}")) }, None, false);
        }
        None => format!("a call to the host failed: {}", fault.root_cause()),
    };
    let end = End::Trapped { trap: clipped(&words), backtrace: backtrace(&fault) };
    (end, None, trap == Some(Trap::OutOfFuel))
}

/// Returns the end of a guest that was stopped.
pub(super) fn stopped(why: Stop) -> (End, Option<Stop>, bool) {
    (End::Trapped { trap: format!("stopped: {why}"), backtrace: String::new() }, Some(why), false)
}

/// Returns the end of a guest at which the host panicked.
pub(super) fn panicked() -> (End, Option<Stop>, bool) {
    (End::HostError { message: "the sandbox panicked; the worker's log has more".into() }, None, false)
}

fn told(trap: Trap, limiter: &Limiter) -> String {
    let words = trap.to_string();
    let words = words.strip_prefix("wasm trap: ").unwrap_or(&words);
    if limiter.table_denied {
        return format!("{words} (a larger table had been refused)");
    }
    words.to_owned()
}

/// Returns the functions in which a guest stood, innermost first, one a line.
fn backtrace(fault: &Error) -> String {
    let Some(trace) = fault.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let mut lines = String::new();
    for (depth, frame) in trace.frames().iter().enumerate() {
        let name = match frame.func_name() {
            Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
            None => format!("function {}", frame.func_index()),
        };
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        let at = frame.module_offset().map_or(String::new(), |at| format!(" at {at:#x}"));
        lines.push_str(&format!("{depth}: {name}{at}\n"));
    }
    lines
}

fn clipped(text: &str) -> String {
    text.chars().take(TRAP_CHARS_MAX).collect()
}
