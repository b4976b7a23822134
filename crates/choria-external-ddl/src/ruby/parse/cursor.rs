//! The tokens that are still to be read.

use std::collections::VecDeque;
use std::rc::Rc;

use super::super::token::{Kind, Token};
use super::super::{Read, RubyError};
use super::names::Names;
use crate::json::Place;

/// Blocks, lists and hashes within each other, so that no text can exhaust the
/// stack.
pub(super) const DEEPEST: usize = 64;

pub(super) struct Parser {
    tokens: VecDeque<Token>,
    depth: usize,
    pub(super) names: Rc<Names>,
    /// Whether what is read is in a method of the program.
    pub(super) in_method: bool,
}

impl Parser {
    /// `names` are those of the whole program.
    pub(super) fn new(tokens: Vec<Token>, names: Rc<Names>) -> Self {
        Self {
            tokens: tokens.into(),
            depth: 0,
            names,
            in_method: false,
        }
    }

    pub(super) fn peek(&self) -> &Kind {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Kind {
        self.tokens
            .get(ahead)
            .map_or(&Kind::End, |token| &token.kind)
    }

    /// Whether there is a blank before that token.
    pub(super) fn is_spaced_at(&self, ahead: usize) -> bool {
        self.tokens.get(ahead).is_some_and(|token| token.spaced)
    }

    pub(super) fn at(&self) -> Place {
        self.tokens
            .front()
            .map(|token| token.at)
            .unwrap_or_default()
    }

    /// Whether the next token stands at once behind the one before.
    pub(super) fn is_close(&self) -> bool {
        !self.tokens.front().is_some_and(|token| token.spaced)
    }

    /// The last token stays: there is always one to look at.
    pub(super) fn next(&mut self) -> Kind {
        if self.tokens.len() > 1 {
            self.tokens
                .pop_front()
                .map_or(Kind::End, |token| token.kind)
        } else {
            Kind::End
        }
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Kind::Mark(there) if *there == mark)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(there) if there == word)
    }

    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let there = self.is_mark(mark);
        if there {
            self.next();
        }
        there
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        if there {
            self.next();
        }
        there
    }

    pub(super) fn newlines(&mut self) {
        while matches!(self.peek(), Kind::Newline) {
            self.next();
        }
    }

    pub(super) fn expected<T>(&self, what: &str) -> Read<T> {
        let what = format!(
            "{} is not understood here: expected {what}",
            self.peek().describe()
        );
        Err(RubyError::new(self.at(), what))
    }

    pub(super) fn mark(&mut self, mark: &str, after: &str) -> Read<()> {
        if self.take_mark(mark) {
            return Ok(());
        }
        self.expected(&format!("`{mark}` {after}"))
    }

    pub(super) fn name(&mut self, expected: &str) -> Read<String> {
        if let Kind::Word(name) = self.peek() {
            let name = name.clone();
            self.next();
            return Ok(name);
        }
        self.expected(expected)
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == DEEPEST {
            let what = format!("more than {DEEPEST} blocks, lists and hashes within each other");
            return Err(RubyError::new(self.at(), what));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}
