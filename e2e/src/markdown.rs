//! The blocks of code on a page of the documentation, for the tests that do what the page says.

/// What says, in the line above a block, that nobody runs it, and why: `<!-- not run: REASON -->`.
pub const NOT_RUN: &str = "<!-- not run:";

/// A block between two lines of ```` ``` ````.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// The line of the text that opens it, from 1.
    pub line: usize,
    /// What stands after the first of them.
    pub language: &'a str,
    /// The lines between them, without what the opening line is indented by.
    pub text: String,
    /// Why it is not run, if the line above says so.
    pub not_run: Option<&'a str>,
}

/// Returns the blocks of a page, in its order. One that stands in a list is indented.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let (mut open, mut above) = (None, "");
    for (line, text) in (1..).zip(page.lines()) {
        let inner = text.trim_start();
        match (inner.strip_prefix("```"), open) {
            (Some(language), None) => {
                open = Some(text.len() - inner.len());
                let not_run = above.trim().strip_prefix(NOT_RUN).and_then(|rest| rest.strip_suffix("-->"));
                let not_run = not_run.map(str::trim);
                blocks.push(Block { line, language, text: String::new(), not_run });
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(indent)) => {
                let block = blocks.last_mut().expect("a block was opened");
                block.text.push_str(text.get(indent..).unwrap_or(inner));
                block.text.push('\n');
            }
            (None, None) => {}
        }
        above = text;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_knows_its_line_its_indent_and_why_it_is_not_run() {
        let page = "# A\n\n```sh\none\n  two\n```\n\n* in a list:\n\n  <!-- not run: as root only -->\n  ```sh\n  if so\n    \
            three\n\n  ```\n";
        let read = blocks(page);
        let told: Vec<_> = read.iter().map(|b| (b.line, b.language, b.text.as_str(), b.not_run)).collect();
        assert_eq!(
            told,
            [(3, "sh", "one\n  two\n", None), (11, "sh", "if so\n  three\n\n", Some("as root only"))]
        );
    }
}
