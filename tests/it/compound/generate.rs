//! Expressions made at random along the language's grammar, over the node of
//! `filter_documents.json`: right ones, wrong ones, and some that are broken.

use proptest::prelude::*;

/// An expression. It shrinks to fewer and simpler parts.
pub(crate) fn expression() -> impl Strategy<Value = String> {
    let choices = proptest::collection::vec(any::<u16>(), 1..120);
    (choices, 1..5_u32).prop_map(|(choices, depth)| {
        let mut grammar = Grammar {
            choices,
            at: 0,
            closures: 0,
        };
        let text = grammar.truth(depth);
        grammar.broken(text)
    })
}

/// Makes one choice after the other; when none is left, always the first.
struct Grammar {
    choices: Vec<u16>,
    at: usize,
    closures: usize,
}

impl Grammar {
    fn below(&mut self, count: usize) -> usize {
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(choice) % count
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// What looks at an element, with or without braces.
    fn closure(&mut self, make: fn(&mut Self, u32) -> String, depth: u32) -> String {
        self.closures += 1;
        let text = make(self, depth);
        self.closures -= 1;
        if self.below(2) == 0 {
            format!("{{{text}}}")
        } else {
            text
        }
    }

    /// True or false.
    fn truth(&mut self, depth: u32) -> String {
        let Some(d) = depth.checked_sub(1) else {
            return self.simple_truth();
        };
        match self.below(22) {
            0 => self.simple_truth(),
            1 | 2 => {
                let sign = self.one(&["and", "or", "&&", "||"]);
                format!("{} {sign} {}", self.truth(d), self.truth(d))
            }
            3 => format!("{}({})", self.one(&["!", "not "]), self.truth(d)),
            4 => format!("{}{}", self.one(&["!", "not "]), self.truth(d)),
            5..=7 => {
                let sign = self.one(&["==", "!=", "<", ">", "<=", ">="]);
                format!("{} {sign} {}", self.anything(d), self.anything(d))
            }
            8 => format!(
                "{} < {} <= {}",
                self.number(d),
                self.number(d),
                self.number(d)
            ),
            9 => {
                let sign = self.one(&["in", "not in"]);
                format!("{} {sign} {}", self.anything(d), self.list(d))
            }
            10 => {
                let list = self.one(&["1..5", "-1..16", "[1, 2, 16]", "[1.0, 2]"]);
                format!("{} in {list}", self.number(d))
            }
            11 => {
                let sign = self.one(&[
                    "contains",
                    "startsWith",
                    "endsWith",
                    "matches",
                    "not contains",
                    "not matches",
                ]);
                format!("{} {sign} {}", self.text(d), self.text(d))
            }
            12 | 13 => {
                let name = self.one(&["any", "all", "none", "one"]);
                format!("{name}({}, {})", self.list(d), self.closure(Self::truth, d))
            }
            14 => format!("include({}, {})", self.list(d), self.anything(d)),
            15 => self.semver(),
            16 => format!("{} ? {} : {}", self.truth(d), self.truth(d), self.truth(d)),
            17 => format!("({} ?? {})", self.anything(d), self.truth(d)),
            18 => {
                let (name, sign) = [("any", "or"), ("all", "and"), ("none", "and")][self.below(3)];
                let list = self.list(d);
                let (first, second) = (self.closure(Self::truth, d), self.closure(Self::truth, d));
                format!("{name}({list}, {first}) {sign} {name}({list}, {second})")
            }
            19 => format!(
                "let v = {}; {}",
                self.anything(d),
                self.truth(d).replace("nosuch", "v")
            ),
            20 => format!("{} in {}", self.anything(d), self.map(d)),
            _ => format!("with({})", self.text(d)),
        }
    }

    fn simple_truth(&mut self) -> String {
        if self.closures > 0 && self.below(3) == 0 {
            return "# == \"apache\"".into();
        }
        self.one(&[
            "true",
            "false",
            "with(\"apache\")",
            "with(\"nope\")",
            "with(\"country=de\")",
            "with(\"ram>=16\")",
            "with(\"/^role/\")",
            "fact(\"virtual\")",
            "fact(\"nope\")",
            "nosuch",
            "nosuch()",
        ])
        .into()
    }

    fn semver(&mut self) -> String {
        let version = self.one(&[
            "fact(\"ver\")",
            "\"1.2.3\"",
            "\"1.10\"",
            "\"v1\"",
            "\"1.2.3-beta\"",
            "\"1.0.0-rc.1\"",
            "\"2.0.0+b\"",
            "\"junk\"",
            "\"01.2.3\"",
            "\"1.2.3-1\"",
        ]);
        let sign = self.one(&[
            "", ">", "<", ">=", "<=", "=", "!=", "~", "~>", "^", "=>", "=<",
        ]);
        let wanted = self.one(&[
            "1",
            "1.2",
            "1.x",
            "1.10.2",
            "*",
            "x",
            "1.2.3-beta",
            "0",
            "0.0.0",
            "1.0.0-0",
            "1.x.3",
            "",
        ]);
        let more = self.one(&["", ", < 2", " || 3", " - 2.0", "  ", "-1 - 3"]);
        format!("semver({version}, \"{sign}{wanted}{more}\")")
    }

    fn number(&mut self, depth: u32) -> String {
        let Some(d) = depth.checked_sub(1) else {
            if self.closures > 0 && self.below(3) == 0 {
                return self.one(&["#", "#index", "#acc"]).into();
            }
            return self
                .one(&[
                    "1",
                    "0",
                    "2",
                    "16",
                    "1.5",
                    "-1",
                    "fact(\"ram\")",
                    "fact(\"flt\")",
                    "fact(\"nums\")[0]",
                    "0x10",
                    "1e1",
                    "len(classes)",
                    "fact(\"nope\")",
                    "1_0",
                    ".5",
                    "9223372036854775807",
                    "fact(\"os.release.major\")",
                ])
                .into();
        };
        match self.below(13) {
            0 => self.number(0),
            1..=4 => {
                let sign = self.one(&["+", "-", "*", "/", "%", "**"]);
                format!("{} {sign} {}", self.number(d), self.number(d))
            }
            5 => format!("{}{}", self.one(&["-", "+"]), self.number(d)),
            6 => format!("len({})", self.anything(d)),
            7 => format!("count({}, {})", self.list(d), self.closure(Self::truth, d)),
            8 => format!(
                "{}({})",
                self.one(&["sum", "min", "max", "mean", "median"]),
                self.list(d)
            ),
            9 => {
                let name = self.one(&["abs", "ceil", "floor", "round", "int", "float"]);
                format!("{name}({})", self.anything(d))
            }
            10 => format!("max({}, {})", self.number(d), self.number(d)),
            11 => format!(
                "reduce({}, {}, {})",
                self.list(d),
                self.closure(Self::number, d),
                self.number(d)
            ),
            _ => format!(
                "findIndex({}, {})",
                self.list(d),
                self.closure(Self::truth, d)
            ),
        }
    }

    fn text(&mut self, depth: u32) -> String {
        let Some(d) = depth.checked_sub(1) else {
            if self.closures > 0 && self.below(3) == 0 {
                return "#".into();
            }
            return self
                .one(&[
                    "\"apache\"",
                    "\"de\"",
                    "\"\"",
                    "\"a\"",
                    "'x'",
                    "`1`",
                    "\"1.10.2\"",
                    "fact(\"country\")",
                    "fact(\"os.family\")",
                    "fact(\"nope\")",
                    "fact(\"ram\")",
                    "\"^a\"",
                    "\"(\"",
                    "\"\\u00e9\"",
                    "classes[0]",
                    "\"16\"",
                ])
                .into();
        };
        match self.below(13) {
            0 => self.text(0),
            1 => format!("{} + {}", self.text(d), self.text(d)),
            2 | 3 => {
                let name = self.one(&[
                    "lower", "upper", "trim", "string", "type", "toJSON", "toBase64",
                ]);
                format!("{name}({})", self.anything(d))
            }
            4 => format!(
                "{}({}, {})",
                self.one(&["trim", "trimPrefix", "trimSuffix"]),
                self.text(d),
                self.text(d)
            ),
            5 => format!("join({}, {})", self.list(d), self.text(d)),
            6 => format!(
                "replace({}, {}, {})",
                self.text(d),
                self.text(d),
                self.text(d)
            ),
            7 => format!("repeat({}, {})", self.text(d), self.number(d)),
            8 => format!("{}[{}:{}]", self.text(d), self.number(d), self.number(d)),
            9 => format!(
                "({} ? {} : {})",
                self.truth(d),
                self.text(d),
                self.anything(d)
            ),
            10 => format!("{}[{}]", self.list(d), self.number(d)),
            11 => format!(
                "{} | {}()",
                self.text(d),
                self.one(&["upper", "lower", "first", "last"])
            ),
            _ => format!("find({}, {})", self.list(d), self.closure(Self::truth, d)),
        }
    }

    fn list(&mut self, depth: u32) -> String {
        let Some(d) = depth.checked_sub(1) else {
            return self
                .one(&[
                    "classes",
                    "agents",
                    "fact(\"list\")",
                    "fact(\"nums\")",
                    "fact(\"mixed\")",
                    "fact(\"earr\")",
                    "[]",
                    "[1, 2]",
                    "[\"a\", \"b\"]",
                    "[\"a\", 1, true]",
                    "1..3",
                    "fact(\"objs\")",
                    "$env.agents",
                    "fact(\"nope\")",
                    "[1, 2.5]",
                    "fact(\"country\")",
                    "fact(\"os\")",
                ])
                .into();
        };
        match self.below(15) {
            0 => self.list(0),
            1 => format!("[{}, {}]", self.anything(d), self.anything(d)),
            2 => format!("filter({}, {})", self.list(d), self.closure(Self::truth, d)),
            3 => format!("map({}, {})", self.list(d), self.closure(Self::anything, d)),
            4 => format!("{}..{}", self.number(d), self.number(d)),
            5 => format!(
                "{}({}, {})",
                self.one(&["split", "splitAfter"]),
                self.text(d),
                self.text(d)
            ),
            6 => format!("sort({}{})", self.list(d), self.one(&["", ", \"desc\""])),
            7 => format!("reverse({})", self.list(d)),
            8 => format!("take({}, {})", self.list(d), self.number(d)),
            9 => format!("concat({}, {})", self.list(d), self.list(d)),
            10 => format!("{}[{}:]", self.list(d), self.number(d)),
            11 => format!(
                "sortBy({}, {})",
                self.list(d),
                self.closure(Self::anything, d)
            ),
            // Of one entry: the order of more is any.
            12 => format!(
                "{}({{\"a\": {}}})",
                self.one(&["keys", "values", "toPairs"]),
                self.anything(d)
            ),
            13 => format!(
                "map(filter({}, {}), {})",
                self.list(d),
                self.closure(Self::truth, d),
                self.closure(Self::anything, d)
            ),
            _ => format!(
                "filter(filter({}, {}), true)",
                self.list(d),
                self.closure(Self::truth, d)
            ),
        }
    }

    fn map(&mut self, depth: u32) -> String {
        let Some(d) = depth.checked_sub(1) else {
            return self
                .one(&[
                    "{}",
                    "{\"a\": 1}",
                    "{a: 1, \"b\": nil}",
                    "fact(\"os\")",
                    "fact(\"nope\")",
                    "fact(\"os.release\")",
                    "{(\"a\"): 1.0, a: 2}",
                ])
                .into();
        };
        match self.below(5) {
            0 => self.map(0),
            1 => format!("fromPairs({})", self.list(d)),
            2 => format!(
                "groupBy({}, {})",
                self.list(d),
                self.closure(Self::anything, d)
            ),
            3 => format!("fromJSON(toJSON({}))", self.anything(d)),
            _ => format!("{{\"a\": {}, b: {}}}", self.anything(d), self.anything(d)),
        }
    }

    fn anything(&mut self, depth: u32) -> String {
        match self.below(11) {
            0 | 1 => self.text(depth),
            2 | 3 => self.number(depth),
            4 => self.list(depth),
            5 => self.truth(depth),
            6 => self.map(depth),
            7 => "nil".into(),
            8 => {
                let member = self.one(&[
                    ".a", "?.a", "[0]", "[\"a\"]", "?.[0]", ".a.b", "?.a?.b", "?.a.b[0]",
                ]);
                format!("{}{member}", self.map(depth))
            }
            9 if self.closures > 0 => self.one(&["#", "#.n", ".n", "#?.n", "#index"]).into(),
            _ => format!("get({}, {})", self.map(depth), self.text(0)),
        }
    }

    /// Sometimes a character more or less.
    fn broken(&mut self, text: String) -> String {
        if self.below(8) != 7 {
            return text;
        }
        let mut chars: Vec<char> = text.chars().collect();
        let at = self.below(chars.len());
        if self.below(2) == 0 {
            chars.remove(at);
        } else {
            let char = self.below(20);
            chars.insert(
                at,
                [
                    '(', ')', '[', ']', '{', '}', '.', ',', '?', ':', '|', '"', '!', '=', '<', '-',
                    '#', '0', 'a', ' ',
                ][char],
            );
        }
        chars.into_iter().collect()
    }
}
