//! Turns a CSV file into a Markdown report: its rows as a table, and sum and mean of each column of numbers.
//!
//! `report FILE` prints the report; `report FILE OUT` writes it to a file. `-` as `FILE` is standard input.
//! The reading of CSV stands in `csv`, the writing of Markdown in `markdown`.

mod csv;
mod markdown;

use std::fs;
use std::io::{self, Read as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (input, output) = match args.as_slice() {
        [input] => (input, None),
        [input, output] => (input, Some(output)),
        _ => {
            eprintln!("usage: report FILE [OUT]\nhint: `-` reads the job's `stdin`");
            return ExitCode::from(2);
        }
    };
    match report(input, output.map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn report(input: &str, output: Option<&str>) -> Result<(), String> {
    let text = read(input).map_err(|e| format!("failed to read `{input}`: {e}"))?;
    let table = csv::parse(&text).map_err(|e| format!("`{input}`: {e}"))?;
    let title = if input == "-" { "Report".to_owned() } else { format!("Report on {input}") };
    let report = markdown::report(&title, &table);
    match output {
        None => print!("{report}"),
        Some(path) => {
            fs::write(path, &report).map_err(|e| format!("failed to write `{path}`: {e}"))?;
            println!("{} rows written to {path}", table.rows.len());
        }
    }
    Ok(())
}

fn read(input: &str) -> io::Result<String> {
    if input == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(input)
}
