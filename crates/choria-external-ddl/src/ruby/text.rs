//! Texts and names of Ruby, to read and to write.

use choria_external_protocol::is_hidden;

use super::token::Regex;

/// What `sub` takes.
pub(super) const WANTED_PATTERN: &str = "only a pattern of letters, digits, blanks and _ is understood, perhaps with ^ before or $ behind it, such as /p$/";

/// What to do about a regular expression where a value is wanted.
pub(super) fn not_a_pattern(regex: &Regex) -> String {
    let Regex { pattern, options } = regex;
    let example = if pattern.len() > 40 {
        "^[a-z]+$".to_owned()
    } else if options.is_empty() {
        pattern.clone()
    } else {
        format!("(?{options}){pattern}")
    };
    format!(
        "a regular expression is a text in a DDL: write the pattern in quotes, such as {}",
        single_quoted(&example)
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

/// Replaces the first place that a pattern finds, as Ruby's `sub`.
pub(super) fn sub(text: &str, regex: &Regex, by: &str) -> Option<String> {
    let Regex { pattern, options } = regex;
    let (at_start, plain) = match pattern.strip_prefix('^') {
        Some(plain) => (true, plain),
        None => (false, pattern.as_str()),
    };
    let (at_end, plain) = match plain.strip_suffix('$') {
        Some(plain) => (true, plain),
        None => (false, plain),
    };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_');
    // `^` and `$` are also true at each line break, and a replacement can name
    // what was found.
    if !options.is_empty()
        || !plain.chars().all(is_plain)
        || by.contains('\\')
        || text.contains('\n')
    {
        return None;
    }
    let found = match (at_start, at_end) {
        (true, true) => (text == plain).then_some(0),
        (true, false) => text.starts_with(plain).then_some(0),
        (false, true) => text.ends_with(plain).then(|| text.len() - plain.len()),
        (false, false) => text.find(plain),
    };
    Some(match found {
        Some(at) => format!("{}{by}{}", &text[..at], &text[at + plain.len()..]),
        None => text.to_owned(),
    })
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
