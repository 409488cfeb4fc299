//! How the engines are set up: one to compile, and for each thread one of its own with its own pool.
//!
//! An engine of its own lets threads scale: a shared one makes them meet at its locks. Instances come from a pool
//! that keeps their pages, which is three times faster than fresh ones. Fuel is always on: it bounds a guest and
//! makes it give way while it computes; epochs make it give way while it calls the host (`pace`).

use std::num::NonZeroUsize;

use model::quantity::ByteSize;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::features::{self, TABLE_ELEMENTS_MAX};

/// Stack of a guest; deeper recursion is a stack overflow.
const GUEST_STACK_BYTES: usize = 512 << 10;
/// Stack that a guest and the host functions it calls run on; must exceed the guest's part.
const FIBER_STACK_BYTES: usize = 2 << 20;
/// Frames of a backtrace.
const BACKTRACE_FRAMES_MAX: NonZeroUsize = NonZeroUsize::new(20).expect("20 is not zero");
/// Bytes of a slot's memory that stay resident between runs: covers small modules whole.
const MEMORY_KEPT_BYTES: usize = 2 << 20;
/// The same for its tables.
const TABLE_KEPT_BYTES: usize = 32 << 10;
/// The same for its stack.
const STACK_KEPT_BYTES: usize = 64 << 10;
/// Bytes that the engine needs to describe one instance; large interpreters take a third of it.
const INSTANCE_BYTES_MAX: usize = 4 << 20;
/// Bytes that the engine needs to describe one component.
const COMPONENT_BYTES_MAX: usize = 1 << 20;
/// Tables of one module.
const TABLES_PER_MODULE: u32 = 4;
/// Core modules of one component. A program from one language has four: itself, an adapter, and two that tie them
/// together; some are put together from several programs.
pub(super) const COMPONENT_INSTANCES_MAX: u32 = 16;
/// Memories of one component, each with address space of its own in the pool: a program has one, which its adapter
/// shares.
pub(super) const COMPONENT_MEMORIES_MAX: u32 = 4;
/// Tables of one component.
pub(super) const COMPONENT_TABLES_MAX: u32 = 8;
/// Memories and tables for each run in the pool: a module needs one of each, a component mostly two. Were every run
/// one that needs more, some would find the pool full and be run again elsewhere.
const MEMORIES_PER_RUN: u32 = 2;
const TABLES_PER_RUN: u32 = 4;

/// Returns the engine that compiles. It runs nothing.
pub(super) fn for_compiling() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// An engine that runs, and whether it has the pool that it should have.
pub(super) struct Running {
    pub(super) engine: Engine,
    /// Why there is no pool, when there is none.
    pub(super) unpooled: Option<String>,
}

/// Returns an engine for `slots` runs at one time. Where the address space for its pool cannot be reserved it runs
/// without one: slower, with the same limits.
pub(super) fn for_running(slots: usize, memory_max: ByteSize) -> wasmtime::Result<Running> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots, memory_max)));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(Running { engine, unpooled: None }),
        Err(e) => Ok(Running { engine: Engine::new(&config())?, unpooled: Some(format!("{e:#}")) }),
    }
}

fn config() -> Config {
    let mut config = Config::new();
    features::configure(&mut config);
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .concurrency_support(false)
        .memory_init_cow(true)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES_MAX))
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}

fn pool(slots: usize, memory_max: ByteSize) -> PoolingAllocationConfig {
    let slots = u32::try_from(slots).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    // A pool must hold the largest component that it lets in.
    pool.total_core_instances(slots.saturating_mul(COMPONENT_INSTANCES_MAX))
        .total_component_instances(slots)
        .total_memories(slots.saturating_mul(MEMORIES_PER_RUN).max(COMPONENT_MEMORIES_MAX))
        .total_tables(slots.saturating_mul(TABLES_PER_RUN).max(COMPONENT_TABLES_MAX))
        .total_stacks(slots)
        .max_component_instance_size(COMPONENT_BYTES_MAX)
        .max_core_instances_per_component(COMPONENT_INSTANCES_MAX)
        .max_memories_per_component(COMPONENT_MEMORIES_MAX)
        .max_tables_per_component(COMPONENT_TABLES_MAX)
        .max_tables_per_module(TABLES_PER_MODULE)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_memory_size(usize::try_from(memory_max.as_bytes()).unwrap_or(usize::MAX))
        .table_elements(TABLE_ELEMENTS_MAX as usize)
        .linear_memory_keep_resident(MEMORY_KEPT_BYTES)
        .table_keep_resident(TABLE_KEPT_BYTES)
        .async_stack_keep_resident(STACK_KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every error number that a guest gets from preview 1 is such an error. With the `backtrace` feature of the engine
    /// and `RUST_BACKTRACE` set, as it often is, each would walk the stack under a lock of the whole process.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test starts itself once more and tells itself so")]
    fn errors_of_the_engine_never_capture_a_backtrace() {
        const MARK: &str = "SANDGLASS_TEST_BACKTRACE";
        if std::env::var_os(MARK).is_some() {
            println!("said: {:?}", wasmtime::Error::msg("an error"));
            return;
        }
        let name = "wasm::engine::tests::errors_of_the_engine_never_capture_a_backtrace";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .envs([(MARK, "1"), ("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("said: an error"), "{said}");
        assert!(!said.to_lowercase().contains("backtrace:"), "{said}");
    }

    #[test]
    fn a_pool_that_does_not_fit_is_done_without() {
        let fitting = for_running(2, ByteSize::from_mib(16)).unwrap();
        assert_eq!(fitting.unpooled, None);
        // 4 GiB of addresses for each slot: more than any process has.
        let crowded = for_running(1_000_000, ByteSize::from_mib(16)).unwrap();
        assert!(crowded.unpooled.is_some());
    }
}
