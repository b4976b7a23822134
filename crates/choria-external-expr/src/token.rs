//! Cuts an expression into words, numbers, texts and signs.

use choria_external_go::number;

use super::Mistake;

/// One piece of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Index of its first character.
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What a piece is. The language treats words such as `and` as signs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Word(String),
    /// A number, as it is written.
    Number(String),
    Text(String),
    Sign(&'static str),
    End,
}

/// Longer signs first. Those after `%` are none of the language: there they
/// are read as one, which then stands where nothing of its kind can.
const SIGNS: &[&str] = &[
    "||", "|", "::", ":", "?.", "??", "?", "..", ".", "&&", "!=", "==", "**", "*", "<=", "<", ">=",
    ">", "!", "=", "(", ")", "[", "]", "{", "}", ",", ";", "+", "-", "^", "%", "/", "#",
];

const WORD_SIGNS: &[&str] = &[
    "not",
    "in",
    "or",
    "and",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "let",
];

/// The last one is always [`Kind::End`].
pub(super) fn tokens(text: &[char]) -> Result<Vec<Token>, Mistake> {
    let mut reader = Reader { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        reader.skip_space()?;
        let at = reader.at;
        let kind = reader.token()?;
        let is_end = kind == Kind::End;
        tokens.push(Token { at, kind });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Reader<'a> {
    text: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn accept(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|next| wanted.contains(next));
        self.at += usize::from(found);
        found
    }

    fn since(&self, start: usize) -> String {
        self.text[start..self.at].iter().collect()
    }

    fn starts_with(&self, wanted: &str) -> bool {
        wanted
            .chars()
            .enumerate()
            .all(|(at, char)| self.text.get(self.at + at) == Some(&char))
    }

    /// Skips spaces and comments.
    fn skip_space(&mut self) -> Result<(), Mistake> {
        loop {
            if self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            } else if self.starts_with("//") {
                while self.next().is_some_and(|char| char != '\n') {}
            } else if self.starts_with("/*") {
                let start = self.at;
                self.at += 2;
                while !self.starts_with("*/") {
                    if self.next().is_none() {
                        return Err(Mistake::new(start, "this comment has no end: add */"));
                    }
                }
                self.at += 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Kind, Mistake> {
        let start = self.at;
        match self.peek() {
            None => Ok(Kind::End),
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Kind::Text),
            Some('`') => self.raw().map(Kind::Text),
            Some('0'..='9') => self.number(start),
            Some('.') if matches!(self.text.get(self.at + 1), Some('0'..='9')) => {
                self.at += 1;
                self.number(start)
            }
            Some(char) if is_word(char) => {
                while self.peek().is_some_and(is_word) {
                    self.at += 1;
                }
                let word = self.since(start);
                let sign = WORD_SIGNS.iter().find(|sign| **sign == word);
                Ok(sign.map_or(Kind::Word(word), |sign| Kind::Sign(sign)))
            }
            Some(char) => match SIGNS.iter().find(|sign| self.starts_with(sign)) {
                Some(sign) => {
                    self.at += sign.len();
                    Ok(Kind::Sign(sign))
                }
                None => Err(Mistake::new(
                    start,
                    format!("{char:?} means nothing here; strings need quotes"),
                )),
            },
        }
    }

    /// What looks like a number; [`number`] judges it.
    fn number(&mut self, start: usize) -> Result<Kind, Mistake> {
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        while self.accept(digits) {}
        // In 1..2 the dots are a sign.
        if self.peek() == Some('.') && !self.starts_with("..") {
            self.at += 1;
            while self.accept(digits) {}
        }
        if !self.starts_with("..") && self.accept("eE") {
            self.accept("+-");
            while self.accept(digits) {}
        }
        if self.peek().is_some_and(is_word) {
            self.at += 1;
            let text = self.since(start);
            return Err(Mistake::new(
                start,
                format!("{text:?} is not a number; strings need quotes"),
            ));
        }
        Ok(Kind::Number(self.since(start)))
    }

    fn raw(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        while let Some(char) = self.next() {
            if char == '`' {
                return Ok(self.text[start + 1..self.at - 1].iter().collect());
            }
        }
        Err(Mistake::new(start, "this string is not closed: add a `"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some(char) if char == quote => return Ok(text),
                None | Some('\n') => {
                    return Err(Mistake::new(
                        start,
                        format!("this string is not closed: add a {quote}"),
                    ));
                }
                Some('\\') => {
                    let at = self.at - 1;
                    let wrong = || Mistake::new(at, "no such escape; a backslash is written \\\\");
                    text.push(self.escape(quote).ok_or_else(wrong)?);
                }
                // A return, alone or before a newline, is read as a newline.
                Some('\r') => {
                    if self.peek() != Some('\n') {
                        text.push('\n');
                    }
                }
                Some(char) => text.push(char),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Option<char> {
        let digits = match self.next()? {
            'a' => return Some('\u{7}'),
            'b' => return Some('\u{8}'),
            'f' => return Some('\u{c}'),
            'n' => return Some('\n'),
            'r' => return Some('\r'),
            't' => return Some('\t'),
            'v' => return Some('\u{b}'),
            '\\' => return Some('\\'),
            char if char == quote => return Some(char),
            '0'..='3' => {
                self.at -= 1;
                return self.code(8, 3);
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        self.code(16, digits)
    }

    /// A character by its number; halves of pairs become U+FFFD, as in Go.
    fn code(&mut self, base: u32, digits: usize) -> Option<char> {
        let mut code = 0_u32;
        for _ in 0..digits {
            code = code.checked_mul(base)? + self.next()?.to_digit(base)?;
        }
        (code <= 0x0010_ffff).then(|| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// Letters beyond ASCII are letters of the language too, but no name that
/// Choria knows has one.
fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || char == '$'
}

/// What a number's text means.
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// Reads a number as the language does; `None` where Choria refuses it.
pub(super) fn number(text: &str) -> Option<Number> {
    let text = text.replace('_', "").to_lowercase();
    let based = |digits: &str, base| i64::from_str_radix(digits, base).ok().map(Number::Int);
    if let Some(digits) = text.strip_prefix("0x") {
        based(digits, 16)
    } else if text.contains(['.', 'e']) {
        number::parse_float(&text).map(Number::Float)
    } else if let Some(digits) = text.strip_prefix("0b") {
        based(digits, 2)
    } else if let Some(digits) = text.strip_prefix("0o") {
        based(digits, 8)
    } else {
        based(&text, 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Option<Vec<Kind>> {
        let text: Vec<char> = text.chars().collect();
        let tokens = tokens(&text).ok()?;
        Some(tokens.into_iter().map(|token| token.kind).collect())
    }

    fn text(text: &str) -> Option<String> {
        match kinds(text)?.as_slice() {
            [Kind::Text(text), Kind::End] => Some(text.clone()),
            _ => None,
        }
    }

    #[test]
    fn texts_have_the_escapes_of_go_and_raw_ones_none() {
        assert_eq!(
            text(r#""a\"b\n\x41\101\u00e9\ud800""#).unwrap(),
            "a\"b\nAA\u{e9}\u{fffd}"
        );
        assert_eq!(text("`a\\n\n`").unwrap(), "a\\n\n");
        assert_eq!(text("'a\r\u{e9}\r'").unwrap(), "a\n\u{e9}\n");
        for broken in [
            r#""a"#,
            r#""\q""#,
            r#""\'""#,
            r#""\400""#,
            r#""\x4""#,
            r#""\U00110000""#,
            "\"a\n\"",
            "`",
        ] {
            assert_eq!(text(broken), None, "{broken}");
        }
    }

    #[test]
    fn dots_after_a_number_are_a_range_and_comments_are_nothing() {
        let number = |text: &str| Kind::Number(text.into());
        let end = Kind::End;
        assert_eq!(
            kinds("1..2").unwrap(),
            [number("1"), Kind::Sign(".."), number("2"), end.clone()]
        );
        assert_eq!(
            kinds(".5 // no\n/* no */1.").unwrap(),
            [number(".5"), number("1."), end]
        );
        assert_eq!(kinds("1a"), None);
        assert_eq!(kinds("/*"), None);
    }

    #[test]
    fn numbers_have_four_bases() {
        for (text, wanted) in [
            ("0x1F", 31.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("010", 10.0),
            ("1_0", 10.0),
            ("1e2", 100.0),
            ("1.", 1.0),
        ] {
            #[allow(clippy::cast_precision_loss)]
            let number = match number(text).unwrap() {
                Number::Int(number) => number as f64,
                Number::Float(number) => number,
            };
            assert_eq!(
                number.total_cmp(&wanted),
                std::cmp::Ordering::Equal,
                "{text}"
            );
        }
        for text in ["0x", "0b", "1e", "1.5.5", "9223372036854775808", "1e999"] {
            assert!(number(text).is_none(), "{text}");
        }
    }
}
