//! Text to tokens.

mod chars;
mod heredoc;
mod quoted;

use super::token::{Kind, Token};
use super::{Read, RubyError};
use chars::Chars;

/// `#{..}` within `#{..}`, so that no text can exhaust the stack.
const DEEPEST: usize = 8;

const MARKS: [&str; 20] = [
    "=>", "==", "!=", "&&", "||", "=", "!", ",", "(", ")", "[", "]", "{", "}", "|", ".", "*", "+",
    ";", "::",
];

/// All tokens, the last of them [`Kind::End`].
pub(super) fn tokens(text: &str) -> Read<Vec<Token>> {
    let mut lexer = Lexer {
        chars: Chars::of(text.strip_prefix('\u{feff}').unwrap_or(text)),
    };
    lexer.tokens(0)
}

struct Lexer<'a> {
    chars: Chars<'a>,
}

impl<'a> Lexer<'a> {
    /// Up to the end of the text; within `#{`, up to its `}`.
    fn tokens(&mut self, depth: usize) -> Read<Vec<Token>> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut braces = 0_usize;
        loop {
            let spaced = self.blanks()?;
            let at = self.chars.place;
            let before = tokens.last().map(|token| &token.kind);
            let kind = match self.chars.peek() {
                None if depth > 0 => return Err(RubyError::new(at, "a `#{` has no `}`")),
                Some('}') if depth > 0 && braces == 0 => {
                    self.chars.next();
                    Kind::End
                }
                _ if at.column == 1 && depth == 0 && self.chars.line() == "__END__" => Kind::End,
                None => Kind::End,
                Some(c) => {
                    let begins = |ahead| begins_value(before, spaced, self.chars.peek_at(ahead));
                    match c {
                        '/' if begins(1) => {
                            self.chars.next();
                            self.regex(at, '/', None)?
                        }
                        '%' if begins(1) => self.percent(depth)?,
                        '<' if self.chars.rest.starts_with("<<") && begins(2) => {
                            self.heredoc(depth)?
                        }
                        '-' if begins(1)
                            && self.chars.peek_at(1).is_some_and(|c| c.is_ascii_digit()) =>
                        {
                            self.number()?
                        }
                        _ => self.token(c, depth)?,
                    }
                }
            };
            match kind {
                Kind::Mark("{") => braces += 1,
                Kind::Mark("}") => braces = braces.saturating_sub(1),
                _ => {}
            }
            let is_last = matches!(kind, Kind::End);
            tokens.push(Token { at, spaced, kind });
            if is_last {
                return Ok(tokens);
            }
        }
    }

    /// Steps over blanks, comments, and line ends behind a backslash; whether
    /// there were any.
    fn blanks(&mut self) -> Read<bool> {
        let before = self.chars.rest.len();
        loop {
            self.chars.while_some(|c| matches!(c, ' ' | '\t'));
            let rest = self.chars.rest;
            if rest.starts_with('#') {
                // The end of the line stays.
                let comment = self.chars.line().len();
                self.chars.while_some(|_| true);
                self.chars.rest = &rest[comment..];
            } else if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
                self.chars.skip_line();
            } else if self.chars.place.column == 1 && is_fence(rest, "=begin") {
                self.comment()?;
            } else {
                return Ok(self.chars.rest.len() != before);
            }
        }
    }

    /// `=begin` to `=end`
    fn comment(&mut self) -> Read<()> {
        let at = self.chars.place;
        while !is_fence(self.chars.rest, "=end") {
            if !self.chars.skip_line() {
                let what =
                    "this `=begin` has no `=end`: write it at the start of a line of its own";
                return Err(RubyError::new(at, what));
            }
        }
        self.chars.skip_line();
        Ok(())
    }

    fn token(&mut self, c: char, depth: usize) -> Read<Kind> {
        match c {
            '\n' => {
                self.chars.next();
                Ok(Kind::Newline)
            }
            '\r' if self.chars.is_line_end() => {
                self.chars.skip_line();
                Ok(Kind::Newline)
            }
            '\'' | '"' => self.label_or_text(depth),
            ':' if self.chars.peek_at(1) != Some(':') => self.symbol(depth),
            '0'..='9' => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => Ok(self.word()),
            _ => self.mark(c),
        }
    }

    fn mark(&mut self, c: char) -> Read<Kind> {
        let known = MARKS
            .iter()
            .find(|mark| self.chars.rest.starts_with(**mark));
        let Some(mark) = known else {
            return Err(RubyError::new(self.chars.place, not_understood(c)));
        };
        for _ in mark.chars() {
            self.chars.next();
        }
        Ok(Kind::Mark(mark))
    }

    fn name(&mut self) -> &'a str {
        self.chars
            .while_some(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// A name or keyword; a method's can end with `?`.
    fn word(&mut self) -> Kind {
        let mut name = self.name().to_owned();
        if self.chars.peek() == Some('?') && self.chars.peek_at(1) != Some('=') {
            name.extend(self.chars.next());
        }
        if self.takes_colon() {
            return Kind::Label(name);
        }
        Kind::Word(name)
    }

    /// The `:` that makes a key of what stands before.
    fn takes_colon(&mut self) -> bool {
        self.chars.peek_at(1) != Some(':') && self.chars.take(':')
    }

    fn number(&mut self) -> Read<Kind> {
        let at = self.chars.place;
        let mut number = String::new();
        if self.chars.take('-') {
            number.push('-');
        }
        let digits = |c: char| c.is_ascii_digit() || c == '_';
        let whole = self.chars.while_some(digits);
        let mut is_fine = whole == "0" || !whole.starts_with('0');
        number += whole;
        if self.chars.peek() == Some('.')
            && self.chars.peek_at(1).is_some_and(|c| c.is_ascii_digit())
        {
            self.chars.next();
            number.push('.');
            number += self.chars.while_some(digits);
        }
        if let Some(letter @ ('e' | 'E')) = self.chars.peek() {
            self.chars.next();
            number.push(letter);
            if let Some(sign @ ('+' | '-')) = self.chars.peek() {
                self.chars.next();
                number.push(sign);
            }
            let exponent = self.chars.while_some(digits);
            is_fine &= !exponent.is_empty();
            number += exponent;
        }
        is_fine &= !number.contains("__")
            && !number.ends_with('_')
            && !number.contains("_.")
            && !number.contains("._");
        is_fine &= !self
            .chars
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        number.retain(|c| c != '_');
        if !is_fine || number.parse::<f64>().is_ok_and(f64::is_infinite) {
            let what = "expected a decimal number, such as 10 or 1.5";
            return Err(RubyError::new(at, what));
        }
        Ok(Kind::Number(number))
    }
}

/// Whether a line starts with one of the words around a long comment.
fn is_fence(rest: &str, fence: &str) -> bool {
    rest.strip_prefix(fence).is_some_and(|behind| {
        behind.is_empty() || behind.starts_with(|c: char| c.is_ascii_whitespace())
    })
}

/// Whether a value can begin behind a token, so that `/`, `%`, `<<` and `-` are
/// its first sign and no operator. Behind a word Ruby goes by the blanks.
fn begins_value(before: Option<&Kind>, spaced: bool, next: Option<char>) -> bool {
    match before {
        None | Some(Kind::Newline | Kind::Label(_)) => true,
        Some(Kind::Mark(mark)) => !matches!(*mark, ")" | "]" | "}"),
        Some(Kind::Word(word)) => match word.as_str() {
            "if" | "unless" | "elsif" | "else" | "then" | "do" | "and" | "or" | "not" => true,
            "end" => false,
            _ => spaced && next.is_some_and(|next| !next.is_whitespace()),
        },
        _ => false,
    }
}

/// What to do about a sign that starts nothing here.
fn not_understood(c: char) -> String {
    let remedy = match c {
        '`' => "no command is run here: write the string in quotes",
        '$' | '@' => {
            "variables of Ruby are not read: give the value a name by `name = value`, or write it itself"
        }
        '?' => "a choice is written with if, else and end",
        '\\' => "a backslash joins two lines, and stands at the very end of the first",
        '\r' => "lines end with \\n or \\r\\n: save the file with such line ends",
        '&' => "write `each do |x|` and its block in full, and && between conditions",
        '-' | '/' | '%' | '<' | '>' | '^' | '~' => {
            "of operators there are +, *, ==, !=, !, && and ||: write the result of any other"
        }
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' | '\u{b4}' => {
            "it is no quote to Ruby: write ' or \""
        }
        '\u{a0}' | '\u{2003}' | '\u{200b}' | '\u{3000}' => {
            "it is no blank to Ruby: write a plain one"
        }
        _ => {
            "outside of quotes there are plain letters, digits and signs only: write a string in quotes"
        }
    };
    format!("{c:?} is not understood here: {remedy}")
}
