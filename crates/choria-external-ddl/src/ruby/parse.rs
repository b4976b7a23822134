//! Tokens to statements.

mod cursor;
mod expression;

use super::token::{Kind, Token};
use super::tree::{Condition, Expression, Statement, What};
use super::{Read, RubyError};
use crate::json::Place;
use cursor::Parser;

/// The words of a DDL.
const WORDS: [&str; 9] = [
    "metadata",
    "requires",
    "usage",
    "action",
    "display",
    "input",
    "output",
    "summarize",
    "aggregate",
];

/// The statements of a whole file.
pub(super) fn program(tokens: Vec<Token>) -> Read<Vec<Statement>> {
    let mut parser = Parser::new(tokens);
    let statements = parser.statements(&[])?;
    match parser.peek() {
        Kind::End => Ok(statements),
        _ => parser.no_statement(),
    }
}

impl Parser {
    fn end_of_line(&mut self) -> Read<()> {
        match self.peek() {
            Kind::Newline | Kind::Mark(";") => {
                self.next();
                Ok(())
            }
            Kind::End | Kind::Mark("}") => Ok(()),
            Kind::Word(word) if matches!(word.as_str(), "end" | "else" | "elsif") => Ok(()),
            Kind::Word(word) if matches!(word.as_str(), "if" | "unless") => {
                self.wanted("the end of the line: write the condition in a line above, and `end` below")
            }
            Kind::Mark("{") => self.wanted(
                "`,` or the end of the line: behind arguments without parentheses a block is `do .. end`",
            ),
            _ => self.wanted("`,` or the end of the line"),
        }
    }

    /// Statements up to one of these words or marks, or the end.
    fn statements(&mut self, ends: &[&str]) -> Read<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            while matches!(self.peek(), Kind::Newline | Kind::Mark(";")) {
                self.next();
            }
            if matches!(self.peek(), Kind::End)
                || ends
                    .iter()
                    .any(|end| self.is_word(end) || self.is_mark(end))
            {
                return Ok(statements);
            }
            statements.push(self.deeper(Self::statement)?);
            self.end_of_line()?;
        }
    }

    /// What ends the block that starts there.
    fn close(&mut self, end: &str, start: Place) -> Read<()> {
        if self.take_word(end) || self.take_mark(end) {
            return Ok(());
        }
        let what = format!(
            "{} is not understood here: the block that starts at {start} has no `{end}`",
            self.peek().describe()
        );
        Err(RubyError::new(self.at(), what))
    }

    /// A word or mark that opens a block, and what closes that.
    fn opening(&mut self) -> Option<&'static str> {
        if self.take_word("do") {
            Some("end")
        } else if self.take_mark("{") {
            Some("}")
        } else {
            None
        }
    }

    fn statement(&mut self) -> Read<Statement> {
        let at = self.at();
        let what = match self.peek() {
            Kind::Word(word) if word == "if" || word == "unless" => self.condition(at)?,
            Kind::Word(word) if WORDS.contains(&word.as_str()) => self.call(at)?,
            Kind::Mark("[" | "(") | Kind::Words { .. } => self.each(at)?,
            _ => return self.no_statement(),
        };
        Ok(Statement { at, what })
    }

    fn no_statement<T>(&self) -> Read<T> {
        let words = WORDS.join(", ");
        let hint = match self.peek() {
            Kind::Mark("{") => "; the JSON form belongs in a file NAME.json",
            Kind::Symbol(_) | Kind::Label(_) | Kind::Text(_) => {
                "; or the line above lacks a `,` at its end"
            }
            Kind::Word(word) if word == "end" => "; or there is one `end` too many",
            _ => "",
        };
        self.wanted(&format!("{words}, `[..].each do |x|` or if{hint}"))
    }

    fn condition(&mut self, start: Place) -> Read<What> {
        let negated = matches!(self.next(), Kind::Word(word) if word == "unless");
        let left = self.expression()?;
        let equal = match self.peek() {
            Kind::Mark("==") => !negated,
            Kind::Mark("!=") => negated,
            _ => return self.wanted("`==` or `!=`, the only conditions there are"),
        };
        self.next();
        let right = self.expression()?;
        let condition = Condition { left, equal, right };
        self.take_word("then");
        let then = self.statements(&["end", "else", "elsif"])?;
        let at = self.at();
        let otherwise = if self.is_word("elsif") {
            let what = self.deeper(|parser| parser.condition(start))?;
            return Ok(What::If {
                condition,
                then,
                otherwise: vec![Statement { at, what }],
            });
        } else if self.take_word("else") {
            self.statements(&["end"])?
        } else {
            Vec::new()
        };
        self.close("end", start)?;
        Ok(What::If {
            condition,
            then,
            otherwise,
        })
    }

    /// `[..].each do |x| .. end`
    fn each(&mut self, start: Place) -> Read<What> {
        let mut list: Expression = self.plain()?;
        loop {
            self.mark(".", "and each after a list")?;
            let name = self.name("each")?;
            match name.as_str() {
                "each" => break,
                "freeze" => list = self.method(list, name)?,
                _ => {
                    let what =
                        format!("`.{name}` of a list is not understood: wanted .each do |x|");
                    return Err(RubyError::new(start, what));
                }
            }
        }
        let Some(end) = self.opening() else {
            return self.wanted("`do` or `{` after each");
        };
        self.mark("|", "and a name at the start of the block, such as |x|")?;
        let variable = self.name("a name between the |")?;
        self.mark("|", "after the name: there is one for each item")?;
        let body = self.statements(&[end])?;
        self.close(end, start)?;
        Ok(What::Each {
            list,
            variable,
            body,
        })
    }

    fn call(&mut self, start: Place) -> Read<What> {
        let word = self.name("a word")?;
        if self.is_close() && self.is_mark("[") {
            return self.wanted("a blank before it");
        }
        let (arguments, braces) = if self.is_close() && self.take_mark("(") {
            (self.arguments(Some(")"))?, true)
        } else if matches!(
            self.peek(),
            Kind::Newline | Kind::End | Kind::Mark(";" | "{" | "}")
        ) || self.is_word("do")
        {
            (Vec::new(), true)
        } else {
            (self.arguments(None)?, false)
        };
        let block = if self.is_word("do") || (braces && self.is_mark("{")) {
            let end = self.opening().unwrap_or("end");
            if let Kind::Symbol(_) | Kind::Label(_) | Kind::Text(_) = self.peek() {
                return self.wanted(
                    "a statement: a `{` behind a word starts a block, leave it and its `}` out",
                );
            }
            let block = self.statements(&[end])?;
            self.close(end, start)?;
            Some(block)
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
