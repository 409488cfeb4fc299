//! Variables `SANDGLASS_OPT_…` that no option reads: a slip of the keys would else be an option that is quietly not set.
//!
//! Known is what any server reads, so that a master and a worker may share one file of variables.
//! Not here: what a variable says (`section`).

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};
use model::fault::Faults;

use super::document::Table;
use super::section::Given;
use crate::arguments::Cli;

/// How many letters a name may differ in to be what was meant.
const SLIPS_MAX: usize = 4;

/// Adds a fault for each variable that is read by nothing, with the nearest name that is.
pub(super) fn refuse_unknown(given: &Given, faults: &mut Faults) {
    if given.environment.is_empty() {
        return;
    }
    let known = known();
    for variable in given.environment.keys().filter(|variable| !known.contains(*variable)) {
        let distances = known.iter().map(|name| (strsim::damerau_levenshtein(name, variable), name));
        let nearest = distances.min().filter(|(slips, _)| *slips <= SLIPS_MAX);
        let hint = match nearest {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None => "unset it; docs/FLEET.md tells how options are named".to_owned(),
        };
        faults.add_with_hint(variable.as_str(), "is read by no option", hint);
    }
}

/// Returns every variable that some server reads.
fn known() -> BTreeSet<String> {
    // Each reader asks for all of its options, also where nothing is given.
    let (probe, nothing, mut ignored) = (Given::default(), Table::new(), Faults::new());
    super::standalone(&nothing, &probe, &mut ignored);
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    super::fleet::ask(&nothing, &probe, &mut ignored);
    let mut known = probe.asked.into_inner();
    of_flags(&Cli::command(), &mut known);
    known
}

fn of_flags(command: &Command, known: &mut BTreeSet<String>) {
    let variables = command.get_arguments().filter_map(|argument| argument.get_env());
    known.extend(variables.filter_map(|variable| variable.to_str()).map(str::to_owned));
    command.get_subcommands().for_each(|command| of_flags(command, known));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[&str]) -> Vec<String> {
        let environment = variables.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
        let mut faults = Faults::new();
        refuse_unknown(&Given { environment, ..Given::default() }, &mut faults);
        faults.as_slice().iter().map(ToString::to_string).collect()
    }

    /// Caught: a slip that is passed over, and one that is told without what was meant.
    #[test]
    fn a_variable_that_nothing_reads_is_told_with_the_nearest_that_is_read() {
        assert_eq!(
            told(&["SANDGLASS_OPT_SHELL_USRES", "SANDGLASS_OPT_LISTEN"]),
            [
                "SANDGLASS_OPT_SHELL_USRES: is read by no option\nhint: did you mean `SANDGLASS_OPT_SHELL_USERS`?"
            ]
        );
        let told = told(&["SANDGLASS_OPT_COFFEE_MACHINE_PRESSURE"]);
        assert!(told[0].contains("hint: unset it"), "{told:?}");
    }

    /// Every option that the files of a fleet show may stand in the environment too.
    #[test]
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    fn what_the_files_show_is_known() {
        let known = known();
        for file in [include_str!("../../../deploy/master.toml"), include_str!("../../../deploy/worker.toml")]
        {
            let mut section = String::new();
            for line in file.lines() {
                let line = line.trim_start_matches("# ");
                if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    section = format!("{}_", name.to_uppercase());
                }
                let Some((option, _)) = line.split_once(" = ").filter(|(name, _)| !name.contains(' ')) else {
                    continue;
                };
                let variable = format!("SANDGLASS_OPT_{section}{}", option.to_uppercase());
                assert!(known.contains(&variable), "`{variable}` is not known");
            }
        }
        assert!(known.contains("SANDGLASS_OPT_SLOTS"), "without its section too");
        assert!(known.contains("SANDGLASS_OPT_NO_DEMO"), "of flags");
    }
}
