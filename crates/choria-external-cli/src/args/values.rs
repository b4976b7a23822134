//! Values that several commands take.

use std::time::Duration;

use clap::Args;

/// How a Cargo package is built in order to try it.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Profile {
    /// Build a Cargo package with the release profile [default: a debug build, which takes less time]
    #[arg(long)]
    pub(crate) release: bool,
}

/// `NAME=VALUE`.
pub(crate) fn input(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

/// The longest time limit.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// A time limit.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let wanted = "expected a number of seconds above 0, at most 86400";
    seconds
        .filter(|limit| !limit.is_zero() && *limit <= DAY)
        .ok_or_else(|| wanted.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_split_at_the_first_sign() {
        assert_eq!(input("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(input("a="), Ok(("a".into(), String::new())));
        assert!(input("a").is_err() && input("=a").is_err());
    }

    #[test]
    fn a_limit_is_above_zero_and_at_most_a_day() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("86400"), Ok(DAY));
        assert!(
            ["0", "-1", "x", "inf", "NaN", "1e300", "1e19", "86401"]
                .iter()
                .all(|text| seconds(text).is_err())
        );
    }
}
