//! Rules on inputs.

use choria_external_go::InvalidRegex;
use choria_external_protocol::describe;

use super::look::{Look, Part, is_plain_name};
use super::metadata::{text, unknown_keys};
use super::rules;
use crate::{Action, Input, Type, Validation, keys};

pub(super) fn check(look: &mut Look, all: &Part<'_, '_>, action: &Action) {
    for input in action.inputs.iter() {
        let mut at = At {
            part: all.key(&input.name),
            who: format!("input {} of action {}", input.name, action.name),
            look,
        };
        name(&mut at, input);
        texts(&mut at, input);
        optional(&mut at);
        kind(&mut at, input);
        if input.kind == Type::String {
            length(&mut at, input);
            validation(&mut at, input);
        }
        if input.kind == Type::List && input.list.is_empty() {
            at.report(&rules::EMPTY_LIST, "list", "has nothing to choose from");
        }
        of_other_types(&mut at, input);
        default(&mut at, input);
        unknown_keys(at.look, &at.part, keys::INPUT);
    }
}

/// The input that is looked at.
struct At<'a, 'd> {
    look: &'a mut Look,
    part: Part<'a, 'd>,
    who: String,
}

impl At<'_, '_> {
    fn has(&self, key: &str) -> bool {
        self.part.key(key).is_there()
    }

    fn report(&mut self, rule: &'static super::Rule, key: &str, what: &str) {
        let what = format!("{} {what}", self.who);
        self.look.report_at(rule, &self.part.key(key), what);
    }
}

fn name(at: &mut At<'_, '_>, input: &Input) {
    let rule = match &*input.name {
        "process_results" => &rules::DROPPED_INPUT,
        name if is_plain_name(name) => return,
        name if name.is_empty() || name.contains(['=', ':']) || name.to_lowercase() != name => {
            &rules::INPUT_CASE
        }
        _ => &rules::INPUT_NAME,
    };
    at.look.report_at(rule, &at.part, at.who.clone());
}

fn texts(at: &mut At<'_, '_>, input: &Input) {
    for (key, value) in [
        ("prompt", &input.prompt),
        ("description", &input.description),
    ] {
        let what = || format!("the {key} of {}", at.who);
        text(at.look, &at.part.key(key), value, what);
    }
}

fn optional(at: &mut At<'_, '_>) {
    if !at.has("optional") {
        at.report(
            &rules::OPTIONAL,
            "optional",
            "does not say whether it is optional",
        );
    }
}

/// Servers take a type in any case; the schema takes two of them so.
fn kind(at: &mut At<'_, '_>, input: &Input) {
    let spelled = at.part.key("type").node();
    let spelled = spelled.and_then(|node| node.as_text()).unwrap_or_default();
    let known = match &input.kind {
        Type::Other(_) => false,
        Type::Hash | Type::Array => {
            spelled == input.kind.text() || matches!(spelled, "Hash" | "Array")
        }
        kind => spelled == kind.text(),
    };
    if !known {
        let what = if spelled.is_empty() {
            "has no type".into()
        } else {
            format!("has the type {spelled:?}")
        };
        at.report(&rules::INPUT_TYPE, "type", &what);
    }
}

fn length(at: &mut At<'_, '_>, input: &Input) {
    let maxlength = input.maxlength.unwrap_or(0);
    if maxlength < 0 {
        let what = format!("has a maxlength of {maxlength}");
        at.report(&rules::NEGATIVE_LENGTH, "maxlength", &what);
    } else if maxlength == 0 && input.validation != Validation::None {
        let validator = input.validation.text();
        let what = format!("has the validation {validator:?} and no maxlength");
        at.report(&rules::UNCHECKED, "maxlength", &what);
    } else if !at.has("maxlength") {
        at.report(&rules::MISSING, "maxlength", "has no maxlength, not even 0");
    }
}

fn validation(at: &mut At<'_, '_>, input: &Input) {
    match &input.validation {
        Validation::None if !at.has("validation") => {
            at.report(
                &rules::MISSING,
                "validation",
                "has no validation, not even an empty one",
            );
        }
        Validation::None => at.report(
            &rules::NO_VALIDATION,
            "validation",
            "has an empty validation",
        ),
        Validation::Shellsafe => {
            at.report(&rules::SHELLSAFE, "validation", "is validated by shellsafe");
        }
        Validation::Unknown(name) => {
            let what = format!("has the validator {name:?}");
            at.report(&rules::UNKNOWN_VALIDATOR, "validation", &what);
        }
        Validation::Regex(pattern) => {
            if let Err(error) = at.look.pattern(pattern) {
                let what = bad_regex(pattern, error);
                at.report(&rules::BAD_REGEX, "validation", &what);
            }
        }
        _ => {}
    }
}

/// Why no string matches it, and which part of it is wrong. Long patterns are
/// cut.
fn bad_regex(pattern: &str, error: &InvalidRegex) -> String {
    let shown = describe(&pattern.into());
    format!(
        "has the regular expression {shown}: {}",
        error.explanation()
    )
}

fn of_other_types(at: &mut At<'_, '_>, input: &Input) {
    let (string, list) = (input.kind == Type::String, input.kind == Type::List);
    for (key, passed_over) in [
        (
            "validation",
            !string && input.validation != Validation::None,
        ),
        ("maxlength", !string && input.maxlength.unwrap_or(0) != 0),
        ("list", !list && !input.list.is_empty()),
    ] {
        if passed_over {
            let what = format!("is of the type {} but has a {key}", input.kind.text());
            at.report(&rules::OTHER_TYPE, key, &what);
        }
    }
}

/// The client fills it in, the server judges it. One that no value would pass
/// is spoken of elsewhere.
fn default(at: &mut At<'_, '_>, input: &Input) {
    let hopeless = matches!(input.kind, Type::Other(_))
        || (input.kind == Type::List && input.list.is_empty())
        || input.maxlength.unwrap_or(0) < 0;
    let Some(default) = input.default_value().filter(|_| !hopeless) else {
        return;
    };
    if let Validation::Regex(pattern) = &input.validation
        && at.look.pattern(pattern).is_err()
    {
        return;
    }
    if let Err(error) = input.check(&default) {
        at.report(
            &rules::INPUT_DEFAULT,
            "default",
            &format!("has a default that {error}"),
        );
    }
}
