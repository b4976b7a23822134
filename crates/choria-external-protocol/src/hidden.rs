//! Characters that are not shown as they are.

/// Whether terminals and editors do not show a character, or let it change how
/// the text around it is shown.
///
/// These are the control characters, the line and paragraph separators, and all
/// that Unicode calls *default ignorable*: what sets the direction of text, and
/// what has no width or looks like a blank without being one. Code that shows
/// text from elsewhere, or writes it to a file that people read, escapes or
/// replaces these characters, so that nobody sees another text than a program
/// does.
///
/// The variation selectors U+FE00 to U+FE0F are not among them: many emoji end
/// with one, and they only choose between two shapes of the character before.
///
/// ```
/// use choria_external_protocol::is_hidden;
///
/// assert!(is_hidden('\u{1b}') && is_hidden('\u{202e}') && is_hidden('\u{200b}'));
/// assert!(!"plain text, 日本語 ❤️".contains(is_hidden));
/// ```
pub const fn is_hidden(character: char) -> bool {
    // Most characters of most texts.
    if matches!(character, ' '..='~') {
        return false;
    }
    matches!(character,
        // Control characters: C0, DEL and C1.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Separators, and marks of annotations.
        | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}'
        // Default_Ignorable_Code_Point.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A text in one line in which every hidden character is written as Rust writes
/// it, such as `\n` or `\u{202e}`; only tabs stay. For lines on a terminal.
///
/// ```
/// use choria_external_protocol::printable;
///
/// assert_eq!(printable("a\tb\n\u{1b}[2J \u{202e}é"), "a\tb\\n\\u{1b}[2J \\u{202e}é");
/// ```
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && character != '\t' {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A JSON text in which every hidden character is escaped, such as `\u202e`; line
/// breaks between its values stay. It stands for the same value.
///
/// ```
/// use choria_external_protocol::printable_json;
///
/// assert_eq!(printable_json("{\n\"a\": \"\u{202e}é\"\n}"), "{\n\"a\": \"\\u202eé\"\n}");
/// assert_eq!(printable_json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
/// ```
pub fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        // Between values JSON has no other hidden characters than these.
        if is_hidden(character) && !matches!(character, '\n' | '\r' | '\t') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown += &format!("\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::is_hidden;

    /// The tables of the crate `regex` are generated from Unicode's.
    #[test]
    fn the_list_is_what_unicode_says() {
        let hidden = r"[\p{Cc}\p{Zl}\p{Zp}\x{fff9}-\x{fffb}\p{Default_Ignorable_Code_Point}--[\x{fe00}-\x{fe0f}]]";
        let hidden = regex::Regex::new(hidden).unwrap();
        for character in '\0'..=char::MAX {
            let wanted = hidden.is_match(character.encode_utf8(&mut [0; 4]));
            assert_eq!(is_hidden(character), wanted, "{character:?}");
        }
    }
}
