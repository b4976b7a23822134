//! Checks that a node runs on itself.

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Scout;

/// Acts on checks of the node
#[derive(Input)]
struct Checks {
    /// Which checks; else all
    checks: Option<Vec<Value>>,
}

#[derive(Output)]
struct Changed {
    /// Those where it went wrong
    failed: Vec<Value>,
    /// Those that did
    transitioned: Vec<Value>,
    /// Those that were left alone
    skipped: Vec<Value>,
}

#[derive(Output)]
struct Listed {
    /// The checks
    checks: Vec<Value>,
}

/// Compares the node with what a Gossfile says
#[derive(Input)]
struct Validate {
    /// A Gossfile's text
    #[input(maxlength = 5120, validation = ".")]
    yaml_rules: Option<String>,
    /// A Gossfile of the node
    #[input(maxlength = 256, validation = ".+")]
    file: Option<String>,
    /// A file of the node with variables
    #[input(maxlength = 256, validation = ".+")]
    vars: Option<String>,
    /// Variables in YAML
    #[input(maxlength = 5120, validation = ".+")]
    yaml_vars: Option<String>,
}

#[derive(Output)]
struct Validated {
    /// How many tests there were
    #[output(aggregate(summary, format = "%s Tests on %d node(s)"))]
    tests: i64,
    /// How many went wrong
    #[output(aggregate(summary, format = "%s Failed test on %d node(s)"))]
    failures: i64,
    /// Seconds they took
    runtime: i64,
    /// How many went well
    #[output(aggregate(summary, format = "%s Passed tests on %d node(s)"))]
    success: i64,
    /// How many were left out
    skipped: i64,
    /// All in a sentence
    summary: String,
    /// Each of them
    results: Vec<Value>,
}

impl Agent for Scout {
    const META: Metadata = metadata!(name = "scout_by_types", version = "0.29.4", timeout = 5);

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("checks", reached::<_, (), Listed>)
            .display(Display::Ok);
        for action in ["resume", "maintenance", "trigger"] {
            actions.add(action, reached::<_, Checks, Changed>);
        }
        actions.add("goss_validate", reached::<_, Validate, Validated>);
    }
}
