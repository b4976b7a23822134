//! A DDL to the text of a `.ddl`.

use std::fmt::Write as _;

use super::text::{double_quoted, is_function, is_name, single_quoted, symbol};
use crate::json::{Json, Node};
use crate::{Action, Aggregate, Ddl, Extra, Input, Metadata, Output, Type, Validation};

impl Ddl {
    /// The Ruby form, for the file `NAME.ddl` that clients older than Choria's
    /// own read, laid out as `choria plugin generate ddl` does. Every text is
    /// quoted, so that Ruby runs nothing that is in it.
    ///
    /// [`Ddl::from_ruby`] reads it as it was, but for what Ruby has no place
    /// for:
    ///
    /// - of the keys that Choria does not know, those beside `metadata` and
    ///   `actions` (but `requires` and `usage` are words of Ruby's DDL) and those of
    ///   aggregates (but for `format`, which a client in Ruby knows nothing of either);
    /// - two actions of one name: in Ruby they are one;
    /// - aggregates whose `args` are not a list of the output's name and more: no
    ///   client takes them;
    /// - how a file spelled things: `$schema`, the order of keys, `String` for
    ///   `string`, and which keys it left out that Ruby's clients want.
    ///
    /// [`changes`](crate::convert::changes) lists all of it.
    pub fn to_ruby(&self) -> String {
        let mut text = self.metadata.ruby();
        if let Some(requires) = self.extra.get("requires").map(Node::from_default)
            && let Some(members) = requires.as_object().filter(|members| !members.is_empty())
        {
            let pairs = members
                .iter()
                .map(|member| pair(&member.key, &member.value));
            let _ = writeln!(text, "\nrequires {}", pairs.collect::<Vec<_>>().join(", "));
        }
        if let Some(Json::Text(usage)) = self
            .extra
            .get("usage")
            .map(|usage| Node::from_default(usage).json)
        {
            let _ = writeln!(text, "\nusage {}", double_quoted(&usage));
        }
        for action in &self.actions {
            text.push('\n');
            text += &action.ruby();
        }
        text
    }
}

/// `:key => value`
fn pair(key: &str, value: &Node) -> String {
    format!("{} => {}", symbol(key), ruby(value))
}

/// A value as Ruby has it.
fn ruby(node: &Node) -> String {
    match &node.json {
        Json::Null => "nil".into(),
        Json::Bool(truth) => truth.to_string(),
        // Ruby wants digits on both sides of a point, as JSON does.
        Json::Number(number) => number.clone(),
        Json::Text(text) => double_quoted(text),
        Json::List(items) => {
            let items: Vec<_> = items.iter().map(ruby).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) => {
            let pairs = members.iter().map(|member| {
                let key = double_quoted(&member.key);
                format!("{key} => {}", ruby(&member.value))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A word and its properties, one a line under each other.
struct Properties {
    text: String,
    indent: usize,
    is_first: bool,
}

impl Properties {
    /// `head` is what stands before the first property, if that is in the same
    /// line; `indent` is where the others start.
    fn new(head: &str, indent: usize, is_first: bool) -> Self {
        Self {
            text: head.to_owned(),
            indent,
            is_first,
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        if self.is_first {
            self.is_first = false;
        } else {
            self.text.push_str(",\n");
            self.text.extend(std::iter::repeat_n(' ', self.indent));
        }
        let _ = write!(self.text, "{:<12} => {value}", symbol(key));
    }

    fn add_extra(&mut self, extra: &Extra) {
        for (key, value) in extra.iter() {
            self.add(key, &ruby(&Node::from_default(value)));
        }
    }

    fn add_default(&mut self, default: Option<&str>, extra: &Extra) {
        if let Some(default) = default {
            self.add("default", &ruby(&Node::from_default(default)));
        } else if extra.has_null("default") {
            self.add("default", "nil");
        }
    }

    fn end(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

impl Metadata {
    fn ruby(&self) -> String {
        let mut lines = Properties::new("metadata ", 9, true);
        for (key, text) in [
            ("name", &self.name),
            ("description", &self.description),
            ("author", &self.author),
            ("license", &self.license),
            ("version", &self.version),
            ("url", &self.url),
        ] {
            lines.add(key, &double_quoted(text));
        }
        if !self.provider.is_empty() {
            lines.add("provider", &double_quoted(&self.provider));
        }
        if self.service {
            lines.add("service", "true");
        }
        lines.add("timeout", &self.timeout.to_string());
        lines.add_extra(&self.extra);
        lines.end()
    }
}

impl Action {
    fn ruby(&self) -> String {
        let mut text = format!(
            "action {}, :description => {}",
            double_quoted(&self.name),
            double_quoted(&self.description)
        );
        for (key, value) in self.extra.iter() {
            let _ = write!(text, ", {}", pair(key, &Node::from_default(value)));
        }
        let _ = writeln!(text, " do\n  display {}", symbol(self.display.text()));
        for input in &*self.inputs {
            text.push('\n');
            text += &input.ruby();
        }
        for output in &*self.outputs {
            text.push('\n');
            text += &output.ruby();
        }
        let aggregates: Vec<_> = self.aggregates.iter().filter_map(Aggregate::ruby).collect();
        if !aggregates.is_empty() {
            text += "\n  summarize do\n";
            text.extend(
                aggregates
                    .iter()
                    .map(|aggregate| format!("    aggregate {aggregate}\n")),
            );
            text += "  end\n";
        }
        text + "end\n"
    }
}

impl Input {
    fn ruby(&self) -> String {
        let mut lines = Properties::new(&format!("  input {}", symbol(&self.name)), 8, false);
        lines.add("prompt", &double_quoted(&self.prompt));
        lines.add("description", &double_quoted(&self.description));
        lines.add("type", &symbol(self.kind.text()));
        lines.add_default(self.default.as_deref(), &self.extra);
        let is_string = self.kind == Type::String;
        if is_string || self.validation != Validation::None {
            // In Ruby a symbol names a validator, and a text is a pattern.
            let validation = match &self.validation {
                Validation::None | Validation::Regex(_) | Validation::ShellWord => {
                    single_quoted(self.validation.text())
                }
                named => symbol(named.text()),
            };
            lines.add("validation", &validation);
        }
        let maxlength = self.maxlength.unwrap_or(0);
        if is_string || maxlength != 0 {
            lines.add("maxlength", &maxlength.to_string());
        }
        if self.kind == Type::List || !self.list.is_empty() {
            let items: Vec<_> = self.list.iter().map(|item| double_quoted(item)).collect();
            lines.add("list", &format!("[{}]", items.join(", ")));
        }
        lines.add("optional", &self.optional.to_string());
        lines.add_extra(&self.extra);
        lines.end()
    }
}

impl Output {
    fn ruby(&self) -> String {
        let mut lines = Properties::new(&format!("  output {}", symbol(&self.name)), 9, false);
        lines.add("description", &double_quoted(&self.description));
        lines.add_default(self.default.as_deref(), &self.extra);
        if let Some(kind) = &self.kind {
            lines.add("type", &double_quoted(kind.text()));
        }
        lines.add("display_as", &double_quoted(&self.display_as));
        lines.add_extra(&self.extra);
        lines.end()
    }
}

impl Aggregate {
    /// `summary(:output, :format => "..")`; `None` where `args` are not that.
    fn ruby(&self) -> Option<String> {
        if self.extra.get("args").is_some() {
            return None;
        }
        let mut arguments = Vec::new();
        if !is_function(&self.function) {
            // What Ruby's clients call for every function anyway.
            arguments.push(symbol(&self.function));
        }
        if !self.output.is_empty() || !self.options.is_empty() {
            arguments.push(symbol(&self.output));
        }
        let options: Vec<_> = self
            .options
            .iter()
            .map(|option| Node::from_default(option))
            .collect();
        for (at, option) in options.iter().enumerate() {
            let is_last = at + 1 == options.len();
            let members = option
                .as_object()
                .filter(|members| !members.is_empty() && is_last);
            let plain = members.filter(|members| members.iter().all(|member| is_name(&member.key)));
            match plain {
                Some(members) => {
                    let pairs = members
                        .iter()
                        .map(|member| pair(&member.key, &member.value));
                    arguments.push(pairs.collect::<Vec<_>>().join(", "));
                }
                None => arguments.push(ruby(option)),
            }
        }
        let function = if is_function(&self.function) {
            &self.function
        } else {
            "method_missing"
        };
        let mut text = format!("{function}({})", arguments.join(", "));
        if let Some(format) = self.extra.get("format") {
            let _ = write!(text, ", {}", pair("format", &Node::from_default(format)));
        }
        Some(text)
    }
}
