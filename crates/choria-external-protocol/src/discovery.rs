//! Which nodes match a filter?

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Carrier, Failure, FunctionType as _, Settings};

crate::unregistered_function_type! {
    /// Asks a discovery source which nodes match a filter.
    ///
    /// It runs in the client. A source that is not done within `timeout` is
    /// killed.
    pub struct DiscoveryFunction = "discovery";
    request: DiscoveryRequest = "io.choria.choria.discovery.v1.external_request"
        in "schemas/io.choria.choria.discovery.v1.external_request.json";
    reply: DiscoveryReply = "io.choria.choria.discovery.v1.external_reply"
        in "schemas/io.choria.choria.discovery.v1.external_reply.json";
    // The client takes the text for a format (Go's `fmt.Errorf`): `100% full`
    // would be shown as `100%!f(MISSING)ull`.
    failed: |failure| DiscoveryReply {
        nodes: Vec::new(),
        error: failure.message().replace('%', "%%"),
    };
    failure: |reply| {
        (!reply.error.is_empty()).then(|| Failure::aborted(reply.error.replace("%%", "%")))
    };
    limit: |request| Duration::try_from_secs_f64(request.timeout).ok();
    // It runs in the client, which knows no facts and no folder of settings.
    carrier: Carrier {
        own_arguments: true,
        settings: Settings::Nowhere,
        facts: None,
        ..Carrier::FILES
    };
}

/// The client's question. It serializes with all of Choria's keys, in Choria's
/// order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DiscoveryRequest {
    /// The sub-collective to find nodes in.
    pub collective: String,
    /// What a node must be, have or match.
    pub filter: Filter,
    /// The federations to look in; `None` where there are none.
    #[serde(default)]
    pub federations: Option<Vec<String>>,
    /// What the user gave with `--do key=value`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub options: BTreeMap<String, String>,
    /// Seconds the source has for its answer: at least 1.
    pub timeout: f64,
}

impl Serialize for DiscoveryRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("DiscoveryRequest", 7)?;
        message.serialize_field("protocol", DiscoveryFunction::REQUEST.protocol())?;
        message.serialize_field("collective", &self.collective)?;
        message.serialize_field("filter", &self.filter)?;
        message.serialize_field("federations", &self.federations)?;
        message.serialize_field("options", &self.options)?;
        message.serialize_field(
            "$schema",
            "https://choria.io/schemas/choria/discovery/v1/external_request.json",
        )?;
        message.serialize_field("timeout", &self.timeout)?;
        message.end()
    }
}

/// What a node must be, have or match. Facts, classes and agents must all
/// match, one of the identities is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Facts, all of which must match.
    #[serde(deserialize_with = "null_is_default")]
    pub fact: Vec<FactFilter>,
    /// Classes, all of which must match; `/.../` is a regular expression.
    #[serde(deserialize_with = "null_is_default")]
    pub cf_class: Vec<String>,
    /// Agents, all of which must match; `/.../` is a regular expression.
    #[serde(deserialize_with = "null_is_default")]
    pub agent: Vec<String>,
    /// Identities, one of which must match; `/.../` is a regular expression.
    #[serde(deserialize_with = "null_is_default")]
    pub identity: Vec<String>,
    /// Compound expressions, which Choria counts as votes: more for than
    /// against. A list entry on the wire that has not exactly one expression
    /// makes Choria select nothing; here such a request is refused.
    #[serde(
        deserialize_with = "expressions",
        serialize_with = "expressions_on_the_wire"
    )]
    pub compound: Vec<String>,
}

/// One fact that a node must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactFilter {
    /// Path of the fact.
    pub fact: String,
    /// How it is compared.
    pub operator: Comparison,
    /// What it is compared with.
    pub value: String,
}

/// How a fact is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    MoreThan,
    /// `<`
    LessThan,
    /// `=~`, a regular expression
    Matches,
}

const COMPARISONS: [(&str, Comparison); 7] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::MoreThan),
    ("<", Comparison::LessThan),
    ("=~", Comparison::Matches),
];

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS.iter().find(|(_, this)| this == self);
        f.write_str(sign.map_or("", |(sign, _)| sign))
    }
}

/// A text that is none of the signs of a [`Comparison`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidComparison(String);

impl fmt::Display for InvalidComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected one of == != >= <= > < =~, got {}",
            crate::message::shorten(&format!("{:?}", self.0))
        )
    }
}

impl std::error::Error for InvalidComparison {}

impl FromStr for Comparison {
    type Err = InvalidComparison;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        COMPARISONS
            .iter()
            .find(|(sign, _)| *sign == text)
            .map(|(_, comparison)| *comparison)
            .ok_or_else(|| InvalidComparison(text.into()))
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Comparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The source's answer. It serializes with its protocol, which Choria checks
/// last: exit code, JSON, a non-empty error, then this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct DiscoveryReply {
    /// Identities of the nodes that match.
    #[serde(default, deserialize_with = "null_is_default")]
    pub nodes: Vec<String>,
    /// Why there is no answer; empty where there is one. The client takes it
    /// for a format of Go: a percent sign is written `%%`.
    #[serde(default)]
    pub error: String,
}

impl Serialize for DiscoveryReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("DiscoveryReply", 3)?;
        message.serialize_field("protocol", DiscoveryFunction::REPLY.protocol())?;
        message.serialize_field("nodes", &self.nodes)?;
        message.serialize_field("error", &self.error)?;
        message.end()
    }
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// One compound expression, in the three forms that are about: the published
/// schema has a text, the wire a list with one object.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Compound {
    Text(String),
    One(Expression),
    List(Vec<Expression>),
}

#[derive(Serialize, Deserialize)]
struct Expression {
    expr: String,
}

fn expressions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let forms: Option<Vec<Compound>> = Option::deserialize(deserializer)?;
    Ok(forms
        .into_iter()
        .flatten()
        .flat_map(|form| match form {
            Compound::Text(expr) | Compound::One(Expression { expr }) => vec![expr],
            Compound::List(list) => list.into_iter().map(|one| one.expr).collect(),
        })
        .collect())
}

fn expressions_on_the_wire<S: Serializer>(
    expressions: &[String],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(expressions.iter().map(|expr| {
        [Expression {
            expr: expr.to_owned(),
        }]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request() -> Value {
        json!({
            "protocol": DiscoveryFunction::REQUEST.protocol(),
            "collective": "mcollective",
            "filter": {},
            "options": {},
            "timeout": 2,
        })
    }

    fn read(request: Value) -> Result<DiscoveryRequest, String> {
        DiscoveryFunction::read_request(request).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_of_a_compound_expression_is_read_and_that_of_the_wire_is_written() {
        let mut request = request();
        request["filter"]["compound"] = json!(["a", {"expr": "b"}, [{"expr": "c"}]]);
        let read = read(request).unwrap();
        assert_eq!(read.filter.compound, ["a", "b", "c"]);
        assert_eq!(
            serde_json::to_value(&read).unwrap()["filter"]["compound"],
            json!([[{"expr": "a"}], [{"expr": "b"}], [{"expr": "c"}]])
        );
    }

    /// Choria takes such a list for one that no node matches.
    #[test]
    fn a_compound_entry_with_another_number_of_expressions_is_refused() {
        for entry in [
            json!([]),
            json!([{"expr": "a"}, {"expr": "b"}]),
            json!([{"or": "a"}]),
        ] {
            let mut request = request();
            request["filter"]["compound"] = json!([[{"expr": "a"}], entry]);
            let error = read(request).unwrap_err();
            assert!(error.contains("$.filter.compound[1]"), "{error}");
        }
    }

    #[test]
    fn null_is_an_empty_list() {
        let mut with_nulls = request();
        with_nulls["filter"] = json!({"fact": null, "cf_class": null, "agent": null, "identity": null, "compound": null});
        with_nulls["options"] = json!(null);
        with_nulls["federations"] = json!(null);
        assert_eq!(read(with_nulls), read(request()));
    }

    #[test]
    fn every_comparison_is_read_and_written() {
        for (sign, comparison) in COMPARISONS {
            let mut request = request();
            request["filter"]["fact"] = json!([{"fact": "os", "operator": sign, "value": ""}]);
            let read = read(request).unwrap();
            assert_eq!(read.filter.fact[0].operator, comparison);
            assert_eq!(comparison.to_string(), sign);
        }
        assert_eq!(
            "=".parse::<Comparison>().unwrap_err().to_string(),
            r#"expected one of == != >= <= > < =~, got "=""#
        );
    }

    #[test]
    fn the_place_of_a_mistake_is_named() {
        let wrong = |place: &str, value: Value| {
            let mut request = request();
            request["filter"]["fact"] = json!([{"fact": "os", "operator": "==", "value": "x"}]);
            *request.pointer_mut(place).unwrap() = value;
            let error = read(request).unwrap_err();
            error.split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(
            wrong("/filter/fact/0/operator", json!("=")),
            r#"$.filter.fact[0].operator: expected "==" or "!=" or ">=" or "<=" or ">" or "<" or "=~", got "=""#
        );
        assert_eq!(
            wrong("/timeout", json!(0.5)),
            "$.timeout: expected 1 or more, got 0.5"
        );
        assert_eq!(
            wrong("/options", json!({"a b": 1})),
            r#"$.options["a b"]: expected a string, got 1"#
        );
    }

    #[test]
    fn a_reply_can_lack_all_but_its_protocol() {
        let read = |reply: Value| {
            DiscoveryFunction::read_reply(reply.to_string().as_bytes())
                .map_err(|error| error.to_string())
        };
        let protocol = DiscoveryFunction::REPLY.protocol();
        assert_eq!(
            read(json!({"protocol": protocol})),
            Ok(DiscoveryReply::default())
        );
        assert_eq!(
            read(json!({"protocol": protocol, "nodes": null})),
            Ok(DiscoveryReply::default())
        );
        assert!(read(json!({"nodes": ["a"]})).is_err());
    }

    #[test]
    fn a_failure_is_a_reply_with_its_text() {
        let reply =
            DiscoveryFunction::failed(&crate::Failure::aborted("no inventory, disk 100% full"));
        let written: Value =
            serde_json::from_slice(&DiscoveryFunction::write_reply(&reply).unwrap().bytes).unwrap();
        assert_eq!(
            written,
            json!({"protocol": DiscoveryFunction::REPLY.protocol(), "nodes": [], "error": "no inventory, disk 100%% full"})
        );
        let failure = DiscoveryFunction::failure(&reply).unwrap();
        assert_eq!(failure.message(), "no inventory, disk 100% full");
        assert_eq!(DiscoveryFunction::failure(&DiscoveryReply::default()), None);
    }
}
