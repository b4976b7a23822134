//! Numbers and booleans as Go reads and writes them.

use serde_json::Value;

use crate::float;

/// Reads a whole number as Go's `strconv.Atoi`: an optional sign, then decimal
/// digits only. `None` where the text is none, or one beyond 64 bits.
pub fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Reads a boolean as Go's `strconv.ParseBool`: `1`, `t`, `true`, `0`, `f`,
/// `false`, in the cases that Go takes.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a number as Go's `strconv.ParseFloat(text, 64)`: besides the usual
/// forms `1.`, `.5`, `1_000`, `inf`, `nan` and hexadecimal `0x1.8p1`. `None`
/// where the text is no number, or one too large.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let named = |name: &str| unsigned.eq_ignore_ascii_case(name);
    let number = if named("inf") || named("infinity") {
        f64::INFINITY
    } else if named("nan") {
        // The one word that Go takes without a sign only.
        return (unsigned.len() == text.len()).then_some(f64::NAN);
    } else {
        let digits = without_underscores(unsigned)?;
        let number = match digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
        {
            Some(hex) => parse_hex(hex)?,
            None if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                digits.parse().ok()?
            }
            None => return None,
        };
        if number == f64::INFINITY {
            return None;
        }
        number
    };
    Some(if negative { -number } else { number })
}

/// Drops the underscores if each of them stands between two digits, or between
/// the prefix `0x` and a digit.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let is_digit = |at: usize| match bytes.get(at) {
        Some(byte) if is_hex => byte.is_ascii_hexdigit(),
        Some(byte) => byte.is_ascii_digit(),
        None => false,
    };
    let placed =
        |at: usize| is_digit(at + 1) && at > 0 && (is_digit(at - 1) || (is_hex && at == 2));
    bytes
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte != b'_' || placed(at))
        .then(|| text.replace('_', ""))
}

/// Reads what follows `0x`: hexadecimal digits with at most one point, then
/// `p` and a decimal power of two, which is not optional. Infinite where the
/// number is too large.
fn parse_hex(text: &str) -> Option<f64> {
    let (digits, power) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let power_digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    if power_digits.is_empty() || !power_digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Beyond this every number is 0 or too large; no text is long enough to
    // make up for it.
    let far = if power.starts_with('-') {
        -(1 << 40)
    } else {
        1 << 40
    };
    let mut exponent: i64 = power.parse().unwrap_or(far).clamp(-(1 << 40), 1 << 40);

    let (mut mantissa, mut rest) = (0_u64, false);
    for (at, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = digit.to_digit(16)?;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            exponent -= if at >= whole.len() { 4 } else { 0 };
        } else {
            rest |= digit != 0;
            exponent += if at < whole.len() { 4 } else { 0 };
        }
    }
    Some(scale(mantissa, rest, exponent))
}

/// `mantissa * 2^exponent`, and a little more where there is a `rest`: the
/// nearest float, of two the even one.
fn scale(mantissa: u64, rest: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let mantissa = u128::from(mantissa << shift);
    let exponent = exponent - i64::from(shift);
    // 53 bits stay of 64, fewer where the number is below the normal ones.
    let dropped = (-1074 - exponent).max(11);
    if dropped > 64 {
        return 0.0;
    }
    let half = 1_u128 << (dropped - 1);
    let (kept, over) = (mantissa >> dropped, mantissa & (half * 2 - 1));
    let up = over > half || (over == half && (rest || kept % 2 == 1));
    let kept = kept + u128::from(up);
    // What is kept has 53 bits at most, or is a power of two: this is exact.
    #[allow(clippy::cast_precision_loss)]
    let kept = kept as f64;
    kept * power_of_two(exponent + dropped)
}

/// 2^exponent, for an exponent of -1074 or more; infinite from 1024 on.
fn power_of_two(exponent: i64) -> f64 {
    match u64::try_from(exponent + 1023) {
        Ok(biased @ 1..) => f64::from_bits(biased.min(0x7ff) << 52),
        _ => f64::from_bits(1 << (exponent + 1074)),
    }
}

/// The float that a number of JSON is to Go: the nearest one, however many digits
/// it has.
#[cfg(feature = "fmt")]
pub(crate) fn to_float(number: &serde_json::Number) -> f64 {
    // By the text, so that a number of any length is read once.
    number
        .as_f64()
        .or_else(|| parse_float(&number.to_string()))
        .unwrap_or_default()
}

/// How a number is written: always with the fewest digits that mean it, of two
/// such numbers of digits that are equally near the even one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// As `strconv.FormatFloat(number, 'f', -1, 64)`: without an exponent.
    Plain,
    /// As `strconv.FormatFloat(number, 'g', -1, 64)` and `%v`: with an exponent
    /// below 0.0001 and from 1,000,000 on, of two digits at least.
    General,
    /// As `json.Marshal`: with an exponent below 0.000001 and from 10^21 on, of one
    /// digit at least. JSON has neither NaN nor an infinity; for these the result is
    /// that of the other forms.
    Json,
}

/// Writes a number as Go writes a `float64`.
///
/// ```
/// use choria_external_go::number::{Form, format};
///
/// assert_eq!(format(2e9, Form::Plain), "2000000000");
/// assert_eq!(format(2e9, Form::General), "2e+09");
/// assert_eq!(format(1e-7, Form::Json), "1e-7");
/// assert_eq!(format(f64::INFINITY, Form::General), "+Inf");
/// // Rust writes ..313.
/// assert_eq!(format(2.0_f64.powi(-25), Form::Json), "2.9802322387695312e-8");
/// ```
pub fn format(number: f64, form: Form) -> String {
    let magnitude = number.abs();
    let sign = match number {
        _ if number.is_nan() => "",
        f64::INFINITY => "+",
        _ if number.is_sign_negative() => "-",
        _ => "",
    };
    let text = match form {
        Form::General => float::format(magnitude, 'g', None),
        Form::Json if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) => {
            float::format(magnitude, 'e', None).replace("e-0", "e-")
        }
        Form::Plain | Form::Json => float::format(magnitude, 'f', None),
    };
    format!("{sign}{text}")
}

/// Returns a number as the JSON value that Go writes: whole ones have no fraction.
/// Returns `None` for those that JSON does not have.
pub fn to_json(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() < 1e21 {
        // From 2^53 on that is not always the float as an integer: the digits that
        // mean it are followed by zeros.
        return format(number, Form::Json).parse().map(Value::Number).ok();
    }
    serde_json::Number::from_f64(number).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_have_no_fraction_in_json() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0.0"),
            (2.5, "2.5"),
            (-65_323_421_976_632_776.0, "-65323421976632776"),
            // As an integer it ends in 416.
            (642_698_686_206_540_416.0, "642698686206540400"),
            (1e19, "10000000000000000000"),
        ] {
            assert_eq!(to_json(number).unwrap().to_string(), text);
        }
        assert_eq!(to_json(1e20), Some(Value::from(1e20)));
        assert_eq!(to_json(f64::INFINITY), None);
    }

    #[test]
    fn floats_are_written_as_go_writes_them() {
        for (number, plain, general, json) in [
            (1.0, "1", "1", "1"),
            (-0.0, "-0", "-0", "-0"),
            (0.1, "0.1", "0.1", "0.1"),
            (1e6, "1000000", "1e+06", "1000000"),
            (
                -123_456_789.5,
                "-123456789.5",
                "-1.234567895e+08",
                "-123456789.5",
            ),
            (
                123e18,
                "123000000000000000000",
                "1.23e+20",
                "123000000000000000000",
            ),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (0.000_01, "0.00001", "1e-05", "0.00001"),
            (1e-7, "0.0000001", "1e-07", "1e-7"),
            (1e-10, "0.0000000001", "1e-10", "1e-10"),
            (
                9_007_199_254_740_993.0,
                "9007199254740992",
                "9.007199254740992e+15",
                "9007199254740992",
            ),
            (
                36_028_797_018_963_968.0,
                "36028797018963970",
                "3.602879701896397e+16",
                "36028797018963970",
            ),
            // Halfway between two numbers of as many digits.
            (
                2.0_f64.powi(-25),
                "0.000000029802322387695312",
                "2.9802322387695312e-08",
                "2.9802322387695312e-8",
            ),
            (
                -5.960_464_477_539_062e-7,
                "-0.0000005960464477539062",
                "-5.960464477539062e-07",
                "-5.960464477539062e-7",
            ),
            (
                1.549_720_764_160_156_2e-6,
                "0.0000015497207641601562",
                "1.5497207641601562e-06",
                "0.0000015497207641601562",
            ),
            (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf", "-Inf"),
            (f64::NAN, "NaN", "NaN", "NaN"),
        ] {
            let written = [Form::Plain, Form::General, Form::Json].map(|form| format(number, form));
            assert_eq!(written, [plain, general, json]);
        }
    }

    #[test]
    fn hexadecimal_numbers_round_to_the_nearest() {
        for (text, wanted) in [
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", f64::from_bits(1)),
            ("0x1.0000000000000000000001p-1075", f64::from_bits(1)),
            ("0x3p-1075", f64::from_bits(2)),
            ("0x1p-1022", f64::MIN_POSITIVE),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x20000000000001p0", 9_007_199_254_740_992.0),
            ("0x20000000000003p0", 9_007_199_254_740_996.0),
            (
                "0x20000000000001.0000000000000001p0",
                9_007_199_254_740_994.0,
            ),
            ("0x100000000000000000000p-80", 1.0),
            ("0x_1_0p0", 16.0),
            ("0x.0p99999999999999999999", 0.0),
            ("0x1p-99999999999999999999", 0.0),
        ] {
            assert_eq!(parse_float(text), Some(wanted), "{text}");
        }
        for text in [
            "0x1.fffffffffffff8p1023",
            "0x1p99999999999999999999",
            "0x1p",
            "0xp1",
            "0x1p1.",
            "0x1p++1",
            "0x1_p1",
            "0x1p1_",
            "_1",
            "1__0",
            "1_.5",
            "1._5",
            "1e_5",
            "--1",
            "+",
        ] {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[+-]?(0[xX])?[0-9a-fA-F_.]{0,30}([pPeE][+-]?[0-9_]{0,25})?|\\PC*") {
            let _ = parse_float(&text).and_then(to_json);
        }

        #[test]
        fn every_float_is_read_from_its_hexadecimal_form(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let (fraction, exponent) = (bits & ((1 << 52) - 1), bits >> 52 & 0x7ff);
            let sign = if number.is_sign_negative() { "-" } else { "" };
            let text = match exponent {
                0 => format!("{sign}0x{fraction:x}p-1074"),
                _ => format!("{sign}0x1{fraction:013x}p{}", i64::try_from(exponent).unwrap() - 1075),
            };
            prop_assert_eq!(parse_float(&text).map(f64::to_bits), Some(bits), "{}", text);
        }

        #[test]
        fn every_float_is_read_from_its_decimal_form(number in any::<f64>()) {
            prop_assume!(number.is_finite());
            prop_assert_eq!(parse_float(&format!("{number:e}")), Some(number));
            for form in [Form::Plain, Form::General, Form::Json] {
                prop_assert_eq!(parse_float(&format(number, form)), Some(number));
            }
        }
    }
}
