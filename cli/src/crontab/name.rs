//! Names for jobs that had none: what the command line is about, in the letters of a name, each once.

use std::collections::BTreeSet;

use model::id::JobName;

use super::shell::{Program, base, seen};

/// Longest name before a number is put after it.
const BYTES_MAX: usize = 48;
/// Programs that prepare or test; the job is about what comes after them.
const ABOUT_NOTHING: [&str; 24] = [
    "test", "[", "[[", "cd", "pushd", "true", "false", ":", "set", "unset", "export", "umask", "ulimit",
    "sleep", ".", "source", "wait", "exit", "command", "echo", "printf", "date", "cat", "id",
];
/// Programs that run what their first argument names.
const INTERPRETERS: [&str; 12] =
    ["python", "perl", "ruby", "node", "nodejs", "php", "Rscript", "java", "sh", "bash", "dash", "lua"];
/// Programs that do what their first word says.
const BY_WORD: [&str; 33] = [
    "apt",
    "apt-get",
    "artisan",
    "aws",
    "borg",
    "bundle",
    "certbot",
    "console",
    "docker",
    "dokku",
    "drush",
    "gcloud",
    "git",
    "kubectl",
    "manage",
    "npm",
    "npx",
    "occ",
    "podman",
    "rake",
    "rclone",
    "restic",
    "service",
    "snap",
    "supervisorctl",
    "systemctl",
    "wp",
    "yarn",
    "zfs",
    "zpool",
    "poetry",
    "pg_ctlcluster",
    "logrotate",
];
/// Programs that do the same to anything: the job is about what they do it to.
const BY_OBJECT: [&str; 12] =
    ["find", "rm", "tar", "rsync", "scp", "cp", "mv", "curl", "wget", "chown", "chmod", "run-parts"];
/// Names of files that say nothing without their folder.
const SAYS_NOTHING: [&str; 17] = [
    "cron", "main", "run", "index", "script", "job", "start", "cli", "app", "task", "tasks", "worker",
    "update", "sync", "manage", "artisan", "console",
];
const FOLDERS_SAY_NOTHING: [&str; 14] = [
    "bin", "sbin", "scripts", "script", "html", "public", "src", "www", "opt", "srv", "current", "htdocs",
    "lib", "home",
];
/// Words that a server keeps for itself.
const TAKEN: [&str; 2] = ["check", "actions"];

/// Gives each job a name of its own.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// Returns a name for what a command is about, after a prefix.
    pub(crate) fn of(&mut self, command: &str, prefix: &str) -> JobName {
        let about = slug(&about(command));
        let about = if about.is_empty() { "cron-job".to_owned() } else { about };
        let about = if TAKEN.contains(&about.as_str()) { format!("{about}-job") } else { about };
        let name = slug(&format!("{prefix}{about}"));
        let numbered = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}-{number}")));
        let free = numbered.into_iter().find(|name| !self.0.contains(name)).unwrap_or(name);
        self.0.insert(free.clone());
        free.parse().expect("a slug is a name")
    }
}

/// Returns a text in the letters of a name.
fn slug(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => name.push(letter),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.truncate(BYTES_MAX);
    name.trim_end_matches('-').to_owned()
}

fn about(command: &str) -> String {
    let programs = seen(command).programs;
    let says = |program: &&Program| {
        let runs_text = is_interpreter(program) && script(program).is_none();
        !runs_text && !ABOUT_NOTHING.contains(&base(&program.name))
    };
    let program = programs.iter().find(says).or_else(|| programs.first());
    program.map(of_program).unwrap_or_default()
}

fn is_interpreter(program: &Program) -> bool {
    let name = base(&program.name).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.contains(&name)
}

/// Returns the script or module that an interpreter runs; none for a text on its command line.
fn script(program: &Program) -> Option<(&str, &[String])> {
    let mut at = 0;
    while let Some(word) = program.args.get(at) {
        match word.as_str() {
            "-e" | "-c" | "-r" => return None,
            "-m" | "-jar" | "-f" => at += 1,
            option if option.starts_with('-') => {
                at += 1;
                continue;
            }
            _ => {}
        }
        return program.args.get(at).map(|script| (script.as_str(), &program.args[at + 1..]));
    }
    None
}

fn of_program(program: &Program) -> String {
    let (path, args) = match is_interpreter(program).then(|| script(program)).flatten() {
        Some(found) => found,
        None => (program.name.as_str(), program.args.as_slice()),
    };
    let stem = stem(base(path));
    let word = args.iter().find(|word| !word.starts_with('-'));
    if BY_WORD.contains(&stem) {
        return match word {
            Some(word) => format!("{stem} {}", self::stem(base(word))),
            None => stem.to_owned(),
        };
    }
    if BY_OBJECT.contains(&stem) {
        let object = args.iter().find(|word| word.contains('/') && !word.starts_with('-'));
        return match object {
            Some(object) if stem == "run-parts" => base(object).to_owned(),
            Some(object) => format!("{stem} {}", object_of(object)),
            None => stem.to_owned(),
        };
    }
    if SAYS_NOTHING.contains(&stem) {
        let folders = path.rsplit('/').skip(1).filter(|folder| !folder.is_empty() && *folder != ".");
        let folder = folders.into_iter().find(|folder| !FOLDERS_SAY_NOTHING.contains(folder));
        return folder.map_or_else(|| stem.to_owned(), |folder| format!("{folder} {stem}"));
    }
    stem.to_owned()
}

/// Returns the name of a file without its ending.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() && end.len() <= 4 && end.chars().all(char::is_alphabetic) => {
            stem
        }
        _ => name,
    }
}

/// Returns what a path or an address is about: its host, or its last part.
fn object_of(word: &str) -> String {
    match word.split_once("://") {
        Some((_, rest)) => {
            let rest = rest.split(['?', '#']).next().unwrap_or(rest);
            let host = rest.split('/').next().unwrap_or(rest);
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let host = host.split(':').next().unwrap_or(host);
            let page = rest.split_once('/').map(|(_, path)| stem(base(path))).filter(|page| !page.is_empty());
            page.map_or_else(|| host.to_owned(), |page| format!("{host} {page}"))
        }
        None => stem(base(word)).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_by_what_it_is_about() {
        for (command, name) in [
            ("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }", "cron-daily"),
            (
                "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi",
                "sessionclean",
            ),
            ("command -v debian-sa1 > /dev/null && debian-sa1 1 1", "debian-sa1"),
            (
                "test -x /usr/bin/certbot && perl -e 'sleep int(rand(43200))' && certbot -q renew",
                "certbot-renew",
            ),
            ("/usr/bin/php8.2 -f /var/www/nextcloud/cron.php", "nextcloud-cron"),
            ("cd /srv/shop && php artisan schedule:run >> /dev/null 2>&1", "artisan-schedule-run"),
            ("/srv/app/venv/bin/python /srv/app/manage.py clearsessions", "manage-clearsessions"),
            ("python3 -m reports.nightly --all", "reports-nightly"),
            ("pg_dump -Fc shop | gzip > /backup/shop-$(date +%F).gz", "pg-dump"),
            ("find /var/tmp/uploads -mtime +7 -delete", "find-uploads"),
            (
                "curl -fsS 'https://user:pw@example.org/tasks/tick.php?key=secret' > /dev/null",
                "curl-example-org-tick",
            ),
            ("/home/ann/bin/Backup_DB.sh --full", "backup-db"),
            ("echo hello", "echo"),
            ("/usr/local/bin/check", "check-job"),
            ("$HOME/bin/tidy", "tidy"),
            ("备份", "cron-job"),
            ("/opt/scripts/run.sh", "run"),
        ] {
            let mut names = Names::default();
            assert_eq!(names.of(command, "").as_str(), name, "{command}");
            assert_eq!(names.of(command, "").as_str(), format!("{name}-2"));
            assert_eq!(names.of(command, "db1-").as_str(), format!("db1-{name}"));
        }
    }
}
