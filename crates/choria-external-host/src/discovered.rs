//! What the client makes of a discovery source's reply. Vectors:
//! `network/discovery_seen.jsonl`.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use choria_external_go::fmt::{quote, sprintf};
use choria_external_go::json::{self as gojson, Kind};
use choria_external_protocol::{DiscoveryFunction, FunctionType as _, is_hidden};
use serde_json::Value;

use crate::error::HostError;
use crate::log::LogLine;
use crate::reply::{Wrong, failed_to_decode, fields};
use crate::trace::Trace;

/// Names that one warning shows.
const MOST_SHOWN: usize = 3;

/// The outcome of asking a discovery source.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscoveryOutcome {
    /// The nodes in the source's order, repetitions and empty names included;
    /// else why the client has none, in its words.
    pub nodes: Result<Vec<String>, DiscoveryError>,
    /// Whether the reply has a list of nodes. Where it has none, or null, no
    /// node was found, and `choria discover --json` prints `null`.
    pub has_list: bool,
    /// What the source printed, and the harness's own remarks. The first 10,000
    /// lines and 4 MiB are kept; a last line counts the others. Under `choria
    /// discover` nobody sees it.
    pub log: Vec<LogLine>,
    /// How long the source took; zero where it was not started.
    pub time: Duration,
    /// What a client takes without a word, but should not have to; and what was
    /// wrong with a reply that it cannot read.
    pub warnings: Vec<String>,
    /// The start as it was; `None` where the source was not started.
    pub trace: Option<Trace>,
}

/// Why a client has no nodes, in its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveryError {
    kind: DiscoveryErrorKind,
    reason: String,
}

/// The kinds of [`DiscoveryError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscoveryErrorKind {
    /// There is no command of a source, or it cannot be split into words.
    Command,
    /// The source could not be started, did not end with exit status 0, or left no
    /// file of its reply.
    Failed,
    /// The source took longer than its limit and was killed.
    TimedOut,
    /// The reply cannot be read: its file is too large, or not a regular one.
    Unreadable,
    /// The reply is not JSON, not of the right types, or names another protocol.
    Invalid,
    /// The source replied with an error.
    Source,
}

impl DiscoveryError {
    /// The kind of the error.
    pub fn kind(&self) -> DiscoveryErrorKind {
        self.kind
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DiscoveryError {}

impl DiscoveryOutcome {
    pub(crate) fn failed(kind: DiscoveryErrorKind, reason: String) -> Self {
        Self::new(Err(DiscoveryError { kind, reason }), false)
    }

    fn new(nodes: Result<Vec<String>, DiscoveryError>, has_list: bool) -> Self {
        Self {
            nodes,
            has_list,
            log: Vec::new(),
            time: Duration::ZERO,
            warnings: Vec::new(),
            trace: None,
        }
    }

    /// What `choria discover --json` prints, less the line's end. It prints
    /// nothing where the discovery failed, and this is empty then.
    pub fn to_json(&self) -> Vec<u8> {
        let Ok(nodes) = &self.nodes else {
            return Vec::new();
        };
        if !self.has_list {
            return b"null".into();
        }
        if nodes.is_empty() {
            return b"[]".into();
        }
        let mut json = b"[".to_vec();
        for (at, node) in nodes.iter().enumerate() {
            json.extend(if at == 0 { "\n  " } else { ",\n  " }.bytes());
            // A text always serializes.
            json.extend(gojson::to_bytes(node).unwrap_or_default());
        }
        json.extend(b"\n]");
        json
    }
}

/// What the client reads in a reply.
#[derive(Default)]
struct Reply {
    protocol: String,
    nodes: Option<Vec<String>>,
    error: String,
}

/// Reads the reply of a source that ended with status 0, in the client's order:
/// JSON, a non-empty error, the protocol.
///
/// # Errors
/// Returns [`HostError::Nesting`].
pub(crate) fn read_reply(file: &[u8]) -> Result<DiscoveryOutcome, HostError> {
    let reply = match Reply::decode(file) {
        Ok(reply) => reply,
        Err(Wrong::Told(reason)) => {
            let reason = failed_to_decode(&reason);
            return Ok(DiscoveryOutcome::failed(
                DiscoveryErrorKind::Invalid,
                reason,
            ));
        }
        Err(Wrong::Nesting) => return Err(HostError::Nesting),
    };
    let wanted = DiscoveryFunction::REPLY.protocol();
    Ok(if !reply.error.is_empty() {
        // Choria takes the error for a format.
        let shown = sprintf(&reply.error, &[]);
        let mangled = shown != reply.error;
        let mut failed = DiscoveryOutcome::failed(DiscoveryErrorKind::Source, shown);
        if mangled {
            failed.warnings.push(format!(
                "choria uses the error as a format string of Go and mangles it: it was {}; write %% for each %",
                quote(&reply.error)
            ));
        }
        failed
    } else if reply.protocol != wanted {
        let reason = format!(
            "invalid response received, expected protocol {wanted:?} got {}",
            quote(&reply.protocol)
        );
        DiscoveryOutcome::failed(DiscoveryErrorKind::Invalid, reason)
    } else {
        let has_list = reply.nodes.is_some();
        let nodes = reply.nodes.unwrap_or_default();
        let warnings = warnings(&nodes, file);
        DiscoveryOutcome {
            warnings,
            ..DiscoveryOutcome::new(Ok(nodes), has_list)
        }
    })
}

impl Reply {
    fn decode(file: &[u8]) -> Result<Self, Wrong> {
        let mut reply = Self::default();
        let mut first_error = None;
        let names = ["protocol", "nodes", "error"];
        for (field, value) in fields(file, "external.Response", &names)? {
            let read = match field {
                "protocol" => text(&mut reply.protocol, field, value),
                "error" => text(&mut reply.error, field, value),
                _ => list(&mut reply.nodes, field, value),
            };
            if let Err(error) = read {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(reply), |error| Err(Wrong::Told(error)))
    }
}

fn text(target: &mut String, field: &str, value: &[u8]) -> Result<(), String> {
    match (Kind::of(value), gojson::read(value).0) {
        // null sets nothing.
        (Kind::Null, _) => Ok(()),
        (_, Value::String(text)) => {
            *target = text;
            Ok(())
        }
        (other, _) => Err(wrong(other, field, "string")),
    }
}

/// Of a list with wrong entries the first is told.
fn list(target: &mut Option<Vec<String>>, field: &str, value: &[u8]) -> Result<(), String> {
    match Kind::of(value) {
        Kind::Null => *target = None,
        Kind::Array => {
            let mut first_error = None;
            let mut old = target.take().unwrap_or_default();
            let elements = gojson::elements(value);
            // A list that comes twice is read over the first, where a null
            // leaves what was there.
            old.resize(elements.len(), String::new());
            for (entry, element) in old.iter_mut().zip(elements) {
                if let Err(error) = text(entry, field, element) {
                    first_error.get_or_insert(error);
                }
            }
            *target = Some(old);
            return first_error.map_or(Ok(()), Err);
        }
        other => return Err(wrong(other, field, "[]string")),
    }
    Ok(())
}

fn wrong(kind: Kind, field: &str, wanted: &str) -> String {
    format!(
        "json: cannot unmarshal {} into Go struct field Response.{field} of type {wanted}",
        kind.name()
    )
}

/// What of a reply deserves a warning: the client takes it as it is.
fn warnings(nodes: &[String], file: &[u8]) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Err(error) = DiscoveryFunction::read_reply(file) {
        warnings.push(format!(
            "choria takes this reply, which breaks its schema: {error}"
        ));
    }
    let empty = nodes.iter().filter(|node| node.is_empty()).count();
    if empty > 0 {
        warnings.push(format!("empty node names in the reply: {empty}"));
    }
    let odd = |node: &&String| node.contains(is_hidden);
    if let Some(first) = nodes.iter().find(odd) {
        warnings.push(format!(
            "hidden characters in node names of the reply: {}, such as {}",
            nodes.iter().filter(odd).count(),
            quote(first)
        ));
    }
    let mut seen = BTreeSet::new();
    let again: BTreeSet<&str> = nodes
        .iter()
        .map(String::as_str)
        .filter(|node| !node.is_empty() && !seen.insert(*node))
        .collect();
    if !again.is_empty() {
        let shown: Vec<&str> = again.iter().copied().take(MOST_SHOWN).collect();
        let more = again.len() - shown.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        warnings.push(format!(
            "the reply names nodes more than once, and choria waits for a reply of each: {}{more}",
            shown.join(", ")
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROTOCOL: &str = r#""protocol":"io.choria.choria.discovery.v1.external_reply""#;

    fn read(members: &str) -> DiscoveryOutcome {
        read_reply(format!("{{{PROTOCOL},{members}}}").as_bytes()).unwrap()
    }

    fn nodes(members: &str) -> Vec<String> {
        read(members).nodes.unwrap()
    }

    fn reason(reply: &str) -> String {
        let error = read_reply(reply.as_bytes()).unwrap().nodes.unwrap_err();
        error.to_string()
    }

    #[test]
    fn nodes_are_taken_as_they_are() {
        assert_eq!(
            nodes(r#""nodes":["b","a","","b"," "],"x":1"#),
            ["b", "a", "", "b", " "]
        );
        // Go minds no case, and the last of equal keys counts, but for a null.
        assert_eq!(nodes(r#""NODES":["a"]"#), ["a"]);
        assert_eq!(
            nodes(r#""nodes":["a","b"],"nodes":[null,"c",null]"#),
            ["a", "c", ""]
        );
        for none in [r#""nodes":null"#, r#""error":"""#] {
            let read = read(none);
            assert_eq!((read.nodes, read.has_list), (Ok(vec![]), false));
        }
    }

    #[test]
    fn json_comes_before_the_error_and_that_before_the_protocol() {
        assert_eq!(
            reason(""),
            "failed to decode reply json: unexpected end of JSON input"
        );
        assert_eq!(
            reason(r#"{"error":"my reason","nodes":3}"#),
            "failed to decode reply json: json: cannot unmarshal number into Go struct field Response.nodes of type \
             []string"
        );
        assert_eq!(
            reason(r#"{"error":7,"nodes":[true,1e999]}"#),
            "failed to decode reply json: json: cannot unmarshal number into Go struct field Response.error of type \
             string"
        );
        assert_eq!(
            reason(r#"{"nodes":["a",1e999,true]}"#),
            "failed to decode reply json: json: cannot unmarshal number into Go struct field Response.nodes of type \
             string"
        );
        assert_eq!(
            reason("[]"),
            "failed to decode reply json: json: cannot unmarshal array into Go value of type external.Response"
        );
        assert_eq!(
            reason(r#"{"error":"my reason","protocol":"x"}"#),
            "my reason"
        );
        assert_eq!(
            reason(r#"{"protocol":"x\"y"}"#),
            r#"invalid response received, expected protocol "io.choria.choria.discovery.v1.external_reply" got "x\"y""#
        );
    }

    #[test]
    fn an_error_is_a_format_and_that_is_told() {
        let read = read(r#""error":"disk 100% full""#);
        let error = read.nodes.unwrap_err();
        assert_eq!(error.to_string(), "disk 100%!f(MISSING)ull");
        assert_eq!(error.kind(), DiscoveryErrorKind::Source);
        assert_eq!(
            read.warnings,
            [
                r#"choria uses the error as a format string of Go and mangles it: it was "disk 100% full"; write %% for each %"#
            ]
        );
    }

    #[test]
    fn what_choria_takes_without_a_word_is_told() {
        let told = |members: &str| read(members).warnings;
        assert_eq!(told(r#""nodes":["a","b"]"#), [""; 0]);
        assert_eq!(
            told(r#""nodes":["a","","b","a","c","b","c","d","d",""]"#),
            [
                "empty node names in the reply: 2",
                "the reply names nodes more than once, and choria waits for a reply of each: a, b, c and 1 more"
            ]
        );
        let told = told(r#""nodes":[null]"#);
        let [broken, empty] = &*told else {
            panic!("{told:?}");
        };
        assert!(
            broken.starts_with("choria takes this reply, which breaks its schema: "),
            "{broken}"
        );
        assert!(broken.contains("$.nodes[0]: expected a string"), "{broken}");
        assert_eq!(empty, "empty node names in the reply: 1");
    }

    #[test]
    fn json_is_that_of_choria() {
        let json = |members: &str| String::from_utf8(read(members).to_json()).unwrap();
        assert_eq!(
            json(r#""nodes":["a","<b>"]"#),
            "[\n  \"a\",\n  \"\\u003cb\\u003e\"\n]"
        );
        assert_eq!(json(r#""nodes":[]"#), "[]");
        assert_eq!(json(r#""nodes":null"#), "null");
        assert_eq!(
            DiscoveryOutcome::failed(DiscoveryErrorKind::Failed, "no".into()).to_json(),
            b""
        );
    }

    proptest! {
        #[test]
        fn names_come_back_as_they_were(names in prop::collection::vec("\\PC*", 1..5)) {
            let members = format!("\"nodes\":{}", serde_json::to_string(&names).unwrap());
            prop_assert_eq!(nodes(&members), names);
        }

        #[test]
        fn no_reply_panics(members in r#"("(nodes|error|protocol)":|[\[\]{}",:0-9eE.\-+ tfnrualsx\\%])*"#) {
            let _ = read_reply(format!("{{{PROTOCOL},{members}}}").as_bytes());
        }
    }
}
