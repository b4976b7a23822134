//! A row, read as a node.

use std::collections::BTreeMap;

use choria_external::Failure;
use choria_external::filter::{AGENTS_OF_ALL, Node, unique_keys};
use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};
use serde_json::value::{RawValue, to_raw_value};

/// Which column has what.
pub(crate) struct Columns {
    identity: usize,
    facts: Option<usize>,
    classes: Option<usize>,
    agents: Option<usize>,
    /// Name and place of those that are facts.
    others: Vec<(String, usize)>,
}

impl Columns {
    /// The columns of a query, which must have one for the name.
    pub(crate) fn of(statement: &Statement<'_>) -> Result<Self, Failure> {
        let names: Vec<&str> = statement.column_names().collect();
        let place = |wanted: &str| {
            names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
        };
        let identity = place("identity").or_else(|| place("name")).ok_or_else(|| {
            Failure::invalid_data(format_args!(
                "the option query: expected a column identity or name, got {}",
                names.join(", ")
            ))
        })?;
        let (facts, classes, agents) = (place("facts"), place("classes"), place("agents"));
        let known = [Some(identity), facts, classes, agents];
        let others = names.iter().enumerate();
        let others = others.filter(|(index, _)| !known.contains(&Some(*index)));
        Ok(Self {
            identity,
            facts,
            classes,
            agents,
            others: others
                .map(|(index, name)| ((*name).to_owned(), index))
                .collect(),
        })
    }
}

/// A node.
pub(crate) struct Found {
    pub(crate) identity: String,
    facts: String,
    classes: Vec<String>,
    agents: Vec<String>,
}

impl Found {
    pub(crate) fn as_node(&self) -> Node<'_> {
        Node {
            identity: &self.identity,
            facts: &self.facts,
            classes: &self.classes,
            agents: &self.agents,
        }
    }

    /// Reads a row. An error says which node, which column, and what is wrong.
    pub(crate) fn read(columns: &Columns, row: &Row<'_>) -> Result<Self, String> {
        let identity = text(row, columns.identity)
            .and_then(|name| name.filter(|name| !name.is_empty()).ok_or("nothing".into()))
            .map_err(|got| format!("expected the name of a node, got {got}"))?;
        let of = |column: &str, wrong: String| format!("{identity}: {column}: {wrong}");
        let list = |column: &str, index: Option<usize>| {
            let Some(index) = index else { return Ok(None) };
            let text = text(row, index).map_err(|got| format!("expected a list, got {got}"));
            text.and_then(|text| text.map(entries).transpose())
                .map_err(|wrong| of(column, wrong))
        };
        Ok(Self {
            identity: identity.to_owned(),
            facts: facts(columns, row).map_err(|(column, wrong)| of(column, wrong))?,
            classes: list("classes", columns.classes)?.unwrap_or_default(),
            agents: list("agents", columns.agents)?
                .unwrap_or_else(|| AGENTS_OF_ALL.map(String::from).to_vec()),
        })
    }
}

/// The text in a column, or none where it is NULL; the error is what is there.
fn text<'a>(row: &'a Row<'_>, index: usize) -> Result<Option<&'a str>, String> {
    match value(row, index)? {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .map(Some)
            .map_err(|_| "a string that is not UTF-8".into()),
        ValueRef::Integer(number) => Err(format!("the number {number}")),
        ValueRef::Real(number) => Err(format!("the number {number}")),
        ValueRef::Blob(_) => Err("a blob".into()),
    }
}

fn value<'a>(row: &'a Row<'_>, index: usize) -> Result<ValueRef<'a>, String> {
    row.get_ref(index).map_err(|error| error.to_string())
}

/// A JSON list of texts, or texts with commas between them.
fn entries(text: &str) -> Result<Vec<String>, String> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|error| format!("expected a JSON list of texts: {error}"));
    }
    let entries = text.split(',').map(str::trim);
    Ok(entries
        .filter(|entry| !entry.is_empty())
        .map(String::from)
        .collect())
}

/// The facts: the JSON object in the column `facts`, and the other columns. One
/// that is NULL is no fact; one that is in both counts as the column says.
fn facts<'a>(columns: &'a Columns, row: &Row<'_>) -> Result<String, (&'a str, String)> {
    let written = columns.facts.map_or(Ok(None), |index| text(row, index));
    let written = written
        .map_err(|got| ("facts", format!("expected a JSON object, got {got}")))?
        .unwrap_or("{}");
    let no_object = |error| ("facts", format!("expected a JSON object: {error}"));
    unique_keys(written).map_err(no_object)?;
    let mut facts: BTreeMap<String, &RawValue> =
        serde_json::from_str(written).map_err(no_object)?;
    if columns.others.is_empty() {
        return Ok(written.to_owned());
    }
    let mut others = Vec::new();
    for (name, index) in &columns.others {
        let json = match value(row, *index).map_err(|wrong| (&**name, wrong))? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => to_raw_value(&number),
            // Else it would become a null without a word.
            ValueRef::Real(number) if !number.is_finite() => {
                let wrong = format!("expected a number that JSON can hold, got {number}");
                return Err((name, wrong));
            }
            ValueRef::Real(number) => to_raw_value(&number),
            ValueRef::Text(_) | ValueRef::Blob(_) => {
                let text = text(row, *index).map_err(|got| {
                    (&**name, format!("expected a string or a number, got {got}"))
                })?;
                to_raw_value(&text)
            }
        };
        others.push((name, json.map_err(|error| (&**name, error.to_string()))?));
    }
    for (name, json) in &others {
        facts.insert((*name).clone(), json);
    }
    serde_json::to_string(&facts).map_err(|error| ("facts", error.to_string()))
}
