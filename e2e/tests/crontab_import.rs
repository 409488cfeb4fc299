//! From cron to jobs by the built binary: a whole machine's files read, told, saved, taken over without a moment in which
//! two run, and given back.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use e2e::{Server, alone, told};
use serde_json::Value;

/// A machine's crontabs, and what is not one.
const FILES: &[(&str, u32, &str)] = &[
    (
        "etc/crontab",
        0o644,
        "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n\n\
         # m h dom mon dow user\tcommand\n\
         17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n\
         25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n",
    ),
    ("etc/timezone", 0o644, "Europe/Berlin\n"),
    (
        "etc/cron.d/web",
        0o644,
        "MAILTO=ops@example.org\n# Warns when a disk is nearly full.\n\
         */5 * * * * www-data df -h | mail -s \"disk 90\\%\" ops%Hello,%it is full\n\
         @reboot root /usr/local/bin/warm-up\n\
         30 2 * * sun root /usr/local/bin/backup --full\n",
    ),
    ("etc/cron.d/web.dpkg-old", 0o644, "* * * * * root rm -rf /\n"),
    ("etc/cron.d/.placeholder", 0o644, "not a crontab\n"),
    ("etc/cron.daily/logrotate", 0o755, "#!/bin/sh\n"),
    ("etc/cron.daily/notes.txt", 0o755, "\n"),
    ("etc/cron.daily/off", 0o644, "#!/bin/sh\n"),
    ("etc/cron.weekly/tidy", 0o755, "#!/bin/sh\n"),
    (
        "var/spool/cron/crontabs/ann",
        0o600,
        "CRON_TZ=Asia/Tokyo\n0 9 * * 1-5 $HOME/bin/report\n0 9 * * 1-5 $HOME/bin/report\n@daily sudo -n tidy",
    ),
];

fn machine() -> Result<tempfile::TempDir> {
    let root = tempfile::tempdir()?;
    for (path, mode, text) in FILES {
        let file = root.path().join(path);
        fs::create_dir_all(file.parent().context("a folder")?)?;
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(*mode))?;
    }
    Ok(root)
}

fn import<'a>(root: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["crontab", "import", "--system", "--root", root], more].concat()
}

fn names(report: &Value) -> Vec<&str> {
    report["jobs"].as_array().into_iter().flatten().filter_map(|job| job["name"].as_str()).collect()
}

#[test]
fn a_whole_machine_becomes_jobs_and_nothing_of_it_is_lost() -> Result<()> {
    let machine = machine()?;
    let root = machine.path().to_string_lossy();
    let output = alone(&import(&root, &["--json"]))?;
    assert!(output.status.success(), "{}", told(&output));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(names(&report), ["cron-hourly", "cron-daily", "df", "backup", "report", "tidy"], "{report}");
    let job = |name: &str| {
        let mut jobs = report["jobs"].as_array().into_iter().flatten();
        jobs.find(|job| job["name"] == name).cloned().unwrap_or_default()
    };
    let df = &job("df")["job"];
    assert_eq!(df["shell"]["stdin"], "Hello,\nit is full\n");
    assert_eq!(df["shell"]["script"], "df -h | mail -s \"disk 90%\" ops");
    assert_eq!((&df["shell"]["user"], &df["shell"]["privilege_gain"]), (&"www-data".into(), &true.into()));
    assert_eq!(df["description"], "Warns when a disk is nearly full.\nfrom /etc/cron.d/web:3");
    assert_eq!((&df["timezone"], &df["schedule"]), (&"Europe/Berlin".into(), &"*/5 * * * *".into()));
    let report_job = job("report");
    assert_eq!(report_job["same_as"][0], "/var/spool/cron/crontabs/ann:3");
    assert_eq!(report_job["job"]["timezone"], "Asia/Tokyo");
    assert_eq!(report_job["job"]["shell"]["user"], "ann");
    let left: Vec<&str> = report["not_taken"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|left| left["place"].as_str())
        .collect();
    for place in [
        "/etc/cron.d/web:4",
        "/etc/cron.d/web.dpkg-old",
        "/etc/cron.daily/notes.txt",
        "/etc/cron.daily/off",
        "/etc/cron.weekly",
    ] {
        assert!(left.contains(&place), "{place} is not in {left:?}");
    }
    let owner = report["owner"].to_string();
    for line in
        ["users = [\\\"ann\\\", \\\"www-data\\\"]", "allow_root = true", "allow_privilege_gain = true"]
    {
        assert!(owner.contains(line), "{owner}");
    }
    // For people: the jobs go to the pipe, the report beside it.
    let output = alone(&import(&root, &["--split"]))?;
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    for word in
        ["@reboot", "says the same; it is one job", "[shell]", "6 jobs of 3 crontabs in Europe/Berlin"]
    {
        assert!(shown.contains(word), "`{word}` is not in:\n{shown}");
    }
    let jobs = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(jobs.contains("name: logrotate") && !jobs.contains("name: cron-daily"), "{jobs}");
    Ok(())
}

#[test]
fn lines_that_do_not_read_are_told_with_place_value_and_fix_and_nothing_is_saved() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let file = server.beside().join("table");
    fs::write(
        &file,
        "61 * * * * a\n0 22-2 * * * b\n* * * *\n0 0 * * * root /bin/d\n5/10 * * * * e\n0 0 * * * fine\n",
    )?;
    let output = server.ask(&["crontab", "import", &file.to_string_lossy(), "--apply"])?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let text = told(&output);
    for word in [
        "table:1",
        "minute: `61` does not read",
        "cron takes 0-59",
        "write `22-23,0-2`",
        "has 4 fields",
        "--system-format",
        "write `5`, or `5-59/10`",
        "5 faults",
        "nothing was saved",
    ] {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
    assert_eq!(server.json(&["job", "list"])?["total"], 0);
    let none = server.ask(&["crontab", "import", "/no/such/table"])?;
    assert_eq!(none.status.code(), Some(2), "{}", told(&none));
    assert!(told(&none).contains("could not be read"), "{}", told(&none));
    Ok(())
}

#[test]
fn jobs_written_to_a_folder_are_jobs_that_apply_takes() -> Result<()> {
    let machine = machine()?;
    let root = machine.path().to_string_lossy();
    let server = Server::start(&["--no-demo"])?;
    let folder = server.beside().join("jobs");
    let folder = folder.to_string_lossy();
    let written =
        server.done(&import(&root, &["--output", &folder, "--prefix", "db1-", "--placement", "host=db1"]))?;
    assert!(written.contains("db1-backup"), "{written}");
    assert_eq!(fs::read_dir(&*folder)?.count(), 6);
    let applied = server.done(&["job", "apply", "-f", &folder])?;
    assert!(applied.contains("6 created"), "{applied}");
    let job = server.json(&["job", "get", "db1-backup"])?;
    assert_eq!(job["job"]["placement"]["labels"]["host"], "db1");
    // Another import into the folder replaces nothing that somebody edited.
    fs::write(Path::new(&*folder).join("db1-backup.yaml"), "name: db1-backup\n")?;
    let output = server.ask(&import(&root, &["--output", &folder, "--prefix", "db1-"]))?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("is there with another text"), "{}", told(&output));
    Ok(())
}

/// Goal: a cutover in which at no moment both run, and the way back. Method: each step, with the state of jobs and files.
#[test]
fn a_cutover_holds_jobs_until_their_lines_are_out_and_can_be_undone() -> Result<()> {
    let machine = machine()?;
    let root = machine.path().to_string_lossy();
    let server = Server::start(&["--no-demo"])?;
    let paused = || -> Result<usize> {
        let list = server.json(&["job", "list"])?;
        Ok(list["jobs"].as_array().into_iter().flatten().filter(|job| job["status"] == "paused").count())
    };
    let read = |path: &str| fs::read_to_string(machine.path().join(path));

    let saved = server.done(&import(&root, &["--apply", "--paused"]))?;
    assert_eq!(saved.matches("created").count(), 6, "{saved}");
    assert_eq!(paused()?, 6);
    let job = server.json(&["job", "get", "backup"])?;
    assert_eq!(job["job"]["enabled"], true, "only the pause holds it");
    assert_eq!(read("etc/cron.d/web")?, FILES[2].2, "no file is touched");

    // Somebody's own text is not overwritten.
    let edited = server.beside().join("edited.yaml");
    fs::write(&edited, server.done(&["job", "get", "backup", "-o", "yaml"])?.replace("--full", "--half"))?;
    server.done(&["job", "apply", "-f", &edited.to_string_lossy()])?;
    let refused = server.ask(&import(&root, &["--apply", "--disable-original"]))?;
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("backup: differs in shell.script"), "{}", told(&refused));
    assert_eq!((paused()?, read("etc/cron.d/web")?.as_str()), (6, FILES[2].2));

    let inode = fs::metadata(machine.path().join("etc/crontab"))?.ino();
    let done = server.done(&import(&root, &["--apply", "--disable-original", "--existing", "keep"]))?;
    assert!(done.contains("commented out") && done.contains(".crontab.before-sandglass"), "{done}");
    assert_eq!(paused()?, 0);
    assert!(server.json(&["job", "get", "backup"])?["job"]["shell"]["script"].to_string().contains("--half"));
    let web = read("etc/cron.d/web")?;
    assert!(web.contains("#sandglass:backup# 30 2 * * sun root /usr/local/bin/backup --full\n"), "{web}");
    assert!(web.contains("\n@reboot root /usr/local/bin/warm-up\n"), "what was not taken stays: {web}");
    let ann = read("var/spool/cron/crontabs/ann")?;
    assert_eq!(ann.matches("#sandglass:report# ").count(), 2, "both lines that say the same are out: {ann}");
    let meta = fs::metadata(machine.path().join("var/spool/cron/crontabs/ann"))?;
    assert_eq!(meta.mode() & 0o777, 0o600);
    assert_ne!(
        fs::metadata(machine.path().join("etc/crontab"))?.ino(),
        inode,
        "replaced whole, by one rename"
    );

    // A second import finds nothing more to take, and says where what it took stood.
    let again: Value = serde_json::from_str(&server.done(&import(&root, &["--json"]))?)?;
    assert_eq!(
        (names(&again).len(), again["taken_before"].as_array().map(Vec::len)),
        (0, Some(7)),
        "{again}"
    );

    let back = server.done(&import(&root, &["--enable-original", "--apply"]))?;
    assert!(back.contains("lines are back"), "{back}");
    assert_eq!(paused()?, 6, "cron runs them again, so the jobs do not");
    for (path, _, text) in FILES {
        assert_eq!(read(path)?, *text, "{path}");
    }
    let left: Vec<_> = fs::read_dir(machine.path().join("etc/cron.d"))?
        .filter_map(|file| Some(file.ok()?.file_name()))
        .collect();
    assert_eq!(left.len(), 3, "no copy is left: {left:?}");
    Ok(())
}

/// The crontabs of the machine that the tests run on, whatever stands in them.
#[test]
fn the_crontabs_of_this_machine_are_read() -> Result<()> {
    let output = alone(&["crontab", "import", "--system", "--json"])?;
    let report: Value = serde_json::from_slice(&output.stdout).with_context(|| told(&output))?;
    assert!(report["jobs"].is_array(), "{report}");
    Ok(())
}
