//! Texts as Go's package `fmt` writes them.

use std::fmt::Write as _;

/// The largest number that Go still reads on in a format.
const MOST: u32 = 1_000_000;

/// What `fmt.Errorf` makes of a text that it takes for a format, without any
/// values.
///
/// So does Choria with a source's own error, and a `%` in it does not come
/// through: `disk 100% full` is shown as `disk 100%!f(MISSING)ull`.
pub(crate) fn errorf(format: &str) -> String {
    let mut shown = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        shown += before;
        rest = verb(behind, &mut shown);
    }
    shown + rest
}

/// What stands behind a `%`: flags, a width, a precision and a letter, where
/// each can have the number of its value. Gives what is left.
fn verb<'a>(text: &'a str, shown: &mut String) -> &'a str {
    // Any number of a value is wrong: there are no values.
    let mut bad_number = false;
    let mut rest = text.trim_start_matches(['#', '0', '+', '-', ' ']);
    let mut numbered = false;
    let mut number = |rest: &mut &'a str, numbered: &mut bool| {
        if let Some((well_formed, behind)) = value_number(rest) {
            bad_number = true;
            *rest = behind;
            *numbered = well_formed;
        } else {
            *numbered = false;
        }
    };
    number(&mut rest, &mut numbered);
    if let Some(behind) = rest.strip_prefix('*') {
        shown.push_str("%!(BADWIDTH)");
        (rest, numbered) = (behind, false);
    } else {
        rest = digits(rest).1;
    }
    if let Some(behind) = rest.strip_prefix('.').filter(|behind| !behind.is_empty()) {
        rest = behind;
        number(&mut rest, &mut numbered);
        if let Some(behind) = rest.strip_prefix('*') {
            shown.push_str("%!(BADPREC)");
            (rest, numbered) = (behind, false);
        } else {
            rest = digits(rest).1;
        }
    }
    if !numbered {
        number(&mut rest, &mut numbered);
    }
    let mut characters = rest.chars();
    match characters.next() {
        None => shown.push_str("%!(NOVERB)"),
        Some('%') => shown.push('%'),
        Some(letter) => {
            let why = if bad_number { "BADINDEX" } else { "MISSING" };
            let _ = write!(shown, "%!{letter}({why})");
        }
    }
    characters.as_str()
}

/// A number such as `[1]` at the start: whether it is one, and what is behind
/// it. Of one that does not end only the bracket is taken.
fn value_number(text: &str) -> Option<(bool, &str)> {
    let inside = text.strip_prefix('[')?;
    Some(match inside.split_once(']') {
        Some((number, behind)) if text.len() >= 3 => {
            let (any, left) = digits(number);
            (any && left.is_empty(), behind)
        }
        _ => (false, inside),
    })
}

/// Whether a text starts with a number, and what is behind that. Of one that is
/// much too large nothing is: Go then skips the rest of the text.
fn digits(text: &str) -> (bool, &str) {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let number = &text[..text.len() - rest.len()];
    // The last digit may lead beyond the limit.
    let but_one = &number[..number.len().saturating_sub(1)];
    if !but_one.is_empty() && !but_one.parse().is_ok_and(|number: u32| number <= MOST) {
        return (false, "");
    }
    (!number.is_empty(), rest)
}

/// A text as `%q` writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{7}' => quoted += "\\a",
            '\u{8}' => quoted += "\\b",
            '\t' => quoted += "\\t",
            '\n' => quoted += "\\n",
            '\u{b}' => quoted += "\\v",
            '\u{c}' => quoted += "\\f",
            '\r' => quoted += "\\r",
            // What Rust shows as a number cannot be printed.
            _ if character != '\'' && character.escape_debug().count() > 1 => {
                let _ = match code {
                    0..=0x7f => write!(quoted, "\\x{code:02x}"),
                    0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Answers of Go.
    #[test]
    fn a_percent_sign_becomes_what_go_makes_of_it() {
        for (format, shown) in [
            ("no inventory", "no inventory"),
            ("100%", "100%!(NOVERB)"),
            ("disk 100% full", "disk 100%!f(MISSING)ull"),
            ("100%% %d %5.2f", "100% %!d(MISSING) %!f(MISSING)"),
            (
                "%[1]d %[x]d %[d",
                "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)",
            ),
            (
                "%*d %.*d",
                "%!(BADWIDTH)%!d(MISSING) %!(BADPREC)%!d(MISSING)",
            ),
            ("%. %.", "%! (MISSING)%!.(MISSING)"),
            ("%12345678d", "%!(NOVERB)"),
            ("%\u{e9}", "%!\u{e9}(MISSING)"),
        ] {
            assert_eq!(errorf(format), shown, "{format}");
        }
    }

    #[test]
    fn texts_are_quoted_as_go_does_it() {
        assert_eq!(
            quoted("a\"b\\'\u{e9}\n\t\u{7}\u{b}\u{0}\u{1b}\u{7f}\u{85}\u{200b}\u{1f600}"),
            "\"a\\\"b\\\\'\u{e9}\\n\\t\\a\\v\\x00\\x1b\\x7f\\u0085\\u200b\u{1f600}\""
        );
    }

    proptest! {
        #[test]
        fn doubled_signs_come_through(text in "[%a-z0-9.*\\[\\] ]{0,20}") {
            prop_assert_eq!(errorf(&text.replace('%', "%%")), text.clone());
            // And no other text panics.
            errorf(&text);
        }
    }
}
