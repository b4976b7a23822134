//! One value by one verb, as Go's package `fmt` prints it.

use std::fmt::Write;

use super::quote::{is_printable, quote};
use crate::float;

/// A value that a format can print.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Arg<'a> {
    /// Go's `string`.
    Text(&'a str),
    /// Go's `int`.
    Int(i64),
    /// Go's `float64`.
    Float(f64),
}

/// What stands between `%` and the verb.
#[derive(Clone, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of its own.
pub(crate) struct Flags {
    pub(crate) minus: bool,
    pub(crate) plus: bool,
    pub(crate) sharp: bool,
    pub(crate) space: bool,
    pub(crate) zero: bool,
    /// `%#v` and `%+v`, where the flag is not the one of numbers.
    pub(crate) sharp_v: bool,
    pub(crate) width: Option<usize>,
    pub(crate) precision: Option<usize>,
}

impl Arg<'_> {
    fn type_name(self) -> &'static str {
        match self {
            Arg::Text(_) => "string",
            Arg::Int(_) => "int",
            Arg::Float(_) => "float64",
        }
    }
}

/// Prints a value by a verb; one that does not fit is said in the text.
pub(crate) fn print(out: &mut String, arg: Arg<'_>, verb: char, flags: &Flags) {
    let printed = match arg {
        _ if verb == 'T' => {
            pad_text(out, arg.type_name(), flags);
            true
        }
        Arg::Text(text) => print_text(out, text, verb, flags),
        Arg::Int(number) => print_int(out, number, verb, flags),
        Arg::Float(number) => print_float(out, number, verb, flags),
    };
    if !printed {
        out.push_str("%!");
        out.push(verb);
        out.push('(');
        typed(out, arg, flags);
        out.push(')');
    }
}

/// `type=value`, the value in its plain form.
pub(crate) fn typed(out: &mut String, arg: Arg<'_>, flags: &Flags) {
    out.push_str(arg.type_name());
    out.push('=');
    print(out, arg, 'v', flags);
}

/// Fills up to the width, which counts characters. Zeros go to the left only.
fn pad(out: &mut String, text: &str, flags: &Flags) {
    let missing = flags
        .width
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    if flags.minus {
        out.push_str(text);
    }
    let fill = if flags.zero && !flags.minus { '0' } else { ' ' };
    out.extend(std::iter::repeat_n(fill, missing));
    if !flags.minus {
        out.push_str(text);
    }
}

fn cut<'a>(text: &'a str, flags: &Flags) -> &'a str {
    let end = flags
        .precision
        .and_then(|most| text.char_indices().nth(most));
    end.map_or(text, |(end, _)| &text[..end])
}

fn pad_text(out: &mut String, text: &str, flags: &Flags) {
    pad(out, cut(text, flags), flags);
}

fn print_text(out: &mut String, text: &str, verb: char, flags: &Flags) -> bool {
    match verb {
        'v' if flags.sharp_v => pad(out, &quote(cut(text, flags), '"', false), flags),
        'v' | 's' => pad_text(out, text, flags),
        'q' => {
            let text = cut(text, flags);
            let raw = flags.sharp && text.chars().all(fits_backquotes);
            let quoted = if raw {
                format!("`{text}`")
            } else {
                quote(text, '"', flags.plus)
            };
            pad(out, &quoted, flags);
        }
        'x' | 'X' => pad(out, &hex_bytes(text, verb == 'X', flags), flags),
        _ => return false,
    }
    true
}

fn fits_backquotes(c: char) -> bool {
    c != '\u{feff}' && c != '`' && c != '\u{7f}' && (c >= ' ' || c == '\t')
}

/// The bytes of a text; here the precision counts bytes.
fn hex_bytes(text: &str, upper: bool, flags: &Flags) -> String {
    let most = flags.precision.unwrap_or(usize::MAX);
    let mut hex = String::new();
    for (at, byte) in text.bytes().take(most).enumerate() {
        if at > 0 && flags.space {
            hex.push(' ');
        }
        if flags.sharp && (at == 0 || flags.space) {
            hex.push_str(if upper { "0X" } else { "0x" });
        }
        // Writing into a text cannot fail.
        let _ = if upper {
            write!(hex, "{byte:02X}")
        } else {
            write!(hex, "{byte:02x}")
        };
    }
    hex
}

fn print_int(out: &mut String, number: i64, verb: char, flags: &Flags) -> bool {
    let magnitude = number.unsigned_abs();
    let digits = match verb {
        'v' | 'd' => magnitude.to_string(),
        'b' => format!("{magnitude:b}"),
        'o' | 'O' => format!("{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        'X' => format!("{magnitude:X}"),
        'c' => {
            pad(out, character(number).encode_utf8(&mut [0; 4]), flags);
            return true;
        }
        'q' => {
            let quoted = quote(character(number).encode_utf8(&mut [0; 4]), '\'', flags.plus);
            pad(out, &quoted, flags);
            return true;
        }
        'U' => {
            print_code_point(out, number, flags);
            return true;
        }
        _ => return false,
    };
    let spaces = Flags {
        zero: false,
        ..flags.clone()
    };
    if flags.precision == Some(0) && number == 0 {
        // Nothing but the width.
        pad(out, "", &spaces);
        return true;
    }
    let sign = match (number < 0, flags.plus, flags.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (.., true) => " ",
        _ => "",
    };
    let least = match (flags.precision, flags.width) {
        (Some(precision), _) => precision,
        (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(sign.len()),
        _ => 0,
    };
    let digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
    let prefix = match verb {
        'O' if flags.sharp && !digits.starts_with('0') => "0o0",
        'O' => "0o",
        'b' if flags.sharp => "0b",
        'x' if flags.sharp => "0x",
        'X' if flags.sharp => "0X",
        'o' if flags.sharp && !digits.starts_with('0') => "0",
        _ => "",
    };
    pad(out, &format!("{sign}{prefix}{digits}"), &spaces);
    true
}

fn character(number: i64) -> char {
    let code = u32::try_from(number).ok();
    code.and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn print_code_point(out: &mut String, number: i64, flags: &Flags) {
    let least = flags.precision.unwrap_or(4).max(4);
    let digits = format!("{number:X}");
    let zeros = "0".repeat(least.saturating_sub(digits.len()));
    let mut text = format!("U+{zeros}{digits}");
    if flags.sharp
        && let Some(c) = u32::try_from(number).ok().and_then(char::from_u32)
        && is_printable(c)
    {
        let _ = write!(text, " '{c}'");
    }
    let spaces = Flags {
        zero: false,
        ..flags.clone()
    };
    pad(out, &text, &spaces);
}

fn print_float(out: &mut String, number: f64, verb: char, flags: &Flags) -> bool {
    let (form, precision) = match verb {
        'v' => ('g', flags.precision),
        'F' => ('f', flags.precision.or(Some(6))),
        'e' | 'E' | 'f' => (verb, flags.precision.or(Some(6))),
        'g' | 'G' | 'b' | 'x' | 'X' => (verb, flags.precision),
        _ => return false,
    };
    let mut text = float::format(number.abs(), form, precision);
    let sign = match () {
        () if number.is_sign_negative() && !number.is_nan() => "-",
        () if flags.plus => "+",
        () if flags.space => " ",
        // Go prints the sign of an infinity always.
        () if number.is_infinite() => "+",
        () => "",
    };
    if !number.is_finite() {
        let spaces = Flags {
            zero: false,
            ..flags.clone()
        };
        pad(out, &format!("{sign}{text}"), &spaces);
        return true;
    }
    if flags.sharp && form != 'b' {
        text = with_point(&text, form, precision);
    }
    if flags.zero && !flags.minus && !sign.is_empty() {
        out.push_str(sign);
        let rest = Flags {
            width: flags.width.map(|width| width.saturating_sub(sign.len())),
            ..flags.clone()
        };
        pad(out, &text, &rest);
    } else {
        pad(out, &format!("{sign}{text}"), flags);
    }
    true
}

/// What the flag `#` asks for: a point always, and the zeros that `%g` drops.
fn with_point(text: &str, form: char, precision: Option<usize>) -> String {
    let exponent = match form {
        'x' | 'X' => text.find(['p', 'P']),
        _ => text.find(['e', 'E']),
    };
    let (mantissa, exponent) = text.split_at(exponent.unwrap_or(text.len()));
    let wanted = match form {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let significant = |c: &char| !matches!(c, '0' | '.');
    let shown = match mantissa.find(|c| significant(&c)) {
        Some(first) => mantissa[first..].chars().filter(|c| *c != '.').count(),
        None => 0,
    };
    let mut whole = mantissa.to_owned();
    let mut missing = wanted.saturating_sub(shown);
    if !whole.contains('.') {
        missing -= usize::from(whole == "0" && missing > 0);
        whole.push('.');
    }
    whole.extend(std::iter::repeat_n('0', missing));
    whole + exponent
}
