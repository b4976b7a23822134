//! Rules on outputs.

use serde_json::Value;

use super::look::{Look, Part};
use super::metadata::unknown_keys;
use super::rules;
use crate::{Action, Extra, Input, Output, Type, Validation, keys};

pub(super) fn check(look: &mut Look, all: &Part<'_, '_>, action: &Action) {
    for output in action.outputs.iter() {
        let part = all.key(&output.name);
        let who = format!("output {} of action {}", output.name, action.name);
        if output
            .name
            .contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
        {
            look.report_at(&rules::OUTPUT_NAME, &part, who.clone());
        }
        if output.display_as.is_empty() {
            let what = format!("{who} has no display_as");
            look.report_at(&rules::OUTPUT_LABEL, &part.key("display_as"), what);
        }
        if output.description.is_empty() {
            let what = format!("{who} has no description");
            look.report_at(&rules::OUTPUT_DESCRIPTION, &part.key("description"), what);
        }
        kind(look, &part, output, &who);
        default(look, &part, output, &who);
        unknown_keys(look, &part, keys::OUTPUT);
    }
}

fn kind(look: &mut Look, part: &Part<'_, '_>, output: &Output, who: &str) {
    if let Some(Type::Other(kind)) = &output.kind {
        let what = format!("{who} has the type {kind:?}");
        look.report_at(&rules::OUTPUT_TYPE, &part.key("type"), what);
    }
}

fn default(look: &mut Look, part: &Part<'_, '_>, output: &Output, who: &str) {
    let (Some(kind), Some(default)) = (&output.kind, output.default_value()) else {
        return;
    };
    let fits = match kind {
        Type::Other(_) => true,
        // An output of this type has a text; it lists none to choose from.
        Type::List => default.is_string(),
        kind => fits(kind, &default),
    };
    if !fits {
        let what = format!(
            "{who} is of the type {} and has the default {default}",
            kind.text()
        );
        look.report_at(&rules::OUTPUT_DEFAULT, &part.key("default"), what);
    }
}

/// Whether an input of this type would take the value.
fn fits(kind: &Type, value: &Value) -> bool {
    let input = Input {
        name: "".into(),
        prompt: "".into(),
        description: "".into(),
        kind: kind.clone(),
        optional: false,
        default: None,
        list: Vec::new().into(),
        maxlength: None,
        validation: Validation::None,
        extra: Extra::NONE,
    };
    input.check(value).is_ok()
}
