//! Answering by a discovery source.

use std::collections::HashSet;

use choria_external_protocol::{self as protocol, DiscoveryReply};

use super::external::{External, Functions};
use crate::Metadata;
use crate::author::discovery::{Discovers, Discovery, Query};

impl<D: Discovery> External for Discovers<D> {
    fn metadata() -> Metadata {
        D::META
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<protocol::DiscoveryFunction>(|Self(source), context, request| {
            let query = Query::new(context, request);
            Ok(DiscoveryReply {
                nodes: each_once(source.discover(&query)?),
                error: String::new(),
            })
        });
    }
}

/// Drops names that are empty or that stood there already: Choria shows them
/// as they are, and asks a node that is named twice twice.
fn each_once(nodes: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::with_capacity(nodes.len());
    let (mut empty, mut again) = (0_usize, 0_usize);
    let keep: Vec<bool> = nodes
        .iter()
        .map(|node| {
            let new = seen.insert(node.as_str());
            empty += usize::from(node.is_empty());
            again += usize::from(!node.is_empty() && !new);
            new && !node.is_empty()
        })
        .collect();
    if empty + again == 0 {
        return nodes;
    }
    tracing::warn!(
        target: "choria_external",
        "of the {} node names found, {empty} are empty and {again} were there already: they are left out",
        nodes.len(),
    );
    let kept = nodes.into_iter().zip(keep);
    kept.filter_map(|(node, keep)| keep.then_some(node))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{CallInfo, Request, Service as _};
    use crate::{Failure, InProcess, Value, json, metadata};

    #[derive(Default)]
    struct Fixed;

    impl Discovery for Fixed {
        const META: Metadata =
            metadata!(name = "fixed", description = "d", author = "a", url = "u");

        fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
            match query.options().get("say") {
                Some("no") => Err(Failure::aborted("no inventory")),
                Some("panic") => panic!("lost the inventory"),
                _ => Ok(["b", "", "a", "b", ""].map(String::from).to_vec()),
            }
        }
    }

    fn reply(options: Value) -> Value {
        let request = json!({
            "protocol": "io.choria.choria.discovery.v1.external_request",
            "collective": "mcollective", "filter": {}, "federations": null, "options": options, "timeout": 2,
        });
        let service = InProcess::new(Discovers(Fixed));
        let answer = service.answer(Request::Message(request), CallInfo::local());
        answer.json().unwrap()
    }

    #[test]
    fn each_node_is_sent_once() {
        let reply = reply(json!(null));
        assert_eq!(reply["nodes"], json!(["b", "a"]));
        assert_eq!(reply["error"], "");
    }

    #[test]
    fn a_failure_and_a_panic_are_errors_in_the_reply() {
        let no = reply(json!({"say": "no"}));
        assert_eq!(no["nodes"], json!([]));
        assert_eq!(no["error"], "no inventory");
        let panicked = reply(json!({"say": "panic"}));
        assert_eq!(panicked["error"], "discovery panicked: lost the inventory");
    }
}
