//! Tokens to statements.

mod condition;
mod cursor;
mod expression;
mod names;

use std::rc::Rc;

use super::scope::is_constant;
use super::token::{Kind, Token};
use super::tree::{Expression, Method, Statement, Value, What};
use super::{Read, RubyError, WORDS};
use crate::json::Place;
use cursor::Parser;
use names::{Names, is_keyword};

/// The functions of aggregates, some of which stand without `aggregate`.
const FUNCTIONS: [&str; 5] = ["summary", "boolean_summary", "average", "chart", "sum"];

/// The statements of a whole file.
pub(super) fn program(tokens: Vec<Token>) -> Read<Vec<Statement>> {
    let names = Rc::new(Names::of(&tokens));
    let mut parser = Parser::new(tokens, names);
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
            Kind::Mark("{") => self.expected(
                "`,` or the end of the line: behind arguments without parentheses a block is `do .. end`",
            ),
            _ => self.expected("`,` or the end of the line"),
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
            let statement = self.deeper(Self::statement)?;
            statements.push(self.modified(statement)?);
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
            Kind::Word(word) => {
                let word = word.clone();
                self.of_word(at, &word)?
            }
            Kind::Mark("[" | "(") | Kind::Words { .. } => self.each(at)?,
            Kind::Text(_) | Kind::Symbol(_) | Kind::Number(_) | Kind::Mark("{" | "!")
                if self.in_method =>
            {
                What::Value(self.expression()?)
            }
            _ => return self.no_statement(),
        };
        Ok(Statement { at, what })
    }

    /// A statement that starts with a word.
    fn of_word(&mut self, at: Place, word: &str) -> Read<What> {
        if let Kind::Mark("=") = self.peek_at(1) {
            return self.assignment(at);
        }
        if let (Kind::Mark(mark), Kind::Mark("=")) = (self.peek_at(1), self.peek_at(2)) {
            let what = format!("`{mark}=` is not understood here: write {word} = {word} {mark} ..");
            return Err(RubyError::new(at, what));
        }
        match word {
            "if" | "unless" => self.condition(at),
            "def" => self.define(at),
            "dataquery" => Err(other_kind(at, word, "data")),
            "discovery" | "capabilities" => Err(other_kind(at, word, "discovery")),
            _ if WORDS.contains(&word) || self.names.is_method(word) => self.call(at),
            _ if FUNCTIONS.contains(&word) => self.call(at),
            _ if matches!(self.peek_at(1), Kind::Mark(".")) && !is_unknown(self, word) => {
                self.each(at)
            }
            _ if self.in_method && !is_unknown(self, word) && !is_keyword(word) => {
                Ok(What::Value(self.expression()?))
            }
            _ => self.no_statement(),
        }
    }

    fn no_statement<T>(&self) -> Read<T> {
        let words = WORDS.join(", ");
        let hint = match self.peek() {
            Kind::Mark("{") => "; the JSON form belongs in a file NAME.json",
            Kind::Symbol(_) | Kind::Label(_) | Kind::Text(_) => {
                "; or the line above lacks a `,` at its end"
            }
            Kind::Word(word) if word == "end" => "; or there is one `end` too many",
            Kind::Word(word) if word == "case" => "; write if, elsif and else",
            Kind::Word(_) if matches!(self.peek_at(1), Kind::Mark(",")) => {
                "; a name gets its value in a line of its own"
            }
            Kind::Word(word) if word == "return" => {
                "; the last line of a method is its value, without `return`"
            }
            Kind::Word(word) if matches!(word.as_str(), "require" | "load" | "include") => {
                "; a .ddl has no other files, write here what it needs of them"
            }
            _ => "",
        };
        self.expected(&format!(
            "{words}, `name = value`, `[..].each do |x|`, if or def{hint}"
        ))
    }

    /// `name = value`
    fn assignment(&mut self, at: Place) -> Read<What> {
        let name = self.name("a name")?;
        if !is_constant(&name) {
            self.names.check_variable(at, &name)?;
            if WORDS.contains(&name.as_str()) {
                let what = format!("`{name}` is a word of DDLs: give the variable another name");
                return Err(RubyError::new(at, what));
            }
        } else if self.in_method {
            let what = format!("a method cannot set the constant `{name}`: set it outside");
            return Err(RubyError::new(at, what));
        }
        self.mark("=", "after a name")?;
        self.newlines();
        let value = self.expression()?;
        Ok(What::Assign { name, value })
    }

    /// `def name(parameters) .. end`
    fn define(&mut self, start: Place) -> Read<What> {
        self.next();
        let at = self.at();
        let name = self.name("the name of a method after def")?;
        self.names.check_method(at, &name)?;
        let mut parameters = Vec::new();
        let close = self.is_close() && self.take_mark("(");
        while let Kind::Word(_) = self.peek() {
            let at = self.at();
            let parameter = self.name("a parameter")?;
            self.names.check_variable(at, &parameter)?;
            parameters.push(parameter);
            if !self.take_mark(",") {
                break;
            }
        }
        if close {
            self.mark(")", "after plain names of parameters, without defaults")?;
        }
        if !close && !matches!(self.peek(), Kind::Newline | Kind::Mark(";")) {
            return self.expected(
                "the end of the line after the name of a method and plain names of parameters",
            );
        }
        let before = std::mem::replace(&mut self.in_method, true);
        let body = self.statements(&["end"])?;
        self.in_method = before;
        self.close("end", start)?;
        let method = Method { parameters, body };
        Ok(What::Define { name, method })
    }

    /// `list.each do |x| .. end`; in a method also a list as its value.
    fn each(&mut self, start: Place) -> Read<What> {
        let mut list: Expression = self.plain()?;
        loop {
            if self.in_method && !self.is_mark(".") {
                return Ok(What::Value(self.rest_of(list)?));
            }
            self.mark(".", "and each after a list")?;
            let name = self.name("each")?;
            match name.as_str() {
                "each" => break,
                "freeze" => list = self.method(list, name)?,
                _ if self.in_method => {
                    let value = self.method(list, name)?;
                    return Ok(What::Value(self.rest_of(value)?));
                }
                _ => {
                    let what = format!(
                        "`.{name}` is not understood here: expected .each do |x|, after a list"
                    );
                    return Err(RubyError::new(start, what));
                }
            }
        }
        let Some(end) = self.opening() else {
            return self.expected("`do` or `{` after each");
        };
        self.mark("|", "and a name at the start of the block, such as |x|")?;
        let at = self.at();
        let variable = self.name("a name between the |")?;
        self.names.check_variable(at, &variable)?;
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
            return self.expected("a blank before it");
        }
        let (arguments, braces) = if self.is_close() && self.take_mark("(") {
            (self.arguments_of(&word, Some(")"))?, true)
        } else if matches!(
            self.peek(),
            Kind::Newline | Kind::End | Kind::Mark(";" | "{" | "}")
        ) || self.is_word("do")
            || self.is_word("if")
            || self.is_word("unless")
        {
            (Vec::new(), true)
        } else {
            (self.arguments_of(&word, None)?, false)
        };
        let block = if self.is_word("do") || (braces && self.is_mark("{")) {
            let end = self.opening().unwrap_or("end");
            if let Kind::Symbol(_) | Kind::Label(_) | Kind::Text(_) = self.peek() {
                return self.expected(
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

    /// Arguments; those of `aggregate` can be a function and its own, without
    /// parentheses around these.
    fn arguments_of(&mut self, word: &str, end: Option<&str>) -> Read<Vec<Expression>> {
        let is_nested = word == "aggregate"
            && matches!(self.peek(), Kind::Word(name) if starts_function(name))
            && matches!(self.peek_at(1), Kind::Symbol(_) | Kind::Text(_))
            && self.is_spaced_at(1);
        if !is_nested {
            return self.arguments(end);
        }
        let at = self.at();
        let function = self.name("a function")?;
        let arguments = self.arguments(end)?;
        let value = Value::Call {
            function,
            arguments,
        };
        Ok(vec![Expression { at, value }])
    }
}

/// Whether nothing in the program gives the word a meaning.
fn is_unknown(parser: &Parser, word: &str) -> bool {
    is_constant(word) && !parser.names.is_constant(word)
}

/// Whether a word can be the name of an aggregate's function.
fn starts_function(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && !matches!(
            word,
            "end" | "do" | "else" | "elsif" | "then" | "true" | "false" | "nil"
        )
}

/// A word of the `.ddl` of another kind of plugin.
fn other_kind(at: Place, word: &str, kind: &str) -> RubyError {
    let what = format!(
        "`{word}` makes this the .ddl of a {kind} plugin of MCollective: only those of agents are read"
    );
    RubyError::new(at, what)
}
