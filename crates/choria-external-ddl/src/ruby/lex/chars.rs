//! The characters of a text, with their places.

use crate::json::Place;

pub(super) struct Chars<'a> {
    pub(super) rest: &'a str,
    pub(super) place: Place,
    /// Where the text goes on behind the next line end: below the heredocs that
    /// started in this line.
    after_line: Option<(&'a str, Place)>,
}

impl<'a> Chars<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            place: Place { line: 1, column: 1 },
            after_line: None,
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.rest.chars().nth(ahead)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        if c != '\n' {
            self.place.column += 1;
        } else if let Some(below) = self.after_line.take() {
            (self.rest, self.place) = below;
        } else {
            self.place.line += 1;
            self.place.column = 1;
        }
        Some(c)
    }

    /// Steps over a character if it is the next one.
    pub(super) fn take(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.next();
        }
        there
    }

    /// Steps over characters of a kind, which no line end is of.
    pub(super) fn while_some(&mut self, of_kind: impl Fn(char) -> bool) -> &'a str {
        let all = self.rest;
        let end = all
            .find(|c: char| c == '\n' || !of_kind(c))
            .unwrap_or(all.len());
        let (found, rest) = all.split_at(end);
        self.rest = rest;
        self.place.column += found.chars().count();
        found
    }

    /// The rest of the line, without its end.
    pub(super) fn line(&self) -> &'a str {
        let line = self.rest.split('\n').next().unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    pub(super) fn skip_line(&mut self) -> bool {
        self.while_some(|_| true);
        self.next().is_some()
    }

    pub(super) fn is_line_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with('\n') || self.rest.starts_with("\r\n")
    }

    /// Goes to what stands below this line, and says where it came from.
    pub(super) fn go_below(&mut self) -> Here<'a> {
        let here = Here(self.rest, self.place);
        match self.after_line.take() {
            Some(below) => (self.rest, self.place) = below,
            None => {
                self.skip_line();
            }
        }
        here
    }

    /// Comes back from below: behind this line the text goes on below that.
    pub(super) fn back(&mut self, here: Here<'a>) {
        self.after_line = Some((self.rest, self.place));
        Here(self.rest, self.place) = here;
    }
}

/// A place to come back to.
pub(super) struct Here<'a>(&'a str, Place);
