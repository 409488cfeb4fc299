//! The guides to a first plugin (`plugins/README.md`), followed to the letter by somebody who has only what they name.
//!
//! Every `sh` block is run where the one before it ended; every other block is saved under the name in its first line.
//! Blocks marked `console` set a machine up and are not run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::markdown::blocks;
use e2e::{Server, binary, told};

#[test]
fn the_guide_in_rust_ends_with_a_run() -> Result<()> {
    if !is_there("rustup", &["target", "list", "--installed"], "wasm32-wasip1") {
        eprintln!("skipped: no `rustup` with wasm32-wasip1 (`rustup target add wasm32-wasip1`)");
        return Ok(());
    }
    let printed = follow("in Rust")?;
    assert_eq!(printed.matches("happy birthday, Ada!").count(), 2, "{printed}");
    assert!(printed.contains("this is run "), "{printed}");
    Ok(())
}

#[test]
fn the_guide_in_c_ends_with_a_run() -> Result<()> {
    if !is_there("clang", &["--print-targets"], "wasm32") || !Path::new("/usr/include/wasm32-wasi").is_dir() {
        eprintln!("skipped: no clang with a C library for WASI (`cargo xtask plugins` says how to get them)");
        return Ok(());
    }
    let printed = follow("in C")?;
    // The longest line of the program itself, then that of the job's `stdin`.
    assert!(printed.contains("the longest line has 56 bytes"), "{printed}");
    assert!(printed.contains("the longest line has 17 bytes"), "{printed}");
    Ok(())
}

/// Returns true when a program is there and prints a word.
fn is_there(program: &str, arguments: &[&str], word: &str) -> bool {
    let asked = Command::new(program).args(arguments).output();
    asked.is_ok_and(|asked| String::from_utf8_lossy(&asked.stdout).contains(word))
}

/// Does what the guide with this end of its title says, and returns all that was printed.
fn follow(guide: &str) -> Result<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/README.md");
    let page = fs::read_to_string(page)?;
    let title = format!("## Your first plugin in ten minutes, {guide}\n");
    let text = page.split(&title).nth(1).context("the guide stands on the page")?;
    let text = text.split("\n## ").next().unwrap_or(text);
    let server = Server::start(&["--no-demo"])?;
    let mut reader = Reader::new(&server)?;
    for block in blocks(text) {
        match block.language {
            "sh" => reader.run(&server, &block.text)?,
            "console" => {}
            _ => reader.save(&block.text)?,
        }
    }
    Ok(reader.printed)
}

/// Somebody who follows a guide.
struct Reader {
    _home: tempfile::TempDir,
    here: PathBuf,
    printed: String,
    path: String,
}

impl Reader {
    fn new(server: &Server) -> Result<Self> {
        let home = tempfile::tempdir_in(server.beside())?;
        let here = home.path().to_owned();
        let ours = binary().parent().context("the binary lies in a folder")?.display().to_string();
        Ok(Self { _home: home, here, printed: String::new(), path: ours })
    }

    /// Runs a block, and stays where it ended.
    fn run(&mut self, server: &Server, block: &str) -> Result<()> {
        let noted = server.beside().join("where");
        let script = format!("PATH={}:$PATH\nset -e\n{block}pwd > {}\n", self.path, noted.display());
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.here)
            .env("SANDGLASS_SERVER", &server.url)
            .env("SANDGLASS_TOKEN", server.token())
            // The reader builds into the folder that the guide names.
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "this block of the guide failed:\n{block}\n{}", told(&output));
        self.here = fs::read_to_string(noted)?.trim().into();
        self.printed.push_str(&String::from_utf8_lossy(&output.stdout));
        Ok(())
    }

    /// Saves a block under the name in its first line.
    fn save(&self, block: &str) -> Result<()> {
        let first = block.lines().next().context("a block has a first line")?;
        let name = first.trim_matches(|letter: char| "/*# ".contains(letter));
        ensure!(name.contains('.') && !name.contains(' '), "the first line `{first}` should name a file");
        fs::write(self.here.join(name), block)?;
        Ok(())
    }
}
