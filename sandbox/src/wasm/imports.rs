//! What a module may import: the functions of WASI preview 1, no other name.
//!
//! The list is what the linker really has (a test compares them), written down so that an upload can be checked
//! without linking.

/// The one module that may be imported from.
pub(super) const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// Its functions, sorted.
pub(super) const FUNCTIONS: [&str; 46] = [
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];

/// Returns true when the linker has this function.
pub(super) fn is_known(module: &str, name: &str) -> bool {
    module == PREVIEW_1 && FUNCTIONS.binary_search(&name).is_ok()
}

/// Returns what a user can do about an import from `module`.
pub(super) fn hint(module: &str) -> &'static str {
    match module {
        PREVIEW_1 => "the function is of a newer or older preview: build for `wasm32-wasip1`",
        "wasi_unstable" => "this is WASI preview 0: build with a current toolchain for `wasm32-wasip1`",
        "env" => "was it built by Emscripten, or for `wasm32-unknown-unknown`? build for `wasm32-wasip1`",
        "wbg" | "__wbindgen_placeholder__" => "this was built for a browser: build for `wasm32-wasip1`",
        "go" | "gojs" => "this was built for a browser: build with `GOOS=wasip1 GOARCH=wasm`",
        _ if module.starts_with("wasi:") => "this is of preview 2: build for `wasm32-wasip1`",
        _ => "build for `wasm32-wasip1`, without other host functions",
    }
}
