//! The host of the module sandbox's tests: a program of its own, as the real one.

mod clocks;

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    match sandbox::wasm::serve_modules(Arc::new(clocks::MachineClock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("wasm-host: {e}");
            ExitCode::FAILURE
        }
    }
}
