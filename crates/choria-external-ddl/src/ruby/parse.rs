//! Tokens to statements.

use std::collections::VecDeque;

use super::RubyError;
use super::expression::Expression;
use super::token::{Kind, Token};
use crate::json::Place;

/// Blocks, lists and hashes within each other, so that no text can exhaust the
/// stack.
pub(super) const DEEPEST: usize = 64;

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) at: Place,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// `word arguments`, perhaps with `do .. end`.
    Call {
        word: String,
        arguments: Vec<Expression>,
        block: Option<Vec<Statement>>,
    },
    /// `list.each do |variable| .. end`
    Each {
        list: Expression,
        variable: String,
        body: Vec<Statement>,
    },
    If {
        condition: Condition,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) left: Expression,
    pub(super) equal: bool,
    pub(super) right: Expression,
}

pub(super) type Parsed<T> = Result<T, RubyError>;

/// The statements of a whole file.
pub(super) fn program(tokens: Vec<Token>) -> Parsed<Vec<Statement>> {
    let mut parser = Parser::new(tokens);
    let statements = parser.statements(&[])?;
    match parser.peek() {
        Kind::End => Ok(statements),
        _ => parser.wanted("a statement"),
    }
}

pub(super) struct Parser {
    tokens: VecDeque<Token>,
    depth: usize,
}

impl Parser {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self {
            tokens: tokens.into(),
            depth: 0,
        }
    }

    pub(super) fn peek(&self) -> &Kind {
        self.tokens.front().map_or(&Kind::End, |token| &token.kind)
    }

    pub(super) fn at(&self) -> Place {
        self.tokens
            .front()
            .map(|token| token.at)
            .unwrap_or_default()
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

    pub(super) fn newlines(&mut self) {
        while *self.peek() == Kind::Newline {
            self.next();
        }
    }

    pub(super) fn wanted<T>(&self, what: &str) -> Parsed<T> {
        let what = format!(
            "{} is not understood here: wanted {what}",
            self.peek().describe()
        );
        Err(RubyError::new(self.at(), what))
    }

    pub(super) fn mark(&mut self, mark: &str, after: &str) -> Parsed<()> {
        if self.take_mark(mark) {
            return Ok(());
        }
        self.wanted(&format!("`{mark}` {after}"))
    }

    fn end_of_line(&mut self) -> Parsed<()> {
        match self.peek() {
            Kind::Newline | Kind::Mark(";") => {
                self.next();
                Ok(())
            }
            Kind::End => Ok(()),
            Kind::Word(word) if matches!(word.as_str(), "end" | "else" | "elsif") => Ok(()),
            _ => self.wanted("`,` or the end of the line"),
        }
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEEPEST {
            let what = format!("more than {DEEPEST} blocks, lists and hashes within each other");
            return Err(RubyError::new(self.at(), what));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Statements up to one of these words, or the end.
    fn statements(&mut self, ends: &[&str]) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            while matches!(self.peek(), Kind::Newline | Kind::Mark(";")) {
                self.next();
            }
            if *self.peek() == Kind::End || ends.iter().any(|end| self.is_word(end)) {
                return Ok(statements);
            }
            statements.push(self.deeper(Self::statement)?);
            self.end_of_line()?;
        }
    }

    /// Statements up to `end`.
    fn block(&mut self) -> Parsed<Vec<Statement>> {
        let statements = self.statements(&["end"])?;
        self.word("end")?;
        Ok(statements)
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        if self.is_word(word) {
            self.next();
            return Ok(());
        }
        self.wanted(&format!("`{word}`"))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let at = self.at();
        let what = match self.peek() {
            Kind::Word(word) if word == "if" || word == "unless" => self.condition()?,
            Kind::Word(_) => self.call()?,
            Kind::Mark("[") => self.each()?,
            _ => {
                return self.wanted(
                    "metadata, requires, usage, action, display, input, output, summarize, aggregate, \
                     `[..].each do |x|` or if",
                );
            }
        };
        Ok(Statement { at, what })
    }

    fn condition(&mut self) -> Parsed<What> {
        let negated = matches!(self.next(), Kind::Word(word) if word == "unless");
        let left = self.expression()?;
        let equal = match self.peek() {
            Kind::Mark("==") => !negated,
            Kind::Mark("!=") => negated,
            _ => return self.wanted("`==` or `!=`"),
        };
        self.next();
        let right = self.expression()?;
        let condition = Condition { left, equal, right };
        if self.is_word("then") {
            self.next();
        }
        let then = self.statements(&["end", "else", "elsif"])?;
        let at = self.at();
        let otherwise = if self.is_word("elsif") {
            let what = self.deeper(Self::condition)?;
            return Ok(What::If {
                condition,
                then,
                otherwise: vec![Statement { at, what }],
            });
        } else if self.is_word("else") {
            self.next();
            self.statements(&["end"])?
        } else {
            Vec::new()
        };
        self.word("end")?;
        Ok(What::If {
            condition,
            then,
            otherwise,
        })
    }

    /// `[..].each do |x| .. end`
    fn each(&mut self) -> Parsed<What> {
        let list = self.plain()?;
        self.mark(".", "and each after a list")?;
        self.word("each")?;
        self.word("do")?;
        self.mark("|", "and a name after do")?;
        let variable = self.name("a name")?;
        self.mark("|", "after the name")?;
        let body = self.block()?;
        Ok(What::Each {
            list,
            variable,
            body,
        })
    }

    pub(super) fn name(&mut self, wanted: &str) -> Parsed<String> {
        if let Kind::Word(name) = self.peek() {
            let name = name.clone();
            self.next();
            return Ok(name);
        }
        self.wanted(wanted)
    }

    fn call(&mut self) -> Parsed<What> {
        let word = self.name("a word")?;
        let arguments = if self.take_mark("(") {
            self.arguments(Some(")"))?
        } else if matches!(self.peek(), Kind::Newline | Kind::End | Kind::Mark(";"))
            || self.is_word("do")
        {
            Vec::new()
        } else {
            self.arguments(None)?
        };
        let block = if self.is_word("do") {
            self.next();
            Some(self.block()?)
        } else {
            None
        };
        Ok(What::Call {
            word,
            arguments,
            block,
        })
    }
}
