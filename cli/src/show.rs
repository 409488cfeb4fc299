//! How answers look: tables for people, JSON and YAML for programs.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use comfy_table::{ContentArrangement, Table, presets};
use model::time::Timestamp;
use serde::Serialize;

use crate::arguments::{ClientOptions, Format};

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
