//! Texts and names of Ruby, to read and to write.

use choria_external_protocol::is_hidden;

use super::token::Regex;

/// What `sub` takes.
pub(super) const EXPECTED_PATTERN: &str = "only a string is understood, or a pattern of letters, digits, blanks and _, perhaps with ^ before or $ behind it, such as /p$/; and no backslash in what replaces it";

/// What `tr` takes.
pub(super) const EXPECTED_TR: &str =
    "only one character for one other is understood, such as tr('_', ' '): write the result";

/// The pattern of a regular expression as a string, as `validation` has it: clients in
/// Ruby make a regular expression of a string there. `None` for options that have no
/// place in a pattern of Go's.
pub(super) fn pattern(regex: &Regex) -> Option<String> {
    if regex
        .options
        .contains(|option| !matches!(option, 'i' | 'm'))
    {
        return None;
    }
    // To Ruby's `m` a point stands for a line break, too, which others call `s`.
    let options: String = [('i', 'i'), ('m', 's')]
        .into_iter()
        .filter(|(option, _)| regex.options.contains(*option))
        .map(|(_, option)| option)
        .collect();
    let mut pattern = String::new();
    let mut chars = regex.pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            // Only the literal needs it.
            ('\\', Some('/')) => {}
            ('\\', Some(next)) => {
                pattern.extend([c, *next]);
                chars.next();
            }
            _ => pattern.push(c),
        }
    }
    Some(if options.is_empty() {
        pattern
    } else {
        format!("(?{options}){pattern}")
    })
}

/// What to do about a regular expression where a value is expected.
pub(super) fn not_a_pattern(regex: &Regex) -> String {
    let example = pattern(regex).filter(|pattern| pattern.len() <= 40);
    let example = example.as_deref().unwrap_or("^[a-z]+$");
    format!(
        "a regular expression is understood only as the value of :validation, with the options i and m: write the \
         pattern in quotes, such as {}",
        single_quoted(example)
    )
}

/// Without blanks at both ends, as Ruby has it.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '\u{b}' | '\0'))
}

/// Without the last line end.
pub(super) fn chomp(text: &str) -> &str {
    ["\r\n", "\n", "\r"]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text)
}

/// What a letter after a backslash stands for in double quotes.
pub(super) fn escape(letter: char) -> char {
    match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        's' => ' ',
        't' => '\t',
        'v' => '\u{b}',
        other => other,
    }
}

/// A text in double quotes, with nothing in it that Ruby would run or change.
pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '#' if matches!(chars.peek(), Some('{' | '$' | '@')) => quoted.push_str("\\#"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_hidden(c) => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A regular expression in single quotes, in which most backslashes stay what
/// they are.
pub(super) fn single_quoted(text: &str) -> String {
    if text.chars().any(is_hidden) {
        return double_quoted(text);
    }
    let mut quoted = String::from("'");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted.push_str("\\'"),
            '\\' if matches!(chars.peek(), Some('\\' | '\'') | None) => quoted.push_str("\\\\"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// `:name`, or `:"any text"`.
pub(super) fn symbol(text: &str) -> String {
    if is_name(text) {
        format!(":{text}")
    } else {
        format!(":{}", double_quoted(text))
    }
}

/// Letters, digits and `_`, with no digit first.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `name(..)` is written for an aggregate. Other names could be methods
/// of the object that reads a DDL, and Ruby would run those.
pub(super) fn is_function(name: &str) -> bool {
    matches!(name, "summary" | "boolean_summary" | "average" | "chart")
}

/// `tr` with one character each; others mean more in Ruby.
pub(super) fn tr(text: &str, from: &str, to: &str) -> Option<String> {
    let single = |text: &str| {
        let mut chars = text.chars();
        chars
            .next()
            .filter(|c| *c != '\\' && chars.next().is_none())
    };
    let (from, to) = (single(from)?, single(to)?);
    Some(text.replace(from, to.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_text_is_quoted_and_escaped() {
        assert_eq!(
            double_quoted("a\r\u{7f}\u{2028}\u{202e}\u{200b}\u{feff}\u{e0041}é"),
            r#""a\u{d}\u{7f}\u{2028}\u{202e}\u{200b}\u{feff}\u{e0041}é""#
        );
        assert_eq!(single_quoted("^\u{2029}\\d$"), r#""^\u{2029}\\d$""#);
        assert_eq!(symbol("_a"), ":_a");
        assert_eq!(symbol("1a"), ":\"1a\"");
        assert_eq!(single_quoted(r"^\d'\\$"), r"'^\d\'\\\$'");
    }
}
