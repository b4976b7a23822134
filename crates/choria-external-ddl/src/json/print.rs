//! From nodes to text.

use choria_external_protocol::printable_json;

use super::{Json, Node};

impl Node {
    /// Two spaces a level, no line break at the end.
    pub(crate) fn pretty(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Some(0));
        text
    }

    /// In one line, without blanks.
    pub(crate) fn compact(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, None);
        text
    }

    /// `level` is the depth where each item gets a line.
    fn write(&self, text: &mut String, level: Option<usize>) {
        let inner = level.map(|level| level + 1);
        match &self.json {
            Json::Null => text.push_str("null"),
            Json::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
            Json::Number(number) => text.push_str(number),
            Json::Text(content) => quoted(text, content, level),
            Json::List(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    next(text, at, inner);
                    item.write(text, inner);
                }
                end(text, items.is_empty(), level);
                text.push(']');
            }
            Json::Object(members) => {
                text.push('{');
                for (at, member) in members.iter().enumerate() {
                    next(text, at, inner);
                    quoted(text, &member.key, level);
                    text.push_str(if level.is_some() { ": " } else { ":" });
                    member.value.write(text, inner);
                }
                end(text, members.is_empty(), level);
                text.push('}');
            }
        }
    }
}

fn next(text: &mut String, at: usize, level: Option<usize>) {
    if at > 0 {
        text.push(',');
    }
    line(text, level);
}

fn end(text: &mut String, is_empty: bool, level: Option<usize>) {
    if !is_empty {
        line(text, level);
    }
}

fn line(text: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", level));
    }
}

/// In a file for people, everything is escaped that they would not see; elsewhere
/// only what JSON wants to be.
fn quoted(text: &mut String, content: &str, level: Option<usize>) {
    let quoted = serde_json::Value::from(content).to_string();
    if level.is_none() {
        text.push_str(&quoted);
    } else {
        text.push_str(&printable_json(&quoted));
    }
}
