//! Agents that others wrote, declared by Rust types: what the types say is what
//! their DDLs say, and requests are judged as by a server that has these DDLs.
//!
//! The texts for people (descriptions, prompts, labels, authors) are our own;
//! all that a program reads is compared.

// The types are there for their DDL, and as the real DDLs have them.
#![allow(dead_code, clippy::struct_excessive_bools)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use choria_external::ddl::{Action, Ddl};
use choria_external::{Agent, Call, Context, External, Failure};
use serde_json::Value;

use crate::ddl::corpus;
use crate::vectors;

mod differences;
mod executor;
mod nettest;
mod package;
mod puppet;
mod rpcutil;
mod scout;
mod service;
mod shell;

use differences::{DIFFERENCES, Difference};

/// The code of [`reached`].
const REACHED: u8 = 77;

/// The handler of all actions: says that the request came as far as this.
fn reached<A, I, O>(_agent: &A, _call: &Call, _input: I) -> Result<O, Failure> {
    Err(Failure::with_code(REACHED, "reached"))
}

/// One of the agents, without its type.
struct Interface {
    /// The name of the real one.
    name: &'static str,
    ddl: Ddl,
    call: fn(&str, &str, Value) -> (u8, String),
}

fn interface<A: Agent + Default>(name: &'static str) -> Interface {
    Interface {
        name,
        ddl: A::ddl().unwrap(),
        call: |agent, action, data| {
            let context = Context::new(Duration::from_secs(2));
            let reply = A::default().call_as(Call::local(context, agent, action), data);
            (reply.statuscode.as_u8(), reply.statusmsg)
        },
    }
}

fn interfaces() -> [Interface; 8] {
    [
        interface::<executor::Executor>("executor"),
        interface::<nettest::Nettest>("nettest"),
        interface::<package::Package>("package"),
        interface::<puppet::Puppet>("puppet"),
        interface::<rpcutil::Rpcutil>("rpcutil"),
        interface::<scout::Scout>("scout"),
        interface::<service::Service>("service"),
        interface::<shell::Shell>("shell"),
    ]
}

/// All that programs read of a DDL, by its place.
fn facts(ddl: &Ddl) -> BTreeMap<String, String> {
    let about = &ddl.metadata;
    let mut facts = BTreeMap::from([
        ("name".into(), about.name.to_string()),
        ("license".into(), about.license.to_string()),
        ("version".into(), about.version.to_string()),
        ("timeout".into(), about.timeout.to_string()),
        ("provider".into(), about.provider.to_string()),
        ("service".into(), about.service.to_string()),
    ]);
    for action in &ddl.actions {
        of_action(action, &mut |place, fact| {
            let place = format!("{}/{place}", action.name);
            assert_eq!(facts.insert(place, fact), None);
        });
    }
    facts
}

fn of_action(action: &Action, add: &mut dyn FnMut(String, String)) {
    // A default as a value: its text may have other blanks.
    let default = |default: &Option<Value>| format!("{default:?}");
    add("display".into(), action.display.text().into());
    for input in &*action.inputs {
        for (key, fact) in [
            ("type", input.kind.text().to_owned()),
            ("optional", input.optional.to_string()),
            ("default", default(&input.default_value())),
            ("list", input.list.join(",")),
            ("maxlength", format!("{:?}", input.maxlength)),
            ("validation", input.validation.text().to_owned()),
        ] {
            add(format!("input/{}/{key}", input.name), fact);
        }
    }
    for output in &*action.outputs {
        let kind = output.kind.as_ref().map(|kind| kind.text().to_owned());
        add(format!("output/{}/type", output.name), format!("{kind:?}"));
        let default = default(&output.default_value());
        add(format!("output/{}/default", output.name), default);
    }
    for aggregate in &*action.aggregates {
        let place = format!("aggregate/{}/{}", aggregate.function, aggregate.output);
        add(place, aggregate.args().to_string());
    }
}

/// Each difference between our facts and theirs.
fn differing(ours: &Ddl, theirs: &Ddl) -> Vec<(String, Option<String>, Option<String>)> {
    let (ours, theirs) = (facts(ours), facts(theirs));
    let places: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let places = places
        .into_iter()
        .filter(|place| ours.get(*place) != theirs.get(*place));
    places
        .map(|place| {
            (
                place.clone(),
                ours.get(place).cloned(),
                theirs.get(place).cloned(),
            )
        })
        .collect()
}

#[test]
fn our_types_say_what_the_real_ddls_say() {
    let real: BTreeMap<String, Ddl> = corpus::files("json")
        .into_iter()
        .map(|(path, json)| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, Ddl::from_json(json.as_bytes()).unwrap())
        })
        .collect();
    let mut compared = Vec::new();
    for Interface { name, ddl, .. } in interfaces() {
        let Some(theirs) = real.get(name) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for (place, ours, theirs) in differing(&ddl, theirs) {
            let listed = DIFFERENCES.iter().position(|listed| {
                (listed.agent, listed.place) == (name, place.as_str())
                    && (listed.ours, listed.theirs) == (ours.as_deref(), theirs.as_deref())
            });
            let Some(listed) = listed else {
                panic!("{name}: {place} is {ours:?} in ours and {theirs:?} in theirs");
            };
            seen.insert(listed);
        }
        for (at, Difference { agent, place, .. }) in DIFFERENCES.iter().enumerate() {
            assert!(
                *agent != name || seen.contains(&at),
                "{name}: {place} does not differ"
            );
        }
        compared.push(name);
    }
    println!("compared: {}", compared.join(", "));
    // Choria brings these along.
    assert!(compared.contains(&"rpcutil") && compared.contains(&"scout"));
}

#[test]
fn our_agents_judge_requests_as_servers_with_the_real_ddls() {
    let interfaces = interfaces();
    let mut judged = 0;
    let mut stricter = 0;
    for case in vectors::read("ddl_requests.json") {
        let file = case["file"].as_str().unwrap();
        let name = file
            .strip_prefix("ddl-corpus/")
            .and_then(|file| file.strip_suffix(".json"));
        let Some(interface) = interfaces
            .iter()
            .find(|interface| Some(interface.name) == name)
        else {
            // The real parrot is another agent than ours.
            assert_eq!(name, Some("parrot"));
            continue;
        };
        let action = case["action"].as_str().unwrap();
        let (code, text) = (interface.call)(interface.name, action, case["data"].clone());
        judged += 1;
        match case["error"].as_str() {
            Some(error) if error.starts_with("unknown action ") => {
                assert_eq!(code, 2, "{case}");
                assert!(text.starts_with(&format!("{error}; ")), "{case}: {text}");
            }
            Some(error) => {
                let wanted = if error.ends_with(" is required") {
                    3
                } else {
                    4
                };
                assert_eq!((code, text.as_str()), (wanted, error), "{case}");
            }
            None if code == REACHED => {}
            // Only where Choria knows no such validator.
            None => {
                let (_, input) = text.split_once("validation failed for input '").unwrap();
                let (input, _) = input.split_once('\'').unwrap();
                let place = format!("{action}/input/{input}/validation");
                let listed = |listed: &&Difference| {
                    (listed.agent, listed.place) == (interface.name, &*place)
                };
                assert!(DIFFERENCES.iter().any(|it| listed(&it)), "{case}: {text}");
                stricter += 1;
            }
        }
    }
    println!("{judged} requests, {stricter} of them refused by our validators only");
    assert!(judged > 300 && stricter > 0, "{judged}, {stricter}");
}
