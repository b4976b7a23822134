//! Scalars of YAML without quotes, by the core schema of YAML 1.2.

use serde_json::{Number, Value};

/// The value of a scalar without quotes.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if is_number(text) => {
            let wrong = || format!("JSON has no number {text}: quote it if it is a string");
            Value::Number(number(text).ok_or_else(wrong)?)
        }
        _ => text.into(),
    })
}

/// The digits behind `0x` or `0o`, and their radix.
fn digits_of_radix(text: &str) -> Option<(&str, u32)> {
    let hexadecimal = text.strip_prefix("0x").map(|digits| (digits, 16));
    let (digits, radix) = hexadecimal.or_else(|| Some((text.strip_prefix("0o")?, 8)))?;
    let all = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    all.then_some((digits, radix))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_number(text: &str) -> bool {
    let decimal = unsigned(text);
    let is_infinite = [".inf", ".Inf", ".INF"].contains(&decimal);
    if is_infinite || [".nan", ".NaN", ".NAN"].contains(&text) || digits_of_radix(text).is_some() {
        return true;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = decimal.split_once(['e', 'E']).unwrap_or((decimal, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = unsigned(exponent);
    digits(whole)
        && digits(part)
        && digits(exponent)
        && !exponent.is_empty()
        && !(whole.is_empty() && part.is_empty())
}

/// The number that a text stands for; `None` where JSON has none such.
fn number(text: &str) -> Option<Number> {
    if let Some((digits, radix)) = digits_of_radix(text) {
        return u64::from_str_radix(digits, radix).ok().map(Number::from);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    Number::from_f64(text.parse().ok()?)
}
