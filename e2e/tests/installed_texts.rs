//! What a package installs for shells, for `man` and for systemd: that the shells, the formatters and the analyzer that are
//! here take it, and that no command is left out. Each tool that is not here is named.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result};
use e2e::{alone, told};

/// Returns the commands that the help of `words` lists.
fn listed(words: &[&str]) -> Result<Vec<String>> {
    let help = alone(&[words, &["--help"]].concat())?;
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Ok(Vec::new()) };
    let lines = rest.lines().take_while(|line| !line.is_empty());
    // A description that goes on stands further to the right.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    Ok(names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect())
}

/// Gives a text to a program; none where there is no such program.
fn given(program: &str, arguments: &[&str], text: &[u8]) -> Result<Option<Output>> {
    let mut command = Command::new(program);
    let spawned =
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        eprintln!("skipped: there is no `{program}` here");
        return Ok(None);
    };
    // It may end before it has read all.
    drop(child.stdin.take().context("piped above")?.write_all(text));
    Ok(Some(child.wait_with_output()?))
}

#[test]
fn each_shell_takes_its_completions_and_they_name_every_command() -> Result<()> {
    let names = listed(&[])?;
    assert!(names.len() > 15 && names.contains(&"completions".to_owned()), "{names:?}");
    for (shell, reads) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"])] {
        let script = alone(&["completions", shell])?;
        assert!(script.status.success(), "{shell}: {}", told(&script));
        let text = String::from_utf8_lossy(&script.stdout).into_owned();
        for name in &names {
            let known = match shell {
                "bash" => text.contains(&format!("sandglass,{name})")),
                "zsh" => text.contains(&format!("'{name}:")),
                _ => text.contains(&format!("-a \"{name}\"")),
            };
            assert!(known, "{shell} does not complete `{name}`");
        }
        assert!(
            !text.contains("supervisor") && !text.contains("sandglass,man)"),
            "{shell} offers what is hidden"
        );
        if let Some(read) = given(shell, reads, &script.stdout)? {
            assert!(read.status.success() && read.stderr.is_empty(), "{shell}: {}", told(&read));
        }
    }
    let unknown = alone(&["completions", "csh"])?;
    assert_eq!(unknown.status.code(), Some(64), "{}", told(&unknown));
    assert!(told(&unknown).contains("bash, zsh, fish"), "{}", told(&unknown));
    Ok(())
}

#[test]
fn bash_completes_commands_as_they_are_typed() -> Result<()> {
    let script = alone(&["completions", "bash"])?;
    let typed = "\nCOMP_WORDS=(sandglass job app); COMP_CWORD=2\n_sandglass sandglass app job\necho \"${COMPREPLY[@]}\"\n";
    let Some(answer) = given("bash", &["--norc"], &[&script.stdout, typed.as_bytes()].concat())? else {
        return Ok(());
    };
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "apply", "{}", told(&answer));
    Ok(())
}

#[test]
fn every_command_has_a_man_page_that_formats() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = folder.path().join("man1");
    let written = alone(&["man", &pages.to_string_lossy()])?;
    assert!(written.status.success(), "{}", told(&written));
    let (mut expected, mut open) = (BTreeSet::from(["sandglass.1".to_owned()]), vec![Vec::new()]);
    while let Some(words) = open.pop() {
        for below in listed(&words.iter().map(String::as_str).collect::<Vec<_>>())? {
            let words = [words.clone(), vec![below]].concat();
            expected.insert(format!("sandglass-{}.1", words.join("-")));
            open.push(words);
        }
    }
    let found: BTreeSet<String> =
        fs::read_dir(&pages)?.flatten().map(|page| page.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(found, expected);
    assert!(found.len() > 50, "{}", found.len());
    for name in &found {
        let text = fs::read(pages.join(name))?;
        if let Some(shown) = given("groff", &["-Kutf8", "-man", "-Tutf8", "-ww", "-P-cbou"], &text)? {
            let page = String::from_utf8_lossy(&shown.stdout).into_owned();
            let headed = ["NAME", "SYNOPSIS"].iter().all(|head| page.contains(head));
            assert!(shown.status.success() && headed && shown.stderr.is_empty(), "{name}: {}", told(&shown));
        }
        if let Some(shown) = given("mandoc", &["-Tlint", "-Werror"], &text)? {
            assert!(shown.status.success(), "{name}: {}", told(&shown));
        }
    }
    Ok(())
}

/// Goal: the units are what systemd reads without a complaint, and a master's rights stay as few as the documentation says.
/// Method: `systemd-analyze`, on copies that name a program which is there. A key that it is too old for is skipped by it.
#[test]
fn systemd_takes_every_unit_and_a_master_may_do_little() -> Result<()> {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd");
    let folder = tempfile::tempdir()?;
    let mut found = 0;
    for unit in fs::read_dir(&deploy)?.flatten().filter(|entry| entry.path().is_file()) {
        found += 1;
        let text = fs::read_to_string(unit.path())?;
        assert!(text.contains("\nExecReload=/bin/kill -HUP $MAINPID\n"), "{text}");
        let text = text.replace("/usr/local/bin/sandglass", "/bin/true");
        let copy = folder.path().join(unit.file_name());
        fs::write(&copy, text)?;
        let copy = copy.to_string_lossy();
        let Some(verified) = given("systemd-analyze", &["verify", "--man=no", &copy], b"")? else {
            return Ok(());
        };
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        let complaints: Vec<_> = said
            .lines()
            .filter(|line| line.contains("sandglass") && !line.contains("DelegateSubgroup"))
            .collect();
        assert!(verified.status.success() && complaints.is_empty(), "{copy}: {}", told(&verified));
        let most = if copy.ends_with("sandglass-master.service") { "15" } else { "95" };
        let rated =
            given("systemd-analyze", &["security", "--offline=true", "--threshold", most, &copy], b"")?;
        let rated = rated.context("it was there a moment ago")?;
        assert!(rated.status.success(), "{copy}: {}", told(&rated));
    }
    assert_eq!(found, 3, "units");
    Ok(())
}
