//! The methods that values have.

use std::collections::HashMap;

use super::super::object::{Object, Pair, Thing};
use super::super::pattern::Pattern;
use super::super::tree::{Expression, Value};
use super::super::{Read, RubyError, text};
use super::Values;
use crate::json::Place;

/// What a method of a value gives.
pub(super) fn call(
    values: &mut Values<'_>,
    at: Place,
    of: &Expression,
    name: &str,
    arguments: &[Expression],
) -> Read<Thing> {
    let of = values.value(of)?;
    let made = match (name, arguments) {
        ("freeze" | "dup", []) => return Ok(of.thing),
        ("to_s", []) => Thing::Text(to_s(&of)?),
        ("nil?", []) => Thing::Bool(matches!(of.thing, Thing::Nil)),
        _ => match of.thing {
            Thing::Text(text) => of_text(values, at, &text, name, arguments)?,
            Thing::Symbol(word) => of_symbol(at, &word, name, arguments)?,
            Thing::List(items) => of_list(values, at, &items, name, arguments)?,
            Thing::Hash(pairs) => of_hash(values, at, pairs, name, arguments)?,
            _ => return Err(unknown(at, name, "to_s, nil? and freeze")),
        },
    };
    if let Thing::Text(text) | Thing::Symbol(text) = &made {
        values.spend(at, text.len())?;
    }
    Ok(made)
}

/// What `to_s` makes of a value.
pub(super) fn to_s(of: &Object) -> Read<String> {
    match &of.thing {
        Thing::Nil => Ok(String::new()),
        Thing::Text(text) | Thing::Symbol(text) => Ok(text.clone()),
        Thing::Bool(truth) => Ok(truth.to_string()),
        Thing::Number(number) if of.as_whole().is_some() => Ok(number.clone()),
        _ => Err(RubyError::new(
            of.at,
            "expected a string, a symbol or a whole number",
        )),
    }
}

/// What symbols and strings have.
fn cased(of: &str, name: &str) -> Option<String> {
    match name {
        "upcase" => Some(of.to_uppercase()),
        "downcase" => Some(of.to_lowercase()),
        "capitalize" => {
            let mut chars = of.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string());
            Some(first.unwrap_or_default() + &chars.as_str().to_lowercase())
        }
        _ => None,
    }
}

fn of_symbol(at: Place, of: &str, name: &str, arguments: &[Expression]) -> Read<Thing> {
    let no_arguments = arguments.is_empty();
    match name {
        "to_sym" if no_arguments => Ok(Thing::Symbol(of.to_owned())),
        "empty?" if no_arguments => Ok(Thing::Bool(of.is_empty())),
        _ => match cased(of, name).filter(|_| no_arguments) {
            Some(made) => Ok(Thing::Symbol(made)),
            None => Err(unknown(
                at,
                name,
                "capitalize, upcase, downcase, to_s, to_sym, empty?, nil? and freeze",
            )),
        },
    }
}

fn of_text(
    values: &mut Values<'_>,
    at: Place,
    of: &str,
    name: &str,
    arguments: &[Expression],
) -> Read<Thing> {
    let made = match (name, arguments) {
        ("to_sym", []) => return Ok(Thing::Symbol(of.to_owned())),
        ("empty?", []) => return Ok(Thing::Bool(of.is_empty())),
        ("include?", [part]) => {
            let part = text_of(values, part)?;
            return Ok(Thing::Bool(of.contains(&part)));
        }
        ("strip", []) => text::strip(of).to_owned(),
        ("chomp", []) => text::chomp(of).to_owned(),
        ("tr", [from, to]) => {
            let (from, to) = (text_of(values, from)?, text_of(values, to)?);
            text::tr(of, &from, &to).ok_or_else(|| RubyError::new(at, text::EXPECTED_TR))?
        }
        ("sub" | "gsub", [pattern, by]) => {
            let by = text_of(values, by)?;
            let pattern = match &pattern.value {
                Value::Regex(regex) => Pattern::of_regex(regex, of),
                _ => Some(Pattern::plain(text_of(values, pattern)?)),
            };
            let pattern = pattern.filter(|_| !by.contains('\\'));
            let pattern = pattern.ok_or_else(|| RubyError::new(at, text::EXPECTED_PATTERN))?;
            let most = if name == "gsub" { usize::MAX } else { 1 };
            let found = pattern.places(of, most);
            values.spend(at, found.len().saturating_mul(by.len()))?;
            pattern.replace(of, &found, &by)
        }
        _ => match cased(of, name).filter(|_| arguments.is_empty()) {
            Some(made) => made,
            None => {
                return Err(unknown(
                    at,
                    name,
                    "capitalize, upcase, downcase, strip, chomp, to_s, to_sym, empty?, include?('text'), nil?, \
                     freeze, tr('_', ' '), and sub and gsub, such as sub(/text/, 'text')",
                ));
            }
        },
    };
    Ok(Thing::Text(made))
}

/// An argument that has to be a string.
fn text_of(values: &mut Values<'_>, argument: &Expression) -> Read<String> {
    match values.value(argument)?.thing {
        Thing::Text(text) => Ok(text),
        _ => Err(RubyError::new(argument.at, "expected a string")),
    }
}

fn of_list(
    values: &mut Values<'_>,
    at: Place,
    items: &[Object],
    name: &str,
    arguments: &[Expression],
) -> Read<Thing> {
    match (name, arguments) {
        ("empty?", []) => Ok(Thing::Bool(items.is_empty())),
        ("include?", [item]) => {
            let wanted = values.value(item)?;
            let mut found = false;
            for item in items {
                found |= item.equals(&wanted).ok_or_else(|| {
                    let what = "expected a list of strings, symbols, whole numbers, true, false or nil before include?";
                    RubyError::new(at, what)
                })?;
            }
            Ok(Thing::Bool(found))
        }
        ("join", [between]) => {
            let between = text_of(values, between)?;
            values.spend(at, between.len().saturating_mul(items.len()))?;
            let parts: Read<Vec<_>> = items.iter().map(to_s).collect();
            Ok(Thing::Text(parts?.join(&between)))
        }
        _ => Err(unknown(
            at,
            name,
            "each do |x| as a line of its own, join(', '), include?(x), empty?, nil? and freeze",
        )),
    }
}

fn of_hash(
    values: &mut Values<'_>,
    at: Place,
    pairs: Vec<Pair>,
    name: &str,
    arguments: &[Expression],
) -> Read<Thing> {
    match (name, arguments) {
        ("empty?", []) => Ok(Thing::Bool(pairs.is_empty())),
        ("merge", [more]) => {
            let Thing::Hash(more) = values.value(more)?.thing else {
                return Err(RubyError::new(at, "expected a hash in merge"));
            };
            Ok(Thing::Hash(merged(pairs, more)))
        }
        _ => Err(unknown(
            at,
            name,
            "merge(:key => value), empty?, nil? and freeze",
        )),
    }
}

/// A key that is there keeps its place, and gets another value.
fn merged(mut pairs: Vec<Pair>, more: Vec<Pair>) -> Vec<Pair> {
    let mut places: HashMap<String, usize> = (pairs.iter().enumerate())
        .map(|(at, pair)| (pair.key.clone(), at))
        .collect();
    for pair in more {
        match places.get(&pair.key) {
            Some(at) => pairs[*at] = pair,
            None => {
                places.insert(pair.key.clone(), pairs.len());
                pairs.push(pair);
            }
        }
    }
    pairs
}

fn unknown(at: Place, name: &str, known: &str) -> RubyError {
    let what =
        format!(".{name} is not understood here: there are {known}: write the result itself");
    RubyError::new(at, what)
}
