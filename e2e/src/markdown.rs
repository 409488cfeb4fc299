//! The blocks of code on a page of the documentation, for the tests that do what the page says.

/// A block between two lines of ```` ``` ````.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands after the first of them.
    pub language: &'a str,
    /// The lines between them.
    pub text: String,
}

/// Returns the blocks of a page, in its order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(language), false) => blocks.push(Block { language, text: String::new() }),
            (Some(_), true) => {}
            (None, true) => {
                let block = blocks.last_mut().expect("a block was opened");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
        inside ^= line.starts_with("```");
    }
    blocks
}
