//! What a program may import: the functions of WASI preview 1 for a core module, the interfaces of preview 2 for a
//! component, no other name.
//!
//! The lists are what the linkers really have (tests compare them), written down so that an upload can be checked
//! without linking. Functions of preview 1 are checked with their types. Of preview 2 the interfaces are: their
//! functions and types are the engine's to check when it links.

use wasmparser::{FuncType, ValType};

/// The one module that a core module may import from.
pub(super) const PREVIEW_1: &str = "wasi_snapshot_preview1";
/// How the version of every interface that is offered begins; a later one of this line adds, and takes nothing away.
const PREVIEW_2: &str = "0.2.";
/// The interface that makes a component a command, without its version.
pub(super) const RUN: &str = "wasi:cli/run";
/// The one that makes it an HTTP handler.
const HANDLER: &str = "wasi:http/incoming-handler";

/// The functions of preview 1, sorted, with their parameters and results: `i` is `i32`, `I` is `i64`.
const FUNCTIONS: [(&str, &str, &str); 46] = [
    ("args_get", "ii", "i"),
    ("args_sizes_get", "ii", "i"),
    ("clock_res_get", "ii", "i"),
    ("clock_time_get", "iIi", "i"),
    ("environ_get", "ii", "i"),
    ("environ_sizes_get", "ii", "i"),
    ("fd_advise", "iIIi", "i"),
    ("fd_allocate", "iII", "i"),
    ("fd_close", "i", "i"),
    ("fd_datasync", "i", "i"),
    ("fd_fdstat_get", "ii", "i"),
    ("fd_fdstat_set_flags", "ii", "i"),
    ("fd_fdstat_set_rights", "iII", "i"),
    ("fd_filestat_get", "ii", "i"),
    ("fd_filestat_set_size", "iI", "i"),
    ("fd_filestat_set_times", "iIIi", "i"),
    ("fd_pread", "iiiIi", "i"),
    ("fd_prestat_dir_name", "iii", "i"),
    ("fd_prestat_get", "ii", "i"),
    ("fd_pwrite", "iiiIi", "i"),
    ("fd_read", "iiii", "i"),
    ("fd_readdir", "iiiIi", "i"),
    ("fd_renumber", "ii", "i"),
    ("fd_seek", "iIii", "i"),
    ("fd_sync", "i", "i"),
    ("fd_tell", "ii", "i"),
    ("fd_write", "iiii", "i"),
    ("path_create_directory", "iii", "i"),
    ("path_filestat_get", "iiiii", "i"),
    ("path_filestat_set_times", "iiiiIIi", "i"),
    ("path_link", "iiiiiii", "i"),
    ("path_open", "iiiiiIIii", "i"),
    ("path_readlink", "iiiiii", "i"),
    ("path_remove_directory", "iii", "i"),
    ("path_rename", "iiiiii", "i"),
    ("path_symlink", "iiiii", "i"),
    ("path_unlink_file", "iii", "i"),
    ("poll_oneoff", "iiii", "i"),
    ("proc_exit", "i", ""),
    ("proc_raise", "i", "i"),
    ("random_get", "ii", "i"),
    ("sched_yield", "", "i"),
    ("sock_accept", "iii", "i"),
    ("sock_recv", "iiiiii", "i"),
    ("sock_send", "iiiii", "i"),
    ("sock_shutdown", "ii", "i"),
];

/// The interfaces of preview 2, sorted.
pub(super) const INTERFACES: [&str; 27] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// What a core module imports under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imported {
    /// A function of this type, as `(i32, i64) -> i32`.
    Function(String),
    /// A memory, table, global or tag.
    Other(&'static str),
}

/// Why an import cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Nobody offers the name.
    Unknown,
    /// It is offered as a function of this type.
    Type(String),
}

/// Checks an import of a core module.
pub(super) fn check(module: &str, name: &str, imported: &Imported) -> Result<(), Wrong> {
    if module != PREVIEW_1 {
        return Err(Wrong::Unknown);
    }
    let at = FUNCTIONS.binary_search_by_key(&name, |(name, ..)| name).map_err(|_| Wrong::Unknown)?;
    let (_, params, results) = FUNCTIONS[at];
    let offered = spelled(params.bytes().map(letter), results.bytes().map(letter));
    if *imported == Imported::Function(offered.clone()) { Ok(()) } else { Err(Wrong::Type(offered)) }
}

/// Returns true when an interface with its version (`wasi:io/poll@0.2.3`) is offered.
pub(super) fn is_interface(name: &str) -> bool {
    interface(name).is_some_and(|name| INTERFACES.binary_search(&name).is_ok())
}

/// Returns the name of a preview 2 interface without its version; none for another version.
pub(super) fn interface(name: &str) -> Option<&str> {
    let (name, version) = name.split_once('@')?;
    let patch = version.strip_prefix(PREVIEW_2)?;
    (!patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

/// Returns a function's type as people read it.
pub(super) fn type_of(function: &FuncType) -> String {
    let name = |ty: &ValType| match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        ValType::Ref(_) => "ref",
    };
    spelled(function.params().iter().map(name), function.results().iter().map(name))
}

fn letter(letter: u8) -> &'static str {
    if letter == b'I' { "i64" } else { "i32" }
}

fn spelled<'a>(params: impl Iterator<Item = &'a str>, results: impl Iterator<Item = &'a str>) -> String {
    let (params, results): (Vec<_>, Vec<_>) = (params.collect(), results.collect());
    let results = if results.is_empty() { "nothing".to_owned() } else { results.join(", ") };
    format!("({}) -> {results}", params.join(", "))
}

/// Returns what a user can do about an import from `module`, or about an interface.
pub(super) fn hint(module: &str) -> &'static str {
    match module {
        PREVIEW_1 => "the function is of a newer or older preview: build for `wasm32-wasip1`",
        "wasi_unstable" => "this is WASI preview 0: build with a current toolchain for `wasm32-wasip1`",
        "env" => "was it built by Emscripten, or for `wasm32-unknown-unknown`? build for `wasm32-wasip1`",
        "wbg" | "__wbindgen_placeholder__" => "this was built for a browser: build for `wasm32-wasip1`",
        "go" | "gojs" => "this was built for a browser: build with `GOOS=wasip1 GOARCH=wasm`",
        _ if module.starts_with("wasi:http/") => {
            "HTTP is not offered: a command may open sockets that its job grants"
        }
        _ if module.starts_with("wasi:") && module.contains("@0.3") => {
            "this is of preview 3: build for `wasm32-wasip2`, which is preview 2"
        }
        _ if module.starts_with("wasi:") => {
            "offered are `wasi:cli`, `clocks`, `filesystem`, `io`, `random` and \
                                             `sockets` in version 0.2"
        }
        _ => "build for `wasm32-wasip1` or `wasm32-wasip2`, without other host functions",
    }
}

/// Returns true when an export makes a component an HTTP handler.
pub(super) fn is_handler(export: &str) -> bool {
    export.split('@').next() == Some(HANDLER)
}

#[cfg(test)]
mod tests {
    use wasmtime::{Extern, Linker, ValType};

    use super::super::guest::Guest;
    use super::super::{engine, preview1};
    use super::*;

    #[test]
    fn the_list_of_functions_is_what_the_linker_has() {
        let engine = engine::for_compiling().unwrap();
        let mut linker = Linker::new(&engine);
        preview1::add_to_linker(&mut linker).unwrap();
        let mut store = wasmtime::Store::new(&engine, Guest::idle(&engine));
        let letters = |types: &mut dyn Iterator<Item = ValType>| -> String {
            types.map(|ty| if matches!(ty, ValType::I64) { 'I' } else { 'i' }).collect()
        };
        let found: Vec<(String, Extern)> =
            linker.iter(&mut store).map(|(_, name, item)| (name.to_owned(), item)).collect();
        let mut offered: Vec<_> = found
            .into_iter()
            .map(|(name, item)| {
                let ty = item.into_func().expect("preview 1 has functions alone").ty(&store);
                (name, letters(&mut ty.params()), letters(&mut ty.results()))
            })
            .collect();
        offered.sort();
        offered.dedup();
        let listed = FUNCTIONS.map(|(name, params, results)| (name.into(), params.into(), results.into()));
        assert_eq!(offered, listed);
    }

    #[test]
    fn the_lists_are_sorted_as_they_are_searched() {
        assert!(INTERFACES.is_sorted());
        assert!(FUNCTIONS.is_sorted());
    }

    #[test]
    fn interfaces_are_told_by_name_and_line_of_version() {
        for good in ["wasi:cli/environment@0.2.0", "wasi:sockets/tcp@0.2.12", "wasi:io/poll@0.2.3"] {
            assert!(is_interface(good), "{good}");
        }
        for bad in [
            "wasi:cli/environment",
            "wasi:cli/environment@0.3.0",
            "wasi:cli/environment@0.2.",
            "wasi:cli/environment@0.2.0-rc-2023-11-10",
            "wasi:http/types@0.2.0",
            "my:own/thing@0.2.0",
            "run",
        ] {
            assert!(!is_interface(bad), "{bad}");
        }
    }
}
