//! The examples of `docs/SCHEDULES.md`, run as they stand there.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use e2e::alone;

/// Goal: what the page shows is what a reader gets. Method: each console block is run, and its output compared.
#[test]
fn each_command_of_the_documentation_prints_what_stands_below_it() -> Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SCHEDULES.md");
    let text = fs::read_to_string(&page)?;
    let mut blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap_or(rest));
    let mut found = 0;
    let mut wrong = Vec::new();
    for block in blocks.by_ref() {
        let (command, shown) = block.split_once('\n').context("a command and its output")?;
        let command = command.strip_prefix("$ sandglass ").context("a command of ours")?;
        let output = alone(&words(command))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said)?;
        if said != shown {
            wrong.push(format!("$ sandglass {command}\n{said}"));
        }
        found += 1;
    }
    assert!(found >= 8, "{found} blocks");
    assert!(wrong.is_empty(), "these print something else:\n{}", wrong.join("\n"));
    Ok(())
}

/// Returns the words of a command line with double quotes.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(i, part)| match i % 2 {
            1 => vec![part],
            _ => part.split_whitespace().collect(),
        })
        .collect()
}
