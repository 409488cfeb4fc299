//! What a command line starts: enough of the shell's grammar to name a job by it, and to see what gains privileges.
//!
//! A guess by form, never by meaning: nothing is expanded, looked up or run.

use super::words::{Words, words};

/// A program that a command line starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// As it is written, often with its path.
    pub(super) name: String,
    pub(super) args: Vec<String>,
}

/// What a command line does.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What it starts, from left to right, without what only prepares a start (`nice`, `timeout 5m`, `sudo -u ann`).
    pub(super) programs: Vec<Program>,
    /// The programs among all of them that gain privileges.
    pub(super) gains: Vec<String>,
    /// True when something goes on in the background.
    pub(super) background: bool,
}

/// Programs that are set-user-id or set-group-id on common systems, or hand mail to one that is.
const GAINS: [&str; 24] = [
    "sudo",
    "su",
    "doas",
    "pkexec",
    "sendmail",
    "mail",
    "mailx",
    "Mail",
    "s-nail",
    "nail",
    "bsd-mailx",
    "mutt",
    "exim",
    "exim4",
    "postdrop",
    "newgrp",
    "sg",
    "crontab",
    "at",
    "batch",
    "mount",
    "umount",
    "fusermount",
    "fusermount3",
];
/// Words of the shell after which a command begins.
const BEFORE_COMMAND: [&str; 14] =
    ["if", "then", "elif", "else", "fi", "do", "done", "while", "until", "!", "{", "}", "time", "esac"];
/// Programs that start the program that follows them: their options that take a value, and how many words come between.
const STARTERS: [(&str, &str, usize); 22] = [
    ("exec", "a", 0),
    ("command", "", 0),
    ("builtin", "", 0),
    ("nohup", "", 0),
    ("setsid", "", 0),
    ("nice", "n", 0),
    ("ionice", "cnpPu", 0),
    ("chrt", "", 1),
    ("taskset", "", 1),
    ("timeout", "ks", 1),
    ("flock", "wE", 1),
    ("env", "uCS", 0),
    ("stdbuf", "ioe", 0),
    ("chronic", "", 0),
    ("cronic", "", 0),
    ("systemd-cat", "tp", 0),
    ("systemd-inhibit", "", 0),
    ("sudo", "ughpCDRTrt", 0),
    ("doas", "uC", 0),
    ("runuser", "ugG", 0),
    ("setpriv", "", 0),
    ("xargs", "nIPLsEad", 0),
];
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "ash"];
/// How deep one command line may stand within another.
const DEPTH_MAX: u8 = 4;

/// Returns what a command line does.
pub(super) fn seen(command: &str) -> Seen {
    let mut seen = Seen::default();
    look(command, 0, &mut seen);
    seen.gains.sort();
    seen.gains.dedup();
    seen
}

/// Returns the folder that a command hands to `run-parts`, if that is what it does.
pub(crate) fn folder_of_run_parts(command: &str) -> Option<String> {
    let run_parts = seen(command).programs.into_iter().find(|program| base(&program.name) == "run-parts")?;
    let folder = run_parts.args.into_iter().rfind(|word| word.starts_with('/'))?;
    Some(folder.trim_end_matches('/').to_owned())
}

/// Returns the last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

fn look(command: &str, depth: u8, seen: &mut Seen) {
    if depth > DEPTH_MAX {
        return;
    }
    let Words { commands, background, inner } = words(command);
    seen.background |= background;
    for words in &commands {
        started(words, depth, seen);
    }
    for text in &inner {
        look(text, depth + 1, seen);
    }
}

/// Looks at one simple command.
fn started(words: &[String], depth: u8, seen: &mut Seen) {
    let mut words = words;
    loop {
        let at =
            words.iter().position(|word| !is_assignment(word) && !BEFORE_COMMAND.contains(&word.as_str()));
        let Some(at) = at else { return };
        words = &words[at..];
        let name = base(&words[0]);
        if name == "command" && words.get(1).is_some_and(|word| word == "-v" || word == "-V") {
            break;
        }
        if GAINS.contains(&name) {
            seen.gains.push(name.to_owned());
        }
        let text = words.iter().skip(1).position(|word| gives_command(word)).and_then(|at| words.get(at + 2));
        let starts_text = SHELLS.contains(&name) || ["su", "runuser", "flock"].contains(&name);
        if let Some(text) = text.filter(|_| starts_text) {
            return look(text, depth + 1, seen);
        }
        let Some((_, valued, between)) = STARTERS.iter().find(|(starter, ..)| *starter == name) else {
            break;
        };
        let rest = after_options(&words[1..], valued).get(*between..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        words = rest;
    }
    seen.programs.push(Program { name: words[0].clone(), args: words[1..].to_vec() });
}

/// Returns true for `-c` and its like (`-lc`), before which a command line stands as one word.
fn gives_command(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        letters.ends_with('c') && letters.len() <= 4 && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

fn after_options<'a>(words: &'a [String], valued: &str) -> &'a [String] {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return &words[at + 1..];
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            if is_assignment(word) {
                at += 1;
                continue;
            }
            break;
        };
        // `-n 10` takes the next word, `-n10` and `--user=ann` do not.
        let takes_next = letters.len() == 1 && valued.contains(letters);
        at += 1 + usize::from(takes_next);
    }
    words.get(at..).unwrap_or_default()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(command: &str) -> Vec<String> {
        seen(command).programs.into_iter().map(|program| base(&program.name).to_owned()).collect()
    }

    #[test]
    fn programs_are_found_through_what_starts_them() {
        for (command, names) in [
            (
                "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
                &["test", "cd", "run-parts"][..],
            ),
            (
                "[ -x /a ] && if [ ! -d /run/x ]; then /usr/lib/php/sessionclean; fi",
                &["[", "[", "sessionclean"],
            ),
            ("nice -n 10 ionice -c2 -n7 timeout -k 5 1h /opt/b 2>&1 >/dev/null", &["b"]),
            ("A=1 B='x y' env -i C=2 /opt/b | gzip > out", &["b", "gzip"]),
            ("flock -n /tmp/l -c \"cd /srv && ./go\"", &["cd", "go"]),
            ("su - www-data -s /bin/bash -c 'php cron.php'", &["php"]),
            ("sudo -u ann -- /opt/b >> /var/log/x 2>&1", &["b"]),
            ("echo \"at $(date +%F)\" # a note; rm x", &["echo", "date"]),
            ("a && (b & c)", &["a", "b", "c"]),
            ("bash -lc 'rbenv exec rake x'", &["rbenv"]),
            ("/bin/sh", &["sh"]),
        ] {
            assert_eq!(programs(command), names, "{command}");
        }
        assert!(seen("a & b").background && seen("a &").background);
        assert!(!seen("a && b >& x 2>&1 &> y").background);
    }

    #[test]
    fn what_gains_privileges_is_seen_where_it_is_a_command() {
        for (command, gains) in [
            ("sudo -n systemctl reload nginx", &["sudo"][..]),
            ("df -h | mail -s disk ops@example.org", &["mail"]),
            ("cd / && nice /usr/sbin/sendmail -q", &["sendmail"]),
            ("[ -n \"$(sudo -n id)\" ] && su -c 'mount -a'", &["mount", "su", "sudo"]),
            ("grep sudo /var/log/auth.log; echo mail; ls /var/mail", &[]),
        ] {
            assert_eq!(seen(command).gains, gains, "{command}");
        }
    }

    #[test]
    fn the_folder_of_run_parts_is_found() {
        let line = "test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily/ )";
        assert_eq!(folder_of_run_parts(line).as_deref(), Some("/etc/cron.daily"));
        assert_eq!(folder_of_run_parts("ls /etc/cron.daily"), None);
    }
}
