//! `semver()`: versions and constraints as Masterminds/semver 1.5 reads them,
//! which is not what the Rust crate of the name does: `1.2` is `~1.2`, parts
//! may be `x`, ranges are written `1.0 - 2.0`.

use std::cmp::Ordering;

/// A version; what follows a `+` plays no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [i64; 3],
    pre: String,
}

/// Alternatives, each of which is a list of what must all hold.
#[derive(Clone, Debug)]
pub(super) struct Constraint(Vec<Vec<Comparator>>);

#[derive(Clone, Debug)]
struct Comparator {
    sign: Sign,
    version: Version,
    /// What was left out or written as `x`: the minor part, and the rest.
    minor_open: bool,
    patch_open: bool,
    open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Equal,
    NotEqual,
    More,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

/// The parts of a version as they are written: numbers, and what follows `-`.
struct Written<'a> {
    numbers: [Option<&'a str>; 3],
    pre: &'a str,
}

/// Reads a version at the start of a text; gives what follows, too. A number
/// may hold what `is_digit` takes.
fn written(text: &str, is_digit: fn(char) -> bool) -> Option<(Written<'_>, &str)> {
    let digits = |text: &str| text.find(|char| !is_digit(char)).unwrap_or(text.len());
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let mut numbers = [None; 3];
    for (place, number) in numbers.iter_mut().enumerate() {
        let after = if place == 0 {
            Some(rest)
        } else {
            rest.strip_prefix('.')
        };
        let Some((after, end)) = after.map(|after| (after, digits(after))) else {
            break;
        };
        if end == 0 {
            break;
        }
        *number = Some(&after[..end]);
        rest = &after[end..];
    }
    numbers[0]?;
    let (pre, rest) = labels(rest, '-');
    let (_, rest) = labels(rest, '+');
    Some((Written { numbers, pre }, rest))
}

/// Words with dots between them, after a mark. A mark without a word is left.
fn labels(text: &str, mark: char) -> (&str, &str) {
    let is_label = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let Some(mut rest) = text
        .strip_prefix(mark)
        .filter(|rest| rest.starts_with(is_label))
    else {
        return ("", text);
    };
    let all = rest;
    loop {
        rest = rest.trim_start_matches(is_label);
        match rest
            .strip_prefix('.')
            .filter(|next| next.starts_with(is_label))
        {
            Some(next) => rest = next,
            None => return (&all[..all.len() - rest.len()], rest),
        }
    }
}

fn is_number(char: char) -> bool {
    char.is_ascii_digit()
}

/// Choria's library means `x`, `X` and `*`, and takes `|` too.
fn is_number_or_open(char: char) -> bool {
    char.is_ascii_digit() || matches!(char, 'x' | 'X' | '*' | '|')
}

/// White space as Go's `\s` has it.
fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

impl Version {
    pub(super) fn new(text: &str) -> Option<Self> {
        match written(text, is_number)? {
            (written, "") => {
                Self::from_parts(written.numbers.map(|part| part.unwrap_or("0")), written.pre)
            }
            _ => None,
        }
    }

    fn from_parts(parts: [&str; 3], pre: &str) -> Option<Self> {
        let number = |at: usize| {
            parts[at]
                .parse()
                .ok()
                .filter(|_| parts[at].chars().all(is_number))
        };
        Some(Self {
            numbers: [number(0)?, number(1)?, number(2)?],
            pre: pre.into(),
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.pre.as_str(), other.pre.as_str()) {
                ("", "") => Ordering::Equal,
                ("", _) => Ordering::Greater,
                (_, "") => Ordering::Less,
                (left, right) => compare_labels(left, right),
            }
        })
    }
}

fn compare_labels(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => compare_label(left, right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Numbers come before words.
fn compare_label(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Err(_), Err(_)) => left.cmp(right),
        (Err(_), Ok(_)) => Ordering::Greater,
        (Ok(left), Ok(right)) if left > right => Ordering::Greater,
        // Of 1 and 01, too, that on the left is the lesser.
        _ => Ordering::Less,
    }
}

impl Constraint {
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = without_ranges(text);
        let alternatives = text
            .split("||")
            .map(|all| all.split(',').map(Comparator::new).collect());
        alternatives.collect::<Option<_>>().map(Self)
    }

    pub(super) fn allows(&self, version: &Version) -> bool {
        let Self(alternatives) = self;
        alternatives
            .iter()
            .any(|all| all.iter().all(|one| one.allows(version)))
    }
}

/// Writes `1.0 - 2.0` as `>= 1.0, <= 2.0`.
fn without_ranges(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((range, after)) = range(rest) {
            made.push_str(&range);
            rest = after;
        } else {
            made.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    made
}

fn range(text: &str) -> Option<(String, &str)> {
    let start = text.trim_start_matches(is_space);
    let (_, after_from) = written(start, is_number_or_open)?;
    let from = &start[..start.len() - after_from.len()];
    let dash = after_from.trim_start_matches(is_space).strip_prefix('-')?;
    let to = dash.trim_start_matches(is_space);
    if !after_from.starts_with(is_space) || !dash.starts_with(is_space) {
        return None;
    }
    let (_, rest) = written(to, is_number_or_open)?;
    let to = &to[..to.len() - rest.len()];
    Some((
        format!(">= {from}, <= {to}"),
        rest.trim_start_matches(is_space),
    ))
}

impl Comparator {
    fn new(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_space);
        let signs = [
            ("!=", Sign::NotEqual),
            (">=", Sign::AtLeast),
            ("=>", Sign::AtLeast),
            ("<=", Sign::AtMost),
            ("=<", Sign::AtMost),
            ("~>", Sign::Tilde),
            ("=", Sign::Equal),
            (">", Sign::More),
            ("<", Sign::Less),
            ("~", Sign::Tilde),
            ("^", Sign::Caret),
            ("", Sign::Equal),
        ];
        let (sign, version) = signs
            .iter()
            .find_map(|(written, sign)| text.strip_prefix(written).map(|rest| (*sign, rest)))?;
        let (parts, rest) = written(version.trim_start_matches(is_space), is_number_or_open)?;
        if !rest.is_empty() {
            return None;
        }
        let is_open = |part: &str| matches!(part, "x" | "X" | "*");
        let [major, minor, patch] = parts.numbers;
        let major = major?;
        let (numbers, pre) = if is_open(major) {
            (["0", "0", "0"], "")
        } else if minor.is_none_or(is_open) {
            ([major, "0", "0"], parts.pre)
        } else if patch.is_some_and(is_open) {
            ([major, minor?, "0"], parts.pre)
        } else {
            ([major, minor?, patch.unwrap_or("0")], parts.pre)
        };
        let minor_open = !is_open(major) && minor.is_none_or(is_open);
        let patch_open = !is_open(major) && !minor_open && patch.is_some_and(is_open);
        Some(Self {
            sign,
            version: Version::from_parts(numbers, pre)?,
            minor_open,
            patch_open,
            open: is_open(major) || minor_open || patch_open,
        })
    }

    fn allows(&self, version: &Version) -> bool {
        // Versions before a release are for those who ask for them.
        let unasked = !version.pre.is_empty() && self.version.pre.is_empty();
        let order = version.compare(&self.version);
        let [major, minor, _] = version.numbers;
        let [own_major, own_minor, _] = self.version.numbers;
        match self.sign {
            Sign::NotEqual if !self.open => order != Ordering::Equal,
            _ if unasked => false,
            Sign::NotEqual => major != own_major || (minor != own_minor && !self.minor_open),
            Sign::More => order == Ordering::Greater,
            Sign::AtLeast => order != Ordering::Less,
            Sign::Less | Sign::AtMost if self.open => {
                major <= own_major && (minor <= own_minor || self.minor_open)
            }
            Sign::Less => order == Ordering::Less,
            Sign::AtMost => order != Ordering::Greater,
            Sign::Equal if !self.open => order == Ordering::Equal,
            Sign::Equal | Sign::Tilde => self.allows_tilde(version, order),
            Sign::Caret => order != Ordering::Less && major == own_major,
        }
    }

    fn allows_tilde(&self, version: &Version, order: Ordering) -> bool {
        if order == Ordering::Less {
            return false;
        }
        let anything = self.version.numbers == [0, 0, 0] && !self.minor_open && !self.patch_open;
        let [major, minor, _] = version.numbers;
        let [own_major, own_minor, _] = self.version.numbers;
        anything || (major == own_major && (minor == own_minor || self.minor_open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(constraint: &str, version: &str) -> bool {
        Constraint::new(constraint)
            .unwrap()
            .allows(&Version::new(version).unwrap())
    }

    #[test]
    fn what_is_left_open_is_a_range() {
        assert!(allows("1", "1.9.9"));
        assert!(!allows("1", "2.0.0"));
        assert!(allows("1.2.x", "1.2.9"));
        assert!(!allows("=1.2", "1.3"));
        assert!(allows("!=1.x", "2"));
        assert!(!allows("!=1.x", "1.5"));
        assert!(allows("<=1", "1.9"));
        assert!(allows("*", "7.7.7"));
    }

    #[test]
    fn a_range_has_spaces_around_its_dash() {
        assert!(allows("1.0 - 2.0", "1.5"));
        assert!(!allows("1.0 - 2.0", "2.1"));
        assert!(allows("1 - 2, < 1.5 || 4", "4.1"));
        assert!(!allows("1.0-2.0", "1.5"));
    }

    #[test]
    fn what_comes_before_a_release_is_for_those_who_ask() {
        assert!(!allows(">=1.0.0", "1.2.3-beta"));
        assert!(allows(">=1.0.0-0", "1.2.3-beta"));
        assert!(allows("!=1.0.0", "1.2.3-beta"));
        assert!(allows("<1.0.0-beta.10", "1.0.0-beta.9"));
        assert!(allows("<1.0.0-beta", "1.0.0-9"));
    }

    #[test]
    fn what_is_no_version_and_no_constraint_is_refused() {
        for version in [
            "",
            "1.2.3.4",
            "junk",
            "1.2.3-",
            "v",
            "1.",
            "99999999999999999999",
            "1.x",
        ] {
            assert!(Version::new(version).is_none(), "{version}");
        }
        for constraint in ["", "junk", ">= 1 < 2", "1,", "||", "1|2", "1.xx", "> > 1"] {
            assert!(Constraint::new(constraint).is_none(), "{constraint}");
        }
    }
}
