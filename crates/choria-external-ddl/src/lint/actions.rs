//! Rules on actions.

use std::collections::HashSet;

use super::look::{Look, Part, is_plain_name};
use super::metadata::{text, unknown_keys};
use super::{aggregates, inputs, outputs, rules};
use crate::{Action, Ddl, Display, keys};

pub(super) fn check(look: &mut Look, ddl: &Ddl, top: &Part<'_, '_>) {
    let all = top.key("actions");
    if ddl.actions.is_empty() && all.is_there() {
        let what = "the list of actions is empty".into();
        look.report_at(&rules::NO_ACTION, &all, what);
    }
    let mut names = HashSet::new();
    for (at, action) in ddl.actions.iter().enumerate() {
        let part = all.index(at);
        name(look, &part, action);
        if !names.insert(&action.name) {
            let what = format!("action {:?} is there again", action.name);
            look.report_at(&rules::SAME_ACTION, &part.key("action"), what);
        }
        let what = || format!("the description of action {}", action.name);
        text(look, &part.key("description"), &action.description, what);
        display(look, &part, action);
        objects(look, &part, action);
        unknown_keys(look, &part, keys::ACTION);

        inputs::check(look, &part.key("input"), action);
        outputs::check(look, &part.key("output"), action);
        aggregates::check(look, &part.key("aggregate"), action);
    }
}

fn name(look: &mut Look, part: &Part<'_, '_>, action: &Action) {
    let key = part.key("action");
    text(look, &key, &action.name, || "the name of an action".into());
    if !action.name.is_empty() && !is_plain_name(&action.name) {
        let what = format!("an action is called {:?}", action.name);
        look.report_at(&rules::ACTION_NAME, &key, what);
    }
}

fn display(look: &mut Look, part: &Part<'_, '_>, action: &Action) {
    if let Display::None | Display::Other(_) = &action.display {
        let what = format!(
            "action {} has the display {:?}",
            action.name,
            action.display.text()
        );
        look.report_at(&rules::DISPLAY, &part.key("display"), what);
    }
}

/// The schema wants both objects, be they empty.
fn objects(look: &mut Look, part: &Part<'_, '_>, action: &Action) {
    for key in ["input", "output"] {
        let object = part.key(key);
        if !object.is_there() {
            let what = format!("action {} has no {key}, not even an empty one", action.name);
            look.report_at(&rules::MISSING, &object, what);
        }
    }
}
