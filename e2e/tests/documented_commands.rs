//! Every command that the documentation shows: run here against a server of its page, run by another test, or marked in
//! the page with the reason why nobody runs it (`<!-- not run: REASON -->` above the block).
//!
//! What is not run, and what stands within a sentence, is at least known to the program: its command and its options.
//! Not here: what a command prints, where a page shows it (`documentation`, `api_guide`, `migrating`, `guide`).

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::markdown::{Block, NOT_RUN, blocks};
use e2e::{Server, alone, binary, hook, told};

/// Blocks of these languages are commands.
const COMMANDS: [&str; 4] = ["sh", "bash", "console", "shell"];

/// Pages whose blocks of one language another test runs, all of them, by the file of that test.
const ELSEWHERE: [(&str, &str, &str); 6] = [
    ("docs/API.md", "sh", "api_guide.rs"),
    ("docs/BACKUP.md", "sh", "restore.rs"),
    ("docs/DAY_TWO.md", "sh", "transfer.rs"),
    ("docs/SCHEDULES.md", "console", "documentation.rs"),
    ("docs/MIGRATING.md", "sh", "migrating.rs"),
    ("plugins/README.md", "sh", "guide.rs"),
];

/// What a machine's owner runs, and no test on a machine that is in use: a block with one of these wants the mark.
const OWNERS: [&str; 11] = [
    "sudo",
    "apt-get",
    "dpkg",
    "systemctl",
    "journalctl",
    "useradd",
    "etcdctl",
    "mongosh",
    "nginx",
    "npm",
    "cargo",
];

/// What pages write for what a reader has, and the variable that stands for it here.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("NAME", "$NAME"),
    ("RUN", "$RUN"),
    ("CHANNEL", "$CHANNEL"),
    ("4711", "$REVISION"),
    ("http://127.0.0.1:7480", "$SANDGLASS_SERVER"),
    ("/var/lib/sandglass", "$DATA"),
    ("/srv/in", "$PWD/srv/in"),
];

/// What is there before the first block of a page, as its reader has it.
const BEFORE: [(&str, &str); 6] = [
    ("README.md", "mkdir -p target/debug; ln -s \"$PROGRAM\" target/debug/sandglass"),
    ("docs/ALERTS.md", OPS),
    ("docs/CLI.md", ""),
    (
        "docs/JOBS.md",
        "mkdir jobs; printf '%s\n' 'name: nightly-report' 'schedule: \"30 2 * * *\"' 'shell: { script: \"true\" }' \
            > jobs/reports.yaml; sandglass job apply -f jobs; \
         until REVISION=$(sandglass job revisions nightly-report --json | grep -m1 -o '\"revision\": *[0-9]*' | \
            grep -o '[0-9]*$'); do sleep 0.1; done",
    ),
    (
        "docs/TROUBLESHOOTING.md",
        "NAME=report CHANNEL=ops; printf '%s\n' 'name: report' 'schedule: \"30 2 * * *\"' \
            'shell: { script: \"echo done\" }' > report.yaml; sandglass job apply -f report.yaml; \
         sandglass job run report --follow; RUN=$(sandglass run list --csv --job report | sed -n '2s/,.*//p')",
    ),
    (
        "docs/WASM.md",
        "cp \"$MODULES/report.wasm\" .; mkdir -p target/wasm32-wasip1/release srv/in; \
         cp report.wasm target/wasm32-wasip1/release/; printf 'town,sold\nUlm,3\n' > srv/in/sales.csv",
    ),
];

/// Makes the channel of the examples: it posts to this test.
const OPS: &str = "printf '%s\n' 'channels:' \"- { name: ops, via: { type: webhook, url: '$HOOK' } }\" > ops.yaml; \
    sandglass alert set channels ops.yaml";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns every page with what stands on it, by its name from the root.
fn pages() -> Result<Vec<(String, String)>> {
    let mut names: BTreeSet<String> =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "plugins/README.md"].map(str::to_owned).into();
    for entry in fs::read_dir(root().join("docs"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.ends_with(".md").then(|| format!("docs/{name}")));
    }
    let read =
        |name: String| fs::read_to_string(root().join(&name)).map(|text| (name.clone(), text)).context(name);
    names.into_iter().map(read).collect()
}

fn elsewhere(page: &str, language: &str) -> Option<&'static str> {
    let found = ELSEWHERE.iter().find(|(at, of, _)| *at == page && *of == language);
    found.map(|(_, _, test)| *test)
}

/// Returns the blocks of a page that are run here.
fn to_run<'a>(page: &str, text: &'a str) -> Vec<Block<'a>> {
    let ours = |block: &Block<'_>| {
        COMMANDS.contains(&block.language)
            && block.not_run.is_none()
            && elsewhere(page, block.language).is_none()
    };
    blocks(text).into_iter().filter(ours).collect()
}

/// Returns the first words of the commands of a script, as far as a look tells.
fn programs(script: &str) -> BTreeSet<&str> {
    let parts = script.split(['\n', ';', '|', '&', '(']);
    parts.filter_map(|part| part.split_whitespace().next()).collect()
}

#[test]
fn each_block_is_run_or_says_why_not() -> Result<()> {
    let mut faults = Vec::new();
    for (page, text) in pages()? {
        let all = blocks(&text);
        for block in all.iter().filter(|block| COMMANDS.contains(&block.language)) {
            let at = format!("{page}:{}", block.line);
            let owners: Vec<_> =
                OWNERS.into_iter().filter(|name| programs(&block.text).contains(name)).collect();
            match (block.not_run, elsewhere(&page, block.language)) {
                (Some(reason), None) if reason.split_whitespace().count() < 4 => {
                    faults.push(format!("{at}: `{reason}` is no reason why it is not run"));
                }
                (Some(_), Some(test)) => {
                    faults.push(format!("{at}: it is marked as not run, and {test} runs it"));
                }
                (None, None) if !owners.is_empty() => faults.push(format!(
                    "{at}: {owners:?} is nothing to run here: say `{NOT_RUN} REASON -->` in the line above"
                )),
                (None, None) if !block.text.contains("$ ") && block.language == "console" => {
                    faults.push(format!("{at}: a transcript has `$ ` before its commands; else it is `sh`"));
                }
                _ => {}
            }
        }
        let marks = text.lines().filter(|line| line.trim_start().starts_with(NOT_RUN)).count();
        let heard =
            all.iter().filter(|block| block.not_run.is_some() && COMMANDS.contains(&block.language)).count();
        if marks != heard {
            faults
                .push(format!("{page}: {marks} marks `{NOT_RUN} … -->`, {heard} in the line above commands"));
        }
        if !to_run(&page, &text).is_empty() && BEFORE.iter().all(|(at, _)| *at != page) {
            let lines: Vec<_> = to_run(&page, &text).iter().map(|block| block.line).collect();
            faults.push(format!(
                "{page}:{lines:?}: say in `BEFORE` of this test what a reader has, or mark them"
            ));
        }
    }
    for (page, _, test) in ELSEWHERE {
        let source = fs::read_to_string(root().join("e2e/tests").join(test)).context(test)?;
        ensure!(source.contains(&format!("../{page}")), "{test} does not read {page}");
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn the_commands_of_the_readme_do_what_they_say() -> Result<()> {
    let printed = follow("README.md")?;
    ensure!(printed.contains("disks") && printed.contains("succeeded"), "{printed}");
    Ok(())
}

#[test]
fn the_commands_on_alerts_do_what_they_say() -> Result<()> {
    follow("docs/ALERTS.md").map(drop)
}

#[test]
fn the_commands_on_the_command_line_do_what_they_say() -> Result<()> {
    let printed = follow("docs/CLI.md")?;
    ensure!(printed.contains("1 unchanged") && printed.contains("done"), "{printed}");
    Ok(())
}

#[test]
fn the_commands_on_jobs_do_what_they_say() -> Result<()> {
    let printed = follow("docs/JOBS.md")?;
    ensure!(printed.contains("1 unchanged"), "{printed}");
    Ok(())
}

#[test]
fn the_commands_on_troubles_do_what_they_say() -> Result<()> {
    let printed = follow("docs/TROUBLESHOOTING.md")?;
    ensure!(printed.contains("succeeded"), "{printed}");
    Ok(())
}

#[test]
fn the_commands_on_modules_do_what_they_say() -> Result<()> {
    if modules().is_none() {
        eprintln!("skipped: `cargo xtask test` builds the modules and names their folder");
        return Ok(());
    }
    let printed = follow("docs/WASM.md")?;
    ensure!(printed.contains("Ulm"), "{printed}");
    Ok(())
}

/// Runs the blocks of a page as one script, in a folder and a home of their own, against a server of their own; returns
/// what was printed. The first command that fails is told with the page's line.
fn follow(page: &str) -> Result<String> {
    let text = fs::read_to_string(root().join(page))?;
    let (hook, _posted) = hook::start()?;
    let here = tempfile::tempdir()?;
    let (bin, work) = (here.path().join("bin"), here.path().join("work"));
    fs::create_dir(&bin)?;
    fs::create_dir(&work)?;
    symlink(binary(), bin.join("sandglass"))?;
    let config = here.path().join("config.toml");
    fs::write(&config, "[alerts]\nallow = [\"127.0.0.0/8\"]\n")?;
    let server = Server::start(&["--no-demo", "--config", &config.to_string_lossy()])?;
    let (_, before) = BEFORE.iter().find(|(at, _)| *at == page).context("what a reader has")?;
    let before =
        if page.ends_with("TROUBLESHOOTING.md") { format!("{before}; {OPS}") } else { (*before).to_owned() };
    let mut script = format!("set -euo pipefail\necho 'what a reader has' > ../at\n{before}\n");
    for block in to_run(page, &text) {
        script.push_str(&format!("echo {} > ../at\n{}", block.line, with_what_is_here(&block.text)));
    }
    // A command that hangs fails as one that says so.
    let ended = Command::new("timeout")
        .args(["60", "bash", "-c", &script])
        .current_dir(&work)
        .env("PATH", format!("{}:{}", bin.display(), path()))
        .env("HOME", here.path())
        .env_remove("XDG_CONFIG_HOME")
        .env("SANDGLASS_SERVER", &server.url)
        .env("SANDGLASS_TOKEN", server.token())
        .env("DATA", server.data())
        .env("HOOK", hook)
        .env("PROGRAM", binary())
        .env("MODULES", modules().unwrap_or_default())
        .stdin(Stdio::null())
        .output()?;
    let at = fs::read_to_string(here.path().join("at")).unwrap_or_default();
    ensure!(ended.status.success(), "{page}:{}: a command of this block failed\n{}", at.trim(), told(&ended));
    Ok(told(&ended))
}

/// Returns a script of a page with what this machine has in the place of what its reader has.
fn with_what_is_here(script: &str) -> String {
    let part = |letter: char| letter.is_ascii_alphanumeric() || "_$/:.-".contains(letter);
    let mut told = String::new();
    for piece in script.split_inclusive(|letter| !part(letter)) {
        let word = piece.trim_end_matches(|letter| !part(letter));
        let found = PLACEHOLDERS.iter().find(|(written, _)| {
            word.strip_prefix(written).is_some_and(|rest| rest.is_empty() || written.contains('/'))
        });
        match found {
            Some((written, here)) => told.push_str(&piece.replacen(written, here, 1)),
            None => told.push_str(piece),
        }
    }
    told
}

/// Goal: no page names a command or an option that is not there, be it run or not. Method: what is not run, and what stands
/// within a sentence, is given to the program with `--help` behind it, which refuses what it does not know.
#[test]
fn what_is_not_run_is_known_to_the_program() -> Result<()> {
    let xtask = binary().with_file_name("xtask");
    if !xtask.is_file() {
        eprintln!(
            "in part: no `xtask` beside the binary (`cargo build --workspace`), so its commands are not looked at"
        );
    }
    let (mut asked, mut faults) = (BTreeSet::new(), Vec::new());
    for (page, text) in pages()? {
        let unrun = blocks(&text).into_iter().filter(|block| block.not_run.is_some());
        let unrun = unrun.map(|block| (block.line, block.text));
        let said = (1..).zip(text.lines()).flat_map(|(line, text)| {
            let spans = text.split('`').skip(1).step_by(2);
            spans.map(move |span| (line, span.to_owned())).collect::<Vec<_>>()
        });
        for (line, script) in unrun.chain(said) {
            for words in commands(&script) {
                let output = match words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
                    Some(("sandglass", rest)) => explained(&binary(), rest)?,
                    Some(("cargo", [second, rest @ ..])) if second == "xtask" && xtask.is_file() => {
                        explained(&xtask, rest)?
                    }
                    _ => continue,
                };
                asked.insert(words.clone());
                if let Some(why) = output {
                    faults.push(format!("{page}:{line}: `{}`: {why}", words.join(" ")));
                }
            }
        }
    }
    ensure!(asked.len() > 60, "{} commands", asked.len());
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// Asks a program for help on a command; none when it knows it.
fn explained(program: &Path, words: &[String]) -> Result<Option<String>> {
    // What these take behind their name is another program's; what follows `supervisor` is the worker's own business.
    let rest_is_anothers = ["exec", "up", "dev", "vm"];
    let first = words.first().map(String::as_str).unwrap_or_default();
    if first.is_empty() || first == "supervisor" || first == "wasm-host" {
        return Ok(None);
    }
    let asked = if rest_is_anothers.contains(&first) { &words[..1] } else { words };
    let asked = asked.iter().map(|word| meant(word));
    let output = Command::new(program).args(asked.clone()).arg("--help").stdin(Stdio::null()).output()?;
    let (help, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut flags = words[asked.len()..].iter().filter(|word| word.starts_with("--"));
    let flag = flags.find(|flag| !help.contains(flag.split('=').next().unwrap_or_default()));
    // It has the option, whose value a sentence leaves out, or the argument, of which it names the values.
    let is_known = why.contains("a value is required for")
        || why.contains(&format!("'{ANY}' for")) && why.contains("[possible");
    Ok(match flag {
        _ if !output.status.success() && !is_known => Some(told(&output)),
        Some(flag) => Some(format!("`{flag}` is no option of it")),
        None => None,
    })
}

/// What stands for a name, a worker, a run: it is a good one of each.
const ANY: &str = "0123456789abcdef01234567";

/// Returns a word as a program reads it: pages write `NAME` for what a reader has.
fn meant(word: &str) -> String {
    match word {
        "DIGEST" => format!("sha256:{}", "0".repeat(64)),
        _ if word.len() > 1 && word.bytes().all(|letter| letter.is_ascii_uppercase()) => ANY.to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns the commands of a script, each as its words: without where its output goes, and what follows `--`.
fn commands(script: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let joined = script.replace("\\\n", " ");
    for part in joined.split(['\n', ';', '|', '&', '(', ')']) {
        let ends =
            |word: &String| ["#", ">", "<", "--", "…"].iter().any(|end| word == end) || word.starts_with('[');
        let words: Vec<_> =
            words(part).into_iter().skip_while(|word| word == "$").take_while(|w| !ends(w)).collect();
        commands.extend((!words.is_empty()).then_some(words));
    }
    commands
}

/// Returns the words of a line with quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut inside) = (Vec::new(), None);
    let mut word: Option<String> = None;
    for letter in line.chars() {
        match (letter, inside) {
            ('"' | '\'', None) => {
                inside = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(quote)) if letter == quote => inside = None,
            (_, None) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn words_and_placeholders_are_read_as_a_reader_does() -> Result<()> {
    assert_eq!(
        commands("$ a 'b c' \\\n  -d; e | f # g\n"),
        [vec!["a".to_owned(), "b c".to_owned(), "-d".to_owned()], vec!["e".to_owned()], vec!["f".to_owned()]]
    );
    assert_eq!(
        with_what_is_here("job get NAME | x > $NAMES; y /srv/in::/in; SERVER=http://127.0.0.1:7480 NAMED\n"),
        "job get $NAME | x > $NAMES; y $PWD/srv/in::/in; SERVER=$SANDGLASS_SERVER NAMED\n"
    );
    let unknown =
        |words: &[&str]| explained(&binary(), &words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>());
    ensure!(unknown(&["job", "lst"])?.is_some() && unknown(&["job", "list", "--labl"])?.is_some());
    ensure!(unknown(&["exec", "--fule"])?.is_some() && unknown(&["exec", "--fuel", "1"])?.is_none());
    let help: Output = alone(&["job", "list", "--help"])?;
    ensure!(help.status.success() && unknown(&["job", "list"])?.is_none(), "{}", told(&help));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the built modules are"
)]
fn modules() -> Option<String> {
    std::env::var("SANDGLASS_TEST_MODULES").ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "what the commands of a page call lies where this test finds it"
)]
fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}
