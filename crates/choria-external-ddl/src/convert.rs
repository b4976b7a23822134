//! What a DDL loses, or gets, where its text is written anew in another form.
//!
//! ```
//! use choria_external_ddl::Ddl;
//! use choria_external_ddl::convert::{Form, Kind, changes};
//!
//! let json = r#"{"metadata": {"name": "parrot", "timeout": 10}, "colour": "green"}"#;
//! let ruby = Ddl::from_json(json.as_bytes())?.to_ruby();
//! let changes = changes((Form::Json, json), (Form::Ruby, &ruby))?;
//! let lost = changes.iter().find(|change| change.kind == Kind::LeftOut).ok_or("nothing")?;
//! assert_eq!((&*lost.path, &*lost.what), ("$.colour", "\"green\""));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

mod shape;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::error::Error;

use crate::Ddl;
use crate::json::{self, Json, Member, Node, at_index, at_key};
use crate::read::described;
use crate::ruby;
use crate::write::SCHEMA;
use shape::{Shape, says_nothing};

/// A form of a DDL's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file `NAME.json`.
    Json,
    /// The file `NAME.ddl`.
    Ruby,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not there any more.
    LeftOut,
    /// It, or the way its key is spelled, is another one.
    Changed,
    /// It was not there before: the form needs it, and it says what Choria
    /// takes where it is missing.
    Added,
}

/// A value that is not in both texts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// JSON path of the value, such as `$.actions[0].input.message.default`.
    pub path: String,
    /// What became of it.
    pub kind: Kind,
    /// The value, shortened where long; of one that changed both.
    pub what: String,
}

/// All that is not in both texts of one DDL.
///
/// The order of keys does not count, and neither do Choria's own `$schema`, which
/// is in each JSON form only, blanks, comments, and how Ruby computed a value. A
/// key of Choria's whose value says nothing, such as null, 0 or an empty string, is
/// as good as missing.
///
/// # Errors
/// Returns an error if one of the texts cannot be read.
pub fn changes(
    from: (Form, &str),
    to: (Form, &str),
) -> Result<Vec<Change>, Box<dyn Error + Send + Sync>> {
    let mut changes = Changes::default();
    let from = match from {
        (Form::Json, text) => json::parse(text)?,
        (Form::Ruby, text) => ruby::nodes(text, &mut |note| {
            changes.tell(Kind::Changed, &note.path, note.what);
        })?,
    };
    let to = match to {
        (Form::Json, text) => json::parse(text)?,
        // What the words mean: some of them are the way a form writes nothing.
        (Form::Ruby, text) => Ddl::from_ruby(text)?.node(),
    };
    let mut changes = Changes::default();
    changes.node("$", &without_schema(from), &without_schema(to), Shape::Ddl);
    Ok(changes.0)
}

fn without_schema(mut node: Node) -> Node {
    if let Json::Object(members) = &mut node.json {
        members.retain(|member| member.key != "$schema" || member.value.as_text() != Some(SCHEMA));
    }
    node
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn tell(&mut self, kind: Kind, path: &str, what: String) {
        let path = path.to_owned();
        self.0.push(Change { path, kind, what });
    }

    fn node(&mut self, path: &str, old: &Node, new: &Node, shape: Shape) {
        match (&old.json, &new.json) {
            (Json::Object(old), Json::Object(new)) => self.object(path, old, new, shape),
            (Json::Null, Json::Object(new)) if shape.is_object() => {
                self.object(path, &[], new, shape);
            }
            (Json::List(old), Json::List(new)) => self.list(path, old, new, shape),
            _ if old == new => {}
            _ => {
                let what = format!("{} became {}", described(old), described(new));
                self.tell(Kind::Changed, path, what);
            }
        }
    }

    fn object(&mut self, path: &str, old: &[Member], new: &[Member], shape: Shape) {
        let last: HashMap<&str, usize> = by_key(old).zip(0..).collect();
        let mut rest: HashMap<&str, &Member> = by_key(new).zip(new).collect();
        // Known keys fit in any case, and are written in their own.
        let respelled: HashMap<String, &str> = (by_key(new))
            .filter(|key| !last.contains_key(key))
            .map(|key| (key.to_ascii_lowercase(), key))
            .collect();
        for (at, member) in old.iter().enumerate() {
            let path = at_key(path, &member.key);
            if last[&*member.key] != at {
                let what = format!("{}, the key is there again", described(&member.value));
                self.tell(Kind::LeftOut, &path, what);
                continue;
            }
            let same = rest.remove(&*member.key);
            let other = same.or_else(|| {
                let key = respelled.get(&member.key.to_ascii_lowercase())?;
                rest.remove(key)
            });
            let nothing = shape.knows(&member.key) && says_nothing(&member.value);
            match other {
                None if nothing => {}
                None => self.tell(Kind::LeftOut, &path, described(&member.value)),
                Some(other) => {
                    if other.key != member.key {
                        let what = format!("the key became {:?}", other.key);
                        self.tell(Kind::Changed, &path, what);
                    }
                    if nothing && member.value != other.value {
                        self.tell(Kind::Added, &path, described(&other.value));
                    } else {
                        let shape = shape.value(&member.key);
                        self.node(&path, &member.value, &other.value, shape);
                    }
                }
            }
        }
        for member in new {
            if rest.contains_key(&*member.key) {
                let path = at_key(path, &member.key);
                self.tell(Kind::Added, &path, described(&member.value));
            }
        }
    }

    /// Items can be left out; the others stay in their order.
    fn list(&mut self, path: &str, old: &[Node], new: &[Node], shape: Shape) {
        let shape = shape.item();
        let mut rest = new;
        for (at, item) in old.iter().enumerate() {
            let path = at_index(path, at);
            let left = old.len() - at;
            match rest.split_first() {
                Some((first, others)) if left == rest.len() || becomes(item, first, shape) => {
                    self.node(&path, item, first, shape);
                    rest = others;
                }
                _ => self.tell(Kind::LeftOut, &path, described(item)),
            }
        }
        for (at, item) in rest.iter().enumerate() {
            let path = at_index(path, old.len() + at);
            self.tell(Kind::Added, &path, described(item));
        }
    }
}

fn by_key(members: &[Member]) -> impl Iterator<Item = &str> {
    members.iter().map(|member| &*member.key)
}

/// Whether nothing in it is another value.
fn becomes(old: &Node, new: &Node, shape: Shape) -> bool {
    let mut changes = Changes::default();
    changes.node("", old, new, shape);
    changes.0.iter().all(|change| change.kind != Kind::Changed)
}
