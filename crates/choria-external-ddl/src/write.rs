//! Writing the JSON form of a DDL.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{Action, Ddl, Input, Output, Type};

const SCHEMA: &str = "https://choria.io/schemas/mcorpc/ddl/v1/agent.json";

impl Ddl {
    /// The JSON form, for the file `NAME.json`: keys in the order of Choria's
    /// own DDLs, two spaces a level, a line break at the end.
    ///
    /// It says nothing of a DDL that makes no sense: see
    /// [`Ddl::refused_by_server`]. What [`Ddl::from_json`] gave comes out of it
    /// as it was.
    pub fn to_json(&self) -> String {
        let ddl = DdlJson {
            schema: SCHEMA,
            metadata: MetadataJson {
                name: &self.metadata.name,
                description: &self.metadata.description,
                author: &self.metadata.author,
                license: &self.metadata.license,
                version: &self.metadata.version,
                url: &self.metadata.url,
                timeout: self.metadata.timeout,
                provider: &self.metadata.provider,
            },
            actions: self.actions.iter().map(ActionJson::new).collect(),
        };
        pretty(&ddl) + "\n"
    }
}

fn pretty(ddl: &DdlJson<'_>) -> String {
    serde_json::to_string_pretty(ddl).expect("JSON with texts as keys can always be written")
}

#[derive(Serialize)]
struct DdlJson<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    metadata: MetadataJson<'a>,
    actions: Vec<ActionJson<'a>>,
}

#[derive(Serialize)]
struct MetadataJson<'a> {
    name: &'a str,
    description: &'a str,
    author: &'a str,
    license: &'a str,
    version: &'a str,
    url: &'a str,
    timeout: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    provider: &'a str,
}

#[derive(Serialize)]
struct ActionJson<'a> {
    action: &'a str,
    input: Entries<'a, InputJson<'a>>,
    output: Entries<'a, OutputJson<'a>>,
    display: &'static str,
    description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aggregate: Vec<AggregateJson<'a>>,
}

impl<'a> ActionJson<'a> {
    fn new(action: &'a Action) -> Self {
        let inputs = action.inputs.iter();
        let outputs = action.outputs.iter();
        Self {
            action: &action.name,
            input: Entries(
                inputs
                    .map(|input| (&*input.name, InputJson::new(input)))
                    .collect(),
            ),
            output: Entries(
                outputs
                    .clone()
                    .map(|output| (&*output.name, OutputJson::new(output)))
                    .collect(),
            ),
            display: action.display.text(),
            description: &action.description,
            aggregate: outputs.filter_map(AggregateJson::new).collect(),
        }
    }
}

/// An object whose keys keep their order.
struct Entries<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for Entries<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, entry)| (name, entry)))
    }
}

#[derive(Serialize)]
struct InputJson<'a> {
    prompt: &'a str,
    description: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxlength: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<&'a [std::borrow::Cow<'static, str>]>,
}

impl<'a> InputJson<'a> {
    /// The published schema wants `validation` and `maxlength` for every
    /// string and `list` for every list; elsewhere they are left out if empty.
    fn new(input: &'a Input) -> Self {
        let is_string = input.kind == Type::String;
        let validation = input.validation.text();
        let maxlength = input.maxlength.unwrap_or(0);
        Self {
            prompt: &input.prompt,
            description: &input.description,
            kind: input.kind.text(),
            default: input.default_value(),
            optional: input.optional,
            validation: (is_string || !validation.is_empty()).then_some(validation),
            maxlength: (is_string || maxlength != 0).then_some(maxlength),
            list: (input.kind == Type::List || !input.list.is_empty()).then_some(&*input.list),
        }
    }
}

#[derive(Serialize)]
struct OutputJson<'a> {
    description: &'a str,
    display_as: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
}

impl<'a> OutputJson<'a> {
    fn new(output: &'a Output) -> Self {
        Self {
            description: &output.description,
            display_as: &output.display_as,
            default: output.default_value(),
            kind: output.kind.as_ref().map(Type::text),
        }
    }
}

#[derive(Serialize)]
struct AggregateJson<'a> {
    function: &'static str,
    args: [&'a str; 1],
}

impl<'a> AggregateJson<'a> {
    fn new(output: &'a Output) -> Option<Self> {
        Some(Self {
            function: output.aggregate?.text(),
            args: [&output.name],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use crate::*;

    type Text = Cow<'static, str>;

    fn text() -> impl Strategy<Value = Text> {
        "\\PC{0,12}|[\"\\\\\n\u{2028}\u{0}]{0,3}".prop_map(Text::from)
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
        let rules = (kind(), any::<bool>(), default(), validation());
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
        })
    }

    fn output() -> impl Strategy<Value = Output> {
        let kind = kind().prop_map(|kind| Some(kind).filter(|kind| !kind.text().is_empty()));
        let aggregate = prop::option::of(prop_oneof![
            Just(Aggregate::Summary),
            Just(Aggregate::BooleanSummary),
            Just(Aggregate::Average),
            Just(Aggregate::Chart),
        ]);
        (text(), text(), text(), kind, default(), aggregate).prop_map(
            |(name, description, display_as, kind, default, aggregate)| Output {
                name,
                description,
                display_as,
                kind,
                default,
                aggregate,
            },
        )
    }

    /// In the order in which they are read, and each name once.
    fn by_name<T>(mut items: Vec<T>, name: fn(&T) -> &Text) -> Vec<T> {
        items.sort_by(|a, b| name(a).cmp(name(b)));
        items.dedup_by(|a, b| name(a) == name(b));
        items
    }

    fn action() -> impl Strategy<Value = Action> {
        let display = prop_oneof![
            Just(Display::Always),
            Just(Display::Ok),
            Just(Display::Failed),
            Just(Display::None),
        ];
        let inputs = prop::collection::vec(input(), 0..3);
        let outputs = prop::collection::vec(output(), 0..3);
        (text(), text(), display, inputs, outputs).prop_map(
            |(name, description, display, inputs, outputs)| Action {
                name,
                description,
                display,
                inputs: by_name(inputs, |input| &input.name).into(),
                outputs: by_name(outputs, |output| &output.name).into(),
            },
        )
    }

    fn ddl() -> impl Strategy<Value = Ddl> {
        let texts = (text(), text(), text(), text(), text(), text(), text());
        let actions = prop::collection::vec(action(), 0..3);
        (texts, any::<u32>(), actions).prop_map(|(texts, timeout, actions)| Ddl {
            metadata: Metadata {
                name: texts.0,
                description: texts.1,
                author: texts.2,
                license: texts.3,
                version: texts.4,
                url: texts.5,
                timeout,
                provider: texts.6,
            },
            actions,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(ddl in ddl()) {
            let json = ddl.to_json();
            prop_assert_eq!(Ddl::from_json(json.as_bytes()), Ok(ddl), "{}", json);
        }
    }

    #[test]
    fn strings_and_lists_have_all_that_the_published_schema_wants() {
        let ddl = Ddl::from_json(
            br#"{"actions": [{"action": "a", "input": {
                "s": {"type": "string"}, "l": {"type": "list"}, "n": {"type": "number"}
            }}]}"#,
        );
        let json: serde_json::Value = serde_json::from_str(&ddl.unwrap().to_json()).unwrap();
        let input = &json["actions"][0]["input"];
        assert_eq!(
            (
                &input["s"]["validation"],
                &input["s"]["maxlength"],
                &input["l"]["list"]
            ),
            (&"".into(), &0.into(), &serde_json::json!([]))
        );
        for absent in ["validation", "maxlength", "list", "default"] {
            assert_eq!(input["n"].get(absent), None, "{absent}");
        }
    }
}
