//! Characters that must not reach a log as they are.

use choria_external_protocol::is_hidden;

/// Gives the pieces of a text in which one line stays one line: line breaks and
/// other hidden characters are shown as Rust writes them, `\n`, `\u{1b}`.
///
/// So no text that comes from elsewhere can look like a line of its own, move
/// the cursor of a terminal, turn around what is read after it, or hide a part
/// of itself.
pub(super) fn escape(text: &str, mut push: impl FnMut(&str)) {
    let mut rest = text;
    while let Some((at, character)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
        push(&rest[..at]);
        for shown in character.escape_default() {
            push(shown.encode_utf8(&mut [0; 4]));
        }
        rest = &rest[at + character.len_utf8()..];
    }
    push(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut all = String::new();
        escape(text, |piece| all += piece);
        all
    }

    #[test]
    fn what_could_start_a_line_or_move_a_cursor_is_shown() {
        for (text, shown) in [
            ("", ""),
            ("plain é 日 \"'\\", "plain é 日 \"'\\"),
            ("a\nb", r"a\nb"),
            ("\r\n\t", r"\r\n\t"),
            ("\0\u{7}\u{1b}[2J\u{7f}", r"\u{0}\u{7}\u{1b}[2J\u{7f}"),
            ("\u{85}\u{9b}", r"\u{85}\u{9b}"),
            ("\u{2028}\u{2029}", r"\u{2028}\u{2029}"),
            ("\u{202e}\u{2066}", r"\u{202e}\u{2066}"),
            (
                "a\u{200b}\u{ad}\u{e0041}\u{feff}b",
                r"a\u{200b}\u{ad}\u{e0041}\u{feff}b",
            ),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn what_is_shown_already_is_not_shown_twice() {
        assert_eq!(escaped(&format!("{:?}", "a\n\u{1b}")), r#""a\n\u{1b}""#);
    }
}
