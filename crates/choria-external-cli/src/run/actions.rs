//! The actions of an agent and their inputs, for users who name none, or one that
//! the DDL does not have.

use std::fmt::Write as _;

use anyhow::anyhow;
use choria_external_ddl::{Action, Ddl, Input, Type, Validation};
use choria_external_host::Program;

use crate::nearest::nearest;
use crate::output::{complain, tell};
use crate::show::printable;

/// Names of actions that an error lists.
const MOST_NAMES: usize = 10;

/// Lists all actions on standard error, unless the output is for programs, and
/// returns the error that none was given.
pub(super) fn none_given(program: &Program, json: bool) -> anyhow::Error {
    let Some(ddl) = &program.ddl else {
        return anyhow!(
            "no action given; without a DDL the actions of {} are not known",
            program.name
        );
    };
    if ddl.actions.is_empty() {
        return anyhow!("no action given, and the DDL of {} has none", program.name);
    }
    if !json {
        tell(&all(program, ddl));
    }
    anyhow!("no action given; expected {}", one_of(ddl))
}

/// Returns a sentence on an action or an input that the DDL does not have; `None`
/// if it has all of them, or there is no DDL.
pub(super) fn misspelt(program: &Program, action: &str, inputs: &[String]) -> Option<String> {
    let ddl = program.ddl.as_ref()?;
    let Some(found) = ddl.action(action) else {
        let meant = match nearest(action, ddl.actions.iter().map(|action| &*action.name)) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None if ddl.actions.is_empty() => "its DDL has no actions".into(),
            None => format!("expected {}", one_of(ddl)),
        };
        return Some(format!("{} has no action {action}; {meant}", program.name));
    };
    // Nobody can give an input whose name has capitals; that error says so itself.
    let lower = |name: &str| {
        let mut inputs = found.inputs.iter();
        inputs.any(|input| input.name.to_lowercase() == name && *input.name != *name)
    };
    let is_unknown = |name: &&String| found.input(name).is_none() && !lower(name);
    let unknown = inputs.iter().find(is_unknown)?;
    let known: Vec<&str> = found.inputs.iter().map(|input| &*input.name).collect();
    let is_given = |name: &&str| inputs.iter().any(|given| given == name);
    let free = known.iter().copied().filter(|name| !is_given(name));
    let meant = match nearest(unknown, free) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None if known.is_empty() => "it has no inputs".into(),
        None => format!("its inputs are {}", known.join(", ")),
    };
    let agent = &program.name;
    Some(format!("{agent}#{action} has no input {unknown}; {meant}"))
}

/// Returns the error that the action was not called because of what [`misspelt`] found.
pub(super) fn not_called(found: &str) -> anyhow::Error {
    if found.ends_with('?') {
        anyhow!("{found} The action was not called")
    } else {
        anyhow!("{found}; the action was not called")
    }
}

/// Shows on standard error what was found, and the inputs of the action; all
/// actions, if there is no such action. For programs it is a warning.
pub(super) fn advise(
    program: &Program,
    action: &str,
    found: Option<String>,
    json: bool,
    warnings: &mut Vec<String>,
) {
    if !json {
        if let Some(found) = &found {
            complain("warning", found);
        }
        if let Some(ddl) = &program.ddl {
            let agent = &program.name;
            tell(&match ddl.action(action) {
                Some(action) => format!("Inputs of {agent}#{}:\n\n{}", action.name, one(action)),
                None if ddl.actions.is_empty() => String::new(),
                None => all(program, ddl),
            });
        }
    }
    warnings.extend(found);
}

/// The names of the actions, of very many the first ones.
fn one_of(ddl: &Ddl) -> String {
    let names = ddl.actions.iter().take(MOST_NAMES);
    let names: Vec<&str> = names.map(|action| &*action.name).collect();
    let more = ddl.actions.len() - names.len();
    match (&*names, more) {
        ([only], 0) => (*only).into(),
        (_, 0) => format!("one of {}", names.join(", ")),
        _ => format!("one of {} and {more} more", names.join(", ")),
    }
}

fn all(program: &Program, ddl: &Ddl) -> String {
    let actions: String = ddl.actions.iter().map(one).collect();
    format!("Actions of {}:\n\n{actions}", program.name)
}

/// An action and its inputs, a line each, and an empty line.
fn one(action: &Action) -> String {
    let mut text = format!("  {}", printable(&action.name));
    if !action.description.is_empty() {
        let _ = write!(text, "  {}", printable(&action.description));
    }
    text.push('\n');
    if action.inputs.is_empty() {
        text += "    no inputs\n";
    }
    let columns: Vec<[String; 2]> = action
        .inputs
        .iter()
        .map(|input| [printable(&input.name), printable(input.kind.text())])
        .collect();
    let width = |at: usize| {
        let widths = columns.iter().map(|column| column[at].chars().count());
        widths.max().unwrap_or_default()
    };
    let (names, types) = (width(0), width(1));
    for ([name, kind], input) in columns.iter().zip(&*action.inputs) {
        // A default is filled in where nothing is given.
        let needed = if input.optional || input.default.is_some() {
            "optional"
        } else {
            "required"
        };
        let line = format!(
            "    {name:names$}  {kind:types$}  {needed}  {}",
            printable(&about(input))
        );
        text += line.trim_end();
        text.push('\n');
    }
    text + "\n"
}

/// The default, the choices, the rules, the description.
fn about(input: &Input) -> String {
    let mut about = Vec::new();
    if let Some(default) = &input.default {
        about.push(format!("default {default}"));
    }
    match (&input.kind, input.maxlength) {
        (Type::List, _) => about.push(format!("one of {}", input.list.join(", "))),
        // Without a limit the server skips the validation, too.
        (Type::String, Some(most)) if most != 0 => {
            about.push(format!("at most {most} bytes"));
            if input.validation != Validation::None {
                about.push(input.validation.text().into());
            }
        }
        _ => {}
    }
    about.extend((!input.description.is_empty()).then(|| input.description.to_string()));
    about.join("; ")
}
