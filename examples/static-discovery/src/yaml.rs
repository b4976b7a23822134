//! YAML as JSON text.
//!
//! Choria reads YAML 1.1 by Go's `yaml.v2` and makes JSON of it. So does this:
//! `yes` is true, `1.10` is 1.1, `010` is 8, a date is a text. What is refused
//! here, and not there: keys that occur twice (there the last counts), several
//! documents (there the first counts), tags of one's own.

use std::collections::{BTreeMap, HashMap, HashSet};

use choria_external_go::yaml::Scalar;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::value::RawValue;

use crate::document::{Broken, Lines, push_text};
use crate::scalar;

/// The JSON text of a YAML text, and its lines.
pub(crate) fn to_json(text: &str) -> Result<(String, Lines), Broken> {
    let mut writer = Writer {
        json: String::with_capacity(text.len()),
        lines: Lines::default(),
        open: Vec::new(),
        anchors: HashMap::new(),
        // An alias is short for a text of any size, also of aliases.
        aliases_left: text.len().saturating_mul(10).max(1 << 20),
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            (Some(line), format!("not YAML: {}", error.info()))
        })?;
        let line = span.start.line();
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err((
                    Some(line),
                    "expected one document, but another one begins here".into(),
                ));
            }
        }
        writer
            .event(event, line)
            .map_err(|reason| (Some(line), reason))?;
    }
    if writer.json.is_empty() {
        writer.json.push_str("null");
    }
    Ok((writer.json, writer.lines))
}

struct Writer {
    json: String,
    lines: Lines,
    open: Vec<Open>,
    /// The JSON texts of what has an anchor and is whole.
    anchors: HashMap<usize, String>,
    /// Bytes that aliases may still add.
    aliases_left: usize,
}

/// A list or a mapping that is not complete.
struct Open {
    anchor: usize,
    /// Where it begins in the JSON text.
    start: usize,
    kind: Kind,
}

enum Kind {
    List,
    Map {
        keys: HashSet<String>,
        next: Next,
        /// The values of its keys `<<`.
        merged: Vec<String>,
    },
}

/// What is next in a mapping.
#[derive(Clone, Copy)]
enum Next {
    Key,
    Value,
    /// The value of a `<<`, which begins here in the JSON text.
    Merged(usize),
}

const NO_KEY: &str = "expected a string as key";

impl Writer {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = scalar::read(&text, style, tag.as_deref())?;
                if self.wants_key() {
                    let merge = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
                    return self.key(&scalar, merge, anchor, line);
                }
                let start = self.begin(line);
                scalar::push_to(&scalar, &mut self.json)?;
                self.completed(anchor, start)
            }
            Event::Alias(anchor) => {
                if self.wants_key() {
                    return Err(NO_KEY.into());
                }
                let copy = self.anchors.get(&anchor);
                let copy = copy.ok_or("an alias stands within what it is an alias of")?;
                self.aliases_left = self.aliases_left.checked_sub(copy.len()).ok_or(
                    "aliases make more than ten times of this file: write out what they stand for",
                )?;
                let copy = copy.clone();
                let start = self.begin(line);
                self.json.push_str(&copy);
                self.completed(0, start)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), line, '[', Kind::List)
            }
            Event::MappingStart(anchor, tag) => {
                let map = Kind::Map {
                    keys: HashSet::new(),
                    next: Next::Key,
                    merged: Vec::new(),
                };
                self.open(anchor, tag.as_deref(), line, '{', map)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        let last = self.open.last().map(|open| &open.kind);
        matches!(
            last,
            Some(Kind::Map {
                next: Next::Key,
                ..
            })
        )
    }

    /// Puts a comma in front of a key or of an item of a list.
    fn separate(&mut self) {
        if !self.json.ends_with(['[', '{']) {
            self.json.push(',');
        }
    }

    fn key(
        &mut self,
        scalar: &Scalar,
        merge: bool,
        anchor: usize,
        line: usize,
    ) -> Result<(), String> {
        let name = scalar::as_key(scalar).ok_or(NO_KEY)?;
        if anchor > 0 {
            let mut text = String::new();
            push_text(&mut text, &name);
            self.anchors.insert(anchor, text);
        }
        let at = self.json.len();
        let Some(Kind::Map { keys, next, .. }) = self.open.last_mut().map(|open| &mut open.kind)
        else {
            return Ok(());
        };
        if merge {
            *next = Next::Merged(at);
            return Ok(());
        }
        *next = Next::Value;
        if !keys.insert(name.clone()) {
            return Err(format!("the key {name} is there twice"));
        }
        self.separate();
        self.lines.mark(self.json.len(), line);
        push_text(&mut self.json, &name);
        self.json.push(':');
        Ok(())
    }

    /// Makes room for a value; gives where it begins.
    fn begin(&mut self, line: usize) -> usize {
        if matches!(self.open.last(), Some(open) if matches!(open.kind, Kind::List)) {
            self.separate();
        }
        self.lines.mark(self.json.len(), line);
        self.json.len()
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
        bracket: char,
        kind: Kind,
    ) -> Result<(), String> {
        if self.wants_key() {
            return Err(NO_KEY.into());
        }
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && ["map", "seq"].contains(&&*tag.suffix))
        {
            return Err(format!("the tag {tag} is not supported here"));
        }
        let start = self.begin(line);
        self.json.push(bracket);
        self.open.push(Open {
            anchor,
            start,
            kind,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Open {
            anchor,
            start,
            kind,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        match kind {
            Kind::List => self.json.push(']'),
            Kind::Map {
                mut keys, merged, ..
            } => {
                for text in merged {
                    self.merge(&text, &mut keys)?;
                }
                self.json.push('}');
            }
        }
        self.completed(anchor, start)
    }

    /// Adds those members of what a `<<` stands for that are not there yet.
    fn merge(&mut self, text: &str, keys: &mut HashSet<String>) -> Result<(), String> {
        let wanted = "expected a mapping, or a list of mappings, after <<";
        let maps: Vec<BTreeMap<String, &RawValue>> = if text.starts_with('[') {
            serde_json::from_str(text)
        } else {
            serde_json::from_str(text).map(|map| vec![map])
        }
        .map_err(|_| wanted)?;
        for (key, value) in maps.into_iter().flatten() {
            if keys.insert(key.clone()) {
                self.separate();
                push_text(&mut self.json, &key);
                self.json.push(':');
                self.json.push_str(value.get());
            }
        }
        Ok(())
    }

    /// A value that began at `start` is whole.
    fn completed(&mut self, anchor: usize, start: usize) -> Result<(), String> {
        if anchor > 0 {
            self.anchors.insert(anchor, self.json[start..].to_owned());
        }
        if let Some(Kind::Map { next, merged, .. }) =
            self.open.last_mut().map(|open| &mut open.kind)
        {
            if let Next::Merged(at) = *next {
                merged.push(self.json.split_off(at));
                self.lines.cut(at);
            }
            *next = Next::Key;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::{Value, json};

    fn read(text: &str) -> Result<Value, Broken> {
        to_json(text).map(|(json, _)| serde_json::from_str(&json).expect(&json))
    }

    #[test]
    fn yaml_becomes_the_json_that_choria_makes_of_it() {
        let text = "
text: 'yes'
more: |
  two
  \"lines\"
flags: [yes, No, on, y, true, ~, , null]
numbers: [1.10, 010, 0x1f, 0b101, 1_000, 18446744073709551615, 1e3, 1e30, .5, -7, +5, 1.]
texts: [2026-01-02, 1:20, 1.2.3, v1, '1', !!str 2, 99999999999999999999x, 0o8, _1, 1e999]
1: one
1.5: float
yes: bool
empty:
nested: {a: {b: [[], {}]}}
";
        assert_eq!(
            read(&text.replace(", ,", ",")).unwrap(),
            json!({
                "text": "yes",
                "more": "two\n\"lines\"\n",
                "flags": [true, false, true, true, true, null, null],
                "numbers": [1.1, 8, 31, 5, 1000, 18_446_744_073_709_551_615_u64, 1000, 1e30, 0.5, -7, 5, 1],
                "texts": ["2026-01-02", "1:20", "1.2.3", "v1", "1", "2", "99999999999999999999x", "0o8", "_1", "1e999"],
                "1": "one",
                "1.5": "float",
                "true": "bool",
                "empty": null,
                "nested": {"a": {"b": [[], {}]}},
            })
        );
        assert_eq!(read("").unwrap(), json!(null));
    }

    #[test]
    fn aliases_and_merges_are_written_out() {
        let text = "
base: &base {a: 1, b: &list [1, 2]}
more: &more {c: 3, a: 9}
one: {<<: *base, b: own}
two: {b: own, <<: [*base, *more], d: *list}
";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "base": {"a": 1, "b": [1, 2]},
                "more": {"a": 9, "c": 3},
                "one": {"a": 1, "b": "own"},
                "two": {"a": 1, "b": "own", "c": 3, "d": [1, 2]},
            })
        );
    }

    #[test]
    fn what_is_wrong_says_the_line() {
        let wrong = |text: &str| {
            let (line, reason) = read(text).unwrap_err();
            format!("{}: {reason}", line.unwrap())
        };
        for (text, reason) in [
            ("a: 1\nb: 2\na: 3", "3: the key a is there twice"),
            ("a: 1\n? [b]\n: 1", "2: expected a string as key"),
            (
                "---\na: 1\n---\nb: 1",
                "3: expected one document, but another one begins here",
            ),
            (
                "a: &a\n  - *a",
                "2: an alias stands within what it is an alias of",
            ),
            (
                "a:\n  b: .inf",
                "2: expected a number that JSON can hold, got .inf",
            ),
            (
                "a: 1\nb: {<<: 1}",
                "2: expected a mapping, or a list of mappings, after <<",
            ),
            ("a: !own 1", "1: the tag !own is not supported here"),
        ] {
            assert_eq!(wrong(text), reason, "{text}");
        }
        assert!(wrong("a: 1\nb: [1\nc: 2").starts_with("3: not YAML: "));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 8].join(", ");
            text += &format!("a{level}: &a{level} [{items}]\n");
        }
        let (_, reason) = read(&text).unwrap_err();
        assert!(reason.starts_with("aliases make more than"), "{reason}");
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let read = to_json(&deep);
        assert!(read.is_err() || read.is_ok_and(|(json, _)| json == deep));
    }
}
