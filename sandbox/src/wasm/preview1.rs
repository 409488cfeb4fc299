//! WASI preview 1 as a guest sees it: the engine's own functions, with three replaced.
//!
//! `poll_oneoff` (every kind of sleep): the engine's own sleeps the thread for real, so that no timeout and no
//! kill would hold and all other guests of the thread stood still; this one waits as a future that can be dropped.
//! `path_open`: the engine's own waits for the other end of a named pipe, in the kernel; see `open`.
//! `proc_exit`: the engine's own takes an exit code above 125 for an error of the host.
//!
//! Not here: connections (preview 1 has none).

use std::time::Duration;

use wasmtime::{Caller, Extern, Linker, Memory};
use wasmtime_wasi::I32Exit;

use super::guest::Guest;
use super::imports::PREVIEW_1;
use super::open;
use super::poll::{self, EVENT_BYTES, SUBSCRIPTION_BYTES};

/// Subscriptions that one call may wait for.
const SUBSCRIPTIONS_MAX: u32 = 1024;
/// What a WASI function returns.
const SUCCESS: i32 = 0;
pub(super) const FAULT: i32 = 21;
const INVALID: i32 = 28;

/// Adds every function of preview 1 to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p1::add_to_linker_async(linker, Guest::wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap_async(
        PREVIEW_1,
        "poll_oneoff",
        |caller: Caller<'_, Guest>, (subscriptions, events, count, ready): (u32, u32, u32, u32)| {
            Box::new(poll_oneoff(caller, subscriptions, events, count, ready))
        },
    )?;
    linker.func_wrap_async(
        PREVIEW_1,
        "path_open",
        |caller: Caller<'_, Guest>, arguments: open::Arguments| Box::new(open::path_open(caller, arguments)),
    )?;
    linker.func_wrap(PREVIEW_1, "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(I32Exit(code).into())
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Waits until one of the subscriptions is due. All that a guest here can read or write is ready at once.
async fn poll_oneoff(
    mut caller: Caller<'_, Guest>,
    subscriptions: u32,
    events: u32,
    count: u32,
    ready: u32,
) -> wasmtime::Result<i32> {
    if count == 0 || count > SUBSCRIPTIONS_MAX {
        return Ok(INVALID);
    }
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::Error::msg("the module exports no memory"));
    };
    let Some(bytes) = read(&caller, memory, subscriptions, count as usize * SUBSCRIPTION_BYTES) else {
        return Ok(FAULT);
    };
    caller.data_mut().pace.call();
    let Some(waits) = poll::waits(&bytes, caller.data().now()) else { return Ok(INVALID) };
    let first = waits.iter().map(|wait| wait.after).min().unwrap_or(Duration::ZERO);
    if first > Duration::ZERO {
        tokio::time::sleep(first).await;
    }
    let due = poll::events(&waits, first);
    let number = u32::try_from(due.len() / EVENT_BYTES).expect("at most one event for each subscription");
    let written = memory.write(&mut caller, events as usize, &due).is_ok()
        && memory.write(&mut caller, ready as usize, &number.to_le_bytes()).is_ok();
    Ok(if written { SUCCESS } else { FAULT })
}

fn read(caller: &Caller<'_, Guest>, memory: Memory, at: u32, length: usize) -> Option<Vec<u8>> {
    let at = at as usize;
    memory.data(caller).get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
}
