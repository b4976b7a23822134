//! An expression as it was written.

/// A part of an expression, with all that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Index of the character that errors point at.
    pub(super) at: usize,
    /// How deep its parts are nested, itself included.
    pub(super) depth: usize,
    /// How many parts it has, itself included.
    pub(super) size: usize,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Name(String),
    Not(Box<Node>),
    /// `-x`, and `+x` where not negated.
    Sign {
        negated: bool,
        node: Box<Node>,
    },
    /// `a and b and c`, or with `or`: one part, however long, so that a long
    /// list of hosts is no deep one.
    Logic(Logic, Vec<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    /// Around members of which one is `?.`: that one ends it all with nil.
    Chain(Box<Node>),
    Member {
        node: Box<Node>,
        property: Box<Node>,
        optional: bool,
    },
    Slice {
        node: Box<Node>,
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
    },
    Call {
        callee: Box<Node>,
        arguments: Vec<Node>,
    },
    Builtin {
        name: String,
        arguments: Vec<Node>,
    },
    /// `#`, `#index`, `#acc`.
    Pointer(String),
    Let {
        name: String,
        value: Box<Node>,
        body: Box<Node>,
    },
    Conditional(Box<[Node; 3]>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logic {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Equal,
    NotEqual,
    Less,
    More,
    LessOrEqual,
    MoreOrEqual,
    In,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

impl Binary {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::More => ">",
            Self::LessOrEqual => "<=",
            Self::MoreOrEqual => ">=",
            Self::In => "in",
            Self::Matches => "matches",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Range => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "**",
            Self::Coalesce => "??",
        }
    }
}

impl Node {
    /// Whether there is a call between this and where its members start.
    pub(super) fn has_call(&self) -> bool {
        let mut node = self;
        loop {
            node = match &node.kind {
                Kind::Call { .. } => return true,
                Kind::Member { node, .. } => node,
                _ => return false,
            };
            if let Kind::Call { callee, .. } = &node.kind
                && matches!(callee.kind, Kind::Name(_))
            {
                return false;
            }
        }
    }

    pub(super) fn new(at: usize, kind: Kind) -> Self {
        let (mut depth, mut size) = (0, 1);
        for part in parts(&kind) {
            depth = depth.max(part.depth);
            size += part.size;
        }
        Self {
            kind,
            at,
            depth: depth + 1,
            size,
        }
    }
}

fn parts(kind: &Kind) -> Vec<&Node> {
    match kind {
        Kind::Nil
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Float(_)
        | Kind::Text(_)
        | Kind::Name(_)
        | Kind::Pointer(_) => Vec::new(),
        Kind::Not(node) | Kind::Sign { node, .. } | Kind::Chain(node) => vec![node],
        Kind::Logic(_, nodes) | Kind::List(nodes) => nodes.iter().collect(),
        Kind::Builtin { arguments, .. } => arguments.iter().collect(),
        Kind::Binary(_, left, right) => vec![left, right],
        Kind::Member { node, property, .. } => vec![node, property],
        Kind::Slice { node, from, to } => [Some(node), from.as_ref(), to.as_ref()]
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
            .collect(),
        Kind::Call { callee, arguments } => {
            let mut all: Vec<&Node> = arguments.iter().collect();
            all.push(callee);
            all
        }
        Kind::Let { value, body, .. } => vec![value, body],
        Kind::Conditional(nodes) => nodes.iter().collect(),
        Kind::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
    }
}
