//! Text to tokens.

use super::{RubyError, text};
use crate::json::Place;

/// `#{..}` within `#{..}`, so that no text can exhaust the stack.
const DEEPEST: usize = 8;

/// One token and its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) at: Place,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word(String),
    /// `name:` or `"name":`, a key of a hash.
    Label(String),
    Symbol(String),
    Text(Vec<Part>),
    /// As JSON would have it.
    Number(String),
    Regex(String),
    Mark(&'static str),
    Newline,
    End,
}

/// A part of a text in double quotes.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Plain(String),
    /// What stands in `#{..}`.
    Code(Vec<Token>),
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Plain(one), Self::Plain(other)) if one == other)
    }
}

impl Kind {
    /// For messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Label(name) => format!("`{name}:`"),
            Self::Symbol(name) => format!("`:{name}`"),
            Self::Text(_) => "a text".into(),
            Self::Number(number) => format!("`{number}`"),
            Self::Regex(_) => "a regular expression".into(),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::Newline => "the end of the line".into(),
            Self::End => "the end of the text".into(),
        }
    }
}

const MARKS: [&str; 15] = [
    "=>", "==", "!=", ",", "(", ")", "[", "]", "{", "}", "|", ".", "*", ";", "::",
];

/// All tokens, the last of them [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, RubyError> {
    let mut lexer = Lexer {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        place: Place { line: 1, column: 1 },
    };
    lexer.tokens(0)
}

struct Lexer<'a> {
    rest: &'a str,
    place: Place,
}

type Lexed<T> = Result<T, RubyError>;

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        if c == '\n' {
            self.place.line += 1;
            self.place.column = 1;
        } else {
            self.place.column += 1;
        }
        Some(c)
    }

    fn take(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.next();
        }
        there
    }

    fn while_some(&mut self, of_kind: impl Fn(char) -> bool) -> &'a str {
        let all = self.rest;
        while self.peek().is_some_and(&of_kind) {
            self.next();
        }
        &all[..all.len() - self.rest.len()]
    }

    /// Up to the end of the text; within `#{`, up to its `}`.
    fn tokens(&mut self, depth: usize) -> Lexed<Vec<Token>> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut braces = 0_usize;
        loop {
            self.while_some(|c| matches!(c, ' ' | '\t'));
            if self.peek() == Some('#') {
                self.while_some(|c| c != '\n');
            }
            let at = self.place;
            let kind = match self.peek() {
                Some('}') if depth > 0 && braces == 0 => {
                    self.next();
                    tokens.push(Token {
                        at,
                        kind: Kind::End,
                    });
                    return Ok(tokens);
                }
                Some('/') if is_before_regex(tokens.last()) => self.regex()?,
                Some('-')
                    if self.second().is_some_and(|c| c.is_ascii_digit())
                        && !is_value(tokens.last()) =>
                {
                    self.number()?
                }
                _ => self.token(depth)?,
            };
            match kind {
                Kind::Mark("{") => braces += 1,
                Kind::Mark("}") => braces = braces.saturating_sub(1),
                _ => {}
            }
            let is_last = kind == Kind::End;
            tokens.push(Token { at, kind });
            if is_last {
                return Ok(tokens);
            }
        }
    }

    fn token(&mut self, depth: usize) -> Lexed<Kind> {
        let at = self.place;
        let Some(c) = self.peek() else {
            return match depth {
                0 => Ok(Kind::End),
                _ => Err(RubyError::new(at, "a `#{` has no `}`")),
            };
        };
        match c {
            '\n' => {
                self.next();
                Ok(Kind::Newline)
            }
            '\r' if self.second() == Some('\n') => {
                self.next();
                self.next();
                Ok(Kind::Newline)
            }
            '\'' => {
                let parts = self.single_quoted()?;
                Ok(self.label_or_text(parts))
            }
            '"' => {
                let parts = self.double_quoted(depth)?;
                Ok(self.label_or_text(parts))
            }
            ':' if self.second() != Some(':') => self.symbol(depth),
            '0'..='9' => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => Ok(self.word()),
            _ => self.mark(),
        }
    }

    fn mark(&mut self) -> Lexed<Kind> {
        let known = MARKS.iter().find(|mark| self.rest.starts_with(**mark));
        let Some(mark) = known else {
            let c = self.peek().unwrap_or_default();
            return Err(RubyError::new(
                self.place,
                format!(
                    "{c:?} is not understood here: wanted a word, a text in ' or \", a symbol, a number, or one of {}",
                    MARKS.join(" ")
                ),
            ));
        };
        for _ in mark.chars() {
            self.next();
        }
        Ok(Kind::Mark(mark))
    }

    fn name(&mut self) -> &'a str {
        self.while_some(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn word(&mut self) -> Kind {
        let name = self.name().to_owned();
        if self.peek() == Some(':') && self.second() != Some(':') {
            self.next();
            return Kind::Label(name);
        }
        Kind::Word(name)
    }

    /// `"a": 1` is as good as `a: 1`.
    fn label_or_text(&mut self, parts: Vec<Part>) -> Kind {
        match &parts[..] {
            [Part::Plain(name)] if self.peek() == Some(':') && self.second() != Some(':') => {
                self.next();
                Kind::Label(name.clone())
            }
            _ => Kind::Text(parts),
        }
    }

    fn symbol(&mut self, depth: usize) -> Lexed<Kind> {
        let at = self.place;
        self.next();
        let parts = match self.peek() {
            Some('"') => self.double_quoted(depth)?,
            Some('\'') => self.single_quoted()?,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                return Ok(Kind::Symbol(self.name().to_owned()));
            }
            _ => return Err(RubyError::new(at, "wanted a name after `:`")),
        };
        match &parts[..] {
            [Part::Plain(name)] => Ok(Kind::Symbol(name.clone())),
            _ => Err(RubyError::new(
                at,
                "a symbol with `#{..}` is not understood: write its name",
            )),
        }
    }

    fn number(&mut self) -> Lexed<Kind> {
        let at = self.place;
        let mut number = String::new();
        if self.take('-') {
            number.push('-');
        }
        let digits = |c: char| c.is_ascii_digit() || c == '_';
        let whole = self.while_some(digits);
        let mut is_fine = whole == "0" || !whole.starts_with('0');
        number += whole;
        if self.peek() == Some('.') && self.second().is_some_and(|c| c.is_ascii_digit()) {
            self.next();
            number.push('.');
            number += self.while_some(digits);
        }
        if let Some(letter @ ('e' | 'E')) = self.peek() {
            self.next();
            number.push(letter);
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.next();
                number.push(sign);
            }
            let exponent = self.while_some(digits);
            is_fine &= !exponent.is_empty();
            number += exponent;
        }
        is_fine &= !number.contains("__")
            && !number.ends_with('_')
            && !number.contains("_.")
            && !number.contains("._");
        is_fine &= !self
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        number.retain(|c| c != '_');
        if !is_fine || number.parse::<f64>().is_ok_and(f64::is_infinite) {
            return Err(RubyError::new(
                at,
                "wanted a decimal number, such as 10 or 1.5",
            ));
        }
        Ok(Kind::Number(number))
    }

    fn regex(&mut self) -> Lexed<Kind> {
        let at = self.place;
        self.next();
        let pattern = self
            .while_some(|c| !matches!(c, '/' | '\\' | '\n'))
            .to_owned();
        if !self.take('/') || self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            return Err(RubyError::new(at, text::WANTED_PATTERN));
        }
        Ok(Kind::Regex(pattern))
    }

    fn single_quoted(&mut self) -> Lexed<Vec<Part>> {
        let at = self.place;
        self.next();
        let mut read = String::new();
        loop {
            match self.next() {
                None => return Err(RubyError::new(at, "this text has no closing '")),
                Some('\'') => return Ok(vec![Part::Plain(read)]),
                Some('\\') if matches!(self.peek(), Some('\\' | '\'')) => read.extend(self.next()),
                // Ruby itself reads the line ends of Windows so.
                Some('\r') if self.peek() == Some('\n') => {}
                Some(c) => read.push(c),
            }
        }
    }

    fn double_quoted(&mut self, depth: usize) -> Lexed<Vec<Part>> {
        let start = self.place;
        self.next();
        let mut parts = Vec::new();
        let mut read = String::new();
        loop {
            let at = self.place;
            match self.next() {
                None => return Err(RubyError::new(start, "this text has no closing \"")),
                Some('"') => break,
                Some('\\') => read.extend(self.escaped(at)?),
                Some('#') if self.peek() == Some('{') => {
                    if depth == DEEPEST {
                        return Err(RubyError::new(at, "more than 8 `#{` within each other"));
                    }
                    self.next();
                    parts.push(Part::Plain(std::mem::take(&mut read)));
                    parts.push(Part::Code(self.tokens(depth + 1)?));
                }
                Some('#') if matches!(self.peek(), Some('$' | '@')) => {
                    return Err(RubyError::new(
                        at,
                        "variables of Ruby are not understood: write `\\#`",
                    ));
                }
                Some('\r') if self.peek() == Some('\n') => {}
                Some(c) => read.push(c),
            }
        }
        parts.push(Part::Plain(read));
        Ok(parts)
    }

    /// What follows a backslash in double quotes.
    fn escaped(&mut self, at: Place) -> Lexed<Option<char>> {
        let refused = || {
            let what = "this escape is not understood: wanted \\n, \\t, \\\\, \\\", \\#, \\uXXXX or the like";
            Err(RubyError::new(at, what))
        };
        let c = match self.next() {
            Some('\r') if self.take('\n') => return Ok(None),
            Some('\n') => return Ok(None),
            Some('u') => {
                let code = if self.take('{') {
                    let code = self.while_some(|c| c.is_ascii_hexdigit());
                    (self.take('}') && code.len() <= 6).then_some(code)
                } else {
                    let code = self.rest.get(..4).unwrap_or_default();
                    for _ in code.chars() {
                        self.next();
                    }
                    Some(code)
                };
                let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
                match code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?)) {
                    Some(c) => c,
                    None => return refused(),
                }
            }
            Some('0') if !self.peek().is_some_and(|c| c.is_digit(8)) => '\0',
            Some('0'..='9' | 'x' | 'c' | 'C' | 'M') | None => return refused(),
            Some(c) => text::escape(c),
        };
        Ok(Some(c))
    }
}

/// Whether a value ends here, so that a `-` that follows would be a minus.
fn is_value(token: Option<&Token>) -> bool {
    match token.map(|token| &token.kind) {
        Some(Kind::Mark(mark)) => matches!(*mark, ")" | "]" | "}"),
        Some(
            Kind::Word(_) | Kind::Symbol(_) | Kind::Text(_) | Kind::Number(_) | Kind::Regex(_),
        ) => true,
        _ => false,
    }
}

fn is_before_regex(token: Option<&Token>) -> bool {
    matches!(token.map(|token| &token.kind), Some(Kind::Mark("(" | ",")))
}
