//! What somebody meant whose command is none: another noun that has the verb, another word for it, a job that is to run.
//!
//! Flow: clap does not know a command → **`slip`** → a hint below what clap says. Reads the tree of commands itself, so that a
//! new one is known here.

use clap::{Command, CommandFactory as _};
use model::id::{JobName, RunId};

use super::Cli;

/// Words that people bring from elsewhere, and ours.
const WORDS: [(&str, &str); 12] = [
    ("show", "get"),
    ("get", "show"),
    ("describe", "show"),
    ("describe", "get"),
    ("ls", "list"),
    ("rm", "delete"),
    ("remove", "delete"),
    ("start", "run"),
    ("trigger", "run"),
    ("stop", "kill"),
    ("log", "logs"),
    ("edit", "apply"),
];
/// Most commands that are offered.
const OFFERED_MAX: usize = 3;

/// Returns the commands that are likely meant by the words after the program's name; none when nothing is likely.
pub(crate) fn meant(words: &[String]) -> Vec<String> {
    let cli = Cli::command();
    let plain: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let Some((first, rest)) = plain.split_first() else { return Vec::new() };
    let mut found = match noun(&cli, first) {
        Some(noun) => {
            rest.split_first().map(|(verb, rest)| beneath(&cli, noun, verb, rest)).unwrap_or_default()
        }
        None => at_the_top(&cli, first, rest),
    };
    found.truncate(OFFERED_MAX);
    found
}

/// Returns what is meant by a verb that this noun does not have.
fn beneath(cli: &Command, noun: &Command, verb: &str, rest: &[&str]) -> Vec<String> {
    if has(noun, verb) {
        return Vec::new();
    }
    if noun.get_name() == "run" {
        if verb.parse::<RunId>().is_ok() {
            return vec![line(&["run", "show", verb], rest)];
        }
        // It is no verb of any noun, so it is the name of something.
        if verb.parse::<JobName>().is_ok() && nouns(cli).all(|noun| !has(noun, verb)) && !is_word(verb) {
            return vec![line(&["job", "run", verb], rest)];
        }
    }
    let ours = WORDS.iter().filter(|(word, ours)| *word == verb && has(noun, ours));
    let mut found: Vec<String> = ours.map(|(_, ours)| line(&[noun.get_name(), ours], rest)).collect();
    found.extend(nouns(cli).filter(|noun| has(noun, verb)).map(|noun| line(&[noun.get_name(), verb], rest)));
    found
}

/// Returns what is meant by a first word that is none: the verb of a noun, or many of a noun.
fn at_the_top(cli: &Command, first: &str, rest: &[&str]) -> Vec<String> {
    if let Some(noun) =
        first.strip_suffix('s').and_then(|one| noun(cli, one)).filter(|noun| has(noun, "list"))
    {
        return match rest.split_first() {
            None => vec![line(&[noun.get_name(), "list"], &[])],
            Some((verb, rest)) if has(noun, verb) => vec![line(&[noun.get_name(), verb], rest)],
            Some((verb, rest)) => beneath(cli, noun, verb, rest),
        };
    }
    let verbs = WORDS.iter().filter(|(word, _)| *word == first).map(|(_, ours)| *ours);
    let verbs: Vec<&str> = [first].into_iter().chain(verbs).collect();
    let with = |noun: &Command| {
        let verb = verbs.iter().find(|verb| has(noun, verb))?;
        Some(line(&[noun.get_name(), verb], rest))
    };
    nouns(cli).filter_map(with).collect()
}

fn nouns(cli: &Command) -> impl Iterator<Item = &Command> {
    cli.get_subcommands().filter(|noun| noun.has_subcommands() && !noun.is_hide_set())
}

fn noun<'a>(cli: &'a Command, name: &str) -> Option<&'a Command> {
    nouns(cli).find(|noun| noun.get_name() == name)
}

fn has(noun: &Command, verb: &str) -> bool {
    noun.get_subcommands().any(|one| {
        !one.is_hide_set() && (one.get_name() == verb || one.get_all_aliases().any(|alias| alias == verb))
    })
}

fn is_word(verb: &str) -> bool {
    WORDS.iter().any(|(word, _)| *word == verb)
}

fn line(words: &[&str], rest: &[&str]) -> String {
    let all: Vec<&str> = ["sandglass"].iter().chain(words).chain(rest).copied().collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant_by(typed: &str) -> Vec<String> {
        meant(&typed.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_slip_is_told_as_the_command_that_was_meant() {
        for (typed, command) in [
            ("run nightly-report", "sandglass job run nightly-report"),
            ("run 0f3c9a7be2d14c58a1b2c3d4", "sandglass run show 0f3c9a7be2d14c58a1b2c3d4"),
            ("job logs 0f3c9a7be2d14c58a1b2c3d4", "sandglass run logs 0f3c9a7be2d14c58a1b2c3d4"),
            ("logs 0f3c9a7be2d14c58a1b2c3d4", "sandglass run logs 0f3c9a7be2d14c58a1b2c3d4"),
            ("job show a", "sandglass job get a"),
            ("run get a", "sandglass run show a"),
            ("apply jobs", "sandglass job apply jobs"),
            ("jobs", "sandglass job list"),
            ("jobs pause a", "sandglass job pause a"),
            ("job ls", "sandglass job list"),
            ("pause a", "sandglass job pause a"),
        ] {
            assert_eq!(meant_by(typed).first().map(String::as_str), Some(command), "{typed}");
        }
        for typed in ["frobnicate", "job list", "run", "--version", "job frobnicate"] {
            assert_eq!(meant_by(typed), Vec::<String>::new(), "{typed}");
        }
    }
}
