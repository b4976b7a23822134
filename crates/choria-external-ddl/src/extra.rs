//! What else stands in a DDL's file, and how.

use std::collections::HashMap;
use std::fmt;

use crate::json::{Json, Member, Node};

/// Keys of one object of a DDL that Choria does not know and passes over, in
/// the order of the file, with their values as JSON texts.
///
/// Beside them it remembers, unseen, how the file spelled what a DDL does know:
/// the order of the keys, a null where another file has no key at all, or
/// `String` for `string`. So a DDL that is read is written as it was, and of one
/// that is changed, what was not changed. This does not count where two DDLs
/// are compared.
#[derive(Clone, Default)]
pub struct Extra(Option<Box<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    /// Keys and JSON texts.
    unknown: Vec<(String, String)>,
    layout: Vec<Key>,
}

/// One key of the file; or one that the file lacks, and that would be written.
#[derive(Clone)]
struct Key {
    spelled: String,
    /// What it is called properly, if it is known.
    known: Option<&'static str>,
    odd: Option<Odd>,
}

/// A value that the file has in another way than we would write it.
#[derive(Clone)]
struct Odd {
    ours: Option<Node>,
    theirs: Option<Node>,
}

/// A key that the DDL knows, and its value as we would write it; `None` leaves
/// it out.
pub(crate) type Field = (&'static str, Option<Node>);

impl Extra {
    /// No such keys.
    pub const NONE: Self = Self(None);

    /// Each key, with its value as JSON text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.0.iter().flat_map(|kept| &kept.unknown);
        kept.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value of a key, as JSON text.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter()
            .find_map(|(other, value)| (other == key).then_some(value))
    }

    /// Gives a key a value, as JSON text; a text that is not JSON stands for
    /// itself. A key that Choria knows is read as what it is to Choria.
    pub fn set(&mut self, key: &str, value: &str) {
        let unknown = &mut self.0.get_or_insert_default().unknown;
        let value = Node::from_default(value).compact();
        match unknown.iter_mut().find(|(other, _)| other == key) {
            Some(there) => there.1 = value,
            None => unknown.push((key.to_owned(), value)),
        }
    }

    /// What is to be remembered of an object of a file. `fields` are what we
    /// would write of it.
    pub(crate) fn of_file(object: &[Member], fields: Vec<Field>) -> Self {
        let places: Vec<_> = fields.iter().map(|(key, _)| find(object, key)).collect();
        let mut last = HashMap::new();
        for (at, member) in object.iter().enumerate() {
            last.insert(member.key.as_str(), at);
        }
        let mut kept = Kept::default();
        for (at, member) in object.iter().enumerate() {
            let spelled = member.key.clone();
            let is_field = |key: &str| key.eq_ignore_ascii_case(&spelled);
            if let Some(index) = places.iter().position(|place| *place == Some(at)) {
                let (key, ours) = &fields[index];
                let odd = (ours.as_ref() != Some(&member.value)).then(|| Odd {
                    ours: ours.clone(),
                    theirs: Some(member.value.clone()),
                });
                let known = Some(*key);
                kept.layout.push(Key {
                    spelled,
                    known,
                    odd,
                });
            } else if last[&*spelled] == at && !fields.iter().any(|(key, _)| is_field(key)) {
                let value = member.value.compact();
                kept.unknown.push((spelled.clone(), value));
                let (known, odd) = (None, None);
                kept.layout.push(Key {
                    spelled,
                    known,
                    odd,
                });
            }
        }
        for ((key, ours), place) in fields.into_iter().zip(places) {
            if place.is_none() && ours.is_some() {
                let theirs = None;
                let odd = Some(Odd { ours, theirs });
                let (spelled, known) = (key.to_owned(), Some(key));
                kept.layout.push(Key {
                    spelled,
                    known,
                    odd,
                });
            }
        }
        Self(Some(Box::new(kept)))
    }

    /// Keeps the keys and their values only, and that a default is null, which
    /// says more than nothing to who reads it. `fields` are what we would write.
    pub(crate) fn forget_file(&mut self, fields: Vec<Field>) {
        let has_null = self.has_null("default");
        let Some(kept) = &mut self.0 else { return };
        kept.layout.clear();
        if has_null {
            kept.layout
                .extend(fields.into_iter().map(|(key, ours)| Key {
                    spelled: key.to_owned(),
                    known: Some(key),
                    odd: (key == "default").then(|| Odd {
                        ours,
                        theirs: Some(Node::new(Json::Null)),
                    }),
                }));
        } else if kept.unknown.is_empty() {
            self.0 = None;
        }
    }

    /// Whether the file has a null for a key that is left out by default.
    pub(crate) fn has_null(&self, known: &str) -> bool {
        let key = self.layout().iter().find(|key| key.known == Some(known));
        let odd = key.and_then(|key| key.odd.as_ref());
        odd.is_some_and(|odd| odd.ours.is_none() && odd.theirs.as_ref().is_some_and(Node::is_null))
    }

    fn layout(&self) -> &[Key] {
        self.0.as_deref().map_or(&[], |kept| &kept.layout)
    }

    /// The object with these fields, with its unknown keys, in the order of the
    /// file.
    pub(crate) fn object(&self, mut fields: Vec<Field>) -> Node {
        // An aggregate can have odd `args`: see `Aggregate::extra`.
        fields.retain(|(key, _)| self.get(key).is_none());
        // In the same order as in the layout: none is ever taken out, and what
        // is added comes last.
        let mut unknown = self.iter();
        let mut members = Vec::new();
        let mut add = |key: &str, value: Option<Node>| {
            if let Some(value) = value {
                members.push(Member::new(key, value));
            }
        };
        for key in self.layout() {
            let Some(known) = key.known else {
                if let Some((key, value)) = unknown.next() {
                    add(key, Some(Node::from_default(value)));
                }
                continue;
            };
            if let Some(at) = fields.iter().position(|(field, _)| *field == known) {
                let (_, value) = fields.remove(at);
                match &key.odd {
                    Some(odd) if odd.ours == value => add(&key.spelled, odd.theirs.clone()),
                    _ => add(&key.spelled, value),
                }
            }
        }
        for (key, value) in fields {
            add(key, value);
        }
        for (key, value) in unknown {
            add(key, Some(Node::from_default(value)));
        }
        Node::new(Json::Object(members))
    }
}

/// The member that a key of a DDL is read from: as in Go, in any case, and of
/// several the last.
pub(crate) fn find(object: &[Member], key: &str) -> Option<usize> {
    object
        .iter()
        .rposition(|member| member.key.eq_ignore_ascii_case(key))
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
