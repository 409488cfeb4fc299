//! The walk through the interface (`docs/API.md`), done as it stands there, by curl and by Python.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use e2e::fleet::Fleet;
use e2e::markdown::blocks;
use e2e::{Client, Server, told};

/// What stands on the page for whatever differs.
const ANYTHING: char = '…';

/// Goal: what the page shows is what a reader gets. Method: its blocks are one script, each with its output in a file of
/// its own; what is printed must be what the page shows below.
fn walk(server: &Client) -> Result<()> {
    for program in ["curl", "python3"] {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("skipped: no `{program}` on the PATH");
            return Ok(());
        }
    }
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/API.md"))?;
    let here = tempfile::tempdir()?;
    let (mut script, mut shown) = ("set -eu\n".to_owned(), Vec::new());
    let mut blocks = blocks(&page).into_iter().peekable();
    while let Some(block) = blocks.next() {
        let to = format!("> printed-{}\n", shown.len());
        match block.language {
            "sh" => script.push_str(&format!("{{\n{}}} {to}", block.text)),
            "python" => {
                let file = format!("block-{}.py", shown.len());
                fs::write(here.path().join(&file), &block.text)?;
                script.push_str(&format!("python3 {file} {to}"));
            }
            other => anyhow::bail!("a block of the page is `{other}`"),
        }
        shown.push((block.text, blocks.next_if(|next| next.language == "text").map(|text| text.text)));
    }
    ensure!(shown.len() >= 9, "{} blocks", shown.len());
    let ended = Command::new("sh")
        .args(["-c", &script])
        .current_dir(here.path())
        .env("SANDGLASS_SERVER", &server.url)
        .env("SANDGLASS_TOKEN", server.token())
        .stdin(Stdio::null())
        .output()?;
    for (n, (block, wanted)) in shown.iter().enumerate() {
        let printed = fs::read_to_string(here.path().join(format!("printed-{n}"))).unwrap_or_default();
        let wanted = wanted.as_deref().unwrap_or_default();
        ensure!(
            is_like(&printed, wanted),
            "this block\n{block}\nprints\n{printed}\nand the page shows\n{wanted}\n{}",
            told(&ended)
        );
    }
    ensure!(ended.status.success(), "{}", told(&ended));
    Ok(())
}

#[test]
fn the_walk_through_the_interface_prints_what_stands_below_each_block() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    walk(&server)
}

/// Goal: a fleet answers as a server by itself does.
#[test]
fn the_walk_prints_the_same_in_a_fleet() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    walk(fleet.master(0))
}

/// Returns true when a text is what the page shows, where `…` is any text.
fn is_like(printed: &str, shown: &str) -> bool {
    let mut parts = shown.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    // The last part may stand earlier too.
    rest.is_empty() || last.is_some_and(|last| rest.ends_with(last))
}

#[test]
fn what_differs_is_passed_over_and_nothing_else() {
    assert!(is_like("a 17 b\n", "a … b\n"));
    assert!(is_like("{\"x\":1}\n{\"x\":2}\n", "{…}\n{…}\n"));
    assert!(!is_like("a 17 c\n", "a … b\n"));
    assert!(!is_like("a\nb\n", "a\n"));
    assert!(is_like("", ""));
}
