//! Numbers as Go's `strconv.FormatFloat` writes them.

/// A number that is not below 0, in a form of Go (`e`, `E`, `f`, `g`, `G`, `b`,
/// `x`, `X`), with as many digits as the precision says; without one, with as
/// few as tell it from every other number.
pub(crate) fn format(number: f64, form: char, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return "Inf".into();
    }
    match form {
        'f' => match precision {
            Some(precision) => {
                let (shown, zeros) = exact(precision);
                format!("{number:.shown$}{zeros}")
            }
            None => {
                let (digits, exponent) = digits(&shortest(number));
                positional(&digits, exponent)
            }
        },
        'e' | 'E' => scientific(number, form, precision),
        'b' => {
            let (mantissa, exponent) = parts(number);
            format!("{mantissa}p{exponent:+}")
        }
        'x' | 'X' => hexadecimal(number, form == 'X', precision),
        _ => general(number, form, precision),
    }
}

/// Digits after the point, of which Rust prints 65,535 at most, and the zeros
/// behind them: no float has more than 1,074 that are none.
fn exact(precision: usize) -> (usize, String) {
    let shown = precision.min(1100);
    (shown, "0".repeat(precision - shown))
}

/// `1.5e6`, with as few digits as tell it from every other number. Halfway between
/// two, Rust takes the one away from zero, and Go the even one; so does Rust where
/// it is told how many digits.
fn shortest(number: f64) -> String {
    let text = format!("{number:e}");
    let places = text.split_once('e').unwrap_or((&text, "")).0.len();
    let even = format!("{number:.*e}", places.saturating_sub(2));
    if even.parse() == Ok(number) {
        even
    } else {
        text
    }
}

/// Of `1.5e6` the digits and the power of ten of the first one.
fn digits(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = mantissa.chars().filter(|c| *c != '.').collect();
    (digits, exponent.parse().unwrap_or(0))
}

/// `1500000`, `0.0015`.
fn positional(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("0.{}{digits}", "0".repeat(zeros));
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(1);
    if digits.len() <= whole {
        return format!("{digits:0<whole$}");
    }
    format!("{}.{}", &digits[..whole], &digits[whole..])
}

/// `1.5e+06`: Go writes the sign of the exponent and two digits at least.
fn scientific(number: f64, form: char, precision: Option<usize>) -> String {
    let (text, zeros) = match precision {
        Some(precision) => {
            let (shown, zeros) = exact(precision);
            (format!("{number:.shown$e}"), zeros)
        }
        None => (shortest(number), String::new()),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{zeros}{form}{sign}{digits:0>2}")
}

/// The shorter of both: with an exponent where it is below -4, or so large
/// that zeros would have to be made up.
fn general(number: f64, form: char, precision: Option<usize>) -> String {
    let e = if form == 'G' { 'E' } else { 'e' };
    let rounded = scientific(number, e, precision.map(|most| most.max(1) - 1));
    let (mut digits, exponent) = digits(&rounded);
    while digits.len() > 1 && digits.ends_with('0') {
        digits.pop();
    }
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let large = match precision {
        None => 6,
        Some(most) => {
            let most = i32::try_from(most.max(1)).unwrap_or(i32::MAX);
            if most > count && count > exponent {
                count
            } else {
                most
            }
        }
    };
    if exponent < -4 || exponent >= large {
        let point = if digits.len() > 1 { "." } else { "" };
        let (first, rest) = digits.split_at(1);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{first}{point}{rest}{e}{sign}{:02}", exponent.abs());
    }
    positional(&digits, exponent)
}

/// Mantissa and power of two, the mantissa of 53 bits where it can.
fn parts(number: f64) -> (u64, i64) {
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), bits >> 52 & 0x7ff);
    match i64::try_from(exponent).unwrap_or(0) {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, exponent - 1075),
    }
}

/// `0x1.8p+01`.
fn hexadecimal(number: f64, upper: bool, precision: Option<usize>) -> String {
    let (mut mantissa, exponent) = parts(number);
    let mut power = 0;
    if mantissa != 0 {
        let shift = mantissa.leading_zeros() - 11;
        mantissa <<= shift;
        power = exponent + 52 - i64::from(shift);
    }
    // The first bit stands before the point, 52 behind it.
    if let Some(digits) = precision.filter(|digits| *digits < 13) {
        let dropped = 52 - 4 * digits;
        let half = 1_u64 << (dropped - 1);
        let (kept, over) = (mantissa >> dropped, mantissa & (2 * half - 1));
        let up = over > half || (over == half && kept % 2 == 1);
        mantissa = (kept + u64::from(up)) << dropped;
        if mantissa >> 53 == 1 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let fraction = match precision {
        Some(digits) if digits <= 13 => fraction[..digits].to_owned(),
        Some(digits) => format!("{fraction}{}", "0".repeat(digits - 13)),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    let text = format!(
        "0x{}{point}{fraction}p{sign}{:02}",
        mantissa >> 52,
        power.abs()
    );
    if upper { text.to_uppercase() } else { text }
}
