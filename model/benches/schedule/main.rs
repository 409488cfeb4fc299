//! Schedules: when they run next, how large they are, and how long the worst text holds a thread.
//!
//! Read the ratios to the crates `cron` and `croner`; `next` asks each as a scheduler asks, `worst` searches for a
//! text that is slow to parse or to find its first tick.

mod next;
mod worst;

use std::alloc::System;

use model::testing::bench::Bench;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut bench = Bench::start("schedule");
    next::next(&mut bench);
    next::bytes(&mut bench);
    worst::worst(&mut bench);
    if !bench.is_quick() {
        worst::of_croner(&mut bench);
    }
    bench.finish();
}
