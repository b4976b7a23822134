//! Where a JSON value ends, in text that may be broken: nothing is checked
//! that finding the end does not need.

/// The place after the closing quote of a text, and whether it has escapes.
/// `at` is the place after the opening quote. `None` where the text never ends.
pub(super) fn text_end(json: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        match json.get(at)? {
            b'"' => return Some((at + 1, escaped)),
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// The place after a number that begins at `at`: up to a comma, a closing
/// bracket or a space, whatever there is before.
pub(super) fn number_end(json: &[u8], at: usize) -> usize {
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b',' | b']' | b'}');
    end(json, at, ends)
}

/// The place after the small letters that begin at `at`.
pub(super) fn word_end(json: &[u8], at: usize) -> usize {
    end(json, at, |byte| !byte.is_ascii_lowercase())
}

/// The first byte is never looked at: it says what begins here.
fn end(json: &[u8], at: usize, ends: impl Fn(&u8) -> bool) -> usize {
    let after = (at + 1).min(json.len());
    json[after..]
        .iter()
        .position(ends)
        .map_or(json.len(), |length| after + length)
}

/// The place after the bracket that closes the one before `at`. Brackets of
/// all kinds are taken for the same; without a closing one it is the end.
pub(super) fn bracket_end(json: &[u8], at: usize) -> usize {
    skip_brackets(json, at).min(json.len())
}

/// As [`bracket_end`], but beyond the end where a text within never ends.
pub(super) fn skip_brackets(json: &[u8], mut at: usize) -> usize {
    let mut depth = 1;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => match text_end(json, at) {
                Some((end, _)) => at = end,
                None => return json.len() + 1,
            },
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    json.len()
}

/// The place after the text or the brackets that a text begins with.
pub(super) fn block_end(text: &[u8]) -> usize {
    if text.first() == Some(&b'"') {
        text_end(text, 1).map_or(text.len(), |(end, _)| end)
    } else {
        bracket_end(text, 1)
    }
}

/// Whether a number begins with this: also the words for what is none.
pub(super) fn starts_number(byte: u8) -> bool {
    matches!(byte, b'+' | b'-' | b'0'..=b'9' | b'i' | b'I' | b'N')
}

/// Whether a word that begins with `n` at this place is a number (`nan`).
pub(super) fn is_nan(json: &[u8], at: usize) -> bool {
    json.get(at + 1).is_some_and(|next| *next != b'u')
}

/// What stands between the quotes of a text, with its escapes resolved. It
/// ends early where an escape is none, and at a control character.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut resolved = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte < b' ' {
            break;
        }
        if byte != b'\\' {
            resolved.push(byte);
            continue;
        }
        let Some(&escape) = text.get(at) else { break };
        at += 1;
        resolved.push(match escape {
            b'\\' | b'/' | b'"' => escape,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let Some(first) = text.get(at..at + 4) else {
                    break;
                };
                at += 4;
                let mut unit = code_unit(first);
                if (0xD800..0xE000).contains(&unit)
                    && let Some([b'\\', b'u', second @ ..]) = text.get(at..at + 6)
                {
                    at += 6;
                    unit = pair(unit, code_unit(second));
                }
                let letter = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                resolved.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => break,
        });
    }
    resolved
}

/// Four hexadecimal digits; what is none counts as 0.
fn code_unit(digits: &[u8]) -> u32 {
    digits
        .iter()
        .try_fold(0, |unit, digit| {
            Some(unit * 16 + char::from(*digit).to_digit(16)?)
        })
        .unwrap_or(0)
}

/// Two halves of a surrogate pair; a replacement character where they are none.
fn pair(high: u32, low: u32) -> u32 {
    if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low) {
        0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    } else {
        u32::from(char::REPLACEMENT_CHARACTER)
    }
}

/// Without the spaces and control characters around it.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [0..=b' ', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., 0..=b' '] = text {
        text = rest;
    }
    text
}

/// Whether it is one JSON value and nothing else.
pub(super) fn is_valid(json: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok()
}
