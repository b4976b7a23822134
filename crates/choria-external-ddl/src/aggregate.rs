//! The replies of all nodes, summed up: Choria's package `aggregate`, and how
//! `choria req` prints it.
//!
//! ```
//! use choria_external_ddl::{Ddl, aggregate::Aggregates};
//! use serde_json::json;
//!
//! let ddl = Ddl::from_json(
//!     br#"{"actions": [{
//!         "action": "status",
//!         "output": {"state": {"display_as": "State"}},
//!         "aggregate": [{"function": "summary", "args": ["state"]}]
//!     }]}"#,
//! )?;
//! let mut aggregates = Aggregates::new(&ddl.actions[0]);
//! for state in ["on", "off", "on"] {
//!     aggregates.add(&json!({"state": state}));
//! }
//! assert_eq!(aggregates.to_json(), json!({"state": {"on": 2, "off": 1}}));
//! assert_eq!(aggregates.formatted()["state"], [" on: 2", "off: 1"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is not as in Choria:
//!
//! - where its client would crash, on an aggregate without arguments and on most
//!   charts that cannot be drawn, a text says what is wrong. It draws gaps alone as
//!   the least 64-bit integer, we do not; and it crashes on a level line at 2^63 and
//!   above, which we draw;
//! - values that are equally frequent stand in the order of their texts, in Choria
//!   in a random one;
//! - `%q` and `%#U` print the characters of Unicode 17, Go 1.26 those of Unicode 15
//!   and escapes the rest, see [`sprintf`].

use std::collections::{BTreeMap, HashMap};

use choria_external_go::fmt::{Arg, sprint, sprintf};
use choria_external_go::json;
use choria_external_go::number::{parse_float, to_json};
use serde_json::{Map, Value};

use crate::{Action, Aggregate};

mod chart;

/// What Choria counts a value under: a string as it is, all else as JSON.
fn counted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json::marshal(other),
    }
}

/// The aggregates of one action, and what they have seen.
#[derive(Clone, Debug)]
pub struct Aggregates {
    /// By output.
    functions: BTreeMap<String, Function>,
    skipped: Vec<String>,
}

impl Aggregates {
    /// The aggregates that the DDL has for this action, before the first reply.
    ///
    /// As in Choria one that makes no sense is left out, see
    /// [`Aggregates::skipped`], and of two for one output the last counts.
    pub fn new(action: &Action) -> Self {
        Self::of(&action.name, &action.aggregates)
    }

    pub(crate) fn of(action: &str, declared: &[Aggregate]) -> Self {
        let mut aggregates = Self {
            functions: BTreeMap::new(),
            skipped: Vec::new(),
        };
        for (at, declared) in declared.iter().enumerate() {
            match Function::new(declared) {
                Ok(function) => {
                    let output = declared.output.clone().into_owned();
                    aggregates.functions.insert(output, function);
                }
                Err(reason) => aggregates.skipped.push(format!(
                    "aggregate {at} of action {action} is left out: {reason}"
                )),
            }
        }
        aggregates
    }

    /// Why aggregates of the DDL were left out, a sentence for each of them.
    /// Choria leaves them out without a word, and crashes where one has no
    /// arguments.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// Takes the data of one reply. A reply that is no object has nothing to
    /// sum up, and neither has an output that it lacks: the DDL's defaults are
    /// for the caller to fill in, see [`Action::fill_outputs`].
    pub fn add(&mut self, data: &Value) {
        for (output, function) in &mut self.functions {
            if let Some(value) = data.get(output) {
                function.add(counted(value));
            }
        }
    }

    /// The results by output, as in the `summaries` of `choria req --json`. An
    /// average of no number, and a chart of none, is not among them.
    pub fn to_json(&self) -> Value {
        let results = self.functions.iter();
        let results = results.filter_map(|(output, function)| {
            function.to_json().map(|result| (output.clone(), result))
        });
        Value::Object(results.collect())
    }

    /// The results by output, each a text by its name. What went wrong is there
    /// under the name `error`.
    pub fn texts(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let results = self.functions.iter();
        results
            .map(|(output, function)| (output.clone(), function.texts()))
            .collect()
    }

    /// The results by output, each as the lines that `choria req` prints below
    /// its heading. A line may have line breaks within.
    pub fn formatted(&self) -> BTreeMap<String, Vec<String>> {
        let results = self.functions.iter();
        results
            .map(|(output, function)| (output.clone(), function.formatted()))
            .collect()
    }

    /// What `choria req` prints after the replies: for each output its heading
    /// and the lines of [`Aggregates::formatted`]. Empty without aggregates.
    pub fn to_console(&self, action: &Action) -> String {
        let mut text = String::new();
        for (name, lines) in self.formatted() {
            let output = action.outputs.iter().find(|output| output.name == name);
            let heading = output.map_or(&*name, |output| &output.display_as);
            text += &format!("Summary of {heading}:\n\n");
            if lines.is_empty() {
                text += "   No summary received\n";
            }
            for line in lines {
                // A text of several lines is not moved to the right.
                let indent = if line.contains('\n') { "" } else { "   " };
                text += &format!("{indent}{line}\n");
            }
            text.push('\n');
        }
        text
    }
}

/// One aggregate, and what it has seen.
#[derive(Clone, Debug)]
enum Function {
    /// `summary` and `boolean_summary`, which are the same.
    Summary {
        counts: HashMap<String, u64>,
        /// Other texts for some of the values.
        labels: HashMap<String, String>,
        format: Option<String>,
    },
    Average {
        sum: f64,
        count: u32,
        format: Option<String>,
    },
    /// It takes no format.
    Chart { numbers: Vec<f64> },
}

const NO_CHART: &str = "no chart can be drawn: no reply has a number here, one is infinite, or they are too far \
     apart or too close for 64-bit floats";

impl Function {
    /// An aggregate of the DDL, or why it makes no sense.
    fn new(declared: &Aggregate) -> Result<Self, &'static str> {
        if declared.output.is_empty() {
            return Err("its args do not start with the name of an output, add it");
        }
        // With more than one Choria looks at none of them.
        let options = match &*declared.options {
            [options] => serde_json::from_str(options).unwrap_or_default(),
            _ => Value::Null,
        };
        let empty = Map::new();
        let options = options.as_object().unwrap_or(&empty);
        let format = options.get("format").and_then(Value::as_str);
        let format = format
            .filter(|format| !format.is_empty())
            .map(str::to_owned);
        Ok(match &*declared.function {
            "summary" | "boolean_summary" => {
                let labels = options.iter().filter(|(key, _)| *key != "format");
                Self::Summary {
                    counts: HashMap::new(),
                    labels: labels
                        .map(|(key, label)| (key.clone(), sprint(label)))
                        .collect(),
                    format,
                }
            }
            "average" => Self::Average {
                sum: 0.0,
                count: 0,
                format,
            },
            "chart" => Self::Chart {
                numbers: Vec::new(),
            },
            _ => return Err("its function is none of summary, boolean_summary, average and chart"),
        })
    }

    /// Takes a value in its text form; for numbers a text that is none counts
    /// as not there.
    fn add(&mut self, text: String) {
        match self {
            Self::Summary { counts, labels, .. } => {
                let text = labels.get(&text).cloned().unwrap_or(text);
                *counts.entry(text).or_default() += 1;
            }
            Self::Average { sum, count, .. } => {
                if let Some(number) = parse_float(&text) {
                    *sum += number;
                    *count += 1;
                }
            }
            Self::Chart { numbers } => numbers.extend(parse_float(&text)),
        }
    }

    fn to_json(&self) -> Option<Value> {
        let (name, value) = match self {
            Self::Summary { counts, .. } => {
                let counts = counts.iter();
                return Some(
                    counts
                        .map(|(text, count)| (text.clone(), Value::from(*count)))
                        .collect(),
                );
            }
            Self::Average { sum, count, .. } => ("average", to_json(sum / f64::from(*count))?),
            Self::Chart { numbers } => ("chart", chart::draw(numbers)?.into()),
        };
        Some(Value::Object(Map::from_iter([(name.to_owned(), value)])))
    }

    fn texts(&self) -> BTreeMap<String, String> {
        let (name, text) = match self {
            Self::Summary { counts, .. } => {
                let counts = counts.iter();
                return counts
                    .map(|(text, count)| (text.clone(), count.to_string()))
                    .collect();
            }
            Self::Average { sum, count, .. } => (
                "Average",
                sprintf("%f", &[Arg::Float(sum / f64::from(*count))]),
            ),
            Self::Chart { numbers } => match chart::draw(numbers) {
                Some(chart) => ("Chart", chart),
                None => ("error", NO_CHART.into()),
            },
        };
        BTreeMap::from([(name.to_owned(), text)])
    }

    fn formatted(&self) -> Vec<String> {
        match self {
            Self::Summary { counts, format, .. } => {
                // The width is that of the longest in bytes, and is filled up
                // by characters: other scripts stand too far right.
                let width = counts.keys().map(String::len).max().unwrap_or(0);
                let format = format.clone().unwrap_or_else(|| format!("%{width}s: %d"));
                let mut counts: Vec<_> = counts.iter().collect();
                counts.sort_unstable_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
                counts
                    .into_iter()
                    .map(|(text, count)| {
                        let count = i64::try_from(*count).unwrap_or(i64::MAX);
                        sprintf(&format, &[Arg::Text(text), Arg::Int(count)])
                    })
                    .collect()
            }
            Self::Average { sum, count, format } => {
                let format = format.as_deref().unwrap_or("Average: %.3f");
                vec![sprintf(format, &[Arg::Float(sum / f64::from(*count))])]
            }
            Self::Chart { numbers } => {
                vec![chart::draw(numbers).unwrap_or_else(|| NO_CHART.into())]
            }
        }
    }
}
