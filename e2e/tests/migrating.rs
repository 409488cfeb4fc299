//! `docs/MIGRATING.md`, followed to the letter on a machine of a temp folder: each `sh` block is run, in the page's order.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use e2e::markdown::blocks;
use e2e::{Server, binary, told};

#[test]
fn the_page_on_moving_from_cron_can_be_followed() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let machine = server.beside().join("machine");
    let table =
        "# Tidies up.\n0 3 * * * root /usr/local/bin/tidy\n*/10 * * * * nobody /usr/local/bin/watch-disk\n";
    fs::create_dir_all(machine.join("etc"))?;
    fs::write(machine.join("etc/crontab"), table)?;
    // The page speaks of the machine that it is read on; here that is a folder.
    let bin = server.beside().join("bin");
    fs::create_dir(&bin)?;
    let program = bin.join("sandglass");
    let binary = binary();
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' --system '*) set -- \"$@\" --root '{}' ;; esac\nexec '{}' \"$@\"\n",
        machine.display(),
        binary.display()
    );
    fs::write(&program, script)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;

    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/MIGRATING.md"))?;
    let mut printed = Vec::new();
    for block in blocks(&page).into_iter().filter(|block| block.language == "sh") {
        let output = Command::new("sh")
            .args(["-c", &format!("PATH={}:$PATH\nset -e\n{}", bin.display(), block.text)])
            .current_dir(server.beside())
            .env("SANDGLASS_SERVER", &server.url)
            .env("SANDGLASS_TOKEN", server.token())
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "this block of the page failed:\n{}\n{}", block.text, told(&output));
        printed.push(told(&output));
    }
    let [look, saved, kept, switched, back] = printed.as_slice() else { panic!("{} blocks", printed.len()) };
    assert!(look.contains("2 jobs of 1 crontabs"), "{look}");
    assert!(saved.matches("paused").count() >= 2, "{saved}");
    assert!(kept.contains("2 to change") && kept.contains("2 changed"), "{kept}");
    assert!(switched.contains("commented out") && switched.contains("watch-disk"), "{switched}");
    assert!(back.contains("2 lines are back"), "{back}");
    assert_eq!(fs::read_to_string(machine.join("etc/crontab"))?, table);
    let list = server.json(&["job", "list"])?;
    assert!(list["jobs"].as_array().into_iter().flatten().all(|job| job["status"] == "paused"), "{list}");
    Ok(())
}
