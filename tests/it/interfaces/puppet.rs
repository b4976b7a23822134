//! The agent of Puppet.

use std::collections::BTreeMap;

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};
use serde_json::Number;

use super::reached;

type Anything = BTreeMap<String, Value>;

#[derive(Default)]
pub(super) struct Puppet;

/// Keeps Puppet from running
#[derive(Input)]
struct Disable {
    /// Why
    #[input(maxlength = 120, validation = shellsafe)]
    message: Option<String>,
}

#[derive(Output)]
struct Disabled {
    /// How it is now, in words
    #[output(default = "")]
    status: String,
    /// Whether it may run now
    #[output(aggregate(boolean_summary, true = "enabled", false = "disabled"))]
    enabled: bool,
}

#[derive(Output)]
struct Enabled {
    /// How it is now, in words
    #[output(default = "")]
    status: Value,
    /// Whether it may run now
    #[output(aggregate(boolean_summary, true = "enabled", false = "disabled"))]
    enabled: bool,
}

/// Tells of the last run
#[derive(Input)]
struct LastRun {
    /// Whether with its log
    #[input(default = false)]
    logs: bool,
}

#[derive(Output)]
struct Ended {
    /// Resources that were not as they should be
    #[output(default = -1)]
    out_of_sync_resources: i64,
    /// Resources that could not be made so
    #[output(default = -1)]
    failed_resources: i64,
    /// Resources that somebody else had changed
    #[output(default = -1)]
    corrected_resources: i64,
    /// Resources that were changed
    #[output(default = -1)]
    changed_resources: i64,
    /// All resources
    #[output(default = 0, aggregate(average, format = "Average: %d"))]
    total_resources: i64,
    /// Seconds until the catalog was there
    #[output(default = -1, aggregate(average, format = "Average: %0.2f"))]
    config_retrieval_time: i64,
    /// Seconds of the whole run
    #[output(default = 0, aggregate(average, format = "Average: %0.2f"))]
    total_time: i64,
    /// Its log
    #[output(default = [])]
    logs: Vec<Value>,
    /// When it was
    #[output(default = 0)]
    lastrun: i64,
    /// Seconds since then
    #[output(default = -1)]
    since_lastrun: i64,
    /// Version of the catalog
    #[output(default = "")]
    config_version: String,
    /// How many resources of each type
    #[output(default = {})]
    type_distribution: Anything,
    /// All that Puppet tells
    #[output(default = {})]
    summary: Anything,
}

/// Makes one resource as it should be
#[derive(Input)]
struct Resource {
    /// What it is called
    #[input(maxlength = 150, validation = "^.+$")]
    name: String,
    /// Of which type it is
    #[input(maxlength = 50, validation = "^.+$")]
    r#type: String,
    /// In which environment
    #[input(maxlength = 50, validation = "^\\w+$")]
    environment: Option<String>,
}

#[derive(Output)]
struct Made {
    /// What Puppet told
    #[output(default = "")]
    result: String,
    /// Whether it was changed
    #[output(default = false, aggregate(boolean_summary, true = "Changed", false = "No Change"))]
    changed: bool,
}

/// Lets Puppet run once
#[derive(Input)]
struct RunOnce {
    /// Whether at once
    force: Option<bool>,
    /// From which server, with its port
    #[input(maxlength = 50, validation = "^[\\w.-]+(:[0-9]+)?$")]
    server: Option<String>,
    /// Only resources with these tags
    #[input(maxlength = 120, validation = "^[\\w:,.-]+$")]
    tags: Option<String>,
    /// Only resources without these tags
    #[input(maxlength = 120, validation = "^[\\w:,.-]+$")]
    skip_tags: Option<String>,
    /// Whether only to look
    noop: Option<bool>,
    /// Whether to wait a while before
    splay: Option<bool>,
    /// For how long at the most
    splaylimit: Option<Number>,
    /// In which environment
    #[input(maxlength = 50, validation = "^\\w+$")]
    environment: Option<String>,
    /// Whether with the catalog of the last run
    use_cached_catalog: Option<bool>,
}

#[derive(Output)]
struct Initiated {
    /// What was done, in words
    #[output(default = "")]
    summary: String,
    /// When it was wanted
    #[output(default = 0)]
    initiated_at: i64,
}

#[derive(Output)]
struct Now {
    /// Whether it runs now
    #[output(default = false, aggregate = summary)]
    applying: bool,
    /// Whether it waits for its next run
    #[output(default = false, aggregate = summary)]
    idling: bool,
    /// Whether it may run
    #[output(aggregate(boolean_summary, true = "enabled", false = "disabled"))]
    enabled: bool,
    /// Whether it is there
    #[output(default = false, aggregate(boolean_summary, true = "running", false = "stopped"))]
    daemon_present: bool,
    /// When it ran last
    #[output(default = 0)]
    lastrun: i64,
    /// Seconds since then
    #[output(default = -1)]
    since_lastrun: i64,
    /// How it is, in a word
    #[output(default = "unknown", aggregate = summary)]
    status: String,
    /// Why it may not run
    #[output(default = "")]
    disable_message: String,
    /// How it is, in a sentence
    #[output(default = "unknown")]
    message: String,
}

impl Agent for Puppet {
    const META: Metadata = metadata!(name = "puppet", version = "2.5.0", timeout = 20);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("disable", reached::<_, Disable, Disabled>);
        actions.add("enable", reached::<_, (), Enabled>);
        actions
            .add("last_run_summary", reached::<_, LastRun, Ended>)
            .display(Display::Always);
        actions
            .add("resource", reached::<_, Resource, Made>)
            .display(Display::Always);
        actions.add("runonce", reached::<_, RunOnce, Initiated>);
        actions
            .add("status", reached::<_, (), Now>)
            .display(Display::Always);
    }
}
