//! Words and texts in the language of a POSIX shell, such that they can be shown,
//! copied and pasted: nothing in them is hidden by a terminal.

use std::ffi::OsStr;
use std::fmt::Write as _;

use choria_external_protocol::is_hidden;

/// Returns a word for a POSIX shell.
///
/// Hidden characters, and bytes that are not UTF-8, are written by `printf`. Line
/// breaks stay, in quotes.
pub(crate) fn quoted(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:=,@%".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        return word.to_string_lossy().into_owned();
    }
    let mut text = String::new();
    for (shown, hidden) in pieces(bytes) {
        if !shown.is_empty() || bytes.is_empty() {
            let _ = write!(text, "'{}'", shown.replace('\'', r"'\''"));
        }
        if !hidden.is_empty() {
            text += "\"$(printf '";
            for byte in hidden {
                let _ = write!(text, "\\{byte:03o}");
            }
            text += "')\"";
        }
    }
    text
}

/// Returns a command that prints these bytes.
pub(crate) fn printing(bytes: &[u8]) -> String {
    let pieces = pieces(bytes);
    if let [(text, [])] = &*pieces {
        return format!("printf %s {}", quoted(text.as_ref()));
    }
    let mut text = String::from("printf %b '");
    for (shown, hidden) in pieces {
        text += &shown.replace('\\', r"\\").replace('\'', r"'\''");
        for byte in hidden {
            let _ = write!(text, "\\0{byte:03o}");
        }
    }
    text + "'"
}

/// Splits bytes into what can be shown and what cannot, in turn: hidden characters,
/// and what is not UTF-8. There is one pair at least.
fn pieces(bytes: &[u8]) -> Vec<(&str, &[u8])> {
    let mut pieces = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        let is_odd = |character: char| character != '\n' && is_hidden(character);
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| is_odd(*c)) {
            let end = at + character.len_utf8();
            pieces.push((&rest[..at], &rest.as_bytes()[at..end]));
            rest = &rest[end..];
        }
        if !rest.is_empty() || !chunk.invalid().is_empty() {
            pieces.push((rest, chunk.invalid()));
        }
    }
    if pieces.is_empty() {
        pieces.push(("", &[]));
    }
    pieces
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::process::Command;

    use super::*;

    const ODD: [&[u8]; 9] = [
        b"",
        b"plain",
        b"it's a \\n \"word\" $HOME `id` %s",
        b"'",
        b"two\nlines\n",
        b"\ttab\x1b[31mred\x7f\r\n",
        "a\u{9b}b\u{202e}c\u{e9}".as_bytes(),
        b"latin \xe9\xe9 1",
        b"-n \\c",
    ];

    fn printed(script: &str) -> Vec<u8> {
        let hidden = |c: char| c != '\n' && is_hidden(c);
        assert!(!script.contains(hidden), "{script:?}");
        let output = Command::new("sh").args(["-c", script]).output();
        let output = output.expect("a shell can be started");
        assert!(output.status.success(), "{script}: {output:?}");
        output.stdout
    }

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        for word in ODD {
            let script = format!("printf %s {}", quoted(OsStr::from_bytes(word)));
            assert_eq!(printed(&script), word, "{script}");
        }
    }

    #[test]
    fn a_shell_prints_all_bytes_as_they_were() {
        for bytes in ODD.into_iter().chain([&b"nul \0 0"[..]]) {
            let script = printing(bytes);
            assert_eq!(printed(&script), bytes, "{script}");
        }
    }
}
