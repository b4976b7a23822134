//! Calculates as Go does.

use super::Stop;
use super::tree::Binary;
use super::value::Value;

/// `left BINARY right` of the operators that calculate.
pub(super) fn calculate(
    binary: Binary,
    left: &Value<'_>,
    right: &Value<'_>,
) -> Result<Value<'static>, Stop> {
    use Value::{Float, Int, Text};
    Ok(match (binary, left, right) {
        (Binary::Add, Text(left), Text(right)) => Value::text(format!("{}{}", &**left, &**right)),
        (Binary::Add, Int(left), Int(right)) => Int(left.wrapping_add(*right)),
        (Binary::Subtract, Int(left), Int(right)) => Int(left.wrapping_sub(*right)),
        (Binary::Multiply, Int(left), Int(right)) => Int(left.wrapping_mul(*right)),
        (Binary::Modulo, Int(_), Int(0)) => return Err(Stop::failed("this divides by zero")),
        (Binary::Modulo, Int(left), Int(right)) => Int(left.wrapping_rem(*right)),
        (_, Int(_) | Float(_), Int(_) | Float(_)) if binary != Binary::Modulo => {
            let (left, right) = (float(left)?, float(right)?);
            Float(match binary {
                Binary::Add => left + right,
                Binary::Subtract => left - right,
                Binary::Multiply => left * right,
                Binary::Divide => left / right,
                _ => power(left, right)?,
            })
        }
        _ => {
            return Err(Stop::failed(format!(
                "{} cannot stand between {} and {}",
                binary.sign(),
                left.type_name(),
                right.type_name()
            )));
        }
    })
}

pub(super) fn negate(value: &Value<'_>) -> Result<Value<'static>, Stop> {
    match value {
        Value::Int(number) => Ok(Value::Int(number.wrapping_neg())),
        Value::Float(number) => Ok(Value::Float(-number)),
        other => Err(Stop::failed(format!(
            "- stands before a number, not {}",
            other.type_name()
        ))),
    }
}

/// A number as a float.
#[allow(clippy::cast_precision_loss)] // As Go does.
pub(super) fn float(value: &Value<'_>) -> Result<f64, Stop> {
    match value {
        Value::Int(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        other => Err(Stop::failed(format!("{} is no number", other.type_name()))),
    }
}

/// A number as an int, cut towards zero. What Go makes of a number beyond 64
/// bits depends on the machine.
pub(super) fn int(value: &Value<'_>) -> Result<i64, Stop> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Int(number) => Ok(*number),
        #[allow(clippy::cast_possible_truncation)] // It is within the limits.
        Value::Float(number) if *number >= -LIMIT && *number < LIMIT => Ok(*number as i64),
        Value::Float(_) => Err(Stop::unsure("a number is too large for an int")),
        other => Err(Stop::failed(format!("{} is no number", other.type_name()))),
    }
}

/// `math.Pow`, step by step: the last bit counts where results are compared.
/// Exponents that are not whole are left out, but for those of square roots.
#[allow(clippy::float_cmp)] // These are exact.
fn power(base: f64, exponent: f64) -> Result<f64, Stop> {
    if exponent == 0.0 || base == 1.0 {
        return Ok(1.0);
    }
    if exponent == 1.0 {
        return Ok(base);
    }
    if !base.is_finite() || !exponent.is_finite() || base == 0.0 {
        // These follow IEEE 754 in both languages.
        return Ok(base.powf(exponent));
    }
    if exponent == 0.5 {
        return Ok(base.sqrt());
    }
    if exponent == -0.5 {
        return Ok(1.0 / base.sqrt());
    }
    let whole = exponent.abs();
    if whole.fract() != 0.0 || whole >= 4096.0 {
        return Err(Stop::unsure("a power with a fraction, or of 4096 and more"));
    }
    let (mut result, mut result_exponent) = (1.0_f64, 0_i32);
    let (mut factor, mut factor_exponent) = frexp(base);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // It is whole and below 4096.
    let mut bits = whole as u32;
    while bits != 0 {
        if !(-4096..=4096).contains(&factor_exponent) {
            result_exponent += factor_exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= factor;
            result_exponent += factor_exponent;
        }
        factor *= factor;
        factor_exponent <<= 1;
        if factor < 0.5 {
            factor += factor;
            factor_exponent -= 1;
        }
        bits >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    // A number below the normal ones is rounded twice in one of the two ways.
    if result_exponent < -1000 {
        return Err(Stop::unsure("a power is too small"));
    }
    if result_exponent > 1100 {
        return Ok(result * f64::INFINITY);
    }
    let half = result_exponent / 2;
    Ok(result * 2_f64.powi(half) * 2_f64.powi(result_exponent - half))
}

/// A fraction of at least a half and below one, and a power of two.
fn frexp(number: f64) -> (f64, i32) {
    const SUBNORMAL: f64 = 18_014_398_509_481_984.0; // 2^54
    if number.is_subnormal() {
        let (fraction, exponent) = frexp(number * SUBNORMAL);
        return (fraction, exponent - 54);
    }
    let bits = number.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_go() {
        let power = |base, exponent| power(base, exponent).ok();
        assert_eq!(power(2.0, 10.0), Some(1024.0));
        assert_eq!(power(-3.0, 3.0), Some(-27.0));
        assert_eq!(power(10.0, -2.0), Some(0.01));
        assert_eq!(power(9.0, 0.5), Some(3.0));
        assert_eq!(power(0.0, -1.0), Some(f64::INFINITY));
        assert_eq!(power(10.0, 400.0), Some(f64::INFINITY));
        assert_eq!(power(2.0, -1074.0), None);
        assert_eq!(power(2.0, 1.5), None);
    }

    #[test]
    fn floats_are_cut_to_ints_within_64_bits() {
        let int = |number| int(&Value::Float(number)).ok();
        assert_eq!(int(-1.9), Some(-1));
        assert_eq!(int(9_223_372_036_854_775_808.0), None);
        assert_eq!(int(-9_223_372_036_854_775_808.0), Some(i64::MIN));
        assert_eq!(int(f64::NAN), None);
    }
}
