//! Escapes and classes.

use super::Translator;

impl Translator<'_> {
    /// What follows a backslash outside of a class.
    pub(super) fn escape(&mut self) -> Option<()> {
        for (name, meaning) in [
            ("A", r"\A"),
            ("z", r"\z"),
            ("b", r"(?-u:\b)"),
            ("B", r"(?-u:\B)"),
        ] {
            if self.skip(name) {
                self.out.push_str(meaning);
                return Some(());
            }
        }
        if self.group()? {
            return Some(());
        }
        let c = self.escaped_char()?;
        self.literal(c);
        Some(())
    }

    /// What follows a backslash, if it is a set of characters: `\d \w \s \p`
    /// and their opposites. These are written as classes, which can stand in a
    /// class too.
    fn group(&mut self) -> Option<bool> {
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
                return Some(true);
            }
        }
        let not = self.skip("P");
        if !not && !self.skip("p") {
            return Some(false);
        }
        let name = match self.next()? {
            '{' => {
                let (name, rest) = self.rest.split_once('}')?;
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
            return None;
        }
        let property = ["gc", "sc"]
            .map(|kind| format!("{kind}={name}}}"))
            .into_iter()
            .find(|property| ::regex::Regex::new(&format!("\\p{{{property}")).is_ok())?;
        self.out += &format!("\\{}{{{property}", if not { 'P' } else { 'p' });
        Some(true)
    }

    /// The one character that an escape stands for, after the backslash.
    fn escaped_char(&mut self) -> Option<char> {
        let c = self.next()?;
        match c {
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            't' => Some('\t'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            'v' => Some('\x0b'),
            'x' => {
                let digits;
                if self.skip("{") {
                    (digits, self.rest) = self.rest.split_once('}')?;
                } else {
                    (digits, self.rest) = self.rest.split_at_checked(2)?;
                }
                let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                hex.then(|| {
                    u32::from_str_radix(digits, 16)
                        .ok()
                        .and_then(char::from_u32)
                })?
            }
            // A digit that is not 0 is a back reference if it stands alone.
            '0' | '1'..='7' if c == '0' || self.rest.starts_with(is_octal) => {
                let mut code = c.to_digit(8)?;
                for _ in 0..2 {
                    if self.rest.starts_with(is_octal) {
                        code = code * 8 + self.next()?.to_digit(8)?;
                    }
                }
                char::from_u32(code)
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        }
    }

    /// What follows `[`, up to its `]`. Every character is written as its
    /// number, so that none of them can mean anything else.
    pub(super) fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.skip("^") {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
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
                    return None;
                }
                self.out += &format!("-\\x{{{:x}}}", u32::from(high));
            }
        }
        self.next();
        self.out.push(']');
        Some(())
    }

    fn class_char(&mut self) -> Option<char> {
        match self.next()? {
            '\\' => self.escaped_char(),
            c => Some(c),
        }
    }

    /// `[:alpha:]`, `[:^alpha:]` and so on.
    fn named_class(&mut self) -> Option<()> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let (name, rest) = self.rest[2..].split_once(":]")?;
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return None;
        }
        self.rest = rest;
        self.out += &format!("[:{name}:]");
        Some(())
    }
}

fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}
