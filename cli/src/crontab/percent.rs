//! What `%` means in the command of a crontab: the first ends the command, each later one is the end of a line of its
//! standard input, and `\%` is a plain `%`.

/// Returns the command and what it reads.
pub(super) fn split(text: &str) -> (String, String) {
    let mut command = String::with_capacity(text.len());
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        if letter == '%' && !escaped {
            return (command, input(&text[at + 1..]));
        }
        if letter == '%' {
            command.pop();
        }
        command.push(letter);
        // A second backslash escapes nothing: the shell sees both.
        escaped = letter == '\\' && !escaped;
    }
    (command, String::new())
}

fn input(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + 1);
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            '%' if escaped => {
                lines.pop();
                lines.push('%');
            }
            '%' => lines.push('\n'),
            other => lines.push(other),
        }
        // Here cron lets a second backslash escape, too.
        escaped = letter == '\\';
    }
    if !lines.is_empty() && !lines.ends_with('\n') {
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_percent_ends_the_command_and_an_escaped_one_does_not() {
        for (text, command, stdin) in [
            ("date", "date", ""),
            ("date +\\%F", "date +%F", ""),
            ("cat%one%two", "cat", "one\ntwo\n"),
            ("cat%one%%two%", "cat", "one\n\ntwo\n"),
            ("cat%90\\% of it", "cat", "90% of it\n"),
            ("cat%a\\\\%b\\c", "cat", "a\\%b\\c\n"),
            ("cat%", "cat", ""),
            ("sed 's/a\\\\b/c/'", "sed 's/a\\\\b/c/'", ""),
            ("echo a\\\\%b", "echo a\\\\", "b\n"),
            ("%only", "", "only\n"),
            (
                "mail -s \"It's 10\\%\" joe%Joe,%%Where are your kids?%",
                "mail -s \"It's 10%\" joe",
                "Joe,\n\nWhere are your kids?\n",
            ),
        ] {
            assert_eq!(split(text), (command.to_owned(), stdin.to_owned()), "{text}");
        }
    }
}
