//! JSON as it was sent: texts and numbers in the spelling of the sender, keys
//! in the order of the sender. Clients show them so.

use choria_external_go::json::escape_html;
use choria_external_go::number::{self, Form, parse_float};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Levels within each other; the limit of our own reader of JSON, too.
const DEPTH: usize = 127;

#[derive(Debug)]
pub(crate) enum Raw<'a> {
    /// Keys and values; the keys decoded, in [`Raw::Object`]'s own order.
    Object(Vec<(String, Raw<'a>)>, Vec<&'a str>),
    List(Vec<Raw<'a>>),
    /// Null, a truth, a number or a string.
    Plain(&'a str),
}

/// The members of an object, keys as they are spelled.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'a> Raw<'a> {
    /// `None` where it is not JSON, or nested too deep.
    pub(crate) fn parse(json: &'a str) -> Option<Self> {
        Self::parse_level(json, DEPTH)
    }

    fn parse_level(json: &'a str, levels: usize) -> Option<Self> {
        let json = json.trim_ascii();
        let inner = |raw: &'a RawValue| Self::parse_level(raw.get(), levels.checked_sub(1)?);
        match json.as_bytes().first()? {
            b'{' => {
                let Members(raw) = serde_json::from_str(json).ok()?;
                let mut members = Vec::with_capacity(raw.len());
                for (key, value) in &raw {
                    members.push((serde_json::from_str(key.get()).ok()?, inner(value)?));
                }
                let keys = raw.iter().map(|(key, _)| key.get()).collect();
                Some(Self::Object(members, keys))
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
                Some(Self::List(
                    items.into_iter().map(inner).collect::<Option<_>>()?,
                ))
            }
            _ => {
                serde_json::from_str::<&RawValue>(json).ok()?;
                Some(Self::Plain(json))
            }
        }
    }

    pub(crate) fn members(&self) -> Option<&[(String, Raw<'a>)]> {
        match self {
            Self::Object(members, _) => Some(members),
            _ => None,
        }
    }

    /// A plain value as gjson's `String()`: texts decoded, null empty, numbers
    /// without an exponent. Lists and objects have none.
    pub(crate) fn text(&self) -> String {
        let Self::Plain(json) = *self else {
            return String::new();
        };
        match json.as_bytes().first() {
            Some(b'n') => String::new(),
            Some(b'"') => serde_json::from_str(json).unwrap_or_default(),
            Some(b'-' | b'0'..=b'9') => number(json),
            _ => json.to_owned(),
        }
    }

    /// As Go's `json.MarshalIndent`: each line but the first after a prefix.
    pub(crate) fn indented(&self, prefix: &str, indent: &str) -> String {
        let mut text = String::new();
        self.write_indented(&mut text, &format!("\n{prefix}"), indent);
        escape_html(&text)
    }

    fn write_indented(&self, out: &mut String, line: &str, indent: &str) {
        let inner = format!("{line}{indent}");
        match self {
            Self::Plain(json) => out.push_str(json),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members, _) if members.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&inner);
                    item.write_indented(out, &inner, indent);
                }
                out.push_str(line);
                out.push(']');
            }
            Self::Object(members, keys) => {
                out.push('{');
                for (at, ((_, value), key)) in members.iter().zip(keys).enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&inner);
                    out.push_str(key);
                    out.push_str(": ");
                    value.write_indented(out, &inner, indent);
                }
                out.push_str(line);
                out.push('}');
            }
        }
    }

    /// As the package `tidwall/pretty` with sorted keys: a list without objects
    /// stands in one line if that has at most `width` bytes; with a width of 0
    /// none does. It ends with a line break.
    pub(crate) fn pretty(&self, prefix: &str, indent: &str, width: usize) -> String {
        let mut printer = Pretty {
            out: prefix.to_owned(),
            line_start: 0,
            prefix,
            indent,
            width,
        };
        printer.write(self, 0);
        printer.out + "\n"
    }

    /// The list in one line, if there is no object in it.
    fn one_line(&self) -> Option<String> {
        match self {
            Self::Plain(json) => Some((*json).to_owned()),
            Self::List(items) => {
                let items: Option<Vec<_>> = items.iter().map(Self::one_line).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Self::Object(..) => None,
        }
    }
}

/// A whole number as it is spelled, another without an exponent.
fn number(json: &str) -> String {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return json.to_owned();
    }
    // gjson makes an infinity of what is too large, and 0 of what is no number.
    let magnitude = parse_float(digits).unwrap_or(f64::INFINITY);
    let is_negative = digits.len() < json.len();
    let number = if is_negative { -magnitude } else { magnitude };
    number::format(number, Form::Plain)
}

struct Pretty<'a> {
    out: String,
    /// Where the last line started, its line break included.
    line_start: usize,
    prefix: &'a str,
    indent: &'a str,
    width: usize,
}

impl Pretty<'_> {
    fn line(&mut self, level: usize) {
        self.line_start = self.out.len();
        self.out.push('\n');
        self.out.push_str(self.prefix);
        self.out.push_str(&self.indent.repeat(level));
    }

    fn write(&mut self, value: &Raw<'_>, level: usize) {
        match value {
            Raw::Plain(json) => self.out.push_str(json),
            Raw::List(items) => {
                let room = self.width.saturating_sub(self.out.len() - self.line_start);
                let one_line = if room > 3 { value.one_line() } else { None };
                if let Some(line) = one_line.filter(|line| line.len() <= room) {
                    self.out.push_str(&line);
                    return;
                }
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.out.push_str(if at > 0 { "," } else { "" });
                    self.line(level + 1);
                    self.write(item, level + 1);
                }
                if !items.is_empty() {
                    self.line(level);
                }
                self.out.push(']');
            }
            Raw::Object(members, keys) => {
                let mut members: Vec<_> = members.iter().zip(keys).collect();
                members.sort_by_key(|((name, _), _)| name);
                self.out.push('{');
                for (at, ((_, value), key)) in members.iter().enumerate() {
                    self.out.push_str(if at > 0 { "," } else { "" });
                    self.line(level + 1);
                    self.out.push_str(key);
                    self.out.push_str(": ");
                    self.write(value, level + 1);
                }
                if !members.is_empty() {
                    self.line(level);
                }
                self.out.push('}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Raw;

    #[test]
    fn the_spelling_of_the_sender_stays() {
        let raw = Raw::parse(r#" {"b":1e2,"\u0061":["\u00e9<",-0.0]} "#).unwrap();
        assert_eq!(
            raw.pretty("", "  ", 80),
            "{\n  \"\\u0061\": [\"\\u00e9<\", -0.0],\n  \"b\": 1e2\n}\n"
        );
        assert_eq!(
            raw.indented("", " "),
            "{\n \"b\": 1e2,\n \"\\u0061\": [\n  \"\\u00e9\\u003c\",\n  -0.0\n ]\n}"
        );
    }

    #[test]
    fn a_list_stands_in_one_line_where_it_fits() {
        let fits = format!("[\"{}\"]", "x".repeat(76));
        assert_eq!(
            Raw::parse(&fits).unwrap().pretty("", "  ", 80),
            format!("{fits}\n")
        );
        let long = format!("[\"{}\"]", "x".repeat(77));
        let lines = Raw::parse(&long).unwrap().pretty("", "  ", 80);
        assert_eq!(lines.lines().count(), 3, "{lines}");
        for (json, count) in [("[[1],[2]]", 1), ("[{}]", 3), ("[]", 1), ("[[{}]]", 5)] {
            let text = Raw::parse(json).unwrap().pretty("", "  ", 80);
            assert_eq!(text.lines().count(), count, "{text}");
        }
    }

    #[test]
    fn numbers_lose_their_exponent_only() {
        for (json, text) in [
            ("12345678901234567890123", "12345678901234567890123"),
            ("-7", "-7"),
            ("1.0", "1"),
            ("1e21", "1000000000000000000000"),
            ("-1.5E-7", "-0.00000015"),
            ("1e999", "+Inf"),
        ] {
            assert_eq!(Raw::Plain(json).text(), text);
        }
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_nothing() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Raw::parse(&nested(127)).is_some());
        for json in [
            "",
            "{",
            "[1,]",
            "nul",
            "1 2",
            "{\"a\" 1}",
            &nested(200),
            &nested(100_000),
        ] {
            assert!(Raw::parse(json).is_none());
        }
    }
}
