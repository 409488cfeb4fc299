//! Files that are written from the code: the OpenAPI snapshot, the page's types and the table of a job's fields.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::command::{built, cargo, output, program, root, run};
use crate::page;

const OPENAPI: &str = "master/openapi.json";
const JOBS: &str = "docs/JOBS.md";
const BEGIN: &str = "<!-- fields: written by `cargo xtask generate` -->\n";
const END: &str = "<!-- end of fields -->";

/// Writes every generated file.
pub(crate) fn all() -> Result<()> {
    fs::write(root().join(JOBS), jobs()?).with_context(|| format!("`{JOBS}`"))?;
    openapi()
}

/// Writes the OpenAPI snapshot, and the page's types from it.
pub(crate) fn openapi() -> Result<()> {
    fs::write(root().join(OPENAPI), example("openapi")?).with_context(|| format!("`{OPENAPI}`"))?;
    page::packages()?;
    run(page::npm().args(["run", "api"]))
}

/// Fails when a generated file is not what the code would write. The page's types are compared by the page's tests.
pub(crate) fn check() -> Result<()> {
    for (file, written) in [(OPENAPI, example("openapi")?), (JOBS, jobs()?)] {
        if fs::read_to_string(root().join(file)).with_context(|| format!("`{file}`"))? != written {
            bail!("`{file}` is not what the code writes\nhint: `cargo xtask generate`");
        }
    }
    Ok(())
}

/// Returns `docs/JOBS.md` with the table of the code in it.
fn jobs() -> Result<String> {
    let text = fs::read_to_string(root().join(JOBS)).with_context(|| format!("`{JOBS}`"))?;
    let (head, rest) = text.split_once(BEGIN).with_context(|| format!("`{JOBS}` has no line {BEGIN}"))?;
    let (_, tail) = rest.split_once(END).with_context(|| format!("`{JOBS}` has no line {END}"))?;
    Ok(format!("{head}{BEGIN}{}{END}{tail}", example("fields")?))
}

/// Returns what an example program prints: the way from the code to a file.
fn example(name: &str) -> Result<String> {
    // Of the whole workspace: built alone, it would build what it leans on anew with other features.
    run(cargo().args(["build", "--quiet", "--workspace", "--examples", "--locked"]))?;
    output(&mut program(built()?.join("examples").join(name), "."))
}
