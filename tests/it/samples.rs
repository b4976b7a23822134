//! Good messages of every kind, in all the forms they have on the wire.

use choria_external_protocol::{MessageKind, Registration, registry, schema};
use serde_json::{Value, json};

use crate::vectors;

/// The function types of the protocol crate; those of the tests' own programs are
/// registered, too.
pub(crate) fn functions() -> impl Iterator<Item = &'static Registration> {
    let all: Vec<_> = registry().unwrap().iter().collect();
    all.into_iter()
        .filter(|function| function.place().starts_with("choria-external-protocol "))
}

/// Every kind of message that has a schema.
pub(crate) fn kinds() -> Vec<MessageKind> {
    let mut kinds: Vec<_> = functions()
        .flat_map(|function| [*function.request(), *function.reply()])
        .collect();
    kinds.push(schema::AGENT_DDL);
    kinds
}

/// Good messages of one kind.
pub(crate) fn good(protocol: &str) -> Vec<Value> {
    let mut good = by_hand(protocol);
    good.extend(recorded(protocol));
    assert!(
        !good.is_empty(),
        "{protocol} has no good messages in tests/it/samples.rs"
    );
    good
}

/// The requests of this kind that a real network sent.
pub(crate) fn recorded(protocol: &str) -> Vec<Value> {
    let file = match protocol {
        "io.choria.mcorpc.external.v1.activation_request" => "network/activation.jsonl",
        "io.choria.mcorpc.external.v1.rpc_request" => "network/rpc.jsonl",
        "io.choria.choria.discovery.v1.external_request" => "network/discovery.jsonl",
        _ => return Vec::new(),
    };
    let cases = vectors::read_lines(file);
    // Without a request: Choria refused the call before it came to the agent.
    let requests = cases.iter().filter_map(|case| case["request"].as_str());
    requests
        .map(|request| choria_external_protocol::read_json(request.as_bytes()).unwrap())
        .collect()
}

fn by_hand(protocol: &str) -> Vec<Value> {
    match protocol {
        "io.choria.mcorpc.external.v1.activation_reply" => {
            vec![json!({"activate": true}), json!({"activate": false})]
        }
        "io.choria.mcorpc.external.v1.rpc_reply" => vec![
            json!({"statuscode": 0, "statusmsg": "OK", "data": {}}),
            json!({"statuscode": 5, "statusmsg": "", "data": {"a": [1, {"b": null}]}}),
        ],
        "io.choria.choria.discovery.v1.external_reply" => vec![
            json!({"protocol": protocol}),
            json!({"protocol": protocol, "nodes": ["a.example.net", "b"], "error": ""}),
            json!({"protocol": protocol, "nodes": [], "error": "no inventory"}),
        ],
        "io.choria.choria.discovery.v1.external_request" => vec![json!({
            "$schema": "https://choria.io/schemas/choria/discovery/v1/external_request.json",
            "protocol": protocol,
            "collective": "mcollective",
            "filter": {
                "fact": [{"fact": "os.family", "operator": "==", "value": "Debian"}],
                "cf_class": ["apache", "/^role::/"],
                "agent": ["rpcutil"],
                "identity": ["a.example.net"],
                "compound": ["with('apache')"],
            },
            "federations": ["london"],
            "options": {"file": "/etc/nodes"},
            "timeout": 2.5,
        })],
        "io.choria.mcorpc.ddl.v1.agent" => vec![ddl(), small_ddl()],
        _ => Vec::new(),
    }
}

/// A DDL with an input of every type.
fn ddl() -> Value {
    let input =
        |kind: &str| json!({"prompt": "P", "description": "D", "type": kind, "optional": true});
    let mut inputs = json!({
        "text": {
            "prompt": "Text", "description": "A text", "type": "string", "optional": false,
            "validation": "shellsafe", "maxlength": 120, "default": "hi",
        },
        "choice": {
            "prompt": "Choice", "description": "One of two", "type": "list", "optional": true,
            "list": ["one", "two"], "default": null,
        },
    });
    for kind in [
        "integer", "float", "number", "boolean", "hash", "Hash", "array", "Array",
    ] {
        inputs[kind.to_lowercase()] = input(kind);
    }
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/ddl/v1/agent.json",
        "metadata": {
            "name": "sample", "description": "Has all", "author": "A <a@example.net>",
            "license": "Apache-2.0", "version": "1.2.3", "url": "https://example.net",
            "timeout": 10, "provider": "external", "service": false,
        },
        "actions": [{
            "action": "all",
            "description": "Takes all",
            "display": "always",
            "input": inputs,
            "output": {
                "text": {"description": "T", "display_as": "T", "type": "string", "default": "none"},
                "rate": {"description": "", "display_as": "R"},
            },
            "aggregate": [
                {"function": "summary", "args": ["text"]},
                {"function": "average", "args": ["rate", {"format": "%.2f"}]},
            ],
        }],
    })
}

/// A DDL with so little in it that a change comes to every place.
fn small_ddl() -> Value {
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/ddl/v1/agent.json",
        "metadata": {
            "name": "small", "description": "S", "author": "A", "license": "MIT", "version": "1",
            "url": "https://example.net", "timeout": 2,
        },
        "actions": [{
            "action": "one",
            "description": "Takes one",
            "input": {
                // With the keys that have no meaning for its type: Choria loads them still.
                "yes": {
                    "prompt": "Y", "description": "Y", "type": "boolean", "optional": false,
                    "validation": "", "maxlength": 10, "list": ["a"],
                },
            },
            "output": {},
        }],
    })
}
