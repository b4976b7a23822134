//! What a scalar of YAML stands for: the rules of Go's `yaml.v2`.

/// A scalar as `yaml.v2` reads it.
///
/// ```
/// use choria_external_go::yaml::Scalar;
///
/// assert_eq!(Scalar::read("on", true, None)?, Scalar::Bool(true));
/// assert_eq!(Scalar::read("on", false, None)?, Scalar::String("on".into()));
/// assert_eq!(Scalar::read("1_000", true, None)?, Scalar::Integer(1000));
/// assert!(Scalar::read("one", true, Some("!!int")).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`, `~`, or nothing.
    Null,
    /// `yes`, `off` and their kin.
    Bool(bool),
    /// A whole number; wide enough for all that Go reads, 64 bits with a sign or
    /// without.
    Integer(i128),
    /// Any other number, `.inf` and `.nan` too.
    Float(f64),
    /// All else.
    String(String),
}

impl Scalar {
    /// Reads a scalar: its text without quotes, whether it stood there without
    /// them, and its tag, such as `!!str`.
    ///
    /// The tag `!!binary` gives the bytes that base64 stands for as a string, with
    /// U+FFFD for each that is not UTF-8, as it gets into JSON.
    ///
    /// # Errors
    /// Returns the reason if the text is not what the tag says.
    pub fn read(text: &str, plain: bool, tag: Option<&str>) -> Result<Self, String> {
        let Some(tag) = tag else {
            return Ok(if plain {
                resolve(text)
            } else {
                Self::String(text.into())
            });
        };
        let fits = |scalar: &Self| match tag {
            "!!int" => matches!(scalar, Self::Integer(_)),
            "!!float" => matches!(scalar, Self::Integer(_) | Self::Float(_)),
            "!!bool" => matches!(scalar, Self::Bool(_)),
            _ => matches!(scalar, Self::Null),
        };
        match tag {
            "!!int" | "!!float" | "!!bool" | "!!null" => Some(resolve(text))
                .filter(fits)
                .ok_or_else(|| format!("{text:?} is not {tag}")),
            "!!binary" => base64(text)
                .map(|bytes| Self::String(as_json(&bytes)))
                .ok_or_else(|| "the value of !!binary is not base64".into()),
            // What is tagged otherwise, by a lone ! too, is a string.
            _ => Ok(Self::String(text.into())),
        }
    }
}

/// The bytes of standard base64 with padding, as Go reads it: line breaks are passed
/// over, and the bits that are left over may have any value.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut bytes = Vec::new();
    let mut groups = text.chunks(4).peekable();
    while let Some(group) = groups.next() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        let is_last = groups.peek().is_none();
        if group.len() != 4 || padding > 2 || (padding > 0 && !is_last) {
            return None;
        }
        let digits = &group[..4 - padding];
        let mut bits = 0_u32;
        for digit in digits {
            bits = bits << 6 | sextet(*digit)?;
        }
        bits <<= 6 * padding;
        bytes.extend(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

/// What a digit of base64 stands for.
fn sextet(digit: u8) -> Option<u32> {
    Some(
        match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }
        .into(),
    )
}

/// Bytes as Go writes them in JSON: each that is not UTF-8 is a U+FFFD.
fn as_json(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// What a scalar without quotes is.
fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let plain = text.replace('_', "");
            integer(&plain)
                .map(Scalar::Integer)
                .or_else(|| float(&plain))
        }
        Some(b'.') => float(text),
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::String(text.to_owned()))
}

/// A whole number as Go writes it: `017`, `0o17`, `0xf` and `0b1111` too.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&digits[2..], 16),
        [b'0', b'b', ..] => (&digits[2..], 2),
        [b'0', b'o', ..] => (&digits[2..], 8),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    // `from_str_radix` takes a second sign.
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    let range = if negative {
        i128::from(i64::MIN)..=0
    } else if text.starts_with('+') {
        // Go reads what is beyond 63 bits without sign only.
        0..=i128::from(i64::MAX)
    } else {
        0..=i128::from(u64::MAX)
    };
    range.contains(&number).then_some(number)
}

/// A float: digits, a point, an exponent; no more than that.
fn float(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let known = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || !digits.bytes().all(known)
    {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_is_read_as_go_reads_it() {
        let read = |text: &str| Scalar::read(text, true, Some("!!binary"));
        for (text, bytes) in [
            ("", ""),
            ("eA==", "x"),
            ("eHk=", "xy"),
            ("eHl6", "xyz"),
            // Bits that are left over.
            ("eB==", "x"),
            ("e\nHl\r\n6\n", "xyz"),
            ("gIGC", "\u{fffd}\u{fffd}\u{fffd}"),
            ("4oKC4oI=", "\u{2082}\u{fffd}\u{fffd}"),
            ("+/+/", "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(read(text), Ok(Scalar::String(bytes.into())), "{text}");
        }
        for text in [
            "e", "eA", "eA=", "eA===", "=", "====", "e A=", "eA==eA==", "e-l6", "e=A=",
        ] {
            assert_eq!(
                read(text).unwrap_err(),
                "the value of !!binary is not base64",
                "{text}"
            );
        }
    }
}
