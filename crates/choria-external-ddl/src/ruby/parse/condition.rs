//! `if` and `unless`, before and behind what they are about.

use super::super::Read;
use super::super::token::Kind;
use super::super::tree::{Expression, Statement, Value, What};
use super::cursor::{DEEPEST, Parser};
use crate::json::Place;

impl Parser {
    /// `if .. end`, or `unless`
    pub(super) fn condition(&mut self, start: Place) -> Read<What> {
        let negated = self.is_word("unless");
        self.next();
        let condition = self.truth(negated)?;
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

    /// `statement if condition`
    pub(super) fn modified(&mut self, mut statement: Statement) -> Read<Statement> {
        for _ in 0..DEEPEST {
            let at = statement.at;
            let negated = self.is_word("unless");
            if !negated && !self.is_word("if") {
                return Ok(statement);
            }
            self.next();
            let what = What::If {
                condition: self.truth(negated)?,
                then: vec![statement],
                otherwise: Vec::new(),
            };
            statement = Statement { at, what };
        }
        self.expected("the end of the line: there are too many conditions")
    }

    /// What stands behind `if`; behind `unless` the contrary.
    fn truth(&mut self, negated: bool) -> Read<Expression> {
        let at = self.at();
        let mut truth = self.negatable()?;
        // To Ruby the two bind alike, from the left.
        for count in 0.. {
            if !self.is_word("and") && !self.is_word("or") {
                break;
            }
            if count == DEEPEST {
                return self.expected("the end of the condition: it is too long");
            }
            let make = if self.is_word("and") {
                Value::And
            } else {
                Value::Or
            };
            self.next();
            self.newlines();
            let value = make(vec![truth, self.negatable()?]);
            truth = Expression { at, value };
        }
        Ok(if negated {
            let value = Value::Not(Box::new(truth));
            Expression { at, value }
        } else {
            truth
        })
    }

    /// `not value`, or the value.
    fn negatable(&mut self) -> Read<Expression> {
        let at = self.at();
        if !matches!(self.peek(), Kind::Word(word) if word == "not") {
            return self.expression();
        }
        self.next();
        let value = Value::Not(Box::new(self.deeper(Self::negatable)?));
        Ok(Expression { at, value })
    }
}
