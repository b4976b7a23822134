//! Makes a tree of an expression, with the precedences of expr 1.16.

use super::Mistake;
use super::token::{self, Kind as Piece, Token};
use super::tree::{Binary, Kind, Logic, Node};

/// How deep an expression may be nested. Choria knows no limit; nobody writes
/// half of this by hand.
const DEEPEST: usize = 100;

/// How many parts an expression may have, for the same reason.
const LARGEST: usize = 200_000;

pub(super) fn parse(text: &[char]) -> Result<Node, Mistake> {
    let mut parser = Parser {
        tokens: token::tokens(text)?,
        at: 0,
        closures: 0,
        nested: 0,
        copied: 0,
    };
    let node = parser.expression(0)?;
    match parser.peek() {
        Piece::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// How many closures are around what is read.
    pub(super) closures: usize,
    nested: usize,
    copied: usize,
}

enum Infix {
    Pipe,
    Logic(Logic),
    Comparison(Binary),
    Other(Binary),
}

fn infix(sign: &str) -> Option<(usize, Infix)> {
    use Infix::{Comparison, Other};
    Some(match sign {
        "|" => (0, Infix::Pipe),
        "or" | "||" => (10, Infix::Logic(Logic::Or)),
        "and" | "&&" => (15, Infix::Logic(Logic::And)),
        "==" => (20, Other(Binary::Equal)),
        "!=" => (20, Other(Binary::NotEqual)),
        "<" => (20, Comparison(Binary::Less)),
        ">" => (20, Comparison(Binary::More)),
        "<=" => (20, Comparison(Binary::LessOrEqual)),
        ">=" => (20, Comparison(Binary::MoreOrEqual)),
        "in" => (20, Other(Binary::In)),
        "matches" => (20, Other(Binary::Matches)),
        "contains" => (20, Other(Binary::Contains)),
        "startsWith" => (20, Other(Binary::StartsWith)),
        "endsWith" => (20, Other(Binary::EndsWith)),
        ".." => (25, Other(Binary::Range)),
        "+" => (30, Other(Binary::Add)),
        "-" => (30, Other(Binary::Subtract)),
        "*" => (60, Other(Binary::Multiply)),
        "/" => (60, Other(Binary::Divide)),
        "%" => (60, Other(Binary::Modulo)),
        "**" | "^" => (100, Other(Binary::Power)),
        "??" => (500, Other(Binary::Coalesce)),
        _ => return None,
    })
}

pub(super) type Parsed = Result<Node, Mistake>;

impl Parser {
    pub(super) fn peek(&self) -> &Piece {
        &self.tokens[self.at].kind
    }

    pub(super) fn place(&self) -> usize {
        self.tokens[self.at].at
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn sign(&self) -> Option<&'static str> {
        match self.peek() {
            Piece::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        self.sign() == Some(sign)
    }

    pub(super) fn accept(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.accept(sign) {
            return Ok(());
        }
        let Mistake { at, reason } = self.unexpected();
        Err(Mistake::new(at, format!("{reason}, expected {sign}")))
    }

    pub(super) fn word(&mut self) -> Result<(usize, String), Mistake> {
        match self.peek() {
            Piece::Word(word) => {
                let word = word.clone();
                Ok((self.advance().at, word))
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn unexpected(&self) -> Mistake {
        let what = match self.peek() {
            Piece::Word(word) if matches!(word.to_lowercase().as_str(), "and" | "or" | "not") => {
                format!(
                    "unexpected {word}: operators are written small, {}",
                    word.to_lowercase()
                )
            }
            Piece::Word(word) => format!("unexpected {word}: strings need quotes"),
            Piece::Number(number) => format!("unexpected {number}"),
            Piece::Text(text) => format!("unexpected text {text:?}"),
            Piece::Sign("=") => "unexpected =: equal is written ==".into(),
            Piece::Sign(sign) => format!("unexpected {sign}"),
            Piece::End => "the expression ends too early".into(),
        };
        Mistake::new(self.place(), what)
    }

    pub(super) fn node(&self, at: usize, kind: Kind) -> Parsed {
        let node = Node::new(at, kind);
        if node.depth > 2 * DEEPEST || node.size > LARGEST {
            return Err(Mistake::new(
                at,
                "this is nested too deeply or too long: split the expression",
            ));
        }
        Ok(node)
    }

    pub(super) fn expression(&mut self, precedence: usize) -> Parsed {
        self.nested += 1;
        if self.nested > DEEPEST {
            return Err(Mistake::new(
                self.place(),
                "this is nested too deeply: split the expression",
            ));
        }
        let node = if precedence == 0 && self.is("let") {
            self.declaration()
        } else {
            self.operation(precedence)
        };
        self.nested -= 1;
        node
    }

    fn operation(&mut self, precedence: usize) -> Parsed {
        let mut left = self.primary()?;
        let mut after_coalesce = false;
        while let Some(mut sign) = self.sign() {
            let (start, at) = (self.at, self.place());
            let negated = sign == "not";
            if negated {
                self.advance();
                sign = match self.sign() {
                    Some(next @ ("in" | "matches" | "contains" | "startsWith" | "endsWith")) => {
                        next
                    }
                    _ => return Err(self.unexpected()),
                };
            }
            let Some((_, infix)) = infix(sign).filter(|(binds, _)| *binds >= precedence) else {
                self.at = start;
                break;
            };
            let sign_at = self.advance().at;
            if after_coalesce && !matches!(sign, "??" | "|") {
                return Err(Mistake::new(
                    sign_at,
                    format!("{sign} and ?? cannot be mixed: put one of them in parentheses"),
                ));
            }
            after_coalesce = sign == "??";
            left = match infix {
                Infix::Pipe => {
                    let (at, name) = self.word()?;
                    self.call(at, name, vec![left])?
                }
                Infix::Logic(logic) => {
                    let binds = if logic == Logic::Or { 11 } else { 16 };
                    let right = self.expression(binds)?;
                    self.logic(sign_at, logic, left, right)?
                }
                Infix::Comparison(binary) => self.comparison(left, binary, sign_at)?,
                Infix::Other(binary) => {
                    // Powers bind to the right.
                    let binds = match binary {
                        Binary::Power => 100,
                        Binary::Range => 26,
                        Binary::Add | Binary::Subtract => 31,
                        Binary::Multiply | Binary::Divide | Binary::Modulo => 61,
                        Binary::Coalesce => 501,
                        _ => 21,
                    };
                    let right = self.expression(binds)?;
                    self.node(sign_at, Kind::Binary(binary, left.into(), right.into()))?
                }
            };
            if negated {
                left = self.node(at, Kind::Not(left.into()))?;
            }
        }
        if precedence == 0 {
            left = self.conditional(left)?;
        }
        Ok(left)
    }

    fn logic(&mut self, at: usize, logic: Logic, left: Node, right: Node) -> Parsed {
        match left {
            Node {
                kind: Kind::Logic(same, mut nodes),
                at,
                depth,
                size,
            } if same == logic => {
                let (depth, size) = (depth.max(right.depth + 1), size + right.size);
                if depth > 2 * DEEPEST || size > LARGEST {
                    return Err(Mistake::new(at, "this is too long: split the expression"));
                }
                nodes.push(right);
                Ok(Node {
                    kind: Kind::Logic(logic, nodes),
                    at,
                    depth,
                    size,
                })
            }
            left => self.node(at, Kind::Logic(logic, vec![left, right])),
        }
    }

    /// `a < b < c` is `a < b && b < c`.
    fn comparison(&mut self, mut left: Node, mut binary: Binary, mut at: usize) -> Parsed {
        let mut all: Option<Node> = None;
        loop {
            let right = self.expression(21)?;
            let next = self.sign().and_then(infix);
            let again = if let Some((_, Infix::Comparison(again))) = next {
                self.copied += right.size;
                if self.copied > LARGEST {
                    return Err(Mistake::new(at, "this is too long: split the expression"));
                }
                Some((again, right.clone()))
            } else {
                None
            };
            let compared = self.node(at, Kind::Binary(binary, left.into(), right.into()))?;
            let joined = match all {
                None => compared,
                Some(before) => self.logic(at, Logic::And, before, compared)?,
            };
            let Some((again, right)) = again else {
                return Ok(joined);
            };
            (all, left, binary) = (Some(joined), right, again);
            at = self.advance().at;
        }
    }

    fn declaration(&mut self) -> Parsed {
        self.expect("let")?;
        let (at, name) = self.word()?;
        self.expect("=")?;
        let value = self.expression(0)?.into();
        self.expect(";")?;
        let body = self.expression(0)?.into();
        self.node(at, Kind::Let { name, value, body })
    }

    fn conditional(&mut self, mut node: Node) -> Parsed {
        while self.is("?") {
            let at = self.advance().at;
            let then = if self.accept(":") {
                self.copied += node.size;
                if self.copied > LARGEST {
                    return Err(Mistake::new(at, "this is too long: split the expression"));
                }
                node.clone()
            } else {
                let then = self.expression(0)?;
                self.expect(":")?;
                then
            };
            let otherwise = self.expression(0)?;
            node = self.node(at, Kind::Conditional(Box::new([node, then, otherwise])))?;
        }
        Ok(node)
    }
}
