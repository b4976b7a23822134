//! The text of an event, as one line of the log or several.

use std::fmt;

use super::escape::escape;

/// Bytes of a line at the most, its end included. A server that meets a line of
/// 65,536 bytes reads nothing more, and the program blocks once the pipe is full.
pub(super) const LINE_LIMIT: usize = 60 * 1024;

/// Bytes of the text that a line has room for, beside level, mark and end.
const ROOM: usize = LINE_LIMIT - 64;

/// The text of one event: escaped, so that it has no line breaks.
pub(super) struct Text {
    /// The start of it, `capacity` bytes at the most.
    kept: String,
    capacity: usize,
    /// Bytes of all of it.
    bytes: usize,
}

impl Text {
    /// An empty one. What is beyond `capacity` bytes is counted and not kept, so
    /// that a huge value costs no memory; it cannot be logged anyway.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            kept: String::new(),
            capacity,
            bytes: 0,
        }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        escape(text, |piece| self.push(piece));
    }

    /// How many lines it takes.
    pub(super) fn lines(&self) -> usize {
        self.bytes.div_ceil(ROOM).max(1)
    }

    /// One of its lines: its level, which part it is where there are several, the
    /// text, the end. Counted from 0; it must be within what is kept.
    pub(super) fn line(&self, index: usize, level: &str) -> String {
        let (number, of) = (index + 1, self.lines());
        let part = &self.kept[self.start(index)..self.start(number)];
        if of == 1 {
            format!("{level}{part}\n")
        } else {
            format!("{level}(part {number} of {of}) {part}\n")
        }
    }

    /// Bytes of the text from a line on.
    pub(super) fn bytes_from(&self, index: usize) -> usize {
        self.bytes - self.start(index)
    }

    /// Where a line starts: where the one before it is full, and at a character.
    fn start(&self, index: usize) -> usize {
        self.kept.floor_char_boundary(index.saturating_mul(ROOM))
    }

    fn push(&mut self, piece: &str) {
        if self.kept.len() == self.bytes {
            let room = self.capacity - self.kept.len();
            self.kept += &piece[..piece.floor_char_boundary(room)];
        }
        self.bytes += piece.len();
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut made = Text::new(usize::MAX);
        made.push_str(text);
        (0..made.lines())
            .map(|index| made.line(index, "ERROR "))
            .collect()
    }

    #[test]
    fn a_short_text_is_one_line() {
        assert_eq!(lines(""), ["ERROR \n"]);
        assert_eq!(lines("a\nb"), ["ERROR a\\nb\n"]);
        assert_eq!(lines(&"x".repeat(ROOM)).len(), 1);
    }

    #[test]
    fn a_long_text_is_several_lines_that_say_so() {
        let lines = lines(&"é".repeat(ROOM));
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("ERROR (part 1 of 2) é"));
        assert!(lines[1].starts_with("ERROR (part 2 of 2) é"));
    }

    #[test]
    fn what_is_not_kept_is_counted() {
        let mut text = Text::new(10);
        for piece in ["123456789", "é", "1"] {
            text.push_str(piece);
        }
        assert_eq!((text.kept.as_str(), text.bytes), ("123456789", 12));
        assert_eq!((text.bytes_from(0), text.lines()), (12, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_lost_and_no_line_is_too_long(piece in "\\PC{1,8}|.{1,8}|[\n\r\u{1b}é日\u{10000}]{1,4}", times in 0..30_000_usize) {
            let text = piece.repeat(times);
            let lines = lines(&text);
            let of = lines.len();
            let mut joined = String::new();
            for (index, line) in lines.iter().enumerate() {
                prop_assert!(line.len() <= LINE_LIMIT, "{}", line.len());
                let mark = if of == 1 { "ERROR ".into() } else { format!("ERROR (part {} of {of}) ", index + 1) };
                let part = line.strip_suffix('\n').and_then(|line| line.strip_prefix(&mark));
                prop_assert!(part.is_some(), "{}", &line[..40]);
                joined += part.unwrap();
            }
            let mut wanted = String::new();
            escape(&text, |piece| wanted += piece);
            prop_assert!(!joined.contains(|c: char| c.is_control()));
            prop_assert!(joined == wanted);
        }
    }
}
