//! Texts in quotes of any kind, symbols, lists of words and regular
//! expressions.

use super::super::token::{Kind, Part, Regex};
use super::super::{Read, RubyError, text};
use super::{DEEPEST, Lexer};
use crate::json::Place;

/// A text while it is read. Escapes can give it single bytes.
#[derive(Default)]
pub(super) struct Quoted {
    parts: Vec<Part>,
    bytes: Vec<u8>,
}

impl Quoted {
    pub(super) fn push(&mut self, c: char) {
        self.bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
    }

    pub(super) fn push_text(&mut self, text: &str) {
        self.bytes.extend(text.bytes());
    }

    /// Puts another text behind this one, which started there.
    pub(super) fn append(&mut self, at: Place, other: Self) -> Read<()> {
        for part in other.parts {
            match part {
                Part::Plain(text) => self.push_text(&text),
                code @ Part::Code(_) => {
                    self.cut(at)?;
                    self.parts.push(code);
                }
            }
        }
        self.bytes.extend(other.bytes);
        Ok(())
    }

    fn cut(&mut self, at: Place) -> Read<()> {
        let plain = String::from_utf8(std::mem::take(&mut self.bytes)).map_err(|_| {
            let what = "the escapes in this string make bytes that are no UTF-8: write the characters themselves";
            RubyError::new(at, what)
        })?;
        self.parts.push(Part::Plain(plain));
        Ok(())
    }

    /// The text that started there.
    pub(super) fn parts(mut self, at: Place) -> Read<Vec<Part>> {
        self.cut(at)?;
        Ok(self.parts)
    }
}

impl Lexer<'_> {
    /// `"a": 1` is as good as `a: 1`.
    pub(super) fn label_or_text(&mut self, depth: usize) -> Read<Kind> {
        let parts = self.in_quotes(depth)?;
        Ok(match &parts[..] {
            [Part::Plain(name)] if self.takes_colon() => Kind::Label(name.clone()),
            _ => Kind::Text(parts),
        })
    }

    pub(super) fn symbol(&mut self, depth: usize) -> Read<Kind> {
        let at = self.chars.place;
        self.chars.next();
        let parts = match self.chars.peek() {
            Some('"' | '\'') => self.in_quotes(depth)?,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                return Ok(Kind::Symbol(self.name().to_owned()));
            }
            _ => {
                let what = "expected a name after `:`, such as :status; what is no plain name is written :\"a b\"";
                return Err(RubyError::new(at, what));
            }
        };
        match &parts[..] {
            [Part::Plain(name)] => Ok(Kind::Symbol(name.clone())),
            _ => {
                let what = "a symbol with `#{..}` is not understood: write its name";
                Err(RubyError::new(at, what))
            }
        }
    }

    /// `'..'` or `".."`
    fn in_quotes(&mut self, depth: usize) -> Read<Vec<Part>> {
        let at = self.chars.place;
        let quote = self.chars.next().unwrap_or_default();
        self.up_to(at, quote, None, quote == '\'', depth)
    }

    /// A text up to its closing sign. Where that has an opening one, pairs of
    /// them belong to the text.
    fn up_to(
        &mut self,
        start: Place,
        close: char,
        open: Option<char>,
        raw: bool,
        depth: usize,
    ) -> Read<Vec<Part>> {
        let mut quoted = Quoted::default();
        let mut pairs = 0_usize;
        loop {
            let Some(c) = self.chars.peek() else {
                return Err(no_end(start, "string", close));
            };
            if c == close && pairs == 0 {
                self.chars.next();
                return quoted.parts(start);
            }
            if c == close {
                pairs -= 1;
            } else if Some(c) == open {
                pairs += 1;
            } else if c == '\\' && raw {
                self.chars.next();
                match self.chars.peek() {
                    Some(next) if next == '\\' || next == close || Some(next) == open => {
                        self.chars.next();
                        quoted.push(next);
                    }
                    _ => quoted.push('\\'),
                }
                continue;
            }
            self.part(&mut quoted, raw, depth)?;
        }
    }

    /// A character, an escape or a `#{..}` of a text.
    pub(super) fn part(&mut self, quoted: &mut Quoted, raw: bool, depth: usize) -> Read<()> {
        let at = self.chars.place;
        let Some(c) = self.chars.next() else {
            return Ok(());
        };
        match (c, self.chars.peek()) {
            ('\\', _) if !raw => self.escape(at, quoted)?,
            ('#', Some('{')) if !raw => {
                if depth == DEEPEST {
                    return Err(RubyError::new(at, "more than 8 `#{` within each other"));
                }
                self.chars.next();
                quoted.cut(at)?;
                let code = self.tokens(depth + 1)?;
                quoted.parts.push(Part::Code(code));
            }
            ('#', Some('$' | '@')) if !raw => {
                let what = "variables of Ruby are not understood: write `\\#`";
                return Err(RubyError::new(at, what));
            }
            // Ruby itself reads the line ends of Windows so.
            ('\r', Some('\n')) => {}
            (c, _) => quoted.push(c),
        }
        Ok(())
    }

    /// What follows a backslash in double quotes.
    fn escape(&mut self, at: Place, quoted: &mut Quoted) -> Read<()> {
        let refused = |what: &str| Err(RubyError::new(at, what));
        let code = |digits: &str| {
            u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32)
        };
        match self.chars.next() {
            None | Some('\n') => {}
            Some('\r') if self.chars.take('\n') => {}
            Some('u') if self.chars.take('{') => {
                let mut count = 0;
                loop {
                    self.chars.while_some(|c| matches!(c, ' ' | '\t'));
                    if count > 0 && self.chars.take('}') {
                        return Ok(());
                    }
                    let digits = self.chars.while_some(|c| c.is_ascii_hexdigit());
                    let Some(c) = code(digits).filter(|_| digits.len() <= 6) else {
                        return refused(
                            "expected the codes of characters in `\\u{..}`, such as \\u{1f600}",
                        );
                    };
                    quoted.push(c);
                    count += 1;
                }
            }
            Some('u') => {
                let digits = self.some(4, |c| c.is_ascii_hexdigit());
                match code(&digits).filter(|_| digits.len() == 4) {
                    Some(c) => quoted.push(c),
                    None => {
                        return refused(
                            "expected the code of a character after `\\u`, such as \\u00e9",
                        );
                    }
                }
            }
            Some('x') => {
                let digits = self.some(2, |c| c.is_ascii_hexdigit());
                match u8::from_str_radix(&digits, 16) {
                    Ok(byte) => quoted.bytes.push(byte),
                    Err(_) => {
                        return refused(
                            "expected one or two hexadecimal digits after `\\x`, such as \\x41",
                        );
                    }
                }
            }
            Some(first @ '0'..='7') => {
                let digits = format!("{first}{}", self.some(2, |c| matches!(c, '0'..='7')));
                match u8::from_str_radix(&digits, 8) {
                    Ok(byte) => quoted.bytes.push(byte),
                    Err(_) => {
                        return refused("expected at most \\377: an octal escape makes one byte");
                    }
                }
            }
            Some('c' | 'C' | 'M') => {
                return refused(
                    "this escape is not understood: write the byte as \\x and two hexadecimal digits",
                );
            }
            Some(c) => quoted.push(text::escape(c)),
        }
        Ok(())
    }

    /// At most so many characters of a kind.
    fn some(&mut self, most: usize, of_kind: impl Fn(char) -> bool) -> String {
        let mut found = String::new();
        while found.len() < most && self.chars.peek().is_some_and(&of_kind) {
            found.extend(self.chars.next());
        }
        found
    }

    /// `%w[..]` and its like.
    pub(super) fn percent(&mut self, depth: usize) -> Read<Kind> {
        let at = self.chars.place;
        self.chars.next();
        let letter = match self.chars.peek() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                self.chars.next();
                letter
            }
            _ => 'Q',
        };
        let opening = self.chars.next().unwrap_or_default();
        let (open, close) = match opening {
            '(' => (Some('('), ')'),
            '[' => (Some('['), ']'),
            '{' => (Some('{'), '}'),
            '<' => (Some('<'), '>'),
            '|' | '!' | '/' | '\'' | '"' | '~' | '^' | '-' | '+' | ':' | ';' | ',' | '.' | '*'
            | '@' | '&' => (None, opening),
            _ => return Err(RubyError::new(at, WANTED_PERCENT)),
        };
        match letter {
            'q' | 'Q' => {
                let parts = self.up_to(at, close, open, letter == 'q', depth)?;
                Ok(Kind::Text(parts))
            }
            'w' | 'W' | 'i' | 'I' => Ok(Kind::Words {
                words: self.words(at, close, open, letter.is_ascii_uppercase())?,
                symbols: matches!(letter, 'i' | 'I'),
            }),
            'r' => self.regex(at, close, open),
            _ => Err(RubyError::new(at, WANTED_PERCENT)),
        }
    }

    /// Words with blanks between them.
    fn words(
        &mut self,
        start: Place,
        close: char,
        open: Option<char>,
        escapes: bool,
    ) -> Read<Vec<(Place, String)>> {
        let mut words = Vec::new();
        let mut word: Option<(Place, String)> = None;
        let mut pairs = 0_usize;
        loop {
            let at = self.chars.place;
            let Some(mut c) = self.chars.next() else {
                return Err(no_end(start, "list of words", close));
            };
            if c == close && pairs == 0 {
                words.extend(word);
                return Ok(words);
            }
            if escapes && matches!(c, '\\' | '#') {
                let what = "escapes and `#{..}` in a list of words are not understood: write [\"..\", \"..\"]";
                return Err(RubyError::new(at, what));
            }
            if c.is_ascii_whitespace() || c == '\u{b}' {
                words.extend(word.take());
                continue;
            }
            let (_, word) = word.get_or_insert_with(|| (at, String::new()));
            if c == close {
                pairs -= 1;
            } else if Some(c) == open {
                pairs += 1;
            } else if c == '\\' {
                if self.chars.peek() == Some('\r') && self.chars.is_line_end() {
                    self.chars.next();
                }
                let next = self.chars.peek();
                let is_meant = |next: &char| {
                    *next == '\\'
                        || *next == close
                        || Some(*next) == open
                        || next.is_ascii_whitespace()
                        || *next == '\u{b}'
                };
                if let Some(meant) = next.filter(is_meant) {
                    self.chars.next();
                    c = meant;
                }
            }
            word.push(c);
        }
    }

    /// What is left of a regular expression, of which nothing is understood.
    pub(super) fn regex(&mut self, start: Place, close: char, open: Option<char>) -> Read<Kind> {
        let mut pattern = String::new();
        let mut pairs = 0_usize;
        loop {
            let here = self.chars.place;
            let Some(c) = self.chars.next() else {
                return Err(no_end(start, "regular expression", close));
            };
            if c == close && pairs == 0 {
                break;
            }
            if c == close {
                pairs -= 1;
            } else if Some(c) == open {
                pairs += 1;
            } else if c == '#' && self.chars.peek() == Some('{') {
                let what =
                    "`#{..}` in a regular expression is not understood: write what it stands for";
                return Err(RubyError::new(here, what));
            }
            pattern.push(c);
            if c == '\\' {
                pattern.extend(self.chars.next());
            }
        }
        let options = self.chars.while_some(|c| c.is_ascii_alphabetic());
        let options = options.to_owned();
        Ok(Kind::Regex(Regex { pattern, options }))
    }
}

const WANTED_PERCENT: &str = "of strings and lists with % there are %w[..], %i[..], %q(..), %Q(..) and %(..): write one of them, or quotes";

fn no_end(start: Place, what: &str, close: char) -> RubyError {
    RubyError::new(start, format!("this {what} has no closing {close}"))
}
