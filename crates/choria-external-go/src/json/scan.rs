//! Is it JSON? The first pass of Go's `Unmarshal`, with its error texts.

use std::fmt;

use crate::fmt::quote_within;

/// The levels of nesting that [`read`](super::read) follows.
///
/// Go reads 10,000. That many would take more stack than a thread has, here and
/// in every program that handles the value later.
pub const MAX_DEPTH: usize = 500;

/// Levels of nesting that Go takes.
const GO_DEPTH: usize = 10_000;

/// Why bytes are not JSON. It is shown in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxError {
    /// They end too early.
    End,
    /// A character that cannot stand there: the character in quotes, as Go shows
    /// it, and the place, such as `after array element`.
    Character(String, &'static str),
}

impl std::error::Error for SyntaxError {}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("unexpected end of JSON input"),
            Self::Character(quoted, place) => write!(f, "invalid character {quoted} {place}"),
        }
    }
}

/// Checks that bytes are one JSON value, and returns its levels of nesting.
///
/// Beyond [`MAX_DEPTH`] levels the value is valid JSON that
/// [`read`](super::read) does not read to its end. Strings may hold any bytes from
/// 0x20 on: that they are UTF-8 is not checked.
///
/// # Errors
///
/// Returns [`SyntaxError`] if the bytes are not JSON, or nested more than 10,000
/// levels deep.
///
/// ```
/// use choria_external_go::json::check;
///
/// assert_eq!(check(br#"{"a": [1]}"#), Ok(2));
/// let error = check(b"[1 2]").unwrap_err();
/// assert_eq!(error.to_string(), "invalid character '2' after array element");
/// ```
pub fn check(bytes: &[u8]) -> Result<usize, SyntaxError> {
    let mut scan = Scan { bytes, at: 0 };
    let mut open = Vec::new();
    let mut depth = 0;
    loop {
        if scan.value(&mut open)? {
            depth = depth.max(open.len());
            continue;
        }
        // A value is complete; what follows depends on what it stands in.
        loop {
            scan.skip_blanks();
            match (open.last(), scan.peek()) {
                (None, None) => return Ok(depth),
                (Some(_), None) => return Err(SyntaxError::End),
                (Some(b'{'), Some(b',')) => {
                    scan.at += 1;
                    scan.key()?;
                    break;
                }
                (Some(b'['), Some(b',')) => {
                    scan.at += 1;
                    break;
                }
                (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) => {
                    scan.at += 1;
                    open.pop();
                }
                (None, Some(_)) => return Err(scan.wrong("after top-level value")),
                (Some(b'{'), Some(_)) => return Err(scan.wrong("after object key:value pair")),
                (Some(_), Some(_)) => return Err(scan.wrong("after array element")),
            }
        }
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// One value, or the start of an array or object that is not empty: then
    /// true, and its first element's value comes next.
    fn value(&mut self, open: &mut Vec<u8>) -> Result<bool, SyntaxError> {
        self.skip_blanks();
        match self.peek() {
            Some(bracket @ (b'{' | b'[')) => {
                if open.len() == GO_DEPTH {
                    return Err(self.wrong("exceeded max depth"));
                }
                self.at += 1;
                self.skip_blanks();
                // `{` and `}`, `[` and `]` are two apart.
                if self.peek() == Some(bracket + 2) {
                    self.at += 1;
                    return Ok(false);
                }
                open.push(bracket);
                if bracket == b'{' {
                    self.key()?;
                }
                return Ok(true);
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(TRUE)?,
            Some(b'f') => self.literal(FALSE)?,
            Some(b'n') => self.literal(NULL)?,
            Some(_) => return Err(self.wrong("looking for beginning of value")),
            None => return Err(SyntaxError::End),
        }
        Ok(false)
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), SyntaxError> {
        self.skip_blanks();
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(_) => return Err(self.wrong("looking for beginning of object key string")),
            None => return Err(SyntaxError::End),
        }
        self.skip_blanks();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.wrong("after object key")),
            None => Err(SyntaxError::End),
        }
    }

    fn string(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(SyntaxError::End),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(..0x20) => return Err(self.wrong("in string literal")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.wrong("in \\u hexadecimal character escape"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.wrong("in string escape code")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            // Nothing may follow a leading 0 but a fraction or an exponent.
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// One or more digits.
    fn digits(&mut self, place: &'static str) -> Result<(), SyntaxError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            Err(self.wrong(place))
        }
    }

    fn literal(&mut self, letters: &[(u8, &'static str)]) -> Result<(), SyntaxError> {
        self.at += 1;
        for (letter, place) in letters {
            if self.peek() != Some(*letter) {
                return Err(self.wrong(place));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The character at the present place, quoted as Go quotes it. Inside a
    /// number, a literal or an escape Go takes the end for a blank.
    fn wrong(&self, place: &'static str) -> SyntaxError {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let quoted = match rest.utf8_chunks().next() {
            None => "' '".into(),
            Some(chunk) => match (chunk.valid().chars().next(), chunk.invalid()) {
                (Some(character), _) => {
                    quote_within(character.encode_utf8(&mut [0; 4]), '\'', false)
                }
                (None, [byte, ..]) => format!(r"'\x{byte:02x}'"),
                (None, []) => "' '".into(),
            },
        };
        SyntaxError::Character(quoted, place)
    }
}

const TRUE: &[(u8, &str)] = &[
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];
const FALSE: &[(u8, &str)] = &[
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];
const NULL: &[(u8, &str)] = &[
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &[u8]) -> String {
        check(text).unwrap_err().to_string()
    }

    #[test]
    fn wrong_texts_are_refused_in_gos_words() {
        for (text, wanted) in [
            (&b""[..], "unexpected end of JSON input"),
            (b" \n", "unexpected end of JSON input"),
            (b"\"\xe9", "unexpected end of JSON input"),
            (b"{\"a\"", "unexpected end of JSON input"),
            (b"{\"a\":1", "unexpected end of JSON input"),
            (b"[1", "unexpected end of JSON input"),
            (b"{", "unexpected end of JSON input"),
            (b"{} x", "invalid character 'x' after top-level value"),
            (b"01", "invalid character '1' after top-level value"),
            (
                b"{} \xe9",
                r"invalid character '\xe9' after top-level value",
            ),
            (
                "\u{feff}{}".as_bytes(),
                r"invalid character '\ufeff' looking for beginning of value",
            ),
            (
                "\u{1f600}".as_bytes(),
                "invalid character '\u{1f600}' looking for beginning of value",
            ),
            (
                "\u{e0001}".as_bytes(),
                r"invalid character '\U000e0001' looking for beginning of value",
            ),
            (
                b"'",
                r"invalid character '\'' looking for beginning of value",
            ),
            (
                b"\x7f",
                r"invalid character '\x7f' looking for beginning of value",
            ),
            (
                b"NaN",
                "invalid character 'N' looking for beginning of value",
            ),
            (
                b"[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            (
                b"{\"a\":}",
                "invalid character '}' looking for beginning of value",
            ),
            (
                b"{,}",
                "invalid character ',' looking for beginning of object key string",
            ),
            (
                b"{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (b"{\"a\"}", "invalid character '}' after object key"),
            (b"{\"a\" 1}", "invalid character '1' after object key"),
            (
                b"{\"a\":1 \"b\"}",
                "invalid character '\"' after object key:value pair",
            ),
            (b"[1 2]", "invalid character '2' after array element"),
        ] {
            assert_eq!(error(text), wanted, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn wrong_strings_numbers_and_words_are_refused_in_gos_words() {
        for (text, wanted) in [
            (
                &b"\"\x01\""[..],
                r"invalid character '\x01' in string literal",
            ),
            (b"\"\n\"", r"invalid character '\n' in string literal"),
            (br#""\x""#, "invalid character 'x' in string escape code"),
            (br#""\"#, "invalid character ' ' in string escape code"),
            (
                br#""\u12x4""#,
                r"invalid character 'x' in \u hexadecimal character escape",
            ),
            (
                br#""\ud80""#,
                "invalid character '\"' in \\u hexadecimal character escape",
            ),
            (b"-", "invalid character ' ' in numeric literal"),
            (b"-x", "invalid character 'x' in numeric literal"),
            (
                b"1.",
                "invalid character ' ' after decimal point in numeric literal",
            ),
            (
                b"1ex",
                "invalid character 'x' in exponent of numeric literal",
            ),
            (
                b"1e+",
                "invalid character ' ' in exponent of numeric literal",
            ),
            (
                b"[tr]",
                "invalid character ']' in literal true (expecting 'u')",
            ),
            (
                b"fax",
                "invalid character 'x' in literal false (expecting 'l')",
            ),
            (
                b"nul",
                "invalid character ' ' in literal null (expecting 'l')",
            ),
        ] {
            assert_eq!(error(text), wanted, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
        // The innermost is empty, so it holds nothing that is nested.
        assert_eq!(check(&nested(MAX_DEPTH + 1)), Ok(MAX_DEPTH));
        assert_eq!(check(&nested(GO_DEPTH)), Ok(GO_DEPTH - 1));
        assert_eq!(
            error(&nested(GO_DEPTH + 1)),
            "invalid character '[' exceeded max depth"
        );
        assert_eq!(
            error(&nested(1_000_000)),
            "invalid character '[' exceeded max depth"
        );
    }
}
