//! Escapes and classes.

use super::{Translator, Why};

const PROPERTY: Why = "Go knows no script or category of this name";
const CODE: Why = "expected the code of a character behind \\x, such as \\x41 or \\x{e9}";

impl Translator<'_> {
    /// What follows a backslash outside of a class.
    pub(super) fn escape(&mut self) -> Result<(), Why> {
        for (name, meaning) in [
            ("A", r"\A"),
            ("z", r"\z"),
            ("b", r"(?-u:\b)"),
            ("B", r"(?-u:\B)"),
        ] {
            if self.skip(name) {
                self.out.push_str(meaning);
                return Ok(());
            }
        }
        if self.group()? {
            return Ok(());
        }
        let c = self.escaped_char()?;
        self.literal(c);
        Ok(())
    }

    /// What follows a backslash, if it is a set of characters: `\d \w \s \p`
    /// and their opposites. These are written as classes, which can stand in a
    /// class too.
    fn group(&mut self) -> Result<bool, Why> {
        for (name, meaning) in [
            ("d", "[0-9]"),
            ("D", "[^0-9]"),
            ("w", "[0-9A-Za-z_]"),
            ("W", "[^0-9A-Za-z_]"),
            ("s", r"[\t\n\f\r\x20]"),
            ("S", r"[^\t\n\f\r\x20]"),
        ] {
            if self.skip(name) {
                self.out.push_str(meaning);
                return Ok(true);
            }
        }
        let not = self.skip("P");
        if !not && !self.skip("p") {
            return Ok(false);
        }
        let name = match self.next().ok_or(PROPERTY)? {
            '{' => {
                let (name, rest) = self.rest.split_once('}').ok_or(PROPERTY)?;
                self.rest = rest;
                name.to_owned()
            }
            c => c.to_string(),
        };
        let (not, name) = name
            .strip_prefix('^')
            .map_or((not, &*name), |name| (!not, name));
        // Scripts and general categories; Go has no other properties. The name
        // alone would find those of the crate.
        let letters = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ' ' | '-');
        if name.is_empty() || !name.chars().all(letters) {
            return Err(PROPERTY);
        }
        let property = ["gc", "sc"]
            .map(|kind| format!("{kind}={name}}}"))
            .into_iter()
            .find(|property| ::regex::Regex::new(&format!("\\p{{{property}")).is_ok())
            .ok_or(PROPERTY)?;
        self.out += &format!("\\{}{{{property}", if not { 'P' } else { 'p' });
        Ok(true)
    }

    /// The one character that an escape stands for, after the backslash.
    fn escaped_char(&mut self) -> Result<char, Why> {
        let c = self
            .next()
            .ok_or("the pattern ends with a backslash; write \\\\ for the character itself")?;
        match c {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            't' => Ok('\t'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            'v' => Ok('\x0b'),
            'x' => self.code().ok_or(CODE),
            // A digit that is not 0 is a back reference if it stands alone.
            '0'..='7' if c == '0' || self.rest.starts_with(is_octal) => {
                let mut code = c.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    if let Some(digit) = self.rest.chars().next().filter(|c| is_octal(*c)) {
                        self.next();
                        code = code * 8 + digit.to_digit(8).unwrap_or_default();
                    }
                }
                char::from_u32(code).ok_or(CODE)
            }
            '1'..='9' => Err("RE2 has no back references"),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _ => Err("Go knows no such escape"),
        }
    }

    /// What follows `\x`: two hexadecimal digits, or some in braces.
    fn code(&mut self) -> Option<char> {
        let digits;
        if self.skip("{") {
            (digits, self.rest) = self.rest.split_once('}')?;
        } else {
            (digits, self.rest) = self.rest.split_at_checked(2)?;
        }
        let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| hex)?;
        char::from_u32(code)
    }

    /// What follows `[`, up to its `]`. Every character is written as its
    /// number, so that none of them can mean anything else.
    pub(super) fn class(&mut self) -> Result<(), Why> {
        let start = self.start;
        self.out.push('[');
        if self.skip("^") {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            self.here();
            if matches!(self.rest, "" | "\\") {
                self.start = start;
                return Err("unclosed [; add a ], or write \\[ for the character itself");
            }
            if self.rest.starts_with("[:") && self.rest[2..].contains(":]") {
                self.named_class()?;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix('\\') {
                let class = std::mem::replace(&mut self.rest, rest);
                if self.group()? {
                    continue;
                }
                self.rest = class;
            }
            let low = self.class_char()?;
            self.out += &format!("\\x{{{:x}}}", u32::from(low));
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                let high = self.class_char()?;
                if high < low {
                    return Err("the first character of the range is above the second");
                }
                self.out += &format!("-\\x{{{:x}}}", u32::from(high));
            }
        }
        self.next();
        self.out.push(']');
        Ok(())
    }

    fn class_char(&mut self) -> Result<char, Why> {
        match self
            .next()
            .ok_or("unclosed [; add a ], or write \\[ for the character itself")?
        {
            '\\' => self.escaped_char(),
            c => Ok(c),
        }
    }

    /// `[:alpha:]`, `[:^alpha:]` and so on.
    fn named_class(&mut self) -> Result<(), Why> {
        const UNKNOWN: Why = "Go knows no class of this name";
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let (name, rest) = self.rest[2..].split_once(":]").ok_or(UNKNOWN)?;
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(UNKNOWN);
        }
        self.rest = rest;
        self.out += &format!("[:{name}:]");
        Ok(())
    }
}

fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}
