//! Rules on aggregates.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::look::{Look, Part};
use super::metadata::unknown_keys;
use super::rules;
use crate::aggregate::Aggregates;
use crate::json::Json;
use crate::{Action, Aggregate};

pub(super) fn check(look: &mut Look, all: &Part<'_, '_>, action: &Action) {
    let outputs: HashSet<_> = (action.outputs.iter())
        .map(|output| &*output.name)
        .collect();
    let last: HashMap<_, _> = (action.aggregates.iter().enumerate())
        .map(|(at, aggregate)| (&*aggregate.output, at))
        .collect();
    for (at, aggregate) in action.aggregates.iter().enumerate() {
        let part = all.index(at);
        let who = format!("aggregate {at} of action {}", action.name);
        function(look, &part, aggregate, &who);
        let is_known = outputs.contains(&*aggregate.output);
        args(look, &part, aggregate, is_known, &who);
        if !aggregate.output.is_empty() && last.get(&*aggregate.output) > Some(&at) {
            let what = format!("{who} is over {}, and so is a later one", aggregate.output);
            look.report_at(&rules::AGGREGATE_TWICE, &part, what);
        }
        format(look, &part, aggregate, &who);
        unknown_keys(look, &part, &["function", "args"]);
    }
}

fn function(look: &mut Look, part: &Part<'_, '_>, aggregate: &Aggregate, who: &str) {
    let known = ["summary", "boolean_summary", "average", "chart"];
    if !known.contains(&&*aggregate.function) {
        let what = format!("{who} has the function {:?}", aggregate.function);
        look.report_at(&rules::AGGREGATE_FUNCTION, &part.key("function"), what);
    }
}

fn args(look: &mut Look, part: &Part<'_, '_>, aggregate: &Aggregate, is_known: bool, who: &str) {
    let args = part.key("args");
    let json = args.node().map_or(&Json::Null, |node| &node.json);
    let is_empty = match json {
        Json::Null => true,
        Json::List(items) => items.is_empty(),
        _ => false,
    };
    if is_empty {
        look.report_at(&rules::AGGREGATE_ARGS, &args, format!("{who} has no args"));
    } else if !is_known {
        let what = match &*aggregate.output {
            "" => format!("the args of {who} are no list that starts with the name of an output"),
            output => format!("{who} is over {output}, which is no output of it"),
        };
        look.report_at(&rules::AGGREGATE_OUTPUT, &args, what);
    }
}

/// Tries it on a value: what does not fit, Go prints after `%!`.
fn format(look: &mut Look, part: &Part<'_, '_>, aggregate: &Aggregate, who: &str) {
    if aggregate.output.is_empty() || aggregate.function == "chart" {
        return;
    }
    let mut aggregates = Aggregates::of("", std::slice::from_ref(aggregate));
    let sample = if aggregate.function == "average" {
        json!(1.5)
    } else {
        json!("x")
    };
    aggregates.add(&Value::from_iter([(
        aggregate.output.clone().into_owned(),
        sample,
    )]));
    for line in aggregates.formatted().into_values().flatten() {
        if line.contains("%!") {
            let what = format!("{who} prints {line:?}");
            look.report_at(&rules::AGGREGATE_FORMAT, &part.key("args"), what);
        }
    }
}
