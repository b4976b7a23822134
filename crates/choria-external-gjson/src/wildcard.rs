//! Keys and values against patterns: `*` is any text, `?` one letter, `\` an
//! escape.

use super::Run;

impl Run {
    /// Whether a text matches a pattern. Where it would take too long the run
    /// stops.
    pub(super) fn matches(&mut self, text: &[u8], pattern: &[u8]) -> bool {
        pattern == b"*" || self.matches_from(text, pattern) == Some(true)
    }

    /// `None` once the run has stopped.
    fn matches_from(&mut self, mut text: &[u8], mut pattern: &[u8]) -> Option<bool> {
        if !self.enter(1) {
            return None;
        }
        let verdict = loop {
            let Some((letter, mut pattern_rest)) = split_letter(pattern) else {
                break Some(text.is_empty());
            };
            let next = split_letter(text);
            match letter {
                Letter::Valid('?') if next.is_some() => {}
                Letter::Valid('*') => {
                    while let [b'*', b'*', ..] = pattern {
                        pattern = &pattern[1..];
                    }
                    self.spend(text.len());
                    let trimmed = trim_suffix(text, pattern);
                    let Some((text_left, pattern_left)) = trimmed else {
                        break Some(false);
                    };
                    (text, pattern) = (text_left, pattern_left);
                    if pattern.len() == 1 {
                        break Some(true);
                    }
                    match self.matches_from(text, &pattern[1..]) {
                        Some(false) => {}
                        verdict => break verdict,
                    }
                    let Some((_, rest)) = split_letter(text) else {
                        break Some(false);
                    };
                    text = rest;
                    continue;
                }
                mut letter => {
                    let Some((own, _)) = next else {
                        break Some(false);
                    };
                    if letter == Letter::Valid('\\') {
                        let Some((escaped, rest)) = split_letter(pattern_rest) else {
                            break Some(false);
                        };
                        (letter, pattern_rest) = (escaped, rest);
                    }
                    if own != letter {
                        break Some(false);
                    }
                }
            }
            text = next.map_or(text, |(_, rest)| rest);
            pattern = pattern_rest;
        };
        self.leave();
        verdict
    }
}

/// Takes from both ends what follows the last star of a pattern; `None` where
/// it differs. The pattern begins with a star.
fn trim_suffix<'t, 'p>(mut text: &'t [u8], mut pattern: &'p [u8]) -> Option<(&'t [u8], &'p [u8])> {
    while pattern.len() > 1
        && let Some((own, text_left)) = split_last_letter(text)
        && let Some((letter, mut left)) = split_last_letter(pattern)
    {
        let backslashes = left.iter().rev().take_while(|byte| **byte == b'\\').count();
        let escaped = backslashes % 2 == 1;
        if letter == Letter::Valid('*') && !escaped {
            break;
        }
        if own != letter && (letter != Letter::Valid('?') || escaped) {
            return None;
        }
        if escaped {
            left = &left[..left.len() - 1];
        }
        (text, pattern) = (text_left, left);
    }
    Some((text, pattern))
}

/// A letter, or a byte that belongs to none: those are all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Valid(char),
    Broken,
}

fn split_letter(text: &[u8]) -> Option<(Letter, &[u8])> {
    let first = text.first()?;
    if first.is_ascii() {
        return Some((Letter::Valid(char::from(*first)), &text[1..]));
    }
    Some(
        (2..=text.len().min(4))
            .find_map(|length| letter(&text[..length]).map(|letter| (letter, &text[length..])))
            .unwrap_or((Letter::Broken, &text[1..])),
    )
}

fn split_last_letter(text: &[u8]) -> Option<(Letter, &[u8])> {
    let (_, left) = text.split_last()?;
    Some(
        (1..=text.len().min(4))
            .find_map(|length| {
                let (left, last) = text.split_at(text.len() - length);
                letter(last).map(|letter| (letter, left))
            })
            .unwrap_or((Letter::Broken, left)),
    )
}

fn letter(bytes: &[u8]) -> Option<Letter> {
    let mut letters = std::str::from_utf8(bytes).ok()?.chars();
    match (letters.next(), letters.next()) {
        // A replacement character is what Go reads broken bytes as.
        (Some(char::REPLACEMENT_CHARACTER), None) => Some(Letter::Broken),
        (Some(letter), None) => Some(Letter::Valid(letter)),
        _ => None,
    }
}
