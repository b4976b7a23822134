//! What a program has made so far.

use std::collections::HashMap;

use crate::json::{Json, Member, Node, Place};

/// A key and its value, at the same place.
pub(super) fn member(key: &str, at: Place, json: Json) -> Member {
    let value = Node { at, json };
    let key = key.to_owned();
    Member { at, key, value }
}

/// A hash of Ruby: a key that comes again keeps its place and gets another
/// value.
#[derive(Default)]
pub(super) struct Hash {
    pub(super) members: Vec<Member>,
    by_key: HashMap<String, usize>,
}

impl Hash {
    /// Sets a key, and says where it was set before.
    pub(super) fn set(&mut self, member: Member) -> Option<Place> {
        match self.by_key.get(&member.key) {
            Some(at) => {
                let before = std::mem::replace(&mut self.members[*at], member);
                Some(before.at)
            }
            None => {
                self.by_key.insert(member.key.clone(), self.members.len());
                self.members.push(member);
                None
            }
        }
    }
}

/// An action, as far as its block has run.
#[derive(Default)]
pub(super) struct Action {
    pub(super) at: Place,
    pub(super) path: String,
    name: String,
    properties: Vec<Member>,
    pub(super) display: Hash,
    pub(super) inputs: Hash,
    pub(super) outputs: Hash,
    pub(super) aggregates: Vec<Node>,
}

impl Action {
    pub(super) fn new(at: Place, path: String, name: String, properties: Vec<Member>) -> Self {
        Self {
            at,
            path,
            name,
            properties,
            ..Self::default()
        }
    }

    pub(super) fn node(self) -> Node {
        let at = self.at;
        let mut members = vec![
            member("action", at, Json::Text(self.name)),
            member("input", at, Json::Object(self.inputs.members)),
            member("output", at, Json::Object(self.outputs.members)),
        ];
        if !self.aggregates.is_empty() {
            members.push(member("aggregate", at, Json::List(self.aggregates)));
        }
        members.extend(self.display.members);
        members.extend(self.properties);
        Node {
            at,
            json: Json::Object(members),
        }
    }
}
