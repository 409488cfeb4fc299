//! How answers look: tables for people, JSON and YAML for programs.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use comfy_table::{Cell, Color, ContentArrangement, Table, presets};
use model::run::RunStatus;
use model::time::Timestamp;
use serde::Serialize;

use crate::arguments::{ClientOptions, Format};
use crate::host;

impl ClientOptions {
    /// Returns the format that was asked for.
    pub(crate) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Prints a value: as the table that `rows` makes of it, or whole.
pub(crate) fn value<T: Serialize>(format: Format, value: &T, table: impl FnOnce(&T) -> Table) -> Result<()> {
    let text = match format {
        Format::Table => {
            let table = table(value);
            // Cells are padded; a line should not end in blanks.
            table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
        }
        Format::Json => serde_json::to_string_pretty(value).context("the answer as JSON")? + "\n",
        Format::Yaml => serde_saphyr::to_string(value).context("the answer as YAML")?,
    };
    line(text.trim_end_matches('\n'))
}

/// Prints one text and an end of line.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Returns an empty table with a head, as wide as the terminal at most.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head.to_vec());
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// How a word of a table is to be taken: shown by its colour on a terminal, and by nothing else anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Somebody should look.
    Bad,
    /// Held back, or on its way.
    Between,
    /// Neither.
    Plain,
}

impl Tone {
    /// Returns how the status of a run is to be taken.
    pub(crate) fn of(status: RunStatus) -> Self {
        match status {
            RunStatus::Succeeded => Self::Good,
            RunStatus::Claimed | RunStatus::Running | RunStatus::Waiting | RunStatus::Retrying => {
                Self::Between
            }
            RunStatus::Skipped => Self::Plain,
            _ => Self::Bad,
        }
    }

    fn paint(self, cell: Cell) -> Cell {
        // What people set who want none, whatever its value (no-color.org).
        let colour = match self {
            _ if host::environment("NO_COLOR").is_some() => return cell,
            Self::Good => Color::Green,
            Self::Bad => Color::Red,
            Self::Between => Color::Yellow,
            Self::Plain => return cell,
        };
        cell.fg(colour)
    }
}

/// Returns a row whose cell `at` has this tone.
pub(crate) fn row(cells: impl IntoIterator<Item = String>, at: usize, tone: Tone) -> Vec<Cell> {
    let paint = |(n, text)| if n == at { tone.paint(Cell::new(text)) } else { Cell::new(text) };
    cells.into_iter().enumerate().map(paint).collect()
}

/// Returns a table of facts about one thing, a line each.
pub(crate) fn facts(rows: Vec<(&str, String)>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([name.to_owned(), value]);
    }
    table
}

/// Returns an instant, or a dash.
pub(crate) fn instant(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_shown_on_a_terminal_and_nowhere_else() {
        let made = || {
            let mut table = table(&["RUN", "STATUS"]);
            table.add_row(row(["a".to_owned(), "failed".to_owned()], 1, Tone::of(RunStatus::Failed)));
            table
        };
        assert!(!made().force_no_tty().to_string().contains('\u{1b}'));
        let coloured = made().enforce_styling().to_string();
        assert!(coloured.contains("\u{1b}[") && coloured.contains("failed"), "{coloured:?}");
    }
}
