//! Go's regular expressions, written as those of the crate `regex`.
//!
//! Both descend from RE2 and still read a third of unusual patterns
//! differently. Every piece is read by Go's rules (`regexp/syntax`, flags
//! `Perl`) here and written in a form that the crate reads in one way only.
//! What Go refuses is refused; where this module is not sure, it refuses too,
//! so that no text passes that a server would refuse.
//!
//! The main differences: in Go `\d \w \s \b` are ASCII and `\s` has no `\v`;
//! `a**`, `(?x)`, `\u0041`, `\p{Alphabetic}` and repeats above 1000 are errors;
//! `\Q..\E`, octal escapes and a `{` that starts no repeat are literal; classes
//! have no set operations.
//!
//! Still different: a pattern that is too large for the crate (10 MiB, such as
//! `(\pL{500}){2}`) is refused; and Go's limit of 1000 levels counts
//! more than the groups that are counted here, so that a pattern of more than
//! 500 nested groups with alternatives is taken here although Go refuses it.

mod set;

/// Groups in groups that Go allows.
pub(crate) const DEEPEST: u32 = 999;

/// The largest repeat that Go allows, nested ones multiplied.
const MOST: u64 = 1000;

/// The pattern in the dialect of the crate `regex`. Groups capture nothing.
///
/// # Errors
/// Why Go refuses it, and the byte at which what it refuses starts.
pub(crate) fn to_rust(pattern: &str) -> Result<String, (Why, usize)> {
    let mut translator = Translator {
        pattern,
        rest: pattern,
        start: 0,
        out: String::with_capacity(pattern.len() * 2),
    };
    match translator.translate() {
        Ok(()) => Ok(translator.out),
        Err(why) => Err((why, translator.start)),
    }
}

/// Why Go refuses a pattern.
pub(crate) type Why = &'static str;

struct Translator<'a> {
    pattern: &'a str,
    rest: &'a str,
    /// Where what is read now starts in the pattern.
    start: usize,
    out: String,
}

/// What was read last, and so is repeated by a repeat.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// Nothing: the start of the pattern, a group or an alternative.
    Nothing,
    /// Flags: Go looks past them, and this module does not.
    Flags,
    /// Something to repeat, with the product of the repeats in it.
    Atom(u64),
    /// A repeat, which cannot be repeated itself.
    Repeat(u64),
}

impl Last {
    /// The product of the repeats in what is to be repeated.
    fn to_repeat(self) -> Result<u64, Why> {
        match self {
            Self::Atom(product) => Ok(product),
            Self::Nothing => Err(
                "nothing to repeat before it; write a backslash before it for the character itself",
            ),
            Self::Flags => Err("flags cannot be repeated"),
            Self::Repeat(_) => {
                Err("a repeat cannot be repeated; put the first one into a group, (?:..)")
            }
        }
    }
}

impl Translator<'_> {
    fn translate(&mut self) -> Result<(), Why> {
        // Of each open group where it starts, and the most that was multiplied up
        // before it.
        let mut open: Vec<(usize, u64)> = Vec::new();
        let mut most = 0;
        let mut last = Last::Nothing;
        loop {
            self.here();
            let Some(c) = self.next() else { break };
            let now = match c {
                '(' if self.skip("?") => match self.flags()? {
                    ':' => {
                        open.push((self.start, most));
                        most = 0;
                        Last::Nothing
                    }
                    _ => Last::Flags,
                },
                '(' => {
                    self.out.push_str("(?:");
                    open.push((self.start, most));
                    most = 0;
                    Last::Nothing
                }
                ')' => {
                    self.out.push(')');
                    let inner = most;
                    (_, most) = open
                        .pop()
                        .ok_or("unmatched ); write \\) for the character itself")?;
                    Last::Atom(inner)
                }
                '|' => {
                    self.out.push('|');
                    Last::Nothing
                }
                '*' | '+' | '?' => {
                    let inner = last.to_repeat()?;
                    self.out.push(c);
                    self.lazy();
                    Last::Repeat(inner)
                }
                '{' => match self.counts() {
                    Some((fewest, limit)) => {
                        let inner = last.to_repeat()?;
                        let product = self.repeat(fewest, limit, inner)?;
                        Last::Repeat(product)
                    }
                    None => self.literal('{'),
                },
                '[' => {
                    self.class()?;
                    Last::Atom(0)
                }
                '.' | '^' | '$' => {
                    self.out.push(c);
                    Last::Atom(0)
                }
                '\\' if self.skip("Q") => self.quoted(last),
                '\\' => {
                    self.escape()?;
                    Last::Atom(0)
                }
                _ => self.literal(c),
            };
            if let Last::Atom(product) | Last::Repeat(product) = now {
                most = most.max(product);
            }
            if open.len() > DEEPEST as usize {
                return Err("more than 999 nested groups");
            }
            last = now;
        }
        match open.first() {
            None => Ok(()),
            Some((start, _)) => {
                self.start = *start;
                Err("unclosed (; add a ), or write \\( for the character itself")
            }
        }
    }

    /// What comes next starts here.
    fn here(&mut self) {
        self.start = self.pattern.len() - self.rest.len();
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Writes one character that stands for itself, in and out of classes.
    fn literal(&mut self, c: char) -> Last {
        if c.is_alphanumeric() {
            self.out.push(c);
        } else {
            self.out += &format!("\\x{{{:x}}}", u32::from(c));
        }
        Last::Atom(0)
    }

    /// Everything up to `\E`, or to the end.
    fn quoted(&mut self, last: Last) -> Last {
        let (text, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        self.rest = rest;
        text.chars().fold(last, |_, c| self.literal(c))
    }

    /// What follows `(?`: a name or flags. Gives the `:` or `)` at its end.
    fn flags(&mut self) -> Result<char, Why> {
        const UNKNOWN: Why = "RE2 has no such group, and only the flags i, m, s and U";
        if ["=", "!", "<=", "<!"]
            .iter()
            .any(|sign| self.rest.starts_with(sign))
        {
            return Err("RE2 has no look-around");
        }
        if self.skip("P<") || self.skip("<") {
            let (name, rest) = (self.rest.split_once('>')).ok_or("unclosed group name; add a >")?;
            let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(valid) {
                return Err("a group name may only have letters, digits and _");
            }
            self.rest = rest;
            self.out.push_str("(?:");
            return Ok(':');
        }
        let end = self.rest.find([':', ')']).ok_or(UNKNOWN)?;
        let (flags, rest) = self.rest.split_at(end);
        let (on, off) = flags.split_once('-').unwrap_or((flags, "-"));
        let known = |flags: &str| flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U'));
        if !known(on) || !(off == "-" || !off.is_empty() && known(off)) {
            return Err(UNKNOWN);
        }
        self.rest = rest;
        let end = self.next().ok_or(UNKNOWN)?;
        // Go takes a flag more than once, and the crate does not; off wins. Nor
        // does it take `(?)`, which changes nothing.
        let (off, on): (Vec<_>, Vec<_>) = ['i', 'm', 's', 'U']
            .into_iter()
            .filter(|flag| flags.contains(*flag))
            .partition(|flag| off.contains(*flag));
        if end == ':' || !flags.is_empty() {
            self.out.push_str("(?");
            self.out.extend(on);
            if !off.is_empty() {
                self.out.push('-');
                self.out.extend(off);
            }
            self.out.push(end);
        }
        Ok(end)
    }

    fn lazy(&mut self) {
        if self.skip("?") {
            self.out.push('?');
        }
    }

    /// What follows `{`, if that is a repeat in Go: `3}`, `3,}` or `3,5}`,
    /// without leading zeros.
    fn counts(&mut self) -> Option<(u64, Option<u64>)> {
        let (inner, rest) = self.rest.split_once('}')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits && (text == "0" || !text.starts_with('0'));
            number.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let counts = match inner.split_once(',') {
            None => number(inner).map(|count| (count, Some(count))),
            Some((least, "")) => number(least).map(|least| (least, None)),
            Some((least, most)) => number(least).zip(number(most).map(Some)),
        };
        if counts.is_some() {
            self.rest = rest;
        }
        counts
    }

    /// Writes a repeat; gives the product of it and of the repeats in it.
    fn repeat(&mut self, least: u64, limit: Option<u64>, inner: u64) -> Result<u64, Why> {
        let most = limit.unwrap_or(least);
        if most > MOST {
            return Err("more than 1000 repeats");
        }
        if least > most {
            return Err("the first number of the repeat is above the second");
        }
        let product = match (limit, most) {
            (Some(0), _) => 0,
            (None, 0) => inner,
            _ => most * inner.max(1),
        };
        if product > MOST && most >= 2 {
            return Err("nested repeats that multiply to more than 1000");
        }
        self.out += &match limit {
            None => format!("{{{least},}}"),
            Some(limit) => format!("{{{least},{limit}}}"),
        };
        self.lazy();
        Ok(product)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::to_rust;

    /// Patterns, why Go refuses them, and at which byte.
    const REFUSED: &[(&str, &str, usize)] = &[
        (
            "a**",
            "a repeat cannot be repeated; put the first one into a group, (?:..)",
            2,
        ),
        (
            "a*??",
            "a repeat cannot be repeated; put the first one into a group, (?:..)",
            3,
        ),
        (
            "a{2}{3}",
            "a repeat cannot be repeated; put the first one into a group, (?:..)",
            4,
        ),
        ("a(?i)*", "flags cannot be repeated", 5),
        (
            "|*",
            "nothing to repeat before it; write a backslash before it for the character itself",
            1,
        ),
        (
            "({2})",
            "nothing to repeat before it; write a backslash before it for the character itself",
            1,
        ),
        ("a{1001}", "more than 1000 repeats", 1),
        (
            "a{2,1}",
            "the first number of the repeat is above the second",
            1,
        ),
        (
            "(a{40}){40}",
            "nested repeats that multiply to more than 1000",
            7,
        ),
        (
            "b(?x)a",
            "RE2 has no such group, and only the flags i, m, s and U",
            1,
        ),
        (
            "(?-)a",
            "RE2 has no such group, and only the flags i, m, s and U",
            0,
        ),
        (
            "(?>a)",
            "RE2 has no such group, and only the flags i, m, s and U",
            0,
        ),
        (
            "(?i",
            "RE2 has no such group, and only the flags i, m, s and U",
            0,
        ),
        ("\u{e9}(?=a)", "RE2 has no look-around", 2),
        ("a(?!b)", "RE2 has no look-around", 1),
        ("(?<=a)b", "RE2 has no look-around", 0),
        ("(?<!a)b", "RE2 has no look-around", 0),
        (
            "(?P<a-b>a)",
            "a group name may only have letters, digits and _",
            0,
        ),
        ("(?P<a", "unclosed group name; add a >", 0),
        (r"\u0041", "Go knows no such escape", 0),
        (
            r"a\p{Alphabetic}",
            "Go knows no script or category of this name",
            1,
        ),
        (
            r"\p{Script=Greek}",
            "Go knows no script or category of this name",
            0,
        ),
        (
            r"\p{Greek",
            "Go knows no script or category of this name",
            0,
        ),
        (r"(a)\1", "RE2 has no back references", 3),
        (r"\18", "RE2 has no back references", 0),
        (r"[a\b]", "Go knows no such escape", 2),
        (
            "[az-a]",
            "the first character of the range is above the second",
            2,
        ),
        ("[a[:foo:]]", "Go knows no class of this name", 2),
        (
            "b[a",
            "unclosed [; add a ], or write \\[ for the character itself",
            1,
        ),
        (
            r"b[a\",
            "unclosed [; add a ], or write \\[ for the character itself",
            1,
        ),
        ("a)", "unmatched ); write \\) for the character itself", 1),
        (
            "b(a(c)",
            "unclosed (; add a ), or write \\( for the character itself",
            1,
        ),
        (
            "a\\",
            "the pattern ends with a backslash; write \\\\ for the character itself",
            1,
        ),
        (
            r"\x{110000}",
            "expected the code of a character behind \\x, such as \\x41 or \\x{e9}",
            0,
        ),
        (
            r"a\x4",
            "expected the code of a character behind \\x, such as \\x41 or \\x{e9}",
            1,
        ),
        (r"\é", "Go knows no such escape", 0),
    ];

    #[test]
    fn what_go_refuses_is_refused_with_reason_and_place() {
        for (pattern, why, at) in REFUSED {
            assert_eq!(to_rust(pattern), Err((*why, *at)), "{pattern}");
        }
        let deep = "(".repeat(1001);
        assert_eq!(to_rust(&deep), Err(("more than 999 nested groups", 999)));
    }

    #[test]
    fn every_piece_is_written_in_a_form_that_has_one_meaning() {
        for (pattern, wanted) in [
            (r"^\d+\s\b", r"^[0-9]+[\t\n\f\r\x20](?-u:\b)"),
            ("a{,3}{02}", r"a\x{7b}\x{2c}3\x{7d}\x{7b}02\x{7d}"),
            ("a{2}?b{3,}", "a{2,2}?b{3,}"),
            ("[a&&~~[]", r"[\x{61}\x{26}\x{26}\x{7e}\x{7e}\x{5b}]"),
            ("[]a-]", r"[\x{5d}\x{61}\x{2d}]"),
            (r"[^\d[:^alpha:]]", "[^[0-9][:^alpha:]]"),
            (r"\Qa.b\E\101\<", r"a\x{2e}bA\x{3c}"),
            ("(?P<x>a)(b)(?ii-s:c)(?)", "(?:a)(?:b)(?i-s:c)"),
            (r"\P{^Greek}\pL", r"\p{sc=Greek}\p{gc=L}"),
        ] {
            assert_eq!(to_rust(pattern).as_deref(), Ok(wanted), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_panics_and_the_engine_reads_what_is_written(
            pattern in "([\\[\\](){}*+?|.^$\\\\&~-]|[a-zA-Z0-9é,:<>=]|\\(\\?|\\[:|\\\\[pPx]\\{){0,16}|\\PC*",
        ) {
            match to_rust(&pattern) {
                Err((_, at)) => prop_assert!(pattern.is_char_boundary(at)),
                // All that can be wrong with it is its size.
                Ok(written) => match ::regex::Regex::new(&written) {
                    Ok(_) | Err(::regex::Error::CompiledTooBig(_)) => {}
                    Err(error) => prop_assert!(false, "{} became {}: {}", pattern, written, error),
                },
            }
        }
    }
}
