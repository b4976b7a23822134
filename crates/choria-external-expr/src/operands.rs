//! Reads what stands between operators: names, numbers, lists, calls, members.

use super::Mistake;
use super::functions;
use super::parse::{Parsed, Parser};
use super::token::{self, Kind as Piece, Number, Token};
use super::tree::{Kind, Node};

impl Parser {
    pub(super) fn primary(&mut self) -> Parsed {
        let at = self.place();
        let binds = match self.sign() {
            Some("not" | "!") => Some(50),
            Some("-" | "+") => Some(90),
            _ => None,
        };
        if let Some(binds) = binds {
            let sign = self.sign();
            self.advance();
            let node = self.expression(binds)?.into();
            let kind = match sign {
                Some("-") => Kind::Sign {
                    negated: true,
                    node,
                },
                Some("+") => Kind::Sign {
                    negated: false,
                    node,
                },
                _ => Kind::Not(node),
            };
            let node = self.node(at, kind)?;
            return self.postfix(node);
        }
        match self.sign() {
            Some("(") => {
                self.advance();
                let node = self.expression(0)?;
                self.expect(")")?;
                self.postfix(node)
            }
            Some("#" | ".") if self.closures == 0 => Err(Mistake::new(
                at,
                "# and a leading dot stand for the element that a function such as any() looks at; here is none",
            )),
            Some("#") => {
                self.advance();
                let name = match self.peek() {
                    // Only a word that follows at once is its name.
                    Piece::Word(_) | Piece::Number(_) if self.place() == at + 1 => {
                        self.pointer_name()?
                    }
                    _ => String::new(),
                };
                let node = self.node(at, Kind::Pointer(name))?;
                self.postfix(node)
            }
            Some(".") => {
                let node = self.node(at, Kind::Pointer(String::new()))?;
                self.postfix(node)
            }
            Some("::") => {
                self.advance();
                let (at, name) = self.word()?;
                let node = self.call(at, name, Vec::new())?;
                self.postfix(node)
            }
            _ => self.secondary(),
        }
    }

    fn pointer_name(&mut self) -> Result<String, Mistake> {
        match self.advance() {
            Token {
                kind: Piece::Word(word),
                ..
            } => Ok(word),
            Token { at, .. } => Err(Mistake::new(at, "there are #, #index and #acc")),
        }
    }

    /// Numbers and `true`, `false`, `nil` have no members.
    fn secondary(&mut self) -> Parsed {
        let at = self.place();
        let kind = match self.peek().clone() {
            Piece::Word(word) => {
                self.advance();
                match word.as_str() {
                    "true" => return self.node(at, Kind::Bool(true)),
                    "false" => return self.node(at, Kind::Bool(false)),
                    "nil" => return self.node(at, Kind::Nil),
                    _ if self.is("(") => {
                        let node = self.call(at, word, Vec::new())?;
                        return self.postfix(node);
                    }
                    _ => Kind::Name(word),
                }
            }
            Piece::Number(text) => {
                self.advance();
                return match token::number(&text) {
                    Some(Number::Int(number)) => self.node(at, Kind::Int(number)),
                    Some(Number::Float(number)) => self.node(at, Kind::Float(number)),
                    None => Err(Mistake::new(
                        at,
                        format!("{text} is not a number, or is too large"),
                    )),
                };
            }
            Piece::Text(text) => {
                self.advance();
                Kind::Text(text)
            }
            Piece::Sign("[") => {
                self.advance();
                Kind::List(self.list("]", true)?)
            }
            Piece::Sign("{") => {
                self.advance();
                self.map()?
            }
            _ => return Err(self.unexpected()),
        };
        let node = self.node(at, kind)?;
        self.postfix(node)
    }

    /// What stands between commas, up to the closing sign.
    fn list(&mut self, close: &str, trailing_comma: bool) -> Result<Vec<Node>, Mistake> {
        let mut nodes = Vec::new();
        while !self.accept(close) {
            if !nodes.is_empty() {
                self.expect(",")?;
                if trailing_comma && self.accept(close) {
                    break;
                }
            }
            nodes.push(self.expression(0)?);
        }
        Ok(nodes)
    }

    fn map(&mut self) -> Result<Kind, Mistake> {
        let mut pairs = Vec::new();
        while !self.accept("}") {
            if !pairs.is_empty() {
                self.expect(",")?;
                if self.accept("}") {
                    break;
                }
            }
            let at = self.place();
            let key = match self.peek().clone() {
                Piece::Word(key) | Piece::Number(key) | Piece::Text(key) => {
                    self.advance();
                    self.node(at, Kind::Text(key))?
                }
                Piece::Sign("(") => self.expression(0)?,
                _ => return Err(self.unexpected()),
            };
            self.expect(":")?;
            pairs.push((key, self.expression(0)?));
        }
        Ok(Kind::Map(pairs))
    }

    /// A call, from its opening parenthesis. What was piped into it is its
    /// first argument.
    pub(super) fn call(&mut self, at: usize, name: String, mut arguments: Vec<Node>) -> Parsed {
        self.expect("(")?;
        if let Some((closure, last)) = functions::with_closure(&name) {
            let piped = arguments.len();
            for place in piped..=last {
                let optional =
                    place > closure || (place == closure && functions::closure_is_optional(&name));
                if optional && self.is(")") {
                    break;
                }
                if place > piped {
                    self.expect(",")?;
                }
                arguments.push(if place == closure {
                    self.closure()?
                } else {
                    self.expression(0)?
                });
            }
            self.expect(")")?;
            return self.node(at, Kind::Builtin { name, arguments });
        }
        arguments.extend(self.list(")", false)?);
        if functions::is_builtin(&name) {
            return self.node(at, Kind::Builtin { name, arguments });
        }
        let callee = self.node(at, Kind::Name(name))?.into();
        self.node(at, Kind::Call { callee, arguments })
    }

    fn closure(&mut self) -> Parsed {
        let braced = self.accept("{");
        self.closures += 1;
        let node = self.expression(0)?;
        self.closures -= 1;
        if braced {
            self.expect("}")?;
        }
        Ok(node)
    }

    /// Members, indexes, slices and method calls.
    fn postfix(&mut self, mut node: Node) -> Parsed {
        loop {
            let mut optional = false;
            if let Some(sign @ ("." | "?.")) = self.sign() {
                self.advance();
                optional = sign == "?.";
                if !(optional && self.is("[")) {
                    node = self.named_member(node, optional)?;
                    continue;
                }
            }
            if !self.is("[") {
                return Ok(node);
            }
            let at = self.advance().at;
            let from = if self.is(":") {
                None
            } else {
                Some(self.expression(0)?.into())
            };
            if self.accept(":") {
                let to = if self.is("]") {
                    None
                } else {
                    Some(self.expression(0)?.into())
                };
                self.expect("]")?;
                let sliced = node.into();
                node = self.node(
                    at,
                    Kind::Slice {
                        node: sliced,
                        from,
                        to,
                    },
                )?;
            } else if let Some(property) = from {
                self.expect("]")?;
                let kind = Kind::Member {
                    node: node.into(),
                    property,
                    optional,
                };
                node = self.node(at, kind)?;
                if optional {
                    node = self.node(at, Kind::Chain(node.into()))?;
                }
            }
        }
    }

    fn named_member(&mut self, node: Node, optional: bool) -> Parsed {
        let at = self.place();
        let name = match self.advance().kind {
            Piece::Word(word) => word,
            // Words that are operators are names, too.
            Piece::Sign(word) if word.starts_with(|char: char| char.is_ascii_alphabetic()) => {
                word.into()
            }
            _ => return Err(Mistake::new(at, "expected a name after the dot")),
        };
        let (node, chained) = match node.kind {
            Kind::Chain(inner) => (*inner, true),
            _ => (node, false),
        };
        let property = self.node(at, Kind::Text(name))?.into();
        let mut member = self.node(
            at,
            Kind::Member {
                node: node.into(),
                property,
                optional,
            },
        )?;
        if self.accept("(") {
            let arguments = self.list(")", false)?;
            let callee = member.into();
            member = self.node(at, Kind::Call { callee, arguments })?;
        }
        if chained || optional {
            member = self.node(at, Kind::Chain(member.into()))?;
        }
        Ok(member)
    }
}
