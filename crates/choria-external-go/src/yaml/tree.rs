//! A YAML text as a tree with places.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, Tag};

use super::InvalidYaml;

/// Lists and maps within each other that are read.
pub const DEEPEST: usize = 127;
/// Nodes that aliases may stand for, all together.
const MOST_ALIASED: usize = 100_000;

/// The first document of a YAML text.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The document; `None` if the text has none, or comments only.
    pub root: Option<Node>,
    /// The byte at which a second document begins. It is not read.
    pub more: Option<usize>,
}

/// A value, and where it stands. Aliases are replaced by what they stand for.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes of the text; of an alias its own.
    pub span: Range<usize>,
    /// Whether it has an anchor or is an alias: what is changed here changes
    /// elsewhere.
    pub shared: bool,
    /// Its tag, such as `!!str`, `!own`, or `!` alone.
    pub tag: Option<String>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A string, number, boolean or null, which nobody has read yet; see
    /// [`Scalar`](super::Scalar).
    Scalar {
        /// Its text, without quotes and escapes.
        text: String,
        /// Whether it stands there without quotes, and not as a block.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map: keys, any nodes, and values. Keys can occur twice.
    Map(Vec<(Node, Node)>),
}

impl Tree {
    /// Reads the first document of a text. A byte order mark in front is passed
    /// over.
    ///
    /// # Errors
    /// Returns [`InvalidYaml`] if the text is not YAML, is nested more than [`DEEPEST`]
    /// levels, or has aliases that stand for more than 100,000 nodes.
    ///
    /// ```
    /// use choria_external_go::yaml::{Kind, Tree};
    ///
    /// let tree = Tree::read("a: [1, '2']")?;
    /// let Some(Kind::Map(entries)) = tree.root.map(|root| root.kind) else {
    ///     panic!("a map")
    /// };
    /// assert_eq!(entries[0].1.span, 3..11);
    /// # Ok::<(), choria_external_go::yaml::InvalidYaml>(())
    /// ```
    pub fn read(text: &str) -> Result<Self, InvalidYaml> {
        let mut offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        offsets.push(text.len());
        // The parser counts characters.
        let byte = |mark: &Marker| offsets.get(mark.index()).copied().unwrap_or(text.len());
        let mut builder = Builder {
            text,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            aliased: 0,
        };
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                InvalidYaml::new(byte(error.marker()), format!("not YAML: {}", error.info()))
            })?;
            let span = byte(&span.start)..byte(&span.end);
            let at = span.start;
            if matches!(event, Event::DocumentStart(_)) && builder.root.is_some() {
                return Ok(Self {
                    root: builder.root,
                    more: Some(at),
                });
            }
            builder
                .event(event, span)
                .map_err(|reason| InvalidYaml::new(at, reason))?;
        }
        Ok(Self {
            root: builder.root,
            more: None,
        })
    }
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

/// A list or map that is not complete.
struct Open {
    start: usize,
    anchor: usize,
    tag: Option<String>,
    kind: Kind,
    /// The key whose value comes next.
    key: Option<Node>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain: style == saphyr_parser::ScalarStyle::Plain,
                };
                // A block of text ends before the next line's content.
                let len = self.text[span.clone()].trim_end().len();
                let span = span.start..span.start + len;
                self.add(span, anchor, tag.as_deref().map(name), kind);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::SequenceStart(anchor, tag) => {
                let kind = Kind::List(Vec::new());
                self.begin(span.start, anchor, tag.as_deref(), kind)
            }
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Map(Vec::new());
                self.begin(span.start, anchor, tag.as_deref(), kind)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span.start);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), String> {
        let node = self.anchors.get(&anchor);
        let node = node.ok_or("an alias stands within what it is an alias of")?;
        self.aliased += size(node);
        if self.aliased > MOST_ALIASED {
            return Err("aliases stand for too much: write out what they stand for".into());
        }
        let node = node.clone();
        let ends = |c: char| c.is_whitespace() || ",]}".contains(c);
        let span = match self.text[span.start..].find(ends) {
            Some(len) => span.start..span.start + len,
            None => span,
        };
        self.insert(Node {
            span,
            shared: true,
            ..node
        });
        Ok(())
    }

    fn begin(
        &mut self,
        start: usize,
        anchor: usize,
        tag: Option<&Tag>,
        kind: Kind,
    ) -> Result<(), String> {
        if self.open.len() == DEEPEST {
            return Err(format!(
                "more than {DEEPEST} lists and maps within each other"
            ));
        }
        self.open.push(Open {
            start,
            anchor,
            tag: tag.map(name),
            kind,
            key: None,
        });
        Ok(())
    }

    /// `at` is where the end was seen: the bracket, if it has one, or the comma
    /// before it.
    fn end(&mut self, at: usize) {
        let Some(Open {
            start,
            anchor,
            tag,
            kind,
            ..
        }) = self.open.pop()
        else {
            return;
        };
        // A block ends where its last part does; a flow by its bracket.
        let flow = self.text[start..].starts_with(['[', '{']);
        let last = match &kind {
            Kind::List(items) => items.last().map(|item| item.span.end),
            // An empty value stands nowhere.
            Kind::Map(entries) => entries
                .last()
                .map(|(key, value)| value.span.end.max(key.span.end)),
            Kind::Scalar { .. } => None,
        };
        let end = if flow {
            behind_bracket(self.text, at)
        } else {
            last.unwrap_or(start)
        };
        self.add(start..end.max(start), anchor, tag, kind);
    }

    fn add(&mut self, span: Range<usize>, anchor: usize, tag: Option<String>, kind: Kind) {
        let node = Node {
            span,
            shared: anchor > 0,
            tag,
            kind,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.insert(node);
    }

    /// Puts a whole node where it belongs.
    fn insert(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(node),
            },
            Kind::Scalar { .. } => {}
        }
    }
}

/// Behind the closing bracket that comes next; before it there can be a comma
/// and comments.
fn behind_bracket(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += match rest.chars().next() {
            Some(']' | '}') => return at + 1,
            Some('#') => rest.find('\n').unwrap_or(rest.len()),
            Some(other) => other.len_utf8(),
            None => return at,
        };
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar { .. } => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, value)| size(key) + size(value))
            .sum(),
    }
}

/// A tag as it is usually written.
fn name(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        tag.to_string()
    }
}
