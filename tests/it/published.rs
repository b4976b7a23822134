//! Our reading of each message beside the published schemas', as the Python
//! packages for agents and discovery sources ship them.
//!
//! Where the two differ, Choria itself was the judge: each difference is in the
//! list in `published/differences.rs`, with its reason.

mod differences;

use std::collections::BTreeMap;

use choria_external_protocol::schema::AGENT_DDL;
use choria_external_protocol::{Activation, DiscoveryFunction, FunctionType, Rpc};
use serde_json::{Value, json};

use self::differences::{DIFFERENCES, Difference};
use crate::mutate::odd_messages;
use crate::{python, samples};

const MESSAGES: u64 = 6000;
/// A DDL has so many places that its differences take more messages to occur.
const DDLS: u64 = 24_000;

const ACTIVATION_REQUEST: &str = Activation::REQUEST.protocol();
const ACTIVATION_REPLY: &str = Activation::REPLY.protocol();
const RPC_REQUEST: &str = Rpc::REQUEST.protocol();
const RPC_REPLY: &str = Rpc::REPLY.protocol();
const DISCOVERY_REQUEST: &str = DiscoveryFunction::REQUEST.protocol();
const DISCOVERY_REPLY: &str = DiscoveryFunction::REPLY.protocol();
const DDL: &str = AGENT_DDL.protocol();

/// The whole of our reading: JSON, protocol, schema and type.
fn we_take(protocol: &str, message: &Value) -> bool {
    let bytes = message.to_string();
    match protocol {
        ACTIVATION_REQUEST => Activation::read_request(message.clone()).is_ok(),
        ACTIVATION_REPLY => Activation::read_reply(bytes.as_bytes()).is_ok(),
        RPC_REQUEST => Rpc::read_request(message.clone()).is_ok(),
        RPC_REPLY => Rpc::read_reply(bytes.as_bytes()).is_ok(),
        DISCOVERY_REQUEST => DiscoveryFunction::read_request(message.clone()).is_ok(),
        DISCOVERY_REPLY => DiscoveryFunction::read_reply(bytes.as_bytes()).is_ok(),
        DDL => AGENT_DDL.check(message).is_ok(),
        _ => panic!("{protocol}: compare it here"),
    }
}

/// What the published schema of a message says, by the Python packages.
fn python_verdicts(protocol: &str, messages: &[&Value]) -> Vec<bool> {
    let lines: Vec<String> = messages
        .iter()
        .map(|message| json!([protocol, message]).to_string())
        .collect();
    let output = python::output(python::program("judge.py"), lines.join("\n").as_bytes());
    let (mended, verdicts) = output.split_once('\n').unwrap();
    // As it is shipped, the reply's schema has a comma too many to be JSON.
    assert_eq!(
        mended,
        json!([RPC_REPLY]).to_string(),
        "the published schemas that are no JSON"
    );
    let verdicts: Vec<bool> = verdicts.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(verdicts.len(), messages.len());
    verdicts
}

/// A message on which the verdicts differ, with each difference that is in it
/// rewritten.
struct Differing {
    seed: u64,
    message: Value,
    we_take_it: bool,
    rewritten: Value,
    found: Vec<&'static Difference>,
}

impl Differing {
    fn new(protocol: &str, seed: u64, message: Value, we_take_it: bool) -> Self {
        let mut rewritten = message.clone();
        let mut found = Vec::new();
        for difference in DIFFERENCES
            .iter()
            .filter(|difference| difference.protocol == protocol)
        {
            let before = rewritten.clone();
            (difference.rewrite)(&mut rewritten);
            if rewritten != before {
                found.push(difference);
            }
        }
        Self {
            seed,
            message,
            we_take_it,
            rewritten,
            found,
        }
    }
}

fn compare(
    protocol: &'static str,
    count: u64,
    published_verdicts: impl Fn(&[&Value]) -> Vec<bool>,
) {
    let odd: Vec<_> = odd_messages(&samples::good(protocol), count).collect();
    let published = published_verdicts(&odd.iter().map(|odd| &odd.message).collect::<Vec<_>>());
    let taken = published.iter().filter(|taken| **taken).count();
    assert!(
        taken > 100 && taken < odd.len() - 100,
        "{protocol}: {taken} of {} are taken",
        odd.len()
    );

    let differing: Vec<_> = odd
        .into_iter()
        .zip(published)
        .map(|(odd, published)| (we_take(protocol, &odd.message), published, odd))
        .filter(|(ours, published, _)| ours != published)
        .map(|(ours, _, odd)| Differing::new(protocol, odd.seed, odd.message, ours))
        .collect();
    let rewritten: Vec<_> = differing.iter().map(|one| &one.rewritten).collect();

    let mut seen: BTreeMap<&str, u32> = DIFFERENCES
        .iter()
        .filter(|difference| difference.protocol == protocol)
        .map(|difference| (difference.what, 0))
        .collect();
    for (one, published) in differing.iter().zip(published_verdicts(&rewritten)) {
        let known: Vec<_> = one
            .found
            .iter()
            .map(|known| format!("{} ({})", known.what, known.why))
            .collect();
        assert!(
            we_take(protocol, &one.rewritten) == published
                && one
                    .found
                    .iter()
                    .any(|difference| difference.we_take_it == one.we_take_it),
            "{protocol}, seed {}: we {} it, unlike the published schema; known differences in it: {known:?}; \
             if Choria agrees with us, list this in tests/it/published/differences.rs: {}",
            one.seed,
            if one.we_take_it { "take" } else { "refuse" },
            one.message,
        );
        if let [alone] = one.found[..] {
            *seen.get_mut(alone.what).unwrap() += 1;
        }
    }
    let gone: Vec<_> = seen
        .iter()
        .filter(|(_, times)| **times == 0)
        .map(|(what, _)| what)
        .collect();
    assert!(
        gone.is_empty(),
        "{protocol}: no message shows these listed differences any more: {gone:?}"
    );
    println!("{protocol}: {count} messages; differences: {seen:?}");
}

fn compare_with_python(protocol: &'static str) {
    compare(protocol, MESSAGES, |messages| {
        python_verdicts(protocol, messages)
    });
}

#[test]
fn activation_requests() {
    compare_with_python(ACTIVATION_REQUEST);
}

#[test]
fn activation_replies() {
    compare_with_python(ACTIVATION_REPLY);
}

#[test]
fn rpc_requests() {
    compare_with_python(RPC_REQUEST);
}

#[test]
fn rpc_replies() {
    compare_with_python(RPC_REPLY);
}

#[test]
fn discovery_requests() {
    compare_with_python(DISCOVERY_REQUEST);
}

#[test]
fn discovery_replies() {
    compare_with_python(DISCOVERY_REPLY);
}

/// No Python package has the schema of the DDL; Choria's Go module has.
#[test]
fn agent_ddls() {
    let file = std::env::var_os("CHORIA_PUBLISHED_DDL_SCHEMA")
        .expect("CHORIA_PUBLISHED_DDL_SCHEMA is not set: run tests/run, which finds the file");
    let schema = std::fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let published = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    compare(DDL, DDLS, |messages| {
        messages
            .iter()
            .map(|message| published.is_valid(message))
            .collect()
    });
}
