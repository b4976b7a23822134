//! Writing the JSON form of a DDL.

use crate::extra::Field;
use crate::json::{Json, Member, Node};
use crate::{Action, Aggregate, Ddl, Input, Metadata, Output, Type};

pub(crate) const SCHEMA: &str = "https://choria.io/schemas/mcorpc/ddl/v1/agent.json";

impl Ddl {
    /// The JSON form, for the file `NAME.json`: keys in the order of Choria's
    /// own DDLs, two spaces a level, a line break at the end.
    ///
    /// What [`Ddl::from_json`] read is written as it was in the file, unknown
    /// keys and the order of all keys included; only blanks and escapes are
    /// ours. It says nothing of a DDL that makes no sense: see
    /// [`Ddl::refused_by_server`].
    pub fn to_json(&self) -> String {
        self.node().pretty() + "\n"
    }

    pub(crate) fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        let actions = self.actions.iter();
        vec![
            ("$schema", text(SCHEMA)),
            ("metadata", Some(self.metadata.node())),
            ("actions", list(actions.map(Action::node))),
        ]
    }
}

fn text(text: &str) -> Option<Node> {
    Some(Node::text(text))
}

fn flag(truth: bool) -> Option<Node> {
    Some(Node::new(Json::Bool(truth)))
}

fn integer(number: i64) -> Option<Node> {
    Some(Node::new(Json::Number(number.to_string())))
}

fn list(items: impl Iterator<Item = Node>) -> Option<Node> {
    Some(Node::new(Json::List(items.collect())))
}

/// An object of things with names.
fn entries<'a>(items: impl Iterator<Item = (&'a str, Node)>) -> Option<Node> {
    let members = items.map(|(name, node)| Member::new(name, node));
    Some(Node::new(Json::Object(members.collect())))
}

impl Metadata {
    fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        vec![
            ("name", text(&self.name)),
            ("description", text(&self.description)),
            ("author", text(&self.author)),
            ("license", text(&self.license)),
            ("version", text(&self.version)),
            ("url", text(&self.url)),
            ("timeout", integer(self.timeout)),
            (
                "provider",
                text(&self.provider).filter(|_| !self.provider.is_empty()),
            ),
            ("service", flag(true).filter(|_| self.service)),
        ]
    }
}

impl Action {
    fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        let inputs = self.inputs.iter().map(|input| (&*input.name, input.node()));
        let outputs = self
            .outputs
            .iter()
            .map(|output| (&*output.name, output.node()));
        let aggregates = self.aggregates.iter().map(Aggregate::node);
        vec![
            ("action", text(&self.name)),
            ("input", entries(inputs)),
            ("output", entries(outputs)),
            ("display", text(self.display.text())),
            ("description", text(&self.description)),
            (
                "aggregate",
                list(aggregates).filter(|_| !self.aggregates.is_empty()),
            ),
        ]
    }
}

impl Input {
    fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    /// The published schema wants `validation` and `maxlength` for every
    /// string and `list` for every list; elsewhere they are left out if empty.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let is_string = self.kind == Type::String;
        let validation = self.validation.text();
        let maxlength = self.maxlength.unwrap_or(0);
        let choices = list(self.list.iter().map(|choice| Node::text(choice)));
        vec![
            ("prompt", text(&self.prompt)),
            ("description", text(&self.description)),
            ("type", text(self.kind.text())),
            ("default", self.default.as_deref().map(Node::from_default)),
            ("optional", flag(self.optional)),
            (
                "validation",
                text(validation).filter(|_| is_string || !validation.is_empty()),
            ),
            (
                "maxlength",
                integer(maxlength).filter(|_| is_string || maxlength != 0),
            ),
            (
                "list",
                choices.filter(|_| self.kind == Type::List || !self.list.is_empty()),
            ),
        ]
    }
}

impl Output {
    fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        vec![
            ("description", text(&self.description)),
            ("display_as", text(&self.display_as)),
            ("default", self.default.as_deref().map(Node::from_default)),
            (
                "type",
                self.kind.as_ref().and_then(|kind| text(kind.text())),
            ),
        ]
    }
}

impl Aggregate {
    fn node(&self) -> Node {
        self.extra.object(self.fields())
    }

    pub(crate) fn fields(&self) -> Vec<Field> {
        let options = self.options.iter().map(|option| Node::from_default(option));
        let output =
            text(&self.output).filter(|_| !self.output.is_empty() || !self.options.is_empty());
        vec![
            ("function", text(&self.function)),
            ("args", list(output.into_iter().chain(options))),
        ]
    }

    /// The arguments as in the DDL: a list, of the output's name and the
    /// options, or what stands there instead.
    pub fn args(&self) -> serde_json::Value {
        let extra = self.extra.get("args").map(str::to_owned);
        let text = extra.unwrap_or_else(|| {
            let args = self.fields().pop().and_then(|(_, args)| args);
            args.as_ref().map(Node::compact).unwrap_or_default()
        });
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use crate::*;

    type Text = Cow<'static, str>;

    fn text() -> impl Strategy<Value = Text> {
        "\\PC{0,12}|[\"'#{$@\\\\\r\n\t\u{1b}\u{2028}\u{0}]{0,4}".prop_map(Text::from)
    }

    fn kind() -> impl Strategy<Value = Type> {
        "integer|float|number|boolean|string|list|hash|array|int|\\PC{0,5}"
            .prop_map(Type::from_text)
    }

    fn validation() -> impl Strategy<Value = Validation> {
        "|shellsafe|ipaddress|ipv4address|ipv6address|\\PC{0,8}".prop_map(Validation::from_text)
    }

    fn default() -> impl Strategy<Value = Option<Text>> {
        prop::option::of(prop_oneof![
            any::<i64>().prop_map(|number| number.to_string().into()),
            any::<bool>().prop_map(|truth| truth.to_string().into()),
            text().prop_map(|text| serde_json::Value::from(text).to_string().into()),
            Just(r#"{"a":[1,null],"b":1.5}"#.into()),
        ])
    }

    fn input() -> impl Strategy<Value = Input> {
        let texts = (text(), text(), text());
        let rules = (kind(), any::<bool>(), default(), validation(), extra());
        let maxlength = any::<i64>().prop_map(|most| Some(most).filter(|most| *most != 0));
        let list = prop::collection::vec(text(), 0..3);
        (texts, rules, maxlength, list).prop_map(|(texts, rules, maxlength, list)| Input {
            name: texts.0,
            prompt: texts.1,
            description: texts.2,
            kind: rules.0,
            optional: rules.1,
            default: rules.2,
            list: list.into(),
            maxlength,
            validation: rules.3,
            extra: rules.4,
        })
    }

    fn output() -> impl Strategy<Value = Output> {
        let kind = kind().prop_map(|kind| Some(kind).filter(|kind| !kind.text().is_empty()));
        (text(), text(), text(), kind, default(), extra()).prop_map(
            |(name, description, display_as, kind, default, extra)| Output {
                name,
                description,
                display_as,
                kind,
                default,
                extra,
            },
        )
    }

    fn aggregate() -> impl Strategy<Value = Aggregate> {
        let option = default().prop_map(|option| option.unwrap_or("null".into()));
        let options = prop::collection::vec(option, 0..3);
        (text(), text(), options, extra()).prop_map(|(function, output, options, extra)| {
            Aggregate {
                function,
                output,
                options: options.into(),
                extra,
            }
        })
    }

    fn extra() -> impl Strategy<Value = Extra> {
        // None of the keys that Choria knows starts so.
        prop::collection::vec(("x\\PC{0,3}", default()), 0..3).prop_map(|keys| {
            let mut extra = Extra::NONE;
            for (key, value) in keys {
                extra.set(&key, value.as_deref().unwrap_or("null"));
            }
            extra
        })
    }

    /// Each name once.
    fn each_once<T>(mut items: Vec<T>, name: fn(&T) -> &Text) -> Vec<T> {
        let mut seen = BTreeSet::new();
        items.retain(|item| seen.insert(name(item).clone()));
        items
    }

    fn action() -> impl Strategy<Value = Action> {
        let display = prop_oneof![
            Just(Display::Always),
            Just(Display::Ok),
            Just(Display::Failed),
            Just(Display::None),
            Just(Display::Other("some".into())),
        ];
        let inputs = prop::collection::vec(input(), 0..3);
        let outputs = prop::collection::vec(output(), 0..3);
        let aggregates = prop::collection::vec(aggregate(), 0..3);
        (
            text(),
            text(),
            display,
            inputs,
            outputs,
            aggregates,
            extra(),
        )
            .prop_map(
                |(name, description, display, inputs, outputs, aggregates, extra)| Action {
                    name,
                    description,
                    display,
                    inputs: each_once(inputs, |input| &input.name).into(),
                    outputs: each_once(outputs, |output| &output.name).into(),
                    aggregates: aggregates.into(),
                    extra,
                },
            )
    }

    fn ddl() -> impl Strategy<Value = Ddl> {
        let texts = (text(), text(), text(), text(), text(), text(), text());
        let actions = prop::collection::vec(action(), 0..3);
        let rest = (any::<i64>(), any::<bool>(), extra(), extra());
        (texts, rest, actions).prop_map(|(texts, (timeout, service, inner, extra), actions)| Ddl {
            metadata: Metadata {
                name: texts.0,
                description: texts.1,
                author: texts.2,
                license: texts.3,
                version: texts.4,
                url: texts.5,
                timeout,
                provider: texts.6,
                service,
                extra: inner,
            },
            actions,
            extra,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(ddl in ddl()) {
            let json = ddl.to_json();
            prop_assert_eq!(Ddl::from_json(json.as_bytes()), Ok(ddl), "{}", json);
        }

        #[test]
        fn what_is_written_in_ruby_is_read_as_it_was(mut ddl in ddl()) {
            // In Ruby two actions of one name are one.
            ddl.actions = each_once(ddl.actions, |action| &action.name);
            let ruby = ddl.to_ruby();
            // What Ruby has no place for.
            ddl.extra = Extra::NONE;
            for action in &mut ddl.actions {
                for aggregate in action.aggregates.to_mut() {
                    aggregate.extra = Extra::NONE;
                }
            }
            prop_assert_eq!(Ddl::from_ruby(&ruby), Ok(ddl), "{}", ruby);
        }
    }

    #[test]
    fn strings_and_lists_have_all_that_the_published_schema_wants() {
        let input = |name: &str| Input {
            name: name.to_owned().into(),
            prompt: Text::default(),
            description: Text::default(),
            kind: Type::from_text(name.to_owned()),
            optional: false,
            default: None,
            list: Cow::default(),
            maxlength: None,
            validation: Validation::None,
            extra: Extra::NONE,
        };
        let action = Action {
            name: "a".into(),
            description: Text::default(),
            display: Display::Ok,
            inputs: ["string", "list", "number"].map(input).to_vec().into(),
            outputs: Cow::default(),
            aggregates: Cow::default(),
            extra: Extra::NONE,
        };
        let ddl = Ddl {
            actions: vec![action],
            ..Ddl::default()
        };
        let json: serde_json::Value = serde_json::from_str(&ddl.to_json()).unwrap();
        let input = &json["actions"][0]["input"];
        assert_eq!(
            (
                &input["string"]["validation"],
                &input["string"]["maxlength"],
                &input["list"]["list"]
            ),
            (&"".into(), &0.into(), &serde_json::json!([]))
        );
        for absent in ["validation", "maxlength", "list", "default"] {
            assert_eq!(input["number"].get(absent), None, "{absent}");
        }
    }
}
