//! Programs that are started as what they are not: an agent as a discovery
//! source, a source as an agent. Programs answer a request that they do not know
//! in their own form.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use choria_external_go::json as gojson;
use choria_external_protocol::{DiscoveryFunction, FunctionType as _};

/// What `run` says of a discovery source.
pub(crate) const SOURCE_NOT_AGENT: &str =
    "this is a discovery source, not an agent: ask it with choria-external discover";
/// What `discover` says of an agent.
pub(crate) const AGENT_NOT_SOURCE: &str =
    "this is an agent, not a discovery source: call it with choria-external run";

/// How the protocols of agents and of discovery sources begin.
const PROTOCOLS: [&str; 2] = ["io.choria.mcorpc.external.", "io.choria.choria.discovery."];
/// Bytes of a script that are looked through.
const MOST_BYTES: u64 = 1 << 20;

/// Whether a program is a script that names the protocol of discovery sources and not
/// that of agents: one that is asked as an agent often ends without a reply.
pub(crate) fn is_source_script(program: &Path) -> bool {
    matches!(protocols_in(program), Some([false, true]))
}

/// Whether a program is a script that names the protocol of agents and not that of
/// discovery sources.
pub(crate) fn is_agent_script(program: &Path) -> bool {
    matches!(protocols_in(program), Some([true, false]))
}

/// Which of [`PROTOCOLS`] a script names; `None` if the program is not a script.
fn protocols_in(program: &Path) -> Option<[bool; 2]> {
    let mut script = Vec::new();
    let file = File::open(program).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut script).ok()?;
    if !script.starts_with(b"#!") {
        return None;
    }
    let script = String::from_utf8_lossy(&script);
    Some(PROTOCOLS.map(|protocol| script.contains(protocol)))
}

/// Whether a reply has the form of an agent's.
pub(crate) fn is_of_agent(reply: &[u8]) -> bool {
    let (reply, _) = gojson::read(json(reply));
    reply.get("statuscode").is_some() || reply.get("activate").is_some()
}

/// Whether a reply has the form of a discovery source's.
pub(crate) fn is_of_source(reply: &[u8]) -> bool {
    let (reply, _) = gojson::read(json(reply));
    let protocol = reply.get("protocol").and_then(|protocol| protocol.as_str());
    protocol == Some(DiscoveryFunction::REPLY.protocol())
}

/// The bytes, if they are JSON that is read here; else those of null.
fn json(reply: &[u8]) -> &[u8] {
    match gojson::check(reply) {
        Ok(depth) if depth <= gojson::MAX_DEPTH => reply.trim_ascii(),
        _ => b"null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_the_protocol_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script");
        let agent = "#!/bin/sh\n# io.choria.mcorpc.external.v1.rpc_request\n";
        let source = "#!/bin/sh\n# io.choria.choria.discovery.v1.external_request\n";
        for (text, of_agent, of_source) in [
            (agent.to_owned(), true, false),
            (source.to_owned(), false, true),
            (format!("{agent}{source}"), false, false),
            ("#!/bin/sh\n".into(), false, false),
            (source.replace("#!", "##"), false, false),
        ] {
            std::fs::write(&script, &text).unwrap();
            let found = (is_agent_script(&script), is_source_script(&script));
            assert_eq!(found, (of_agent, of_source), "{text}");
        }
        assert!(!is_source_script(&folder.path().join("none")));
    }

    #[test]
    fn each_is_known_by_its_reply() {
        let source = br#"{"protocol":"io.choria.choria.discovery.v1.external_reply","nodes":[],"error":"x"}"#;
        for (reply, of_agent, of_source) in [
            (
                &br#"{"statuscode":4,"statusmsg":"x","data":{}}"#[..],
                true,
                false,
            ),
            (br#"{"activate":true} "#, true, false),
            (source, false, true),
            (br#"{"protocol":"other"}"#, false, false),
            (b"[1]", false, false),
            (b"", false, false),
            (b"{", false, false),
        ] {
            let found = (is_of_agent(reply), is_of_source(reply));
            assert_eq!(found, (of_agent, of_source), "{}", reply.escape_ascii());
        }
    }
}
