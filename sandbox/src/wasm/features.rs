//! Which proposals of WebAssembly a module may use: one list, for the inspector and for the engine.
//!
//! Off is what no command needs and what widens the attack surface: 64-bit memories, threads, garbage collection,
//! several memories, odd page sizes. Exceptions need the collector in this engine and are off with it.
//! Pinned, so that an upgrade of the engine turns nothing on unseen.

use wasmparser::WasmFeatures;
use wasmtime::Config;

/// Most elements of one table; a pool slot holds that many.
pub const TABLE_ELEMENTS_MAX: u32 = 100_000;

/// Returns what the inspector lets pass.
pub(super) fn allowed() -> WasmFeatures {
    WasmFeatures::WASM2
        .union(WasmFeatures::TAIL_CALL)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::RELAXED_SIMD)
        .union(WasmFeatures::COMPONENT_MODEL)
        // A mark of the validator, not a proposal: without it `externref` is refused.
        .difference(WasmFeatures::GC_TYPES)
}

/// Sets the same for the engine.
pub(super) fn configure(config: &mut Config) {
    config
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_gc(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_simd(true)
        .wasm_relaxed_simd(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true);
}

/// Returns a proposal's name for people.
pub(super) fn name(feature: WasmFeatures) -> String {
    let known = [
        (WasmFeatures::MEMORY64, "64-bit memories (memory64)"),
        (WasmFeatures::THREADS, "threads and shared memories"),
        (WasmFeatures::GC, "garbage collection"),
        (WasmFeatures::GC_TYPES, "references to host objects (externref)"),
        (WasmFeatures::FUNCTION_REFERENCES, "typed function references"),
        (WasmFeatures::MULTI_MEMORY, "several memories"),
        (WasmFeatures::EXCEPTIONS, "exception handling"),
        (WasmFeatures::LEGACY_EXCEPTIONS, "exception handling (the older form)"),
        (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
        (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
        (WasmFeatures::STACK_SWITCHING, "stack switching"),
        (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
        (WasmFeatures::CM_ASYNC, "asynchronous functions of components (preview 3)"),
    ];
    match known.iter().find(|(flag, _)| *flag == feature) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("{feature:?}"),
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::Engine;

    use super::*;

    /// Why exceptions stay off: when this fails after an upgrade, the engine can do with exceptions and without its
    /// collector, and the decision can be made anew.
    #[test]
    fn the_engine_has_no_exceptions_without_its_collector() {
        let mut config = Config::new();
        configure(&mut config);
        config.wasm_features(wasmtime::WasmFeatures::EXCEPTIONS, true);
        let refused = Engine::new(&config).expect_err("this build of the engine has no collector");
        assert!(refused.to_string().contains("exceptions support requires garbage collection"), "{refused}");
    }
}
