//! Bytes that should be JSON in UTF-8 and are not quite: what is wrong with
//! them, in plain words. Servers say `invalid character 'ÿ' looking for beginning
//! of value`, or take the bytes and change them.

use std::borrow::Cow;

use choria_external_go::json as gojson;

/// What is wrong with bytes that should be JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Garbled {
    /// A sentence for each thing that is wrong.
    pub(crate) sentences: Vec<String>,
    /// The JSON that was meant, if it is clear.
    pub(crate) meant: Option<Vec<u8>>,
}

/// Returns what is wrong with bytes that should be JSON in UTF-8: another
/// encoding, a byte order mark, control characters within a string, bytes that
/// are not UTF-8. `None` stands for nothing of that; other mistakes in JSON are
/// not looked for. `what` names the bytes, such as `the reply`.
pub(crate) fn garbled(what: &str, bytes: &[u8]) -> Option<Garbled> {
    let mut sentences = Vec::new();
    let mut text = Cow::Borrowed(bytes);
    if let Some((encoding, decoded)) = decode(bytes) {
        sentences.push(format!(
            "{what} is {encoding}, and JSON is read as UTF-8 only: write UTF-8 without a byte order mark"
        ));
        text = Cow::Owned(decoded.into_bytes());
    }
    if let Some(rest) = text.strip_prefix(BYTE_ORDER_MARK) {
        if sentences.is_empty() {
            sentences.push(format!(
                "{what} begins with a byte order mark (U+FEFF), which is not JSON: write UTF-8 without one"
            ));
        }
        text = Cow::Owned(rest.to_vec());
    }
    if let Some((sentence, escaped)) = raw_controls(what, &text) {
        sentences.push(sentence);
        text = Cow::Owned(escaped);
    }
    sentences.extend(not_utf_8(what, &text));
    (!sentences.is_empty()).then(|| Garbled {
        sentences,
        meant: gojson::check(&text).is_ok().then(|| text.into_owned()),
    })
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The name of an encoding that is not UTF-8, and the text, without a byte
/// order mark. Of JSON the first character is ASCII, which shows the encoding
/// where there is no mark.
fn decode(bytes: &[u8]) -> Option<(&'static str, String)> {
    let units = |from: &[u8], read: fn([u8; 2]) -> u16| {
        let pairs = from.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(pairs)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    let wide = |from: &[u8], read: fn([u8; 4]) -> u32| {
        let fours = from.chunks_exact(4);
        let numbers = fours.map(|four| read([four[0], four[1], four[2], four[3]]));
        numbers
            .map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    Some(match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] | rest @ [1..=255, 0, 0, 0, ..] => {
            ("UTF-32", wide(rest, u32::from_le_bytes))
        }
        [0, 0, 0xfe, 0xff, rest @ ..] | rest @ [0, 0, 0, 1..=255, ..] => {
            ("UTF-32", wide(rest, u32::from_be_bytes))
        }
        [0xff, 0xfe, rest @ ..] | rest @ [1..=255, 0, 1..=255, 0, ..] => {
            ("UTF-16", units(rest, u16::from_le_bytes))
        }
        [0xfe, 0xff, rest @ ..] | rest @ [0, 1..=255, 0, 1..=255, ..] => {
            ("UTF-16", units(rest, u16::from_be_bytes))
        }
        _ => return None,
    })
}

/// The first control character within a string, and the bytes with all of them
/// escaped.
fn raw_controls(what: &str, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut escaped = Vec::new();
    let (mut within, mut behind_backslash) = (false, false);
    let mut first = None;
    for (at, &byte) in bytes.iter().enumerate() {
        if within && byte < 0x20 {
            let escape = escape(byte);
            first.get_or_insert_with(|| {
                let name = match byte {
                    b'\n' | b'\r' => "a line break".into(),
                    b'\t' => "a tab".into(),
                    other => format!("the control character U+{other:04X}"),
                };
                format!(
                    "{} of {what}: {name} within a string, which JSON does not allow: write {escape}, or leave strings \
                     to a JSON library",
                    place(bytes, at)
                )
            });
            escaped.extend(escape.bytes());
            behind_backslash = false;
            continue;
        }
        if byte == b'"' && !behind_backslash {
            within = !within;
        }
        behind_backslash = within && byte == b'\\' && !behind_backslash;
        escaped.push(byte);
    }
    Some((first?, escaped))
}

fn escape(control: u8) -> String {
    match control {
        b'\n' => r"\n".into(),
        b'\r' => r"\r".into(),
        b'\t' => r"\t".into(),
        other => format!(r"\u{other:04x}"),
    }
}

/// The first bytes that are not UTF-8; servers read U+FFFD in their place.
fn not_utf_8(what: &str, bytes: &[u8]) -> Option<String> {
    let mut at = 0;
    let mut first = None;
    let mut count = 0_usize;
    for chunk in bytes.utf8_chunks() {
        at += chunk.valid().len();
        if let [byte, ..] = *chunk.invalid() {
            count += 1;
            first.get_or_insert((at, byte));
        }
        at += chunk.invalid().len();
    }
    let (at, byte) = first?;
    let more = match count {
        1 => String::new(),
        2 => ", and 1 more,".into(),
        _ => format!(", and {} more,", count - 1),
    };
    let is = if count == 1 { "is" } else { "are" };
    let latin = match byte {
        0xa0.. => format!(" ({:?} in Latin-1)", char::from(byte)),
        _ => String::new(),
    };
    Some(format!(
        "{} of {what}: the byte 0x{byte:02X}{latin}{more} {is} not UTF-8, and U+FFFD is read in its place: write UTF-8",
        place(bytes, at)
    ))
}

/// The text of bytes that begin with a byte order mark of UTF-16.
pub(crate) fn utf_16(bytes: &[u8]) -> Option<String> {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let (encoding, text) = decode(bytes).filter(|_| marked)?;
    (encoding == "UTF-16").then_some(text)
}

/// `line 2, column 5`, both from 1; a column is a character.
pub(crate) fn place(bytes: &[u8], at: usize) -> String {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[start..].chars().count() + 1;
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(bytes: &[u8]) -> (Vec<String>, Option<String>) {
        let Garbled { sentences, meant } = garbled("the reply", bytes).unwrap();
        let meant = meant.map(|meant| String::from_utf8_lossy(&meant).into_owned());
        (sentences, meant)
    }

    #[test]
    fn good_json_and_other_mistakes_are_not_garbled() {
        for text in [
            "",
            " \n",
            "{}",
            "{\"a\":\r\n\t\"\u{e9}\\n\\\"\\\\\"}",
            "{\"a\":",
            "{'a'}",
            "no JSON\nat all",
            "\"",
        ] {
            assert_eq!(garbled("the reply", text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn other_encodings_are_named() {
        const TEXT: &str = "{\"a\":\"\u{e9}\u{1f600}\"}";
        let utf_16 = |read: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(read).collect();
        let utf_32 = |read: fn(u32) -> [u8; 4]| -> Vec<u8> {
            TEXT.chars().flat_map(|c| read(u32::from(c))).collect()
        };
        for (encoding, mark, bytes) in [
            ("UTF-16", &b"\xff\xfe"[..], utf_16(u16::to_le_bytes)),
            ("UTF-16", b"\xfe\xff", utf_16(u16::to_be_bytes)),
            ("UTF-32", b"\xff\xfe\0\0", utf_32(u32::to_le_bytes)),
            ("UTF-32", b"\0\0\xfe\xff", utf_32(u32::to_be_bytes)),
        ] {
            let wanted = vec![format!(
                "the reply is {encoding}, and JSON is read as UTF-8 only: write UTF-8 without a byte order mark"
            )];
            let meant = Some(TEXT.to_owned());
            assert_eq!(told(&bytes), (wanted.clone(), meant.clone()));
            assert_eq!(told(&[mark, &bytes].concat()), (wanted, meant));
        }
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        assert_eq!(
            told("\u{feff}{\"a\":1}".as_bytes()),
            (
                vec!["the reply begins with a byte order mark (U+FEFF), which is not JSON: write UTF-8 without one".into()],
                Some("{\"a\":1}".into())
            )
        );
    }

    #[test]
    fn control_characters_within_strings_have_their_place() {
        for (text, place, name, escaped) in [
            (
                "{\"a\":\"x\ny\nz\"}",
                "line 1, column 8",
                "a line break within a string, which JSON does not allow: write \\n",
                r#"{"a":"x\ny\nz"}"#,
            ),
            (
                "{\n \"\u{e9}\tb\":\"\\\\\"}",
                "line 2, column 4",
                "a tab within a string, which JSON does not allow: write \\t",
                "{\n \"\u{e9}\\tb\":\"\\\\\"}",
            ),
            (
                "[\"\\\"\u{1b}\"]",
                "line 1, column 5",
                "the control character U+001B within a string, which JSON does not allow: write \\u001b",
                r#"["\"\u001b"]"#,
            ),
        ] {
            let wanted =
                format!("{place} of the reply: {name}, or leave strings to a JSON library");
            assert_eq!(told(text.as_bytes()), (vec![wanted], Some(escaped.into())));
        }
        // Where the string is not closed, nobody knows what was meant.
        assert_eq!(told(b"{\"a\":\"x\n}").1, None);
    }

    #[test]
    fn bytes_that_are_not_utf_8_have_their_place() {
        let read = "not UTF-8, and U+FFFD is read in its place: write UTF-8";
        for (bytes, wanted, meant) in [
            (
                &b"{\"a\":\"caf\xe9\"}"[..],
                format!(
                    "line 1, column 10 of the reply: the byte 0xE9 ('\u{e9}' in Latin-1) is {read}"
                ),
                "{\"a\":\"caf\u{fffd}\"}",
            ),
            (
                b"{\"a\":\n\"\x80\xe9 \xe9\"}",
                format!("line 2, column 2 of the reply: the byte 0x80, and 2 more, are {read}"),
                "{\"a\":\n\"\u{fffd}\u{fffd} \u{fffd}\"}",
            ),
        ] {
            assert_eq!(told(bytes), (vec![wanted], Some(meant.into())));
        }
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let (sentences, meant) = told(b"\xef\xbb\xbf{\"a\":\"x\ny\",\"b\":\"\xe9\"}");
        assert_eq!(sentences.len(), 3, "{sentences:?}");
        assert_eq!(meant.unwrap(), "{\"a\":\"x\\ny\",\"b\":\"\u{fffd}\"}");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(0), Just(b'"'), Just(b'\\'), Just(b'\n'), Just(0xff), Just(0xfe), any::<u8>()], 0..20
        )) {
            if let Some(Garbled { sentences, .. }) = garbled("the reply", &bytes) {
                prop_assert!(!sentences.is_empty());
            }
        }
    }
}
