//! Discovery sources.

mod options;
mod query;

use std::collections::HashSet;

use choria_external_protocol::{self as protocol, DiscoveryReply};

use crate::{External, Failure, Functions, Metadata};

pub use options::{OptionError, Options};
pub use query::{InTime, Query};

/// A discovery source: it answers which nodes match a filter, from an
/// inventory, a cloud's API or a database.
///
/// ```
/// use choria_external::{Discovers, Discovery, Failure, Metadata, Query, metadata};
///
/// /// Finds nodes by the role that a user asks for.
/// #[derive(Default)]
/// struct ByRole;
///
/// impl Discovery for ByRole {
///     const META: Metadata = metadata!(
///         name = "by_role", description = "Nodes by role", author = "R.I.P.", url = "https://choria.io"
///     );
///
///     fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
///         let role = query.options().required("role")?;
///         let count = query.options().parse::<u32>("count")?.unwrap_or(2);
///         Ok((1..=count).map(|number| format!("{role}{number}.{}", query.collective())).collect())
///     }
/// }
///
/// // In `main`: choria_external::dispatch::<Discovers<ByRole>>()
/// let found = |options: &[(&str, &str)]| ByRole.discover(&Query::local().with_options(options));
/// assert_eq!(found(&[("role", "web")])?, ["web1.mcollective", "web2.mcollective"]);
/// assert_eq!(
///     found(&[]).unwrap_err().message(),
///     "the option role is missing: give it as role=.. (with choria: --do role=..)"
/// );
/// # Ok::<(), Failure>(())
/// ```
///
/// Choria starts a source in the client, for each discovery anew, and kills it
/// at the [`timeout`](Query::timeout). What it prints is invisible to most
/// users: the reason of a failure reaches them as the `error` of the reply,
/// and that is what a [`Failure`] becomes. Its code plays no part here: take
/// [`Failure::aborted`], or `?` on any error.
///
/// With the feature `matching` a source need not understand filters:
/// `query.matcher()` prepares the filter, and each node is asked with Choria's
/// own verdict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a discovery source",
    note = "implement `choria_external::Discovery` for it"
)]
pub trait Discovery: Send + Sync + Sized + 'static {
    /// Name, version and the rest, by [`metadata!`](crate::metadata). The
    /// `timeout` in it plays no part: the client sends its own.
    const META: Metadata;

    /// The identities of the nodes that match, in any order. Names that are
    /// empty or occur twice are sent once at most, and told in the log.
    ///
    /// # Errors
    /// Why there is no answer; the user who asked reads it.
    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure>;
}

/// Serves discovery by a [`Discovery`]:
/// `choria_external::dispatch::<Discovers<MySource>>()`.
#[derive(Debug, Default)]
pub struct Discovers<D>(pub D);

impl<D: Discovery> External for Discovers<D> {
    fn metadata() -> Metadata {
        D::META
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<protocol::Discovery>(|Self(source), context, request| {
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
    use crate::{InProcess, Value, json, metadata};

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
