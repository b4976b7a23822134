//! What differs between two texts, line by line.

use std::ops::Range;

/// Equal lines that are shown before and after those that differ.
const CONTEXT: usize = 2;

/// A line of one text or of both.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// `-` in the old text only, `+` in the new one only, else a blank.
    sign: char,
    text: &'a str,
    /// Its number in the old text, or that of the next line there; from 1.
    number: usize,
}

/// The lines that differ, with those around them; empty where none do. Each
/// part starts with the number of its first line in the old text.
pub(crate) fn line_diff(old: &str, new: &str) -> String {
    let lines = compare(&split(old), &split(new));
    let mut text = String::new();
    let mut shown: Range<usize> = 0..0;
    for at in 0..lines.len() {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len());
        if !lines[around].iter().any(|line| line.sign != ' ') {
            continue;
        }
        let line = lines[at];
        if shown.end != at || at == 0 {
            text += &format!("line {}:\n", line.number);
        }
        text += format!("  {} {}", line.sign, line.text).trim_end();
        text.push('\n');
        shown = at..at + 1;
    }
    text
}

/// The lines; the end of a text that has no line break there is told, too.
fn split(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push("(no line break at the end)");
    }
    lines
}

/// All lines of both texts, with as many in common as there can be.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    // How many lines the rests of both texts have in common.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for o in (0..old.len()).rev() {
        for n in (0..new.len()).rev() {
            common[o * width + n] = if old[o] == new[n] {
                common[(o + 1) * width + n + 1] + 1
            } else {
                common[(o + 1) * width + n].max(common[o * width + n + 1])
            };
        }
    }
    let (mut o, mut n) = (0, 0);
    let mut lines = Vec::new();
    while o < old.len() || n < new.len() {
        let number = o + 1;
        let is_same = o < old.len() && n < new.len() && old[o] == new[n];
        let goes = o < old.len()
            && (n == new.len() || common[(o + 1) * width + n] >= common[o * width + n + 1]);
        let (sign, text) = match (is_same, goes) {
            (true, _) => (' ', old[o]),
            (false, true) => ('-', old[o]),
            (false, false) => ('+', new[n]),
        };
        o += usize::from(sign != '+');
        n += usize::from(sign != '-');
        lines.push(Line { sign, text, number });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::line_diff;

    #[test]
    fn equal_texts_do_not_differ() {
        assert_eq!(line_diff("a\nb\n", "a\nb\n"), "");
        assert_eq!(line_diff("", ""), "");
    }

    #[test]
    fn what_differs_is_shown_with_the_lines_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\nfour\n5\n6\n7\n8\n9\nten\n";
        assert_eq!(
            line_diff(old, new),
            "line 2:\n    2\n    3\n  - 4\n  + four\n    5\n    6\nline 8:\n    8\n    9\n  + ten\n"
        );
        assert_eq!(line_diff("a\n", ""), "line 1:\n  - a\n");
        assert_eq!(line_diff("", "a\n"), "line 1:\n  + a\n");
        assert_eq!(
            line_diff("a\nb\nc\n", "b\nc\nd\n"),
            "line 1:\n  - a\n    b\n    c\n  + d\n"
        );
    }

    #[test]
    fn a_line_break_at_the_end_counts() {
        assert_eq!(
            line_diff("a", "a\n"),
            "line 1:\n    a\n  - (no line break at the end)\n"
        );
    }
}
