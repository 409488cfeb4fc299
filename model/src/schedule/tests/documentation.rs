//! The words in `docs/SCHEDULES.md` are those that the code says.

use super::*;
use crate::language::Language;

const PAGE: &str = include_str!("../../../../docs/SCHEDULES.md");

/// Goal: no example of the page is wrong. Method: each row of the table of examples against the words of its text.
#[test]
fn each_example_of_the_documentation_says_what_the_code_says() {
    let mut rows = 0;
    let table = PAGE.lines().skip_while(|line| !line.starts_with("| text | English |")).skip(2);
    for row in table.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let text = cells[0].trim_matches('`');
        let schedule = utc(text);
        let words = Language::ALL.map(|language| schedule.in_words(language));
        assert_eq!(row, format!("| `{text}` | {} |", words.join(" | ")));
        rows += 1;
    }
    assert!(rows > 20, "{rows} rows");
}
