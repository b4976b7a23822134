//! Programs that are started as what they are not: an agent as a discovery
//! source, a source as an agent. Programs answer a request that they do not know
//! in their own form.

use choria_external_go::json as gojson;
use choria_external_protocol::{DiscoveryFunction, FunctionType as _};

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
