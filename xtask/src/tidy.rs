//! What the compiler cannot check: crate arrows, a header on every file, generated files that are current, no path
//! of one machine, no file that nobody reads, no guarantee without its test.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command::{cargo, output, program, root};
use crate::{generate, guarantees};

/// Which crates of this workspace each may depend on. Tests may also use the stores and the contract suites.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("model", &[], &["model"]),
    ("stores", &["model"], &["model"]),
    ("sandbox", &["model"], &["model"]),
    ("worker", &["model"], &["model", "stores"]),
    ("master", &["model"], &["model", "stores"]),
    ("cli", &["model", "stores", "sandbox", "worker", "master"], &["model"]),
    ("e2e", &["stores"], &["stores"]),
    ("xtask", &[], &[]),
];

/// What follows the word in an attribute; kept apart from it, so that this file does not name what it looks for.
const UNSAFE: &str = "(unsafe_code";

/// Checks all of it and tells every fault.
pub(crate) fn tidy() -> Result<()> {
    let mut faults = arrows()?;
    let files = tracked()?;
    for file in &files {
        faults.extend(faults_of(file)?);
    }
    faults.extend(guarantees::faults(&files)?);
    if !faults.is_empty() {
        bail!("the tree is not tidy:\n  {}", faults.join("\n  "));
    }
    generate::check()?;
    eprintln!("── tidy: arrows, headers and generated files are in order");
    Ok(())
}

fn arrows() -> Result<Vec<String>> {
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("what `cargo metadata` prints")?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package's name")?;
        let Some((_, normal, tests)) = ARROWS.iter().find(|(known, ..)| *known == name) else {
            faults.push(format!("`{name}` has no row in the table of arrows (xtask/src/tidy.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().context("dependencies")? {
            let target = dependency["name"].as_str().context("a dependency's name")?;
            let allowed = if dependency["kind"] == "dev" { tests } else { normal };
            // A crate's benches name the crate itself, for its `testing` feature.
            let ours = target != name && ARROWS.iter().any(|(known, ..)| *known == target);
            if ours && !allowed.contains(&target) {
                faults
                    .push(format!("`{name}` may not depend on `{target}`: see ARCHITECTURE.md, invariants"));
            }
        }
    }
    Ok(faults)
}

/// Returns the files that git knows or would know.
fn tracked() -> Result<Vec<String>> {
    let files = output(program("git", ".").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    Ok(files.lines().filter(|file| root().join(file).is_file()).map(str::to_owned).collect())
}

fn faults_of(file: &str) -> Result<Vec<String>> {
    let path = Path::new(file);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let mut faults = Vec::new();
    if matches!(extension, "wasm" | "so" | "a" | "o" | "db") {
        faults.push(format!("`{file}` is built; commit the script that builds it instead"));
        return Ok(faults);
    }
    let Ok(text) = fs::read_to_string(root().join(path)) else { return Ok(faults) };
    let first = text.lines().next().unwrap_or_default();
    let headed = match extension {
        "rs" => first.starts_with("//!"),
        "ts" | "tsx" => first.starts_with("//") || first.starts_with("/**"),
        "sh" => text.lines().nth(1).is_some_and(|line| line.starts_with('#')),
        _ => true,
    };
    if !headed && !file.ends_with(".d.ts") {
        faults.push(format!("`{file}` has no header: what it is, where in the flow, what it does not do"));
    }
    if extension == "rs" && text.contains(&["allow", UNSAFE].concat()) {
        faults.push(format!("`{file}` allows unsafe code; expect it, with a reason, and only in `sandbox`"));
    }
    if extension == "rs" && text.contains(&["expect", UNSAFE].concat()) && !file.starts_with("sandbox/") {
        faults.push(format!("`{file}` has unsafe code; only `sandbox` may"));
    }
    let home = root().to_string_lossy();
    if text.contains(&*format!("{home}/")) {
        faults.push(format!("`{file}` names a path of this machine"));
    }
    Ok(faults)
}
