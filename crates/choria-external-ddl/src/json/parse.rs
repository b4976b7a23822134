//! From text to nodes.

use super::{Json, Member, Node, NotJson, NotJsonKind, Place};

/// Lists and objects within each other, as many as `serde_json` takes, so that
/// no text can exhaust the stack.
pub(super) const DEEPEST: usize = 127;

/// Reads one value.
///
/// A lone surrogate (`"\ud800"`) becomes U+FFFD, as in Choria.
pub(crate) fn parse(text: &str) -> Result<Node, NotJson> {
    let mut reader = Reader {
        text,
        at: 0,
        seen: 0,
        place: Place { line: 1, column: 1 },
        depth: 0,
    };
    if text.starts_with('\u{feff}') {
        let what = "the text starts with a byte order mark";
        return Err(NotJson::new(reader.place, NotJsonKind::Marked, what));
    }
    reader.blanks();
    if reader.peek().is_none() {
        let what = "the text is empty, expected a JSON object";
        let start = Place { line: 1, column: 1 };
        return Err(NotJson::new(start, NotJsonKind::Empty, what));
    }
    let node = reader.value()?;
    reader.blanks();
    match reader.peek() {
        None => Ok(node),
        Some(_) => reader.wrong("there is something after the value"),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes that are read.
    at: usize,
    /// Bytes before `place`, which only ever moves forward: to find the place
    /// of each value takes no longer than to read it.
    seen: usize,
    place: Place,
    depth: usize,
}

type Read<T> = Result<T, NotJson>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over a byte if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Steps over bytes while they are of a kind.
    fn skip(&mut self, of_kind: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&of_kind) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn here(&mut self) -> Place {
        for c in self.text[self.seen..self.at].chars() {
            if c == '\n' {
                self.place.line += 1;
                self.place.column = 1;
            } else {
                self.place.column += 1;
            }
        }
        self.seen = self.at;
        self.place
    }

    fn wrong<T>(&mut self, what: &str) -> Read<T> {
        let at = self.here();
        let what = match self.text[self.at..].chars().next() {
            Some(found) => format!("{what}: {found:?}"),
            None => format!("{what}: the input ends"),
        };
        Err(NotJson::new(at, NotJsonKind::Syntax, what))
    }

    fn value(&mut self) -> Read<Node> {
        let at = self.here();
        let json = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Json::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { at, json })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Json>) -> Read<Json> {
        if self.depth == DEEPEST {
            return Err(NotJson::too_deep(self.here()));
        }
        self.depth += 1;
        self.at += 1;
        let json = read(self);
        self.depth -= 1;
        json
    }

    fn word(&mut self) -> Read<Json> {
        for (word, json) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(json);
            }
        }
        self.wrong("expected a value")
    }

    fn list(&mut self) -> Read<Json> {
        let mut items = Vec::new();
        self.blanks();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            self.blanks();
            items.push(self.value()?);
            self.blanks();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return self.wrong("expected , or ] after an item");
            }
        }
    }

    fn object(&mut self) -> Read<Json> {
        let mut members = Vec::new();
        self.blanks();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.blanks();
            let at = self.here();
            if self.peek() != Some(b'"') {
                return self.wrong("expected a key in double quotes");
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(b':') {
                return self.wrong("expected : after a key");
            }
            self.blanks();
            let value = self.value()?;
            members.push(Member { at, key, value });
            self.blanks();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return self.wrong("expected , or } after a value");
            }
        }
    }

    fn number(&mut self) -> Read<String> {
        let start = self.at;
        let digit = |byte: u8| byte.is_ascii_digit();
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        if self.peek().is_some_and(digit) {
            return self.wrong("a number cannot start with 0");
        }
        let spelled = self.text[start..self.at].to_owned();
        // Nobody can do anything with it. Agents have the code of `serde_json`,
        // and not that of the standard library.
        if serde_json::from_str::<f64>(&spelled).is_err() {
            self.at = start;
            return self.wrong("a number is too large");
        }
        Ok(spelled)
    }

    fn digits(&mut self) -> Read<()> {
        let before = self.at;
        self.skip(|byte| byte.is_ascii_digit());
        if self.at == before {
            return self.wrong("expected a digit");
        }
        Ok(())
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut read = String::new();
        loop {
            let start = self.at;
            self.skip(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f));
            read.push_str(&self.text[start..self.at]);
            if self.take(b'"') {
                return Ok(read);
            }
            if self.peek() != Some(b'\\') {
                return self.wrong("a string in double quotes is not closed");
            }
            read.push(self.escaped()?);
        }
    }

    /// What stands for one character after a backslash.
    fn escaped(&mut self) -> Read<char> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'u') => return self.code(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'"' | b'\\' | b'/')) => byte.into(),
            _ => return self.wrong("JSON has no such escape after a backslash"),
        };
        self.at += 1;
        Ok(c)
    }

    /// `uXXXX`, perhaps with the second half of a surrogate pair.
    fn code(&mut self) -> Read<char> {
        let first = self.hex_digits()?;
        let after = self.at;
        if matches!(first, 0xd800..=0xdbff) && self.take(b'\\') && self.peek() == Some(b'u') {
            let second = self.hex_digits()?;
            if let 0xdc00..=0xdfff = second {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = after;
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex_digits(&mut self) -> Read<u32> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.wrong("expected four hexadecimal digits after \\u");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
