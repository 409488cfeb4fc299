//! Says which page is embedded: the built one, or a small one that says that it is not built.
//!
//! A release build without the page is refused, so that no blank page ships; `SANDGLASS_ALLOW_NO_PAGE` lets it pass.
#![expect(clippy::disallowed_methods, reason = "a build script's input is its environment")]

use std::env;
use std::fs;
use std::path::PathBuf;

const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sandglass</title>
<body style="font: 1rem/1.5 system-ui; margin: 4rem auto; max-width: 36rem; padding: 0 1rem">
<h1>The page is not built</h1>
<p>This server runs, its interface under <code>/api/v1</code> answers, and its page is missing from the binary.</p>
<p>Run <code>cargo xtask up</code>: it builds the page and starts the server with it.</p>
</body>
</html>
"#;

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo names the manifest's folder"));
    let dist = root.join("../web/dist");
    // A folder that does not exist counts as changed each time; its parent tells when it appears.
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SANDGLASS_ALLOW_NO_PAGE");
    let page = if dist.join("index.html").is_file() {
        println!("cargo::rerun-if-changed=../web/dist");
        dist
    } else {
        println!("cargo::rerun-if-changed=../web");
        let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
        assert!(
            !is_release || env::var_os("SANDGLASS_ALLOW_NO_PAGE").is_some(),
            "the page is not built: web/dist/index.html is missing; run `cargo xtask up`, or set SANDGLASS_ALLOW_NO_PAGE=1"
        );
        let out = PathBuf::from(env::var("OUT_DIR").expect("cargo names the output folder")).join("page");
        fs::create_dir_all(&out).expect("the output folder can be written");
        fs::write(out.join("index.html"), PLACEHOLDER).expect("the output folder can be written");
        out
    };
    println!("cargo::rustc-env=SANDGLASS_PAGE_DIR={}", page.display());
}
