//! What a standalone server prints once it is up: where to go, how scripts come in, what this host cannot hold.

use std::path::Path;

use anyhow::Result;

use crate::show;

/// What there is to tell.
pub(super) struct Facts<'a> {
    /// Where people reach it.
    pub(super) url: &'a str,
    pub(super) link: &'a str,
    pub(super) data: &'a Path,
    /// True when the demo jobs were saved at this start.
    pub(super) demo: bool,
    pub(super) notes: &'a [String],
}

pub(super) fn print(facts: &Facts<'_>) -> Result<()> {
    let url = facts.url;
    let token = facts.data.join("admin-token");
    let mut text = format!(
        "\nSandglass {} is up, with its data in {}\n\n  \
         open      {url}/login#{}\n            \
         (this link works once, within an hour; the token below opens the page too)\n  \
         scripts   export SANDGLASS_SERVER={url} SANDGLASS_TOKEN=$(cat {})\n",
        env!("CARGO_PKG_VERSION"),
        facts.data.display(),
        facts.link,
        token.display(),
    );
    if facts.demo {
        text.push_str("  demo      two jobs were saved: demo-shell and demo-wasm, each runs every minute\n");
    }
    if !facts.notes.is_empty() {
        text.push_str("\n  on this host:\n");
        for note in facts.notes {
            text.push_str(&format!("  - {}\n", note.replace('\n', "\n    ")));
        }
    }
    show::line(&text)
}
