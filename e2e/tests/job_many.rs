//! Many jobs by one command: paused, resumed and deleted after a look, and exported to another server.

use std::fs;

use anyhow::Result;
use e2e::{Server, told};

fn with_jobs(server: &Server) -> Result<()> {
    let folder = server.beside().join("jobs");
    fs::create_dir(&folder)?;
    for (n, team) in ["data", "data", "web"].iter().enumerate() {
        let text = format!(
            "name: job-{n}\nschedule: '@every 90s'\nlabels: {{ team: {team} }}\nshell: {{ script: 'echo {n}' }}\n"
        );
        fs::write(folder.join(format!("{n}.yaml")), text)?;
    }
    server.done(&["job", "apply", "-f", &folder.to_string_lossy()]).map(|_| ())
}

/// Returns the names of the jobs that are paused.
fn paused(server: &Server) -> Result<Vec<String>> {
    let list = server.json(&["job", "list"])?;
    let jobs = list["jobs"].as_array().into_iter().flatten().filter(|job| job["status"] == "paused");
    Ok(jobs.filter_map(|job| Some(job["name"].as_str()?.to_owned())).collect())
}

/// Goal: nobody who is not at a terminal acts on many jobs without having said so, and a look says which.
#[test]
fn many_jobs_are_shown_first_and_then_changed() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    with_jobs(&server)?;
    let pause = ["job", "pause", "--all", "--label", "team:data", "--why", "the disk is full"];

    let look = server.ask(&[&pause[..], &["--dry-run"]].concat())?;
    assert!(look.status.success() && told(&look).contains("pause 2 jobs: job-0, job-1"), "{}", told(&look));
    let unsaid = server.ask(&pause)?;
    assert_eq!(unsaid.status.code(), Some(64), "{}", told(&unsaid));
    assert!(told(&unsaid).contains("it would pause 2 jobs: job-0, job-1"), "{}", told(&unsaid));
    assert!(told(&unsaid).contains("--yes"), "{}", told(&unsaid));
    assert_eq!(paused(&server)?, [""; 0], "a look changes nothing");

    let done = server.ask(&[&pause[..], &["--yes"]].concat())?;
    assert!(done.status.success() && told(&done).contains("2 done, 0 failed"), "{}", told(&done));
    assert_eq!(paused(&server)?, ["job-0", "job-1"]);
    let resumed = server.json(&["job", "resume", "--all", "--yes"])?;
    assert_eq!(resumed["done"], 3);
    assert_eq!(paused(&server)?, [""; 0]);

    server.done(&["job", "delete", "--all", "--query", "job-2", "--yes"])?;
    assert_eq!(server.json(&["job", "list"])?["total"], 2);
    let none = server.ask(&["job", "kill", "--all", "--query", "nothing is so called", "--yes"])?;
    assert!(none.status.success() && told(&none).contains("no job matches"), "{}", told(&none));

    // A name and --all contradict each other, and one of them must be said.
    for wrong in
        [&["job", "pause"][..], &["job", "pause", "job-0", "--all"], &["job", "kill", "--label", "a:b"]]
    {
        assert_eq!(server.ask(wrong)?.status.code(), Some(64), "{wrong:?}");
    }
    Ok(())
}

/// Goal: what one server exports the other applies, and then they are the same.
#[test]
fn what_is_exported_is_applied_elsewhere() -> Result<()> {
    let (server, other) = (Server::start(&["--no-demo"])?, Server::start(&["--no-demo"])?);
    with_jobs(&server)?;
    let text = server.done(&["job", "export"])?;
    assert_eq!(text.matches("---\n").count(), 3, "{text}");
    let file = other.beside().join("all.yaml");
    fs::write(&file, &text)?;
    other.done(&["job", "apply", "-f", &file.to_string_lossy()])?;
    assert_eq!(other.done(&["job", "export"])?, text);

    let folder = other.beside().join("exported");
    let told = other.done(&["job", "export", "--label", "team:data", "--to", &folder.to_string_lossy()])?;
    assert!(told.starts_with("2 jobs written to "), "{told}");
    let mut files: Vec<_> = fs::read_dir(&folder)?.flatten().map(|entry| entry.file_name()).collect();
    files.sort();
    assert_eq!(files, ["job-0.yaml", "job-1.yaml"]);
    let check = ["job", "apply", "--check", "-f", &folder.to_string_lossy()];
    assert_eq!(server.done(&check)?, "2 unchanged\n");
    assert_eq!(other.json(&["job", "export", "job-2"])?.as_array().map(Vec::len), Some(1));
    Ok(())
}
