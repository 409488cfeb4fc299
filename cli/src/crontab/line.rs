//! One line of a crontab: a comment, a variable, or an entry with the fields, the user where the file has one, and the
//! command.
//!
//! Flow: bytes → **`line`** → `Line`. No line is lost: what does not read is a fault in its place.

use std::collections::BTreeMap;

use model::fault::{Fault, Faults};

use super::{Entry, Line, What, mark, percent, when};

/// Which form the entries of a file have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A user stands before each command: `/etc/crontab`, `/etc/cron.d`.
    System,
    /// All commands are of one user, if it is known whose.
    User(Option<String>),
}

/// Most bytes of comments that go with an entry.
const COMMENT_BYTES_MAX: usize = 1_200;
/// Users that nearly every machine has: one of them before a command means a file of the system's form.
const COMMON_USERS: [&str; 6] = ["root", "www-data", "nobody", "daemon", "postgres", "mysql"];

/// Reads all lines of a file.
pub(crate) fn lines(bytes: &[u8], kind: &Kind) -> Vec<Line> {
    let mut reader = Reader { kind, variables: BTreeMap::new(), comment: Vec::new() };
    let mut lines = Vec::new();
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let ended = line.ends_with(b"\n");
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text = String::from_utf8_lossy(line).into_owned();
        let mut what = match std::str::from_utf8(line) {
            Ok(text) if !text.contains('\0') => reader.line(text),
            _ => {
                let hint = "write it in UTF-8, without NUL bytes".to_owned();
                What::Fault(vec![Fault::new("", "is not text in UTF-8").with_hint(hint)])
            }
        };
        if let (What::Entry(entry), false) = (&mut what, ended) {
            entry.notes.push("the last line has no end, for which some crons ignore it".to_owned());
        }
        lines.push(Line { number: at + 1, text, what });
    }
    lines
}

struct Reader<'a> {
    kind: &'a Kind,
    variables: BTreeMap<String, String>,
    comment: Vec<String>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> What {
        if let Some((job, _)) = mark::marked(line) {
            return What::Disabled(job.to_owned());
        }
        let (line, returns) = match line.strip_suffix('\r') {
            Some(line) => (line, true),
            None => (line, false),
        };
        let text = line.trim_start_matches([' ', '\t']);
        if text.is_empty() {
            self.comment.clear();
            return What::Other;
        }
        if let Some(comment) = text.strip_prefix('#') {
            self.comment.push(comment.trim().to_owned());
            return What::Other;
        }
        let comment = std::mem::take(&mut self.comment);
        if let Some((name, value)) = variable(text) {
            return self.set(name, value);
        }
        match self.entry(text) {
            Ok(mut entry) => {
                entry.comment = kept(comment);
                if returns {
                    entry.notes.push("the line ended in a carriage return, which is left out".to_owned());
                }
                What::Entry(Box::new(entry))
            }
            Err(faults) => What::Fault(faults.into_vec()),
        }
    }

    fn set(&mut self, name: String, value: String) -> What {
        let form = |(at, byte): (usize, u8)| {
            byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit())
        };
        if !name.bytes().enumerate().all(form) {
            let message = format!("`{name}` is no name of a variable");
            let hint = "letters, digits and `_`, not beginning with a digit".to_owned();
            return What::Fault(vec![Fault::new("variable", message).with_hint(hint)]);
        }
        self.variables.insert(name, value);
        What::Other
    }

    fn entry(&self, text: &str) -> Result<Entry, Faults> {
        let mut notes = Vec::new();
        let mut rest = text;
        if let Some(quiet) = text
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(['*', '@']) || rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            notes.push(
                "the `-` before the fields, which keeps cron from logging the line, is left out".to_owned(),
            );
            rest = quiet;
        }
        let when = if rest.starts_with('@') {
            let (word, after) = word(rest);
            rest = after;
            when::named(word)?
        } else {
            let mut words = Vec::new();
            while words.len() < 5 {
                let (field, after) = word(rest);
                if field.is_empty() {
                    return Err(short(words.len()).into());
                }
                words.push(field);
                rest = after;
            }
            when::fields(&words, &mut notes)?
        };
        let user = match self.kind {
            Kind::User(user) => {
                refuse_user_field(rest)?;
                user.clone()
            }
            Kind::System => {
                let (user, after) = word(rest);
                rest = after;
                Some(user.to_owned()).filter(|user| !user.is_empty())
            }
        };
        let (command, stdin) = percent::split(rest);
        if command.trim().is_empty() {
            return Err(no_command(self.kind, user.as_deref()).into());
        }
        if command.ends_with('\\') {
            notes.push("it ends in `\\`, yet no line of a crontab goes on in the next".to_owned());
        }
        let variables = self.variables.clone();
        Ok(Entry { when, user, command, stdin, variables, comment: Vec::new(), cwd: None, notes })
    }
}

/// Returns the first word of a text, and what follows the blanks after it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start_matches([' ', '\t']))
}

/// Reads `NAME = VALUE` as cron does: blanks around the sign, quotes around either, nothing expanded.
fn variable(text: &str) -> Option<(String, String)> {
    let quote = text.chars().next().filter(|c| ['"', '\''].contains(c));
    let (name, rest) = match quote {
        Some(quote) => text[1..].split_once(quote)?,
        None => text.split_at(text.find(['=', ' ', '\t'])?),
    };
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_matches([' ', '\t']);
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

fn short(count: usize) -> Fault {
    let message = format!("is neither a variable nor an entry: it has {count} fields and no command");
    let hint = "an entry has minute, hour, day of month, month, day of week, then the command".to_owned();
    Fault::new("schedule", message).with_hint(hint)
}

fn no_command(kind: &Kind, user: Option<&str>) -> Fault {
    let (message, hint) = match (kind, user) {
        (Kind::System, Some(user)) => (
            format!("no command follows the user `{user}`"),
            "files of the system name a user before the command: `0 3 * * * root /usr/local/bin/backup`"
                .to_owned(),
        ),
        _ => ("no command follows the fields".to_owned(), "take the line out, or complete it".to_owned()),
    };
    Fault::new("command", message).with_hint(hint)
}

/// Refuses a line of the system's form in a file of a user: its user would be run as a command.
fn refuse_user_field(rest: &str) -> Result<(), Fault> {
    let (first, after) = word(rest);
    if !COMMON_USERS.contains(&first) || after.is_empty() {
        return Ok(());
    }
    let message = format!("`{first}` looks like the user of a crontab of the system");
    let hint = "say --system-format if the file names a user before each command";
    Err(Fault::new("command", message).with_hint(hint))
}

/// Returns the comment that goes with an entry: not one that is an entry itself, or a row of signs.
fn kept(mut comment: Vec<String>) -> Vec<String> {
    let says = |line: &String| {
        line.chars().any(char::is_alphabetic)
            && !line.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '@')
            && !(line.contains("dow") && line.contains("command"))
    };
    let last = comment.iter().rposition(|line| !says(line)).map_or(0, |at| at + 1);
    let mut kept = comment.split_off(last);
    while kept.iter().map(String::len).sum::<usize>() > COMMENT_BYTES_MAX {
        kept.remove(0);
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(text: &str, kind: &Kind) -> Vec<Entry> {
        let found = lines(text.as_bytes(), kind).into_iter().map(|line| line.what);
        found.filter_map(|what| if let What::Entry(entry) = what { Some(*entry) } else { None }).collect()
    }

    #[test]
    fn variables_count_for_the_entries_below_them() {
        let text = "A=1\n* * * * * one\n  B = \"two words \" \n'C'='x'\nA=3\n0 5 * * * D=4 two\n";
        let found = entries(text, &Kind::User(None));
        let variables =
            |at: usize| found[at].variables.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>();
        assert_eq!(variables(0), ["A=1"]);
        assert_eq!(variables(1), ["A=3", "B=two words ", "C=x"]);
        assert_eq!(found[1].command, "D=4 two");
    }

    #[test]
    fn a_system_file_names_a_user_and_a_users_file_does_not() {
        let found = entries("@daily\troot\techo  a  b \n-*/5 * * * * www-data x\n", &Kind::System);
        assert_eq!((found[0].user.as_deref(), &*found[0].command), (Some("root"), "echo  a  b "));
        assert_eq!((found[1].user.as_deref(), found[1].notes.len()), (Some("www-data"), 1));
        let kind = Kind::User(Some("ann".to_owned()));
        assert_eq!(entries("0 0 * * * rooting\n", &kind)[0].user.as_deref(), Some("ann"));
        let What::Fault(faults) = &lines(b"0 0 * * * root /bin/x\n", &kind)[0].what else {
            panic!("a fault")
        };
        assert!(faults[0].to_string().contains("--system-format"));
    }

    #[test]
    fn what_does_not_read_is_a_fault_in_its_place() {
        for (text, word) in [
            (&b"* * * *\n"[..], "has 4 fields"),
            (b"hello\n", "has 1 fields"),
            (b"* * * * *\n", "no command"),
            (b"* * * * * root\n", "no command follows the user"),
            (b"@daily\n", "no command"),
            (b"a-b=c\n", "no name of a variable"),
            (b"* * * * * root \xff\n", "UTF-8"),
        ] {
            let found = lines(text, &Kind::System);
            let What::Fault(faults) = &found[0].what else { panic!("{text:?}: {found:?}") };
            assert!(faults[0].to_string().contains(word), "{}", faults[0]);
            assert!(faults.iter().all(|fault| fault.hint.is_some()), "{faults:?}");
        }
    }

    #[test]
    fn the_comment_above_an_entry_goes_with_it() {
        let text = "# Example of job definition:\n# m h dom mon dow user command\n0 1 * * * a\n\n# lost\n\n# kept,\n# both lines\n#0 3 * * * old\n# of this\n0 2 * * * b\n";
        let found = entries(text, &Kind::User(None));
        assert!(found[0].comment.is_empty(), "{:?}", found[0].comment);
        assert_eq!(found[1].comment, ["of this"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_no_line_is_lost(bytes: Vec<u8>, system: bool) {
            let kind = if system { Kind::System } else { Kind::User(None) };
            let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
            let open = usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n"));
            prop_assert_eq!(lines(&bytes, &kind).len(), ends + open);
        }

        #[test]
        fn anything_like_an_entry_becomes_an_entry_or_faults(
            text in "[-]?([0-9a-z*/,~@-]{1,6}[ \t]+){0,7}[ -~%\\\\]{0,30}",
            system: bool,
        ) {
            let kind = if system { Kind::System } else { Kind::User(None) };
            for line in lines(text.as_bytes(), &kind) {
                if let What::Entry(entry) = line.what {
                    let made = crate::crontab::made(&entry, "f:1", &"x".parse().unwrap(), &crate::crontab::Settings::default());
                    prop_assert!(made.is_ok() || made.is_err_and(|faults| !faults.is_empty()));
                    let mut names = crate::crontab::Names::default();
                    names.of(&entry.command, "");
                }
            }
        }
    }
}
