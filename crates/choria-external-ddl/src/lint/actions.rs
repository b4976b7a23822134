//! Rules on actions.

use std::collections::HashSet;

use super::look::{Look, Path, is_plain_name};
use super::metadata::{text, unknown_keys};
use super::{aggregates, inputs, outputs, rules};
use crate::{Action, Display, keys};

pub(super) fn check(look: &mut Look<'_>) {
    let ddl = look.ddl;
    let mut names = HashSet::new();
    for (at, action) in ddl.actions.iter().enumerate() {
        let path = Path::new().key("actions").index(at);
        name(look, &path, action);
        if !names.insert(&action.name) {
            let what = format!("action {:?} is there again", action.name);
            look.report_at(&rules::SAME_ACTION, &path.key("action"), what);
        }
        let what = format!("the description of action {}", action.name);
        text(look, &path.key("description"), &action.description, &what);
        display(look, &path, action);
        parts(look, &path, action);
        unknown_keys(look, &path, keys::ACTION);

        inputs::check(look, &path.key("input"), action);
        outputs::check(look, &path.key("output"), action);
        aggregates::check(look, &path.key("aggregate"), action);
    }
}

fn name(look: &mut Look<'_>, path: &Path, action: &Action) {
    if !is_plain_name(&action.name) {
        let what = format!("an action is called {:?}", action.name);
        look.report_at(&rules::NAME, &path.key("action"), what);
    }
}

fn display(look: &mut Look<'_>, path: &Path, action: &Action) {
    if let Display::None | Display::Other(_) = &action.display {
        let what = format!(
            "action {} has the display {:?}",
            action.name,
            action.display.text()
        );
        look.report_at(&rules::DISPLAY, &path.key("display"), what);
    }
}

/// The schema wants both objects, be they empty.
fn parts(look: &mut Look<'_>, path: &Path, action: &Action) {
    for key in ["input", "output"] {
        if !look.has(&path.key(key)) {
            let what = format!("action {} has no {key}, not even an empty one", action.name);
            look.report_at(&rules::MISSING, &path.key(key), what);
        }
    }
}
