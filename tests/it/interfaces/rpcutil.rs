//! What a server tells about itself.

use std::collections::BTreeMap;

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};
use serde_json::Number;

use super::reached;

type Anything = BTreeMap<String, Value>;

#[derive(Default)]
pub(super) struct Rpcutil;

#[derive(Output)]
struct Agents {
    /// Agents with what is known of them
    agents: Vec<Value>,
}

#[derive(Output)]
struct Collectives {
    /// The one it belongs to first
    main_collective: String,
    /// All of them
    #[output(aggregate = summary)]
    collectives: Vec<Value>,
}

#[derive(Output)]
struct Stats {
    /// Threads that run
    threads: Vec<Value>,
    /// Names of agents
    #[output(aggregate = summary)]
    agents: Vec<Value>,
    /// The server's process
    pid: i64,
    /// Time it used
    times: Anything,
    /// Messages with a good signature
    validated: i64,
    /// Messages with a bad one
    unvalidated: i64,
    /// Messages that were meant for it
    passed: i64,
    /// Messages that were not
    filtered: i64,
    /// When it started
    starttime: i64,
    /// All messages
    total: i64,
    /// Replies it sent
    replies: i64,
    /// Where its settings are
    configfile: String,
    /// Its version
    #[output(aggregate = summary)]
    version: String,
    /// Messages that came too late
    ttlexpired: i64,
    /// Events it sent
    events: i64,
}

/// Looks a setting up
#[derive(Input)]
struct Setting {
    /// Its key
    #[input(maxlength = 120, validation = "^.+$")]
    item: String,
}

#[derive(Output)]
struct Set {
    /// The key that was asked for
    item: String,
    /// What it is set to
    #[output(aggregate = summary)]
    value: Value,
}

/// Asks a source of data
#[derive(Input)]
struct Data {
    /// Which source
    #[input(maxlength = 50, validation = "^\\w+$")]
    source: String,
    /// What to ask it
    #[input(maxlength = 200, validation = "^.+$")]
    query: Option<String>,
}

/// Looks a fact up
#[derive(Input)]
struct Fact {
    /// Its path
    #[input(maxlength = 512, validation = ".+")]
    fact: String,
}

#[derive(Output)]
struct Known {
    /// The path that was asked for
    fact: String,
    /// The fact
    #[output(aggregate = summary)]
    value: Value,
}

/// Looks several facts up
#[derive(Input)]
struct Facts {
    /// Their paths, with commas between
    #[input(maxlength = 200, validation = r"^\s*[\w\.\-]+(\s*,\s*[\w\.\-]+)*$")]
    facts: String,
}

#[derive(Output)]
struct AllKnown {
    /// Each path with its fact
    values: Anything,
}

#[derive(Output)]
struct Inventory {
    /// Names of agents
    agents: Vec<Value>,
    /// All facts
    facts: Anything,
    /// Classes of the node
    classes: Vec<Value>,
    /// The server's version
    version: String,
    /// The collective it belongs to first
    main_collective: String,
    /// All of its collectives
    collectives: Vec<Value>,
    /// Sources of data
    data_plugins: Vec<Value>,
    /// State machines it runs
    machines: Anything,
    /// Whether it can be upgraded by a request
    #[output(default = false)]
    upgradable: bool,
}

#[derive(Output)]
struct Pong {
    /// The time on the node
    pong: Number,
}

impl Agent for Rpcutil {
    const META: Metadata = metadata!(name = "rpcutil_by_types", version = "0.29.4", timeout = 2);

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("agent_inventory", reached::<_, (), Agents>)
            .display(Display::Always);
        actions
            .add("collective_info", reached::<_, (), Collectives>)
            .display(Display::Always);
        actions
            .add("daemon_stats", reached::<_, (), Stats>)
            .display(Display::Always);
        actions
            .add("get_config_item", reached::<_, Setting, Set>)
            .display(Display::Always);
        actions
            .add("get_data", reached::<_, Data, ()>)
            .display(Display::Always);
        actions
            .add("get_fact", reached::<_, Fact, Known>)
            .display(Display::Always);
        actions
            .add("get_facts", reached::<_, Facts, AllKnown>)
            .display(Display::Always);
        actions
            .add("inventory", reached::<_, (), Inventory>)
            .display(Display::Always);
        actions
            .add("ping", reached::<_, (), Pong>)
            .display(Display::Always);
    }
}
