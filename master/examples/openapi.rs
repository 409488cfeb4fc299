//! Prints the OpenAPI document: `cargo run -p master --example openapi > master/openapi.json`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(master::document_text().as_bytes())
}
