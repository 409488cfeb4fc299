//! Cuts a command line into simple commands and their words, as a shell would before it expands anything: quotes, escapes,
//! redirections, what separates commands.

/// The simple commands of a line.
#[derive(Default)]
pub(super) struct Words {
    pub(super) commands: Vec<Vec<String>>,
    pub(super) background: bool,
    /// Command lines within double quotes: `"$(…)"`, `` "`…`" ``.
    pub(super) inner: Vec<String>,
}

/// Cuts a line.
pub(super) fn words(line: &str) -> Words {
    let mut cut = Cut { found: Words::default(), command: Vec::new(), word: None, skip_next: false };
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => cut.quoted(&letters.by_ref().take_while(|letter| *letter != '\'').collect::<String>()),
            '"' => {
                let text = double_quoted(&mut letters);
                cut.found.inner.extend(inner(&text));
                cut.quoted(&text);
            }
            '\\' => cut.quoted(&letters.next().map(String::from).unwrap_or_default()),
            ' ' | '\t' => cut.end_word(),
            '#' if cut.word.is_none() => {
                letters.by_ref().take_while(|letter| *letter != '\n').for_each(drop);
                cut.end_command();
            }
            '>' | '<' => {
                // The number of the file, and what it is sent to, are no words of the command.
                cut.word = cut.word.filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
                cut.end_word();
                while letters.next_if(|letter| ['>', '<', '&', '|'].contains(letter)).is_some() {}
                cut.skip_next = true;
            }
            '&' => match letters.peek() {
                Some('&') => {
                    letters.next();
                    cut.end_command();
                }
                Some('>') => cut.end_word(),
                _ => {
                    cut.found.background = true;
                    cut.end_command();
                }
            },
            ';' | '|' | '(' | ')' | '`' | '\n' => cut.end_command(),
            '$' if letters.peek() == Some(&'(') => cut.end_command(),
            other => cut.word.get_or_insert_default().push(other),
        }
    }
    cut.end_command();
    cut.found
}

struct Cut {
    found: Words,
    command: Vec<String>,
    word: Option<String>,
    skip_next: bool,
}

impl Cut {
    fn quoted(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if !std::mem::take(&mut self.skip_next) {
            self.command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.skip_next = false;
        if !self.command.is_empty() {
            self.found.commands.push(std::mem::take(&mut self.command));
        }
    }
}

fn double_quoted(letters: &mut impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    text
}

/// Returns what stands between `$(` and the last `)`, and between back quotes.
fn inner(text: &str) -> Vec<String> {
    let substituted =
        text.split_once("$(").map(|(_, rest)| rest.rsplit_once(')').map_or(rest, |(rest, _)| rest));
    let ticks = text.split('`').skip(1).step_by(2);
    substituted.into_iter().chain(ticks).map(str::to_owned).collect()
}
