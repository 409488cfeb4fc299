//! Reads CSV as RFC 4180 has it: commas, quotes, quotes doubled inside quotes, line breaks inside quotes.

/// A table whose rows all have as many fields as its header.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Reads a table.
///
/// # Errors
/// A sentence that names the row: an empty file, a quote that is never closed, a row of another length.
pub fn parse(text: &str) -> Result<Table, String> {
    let mut rows = rows(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let header = rows.next().ok_or("the file is empty; it needs a header row")?;
    let rows: Vec<_> = rows.collect();
    for (number, row) in rows.iter().enumerate() {
        if row.len() != header.len() {
            // Counted as people do: the header is row 1.
            return Err(format!(
                "row {} has {} fields, the header has {}",
                number + 2,
                row.len(),
                header.len()
            ));
        }
    }
    Ok(Table { header, rows })
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            _ if quoted => field.push(letter),
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(letter),
        }
    }
    if quoted {
        return Err(format!("row {} has a quote that is never closed", rows.len() + 1));
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.as_slice() != [""]);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        rows(text).expect("the text is CSV")
    }

    #[test]
    fn quotes_hold_commas_quotes_and_line_breaks() {
        assert_eq!(fields("a,\"b, c\"\r\n\"d \"\"e\"\"\",\"f\ng\"\n"), [["a", "b, c"], ["d \"e\"", "f\ng"]]);
        assert_eq!(fields("a,,\n\n1,2,3"), [["a", "", ""], ["1", "2", "3"]]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_row() {
        assert!(parse("").is_err_and(|e| e.contains("empty")));
        assert!(parse("a,b\n1,2\n3\n").is_err_and(|e| e.contains("row 3 has 1 fields")));
        assert!(parse("a\n\"b").is_err_and(|e| e.contains("row 2 has a quote")));
    }
}
