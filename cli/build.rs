//! Assembles the demo job's module from its text, so that no built file is kept in the tree.

use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "a build script is told by the environment")]
fn main() {
    println!("cargo::rerun-if-changed=demo/hello.wat");
    let module = wat::parse_file("demo/hello.wat").expect("demo/hello.wat is WebAssembly text");
    let out = std::env::var_os("OUT_DIR").expect("cargo names OUT_DIR");
    std::fs::write(Path::new(&out).join("hello.wasm"), module).expect("OUT_DIR takes a file");
}
