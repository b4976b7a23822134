//! Strings and characters in quotes, as Go's `strconv` writes them.

use std::fmt::Write as _;

/// A string or a character between these quotation marks, as `strconv.Quote` and
/// `strconv.QuoteRune` give it.
pub(crate) fn quote(text: &str, mark: char, ascii_only: bool) -> String {
    let mut quoted = String::from(mark);
    for c in text.chars() {
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            _ if c == mark => quoted.extend(['\\', c]),
            _ if is_printable(c) && (c.is_ascii() || !ascii_only) => quoted.push(c),
            _ => {
                let code = u32::from(c);
                let _ = match code {
                    0..0x20 | 0x7f => write!(quoted, "\\x{code:02x}"),
                    ..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push(mark);
    quoted
}

/// What Go's `strconv.IsPrint` takes, by Rust's own tables. A combining mark
/// is escaped by Rust only where it stands first, hence the `a`.
pub(crate) fn is_printable(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\') || format!("a{c}").escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::quote;

    /// Answers of Go.
    #[test]
    fn texts_are_quoted_as_go_does_it() {
        assert_eq!(
            quote(
                "a\"b\\'\u{e9}\n\t\u{7}\u{b}\u{0}\u{1b}\u{7f}\u{85}\u{200b}\u{1f600}e\u{301}",
                '"',
                false
            ),
            "\"a\\\"b\\\\'\u{e9}\\n\\t\\a\\v\\x00\\x1b\\x7f\\u0085\\u200b\u{1f600}e\u{301}\""
        );
        for (character, quoted) in [
            ("'", r"'\''"),
            ("\"", "'\"'"),
            ("\\", r"'\\'"),
            ("\u{301}", "'\u{301}'"),
            ("\u{feff}", r"'\ufeff'"),
            ("\u{e0001}", r"'\U000e0001'"),
        ] {
            assert_eq!(quote(character, '\'', false), quoted);
        }
    }
}
