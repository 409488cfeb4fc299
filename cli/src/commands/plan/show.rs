//! A plan as people read it: what differs, field by field, and how many do not.

use anyhow::Result;
use comfy_table::Table;
use model::revision::FieldChange;
use serde_json::Value;

use super::{Action, Done, Plan, Step};
use crate::arguments::Format;
use crate::show;

/// Prints a plan, or what came of it.
pub(in crate::commands) fn show(plan: &Plan, format: Format) -> Result<()> {
    match format {
        Format::Table => show::line(&told(plan)),
        Format::Json | Format::Yaml => show::value(format, plan, |_| Table::new()),
    }
}

fn told(plan: &Plan) -> String {
    let mut lines: Vec<String> =
        plan.steps.iter().filter(|step| step.action != Action::Unchanged).map(step_told).collect();
    let carried_out = plan.steps.iter().any(|step| step.result.is_some());
    let result = |done: Done| plan.steps.iter().filter(|step| step.result == Some(done.clone())).count();
    let count = |action: Action, done: Done| if carried_out { result(done) } else { plan.count(action) };
    let words = if carried_out {
        ["created", "changed", "deleted", "unchanged"]
    } else {
        ["to create", "to change", "to delete", "unchanged"]
    };
    let counts = [
        count(Action::Create, Done::Created),
        count(Action::Change, Done::Changed),
        count(Action::Delete, Done::Deleted),
        count(Action::Unchanged, Done::Unchanged),
    ];
    let mut summary: Vec<String> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let failed = result(Done::Failed);
    if failed > 0 {
        summary.push(format!("{failed} failed"));
    }
    lines.push(summary.join(", "));
    lines.join("\n")
}

fn step_told(step: &Step) -> String {
    let sign = match step.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Delete => '-',
        Action::Unchanged => ' ',
    };
    let place = step.place.as_deref().unwrap_or("in none of the files");
    let mut lines = vec![format!("{sign} {} ({place})", step.job)];
    lines.extend(step.changes.iter().map(|change| indented(&change_told(change))));
    lines.extend(step.error.iter().map(|error| indented(&format!("failed: {error}"))));
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn change_told(FieldChange { path, before, after }: &FieldChange) -> String {
    match (before, after) {
        (None, None) => format!("{path}: another value, which is not shown"),
        (Some(Value::String(before)), Some(Value::String(after)))
            if before.contains('\n') || after.contains('\n') =>
        {
            format!("{path}:\n{}", lines_told(before, after))
        }
        _ => format!("{path}: {} → {}", shown(before.as_ref()), shown(after.as_ref())),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(none)".to_owned(), Value::to_string)
}

/// Returns what differs between two texts: the lines between the first and the last that they do not share.
fn lines_told(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[first..], &new[first..]);
    let last = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - last], &new[..new.len() - last]);
    let line = |sign: char| move |(at, text): (usize, &&str)| format!("{sign} {:>3}  {text}", first + at + 1);
    old.iter()
        .enumerate()
        .map(line('-'))
        .chain(new.iter().enumerate().map(line('+')))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_told_by_what_differs() {
        let change = |path: &str, before: Value, after: Value| {
            change_told(&FieldChange { path: path.to_owned(), before: Some(before), after: Some(after) })
        };
        assert_eq!(
            change("schedule", json!("@daily"), json!("@hourly")),
            "schedule: \"@daily\" → \"@hourly\""
        );
        let (old, new) = (json!("set -e\na\nb\nc\n"), json!("set -e\na\nx\ny\nc\n"));
        assert_eq!(change("shell.script", old, new), "shell.script:\n-   3  b\n+   3  x\n+   4  y");
        let hidden = FieldChange { path: "shell.env.K".to_owned(), before: None, after: None };
        assert_eq!(change_told(&hidden), "shell.env.K: another value, which is not shown");
    }
}
