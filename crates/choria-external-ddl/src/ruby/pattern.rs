//! The patterns of `sub` and `gsub`.

use super::token::Regex;

/// A plain string to look for.
pub(super) struct Pattern {
    plain: String,
    at_start: bool,
    at_end: bool,
}

impl Pattern {
    pub(super) fn plain(plain: String) -> Self {
        Self {
            plain,
            at_start: false,
            at_end: false,
        }
    }

    /// What a regular expression looks for in a text, if it is that plain.
    pub(super) fn of_regex(regex: &Regex, text: &str) -> Option<Self> {
        let Regex { pattern, options } = regex;
        let (at_start, plain) = match pattern.strip_prefix('^') {
            Some(plain) => (true, plain),
            None => (false, pattern.as_str()),
        };
        let (at_end, plain) = match plain.strip_suffix('$') {
            Some(plain) => (true, plain),
            None => (false, plain),
        };
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_');
        // `^` and `$` are also true at each line break.
        let fits = options.is_empty() && plain.chars().all(is_plain) && !text.contains('\n');
        fits.then(|| Self {
            plain: plain.to_owned(),
            at_start,
            at_end,
        })
    }

    /// The places of the pattern in a string, `most` of them at most.
    pub(super) fn places(&self, text: &str, most: usize) -> Vec<usize> {
        let plain = self.plain.as_str();
        let one = |found: bool, at: usize| Vec::from_iter(found.then_some(at));
        match (self.at_start, self.at_end) {
            (true, true) => one(text == plain, 0),
            (true, false) => one(text.starts_with(plain), 0),
            (false, true) => one(
                text.ends_with(plain),
                text.len().saturating_sub(plain.len()),
            ),
            (false, false) => text
                .match_indices(plain)
                .take(most)
                .map(|(at, _)| at)
                .collect(),
        }
    }

    /// The text with something else in these places.
    pub(super) fn replace(&self, text: &str, places: &[usize], by: &str) -> String {
        let mut replaced = String::new();
        let mut from = 0;
        for at in places {
            replaced += &text[from..*at];
            replaced += by;
            from = at + self.plain.len();
        }
        replaced + &text[from..]
    }
}
