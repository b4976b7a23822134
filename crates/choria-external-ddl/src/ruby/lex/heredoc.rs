//! Heredocs: texts that stand below the line which wants them.

use super::super::token::Kind;
use super::super::{Read, RubyError};
use super::Lexer;
use super::quoted::Quoted;
use crate::json::Place;

/// How a heredoc is written.
struct Heredoc {
    at: Place,
    /// What its last line says.
    word: String,
    /// `<<-` and `<<~`: the last line may be indented.
    indented: bool,
    /// `<<~`: what all lines are indented by is taken away.
    dedent: bool,
    /// `<<'WORD'`: without escapes and `#{..}`.
    raw: bool,
}

impl Lexer<'_> {
    /// `<<WORD`, and what stands below.
    pub(super) fn heredoc(&mut self, depth: usize) -> Read<Kind> {
        let at = self.chars.place;
        self.chars.next();
        self.chars.next();
        let dedent = self.chars.take('~');
        let indented = dedent || self.chars.take('-');
        let quote = self.chars.peek().filter(|c| matches!(c, '\'' | '"'));
        let word = match quote {
            Some(quote) => {
                self.chars.next();
                let word = self.chars.while_some(|c| c != quote);
                if self.chars.take(quote) { word } else { "" }
            }
            None => self.name(),
        };
        if word.is_empty() {
            let what = "expected the word that ends the string after <<, such as <<~TEXT";
            return Err(RubyError::new(at, what));
        }
        if depth > 0 {
            let what = "a heredoc within `#{..}` is not understood: write the string in quotes";
            return Err(RubyError::new(at, what));
        }
        let heredoc = Heredoc {
            at,
            word: word.to_owned(),
            indented,
            dedent,
            raw: quote == Some('\''),
        };
        let here = self.chars.go_below();
        let lines = self.lines(&heredoc)?;
        self.chars.back(here);
        let margin = lines
            .iter()
            .filter_map(|line| line.width)
            .min()
            // Where all lines are blank, Ruby takes all blanks away.
            .unwrap_or(usize::MAX);
        let mut whole = Quoted::default();
        for line in lines {
            whole.push_text(without(&line.indent, margin));
            whole.append(at, line.text)?;
        }
        Ok(Kind::Text(whole.parts(at)?))
    }

    fn lines(&mut self, heredoc: &Heredoc) -> Read<Vec<Line>> {
        let mut lines = Vec::new();
        loop {
            let there = self.chars.line();
            let there = if heredoc.indented {
                there.trim_ascii_start()
            } else {
                there
            };
            if there == heredoc.word {
                self.chars.skip_line();
                return Ok(lines);
            }
            if self.chars.rest.is_empty() {
                let what = format!(
                    "this string has no last line that says {} only",
                    heredoc.word
                );
                return Err(RubyError::new(heredoc.at, what));
            }
            lines.push(self.line(heredoc)?);
        }
    }

    /// A line, or several that backslashes or `#{..}` join.
    fn line(&mut self, heredoc: &Heredoc) -> Read<Line> {
        let mut line = Line {
            indent: String::new(),
            width: None,
            text: Quoted::default(),
        };
        if heredoc.dedent {
            self.chars
                .while_some(|c| matches!(c, ' ' | '\t'))
                .clone_into(&mut line.indent);
            line.width = (!self.chars.is_line_end()).then(|| columns(&line.indent));
        }
        loop {
            match self.chars.peek() {
                None => return Ok(line),
                Some('\n') => {
                    self.chars.next();
                    line.text.push('\n');
                    return Ok(line);
                }
                Some('\\') if heredoc.dedent && !heredoc.raw && ends_line(self.chars.rest) => {
                    let what = "a backslash at the end of a line of <<~ is not understood: write the line in one";
                    return Err(RubyError::new(self.chars.place, what));
                }
                Some(_) => {
                    let at = self.chars.place;
                    self.part(&mut line.text, heredoc.raw, 0)?;
                    // Ruby then loses count of the blanks that it takes away.
                    if heredoc.dedent && self.chars.place.line != at.line {
                        let what = "a line break in `#{..}` within <<~ is not understood: write it in one line";
                        return Err(RubyError::new(at, what));
                    }
                }
            }
        }
    }
}

/// A line of a heredoc, for `<<~` with its indentation on its own.
struct Line {
    indent: String,
    /// How wide the indentation is; of blank lines it does not count.
    width: Option<usize>,
    text: Quoted,
}

fn ends_line(rest: &str) -> bool {
    rest.starts_with("\\\n") || rest.starts_with("\\\r\n")
}

/// The column behind a blank. A tab goes to the next multiple of 8.
fn after(column: usize, blank: char) -> usize {
    if blank == '\t' {
        (column / 8 + 1) * 8
    } else {
        column + 1
    }
}

fn columns(indent: &str) -> usize {
    indent.chars().fold(0, after)
}

/// The indentation without its first columns. A tab that reaches further stays.
fn without(indent: &str, margin: usize) -> &str {
    let mut column = 0;
    for (at, blank) in indent.char_indices() {
        column = after(column, blank);
        if column > margin {
            return &indent[at..];
        }
    }
    ""
}
