//! Bytes as text and as JSON.

use std::borrow::Cow;

/// Bytes as a text in which every byte that belongs to no letter is replaced,
/// one by one as Go does it.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

/// A JSON array that is being written.
#[derive(Clone)]
pub(super) struct List(Vec<u8>);

impl List {
    pub(super) fn new() -> Self {
        Self(vec![b'['])
    }

    /// Adds the JSON text of a value; an empty one leaves no trace.
    pub(super) fn push(&mut self, json: &[u8]) {
        if json.is_empty() {
            return;
        }
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.extend_from_slice(json);
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.push(b']');
        self.0
    }
}

/// Appends a text as a JSON string, with the escapes that Go writes for HTML.
pub(super) fn push_json(json: &mut Vec<u8>, text: &[u8]) {
    json.push(b'"');
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            push_letter(json, letter);
        }
        for _ in chunk.invalid() {
            json.extend_from_slice(br"\ufffd");
        }
    }
    json.push(b'"');
}

fn push_letter(json: &mut Vec<u8>, letter: char) {
    let short = match letter {
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\\' => b'\\',
        '"' => b'"',
        '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
            json.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes());
            return;
        }
        _ => {
            json.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    json.extend_from_slice(&[b'\\', short]);
}
