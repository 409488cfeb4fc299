//! Writes a table as a Markdown report.

use std::fmt::Write as _;

use crate::csv::Table;

/// Rows shown; the sums are over all.
const ROWS_SHOWN: usize = 100;

/// Returns the report: a title, the numbers of each column that has only numbers, the rows.
pub fn report(title: &str, table: &Table) -> String {
    let mut text = format!("# {title}\n\n{} rows, {} columns\n\n", table.rows.len(), table.header.len());
    numbers(&mut text, table);
    line(&mut text, &table.header);
    line(&mut text, &vec!["---".to_owned(); table.header.len()]);
    for row in table.rows.iter().take(ROWS_SHOWN) {
        line(&mut text, row);
    }
    if table.rows.len() > ROWS_SHOWN {
        let _ = writeln!(text, "\n… and {} more rows", table.rows.len() - ROWS_SHOWN);
    }
    text
}

fn numbers(text: &mut String, table: &Table) {
    for (column, name) in table.header.iter().enumerate() {
        let values: Option<Vec<f64>> = table.rows.iter().map(|row| row[column].trim().parse().ok()).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else { continue };
        let sum: f64 = values.iter().sum();
        let mean = sum / values.len() as f64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let _ = writeln!(text, "* **{}**: sum {sum}, mean {mean:.2}, from {least} to {most}", escaped(name));
    }
    text.push('\n');
}

fn line(text: &mut String, fields: &[String]) {
    let fields: Vec<_> = fields.iter().map(|field| escaped(field)).collect();
    let _ = writeln!(text, "| {} |", fields.join(" | "));
}

/// Returns a field as it may stand in a cell.
fn escaped(field: &str) -> String {
    field.replace('\\', "\\\\").replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv;

    #[test]
    fn a_report_has_numbers_and_rows() {
        let table = csv::parse("who,sold\nAda,2\nBob|by,4.5\n").expect("the text is CSV");
        let expected = "# T\n\n2 rows, 2 columns\n\n* **sold**: sum 6.5, mean 3.25, from 2 to 4.5\n\n\
            | who | sold |\n| --- | --- |\n| Ada | 2 |\n| Bob\\|by | 4.5 |\n";
        assert_eq!(report("T", &table), expected);
    }
}
