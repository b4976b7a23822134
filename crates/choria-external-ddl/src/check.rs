//! Is this value, or this request, what the DDL says?

use std::fmt;

use serde_json::{Map, Value};

use crate::{Action, Input, Type, validator};

impl Input {
    /// Judges a value as the server does (`InputItem.ValidateValue`): the same
    /// verdict, in the same words.
    ///
    /// **The server skips the validator where `maxlength` is absent or 0**, so
    /// that `a;rm -rf /` passes `shellsafe`; see [`Input::check_strictly`].
    ///
    /// ```
    /// use choria_external_ddl::Ddl;
    /// use serde_json::json;
    ///
    /// let ddl = Ddl::from_json(
    ///     br#"{"actions": [{"action": "add", "input": {"n": {"type": "integer"}}}]}"#,
    /// )?;
    /// let n = ddl.actions[0].input("n").ok_or("no such input")?;
    /// assert_eq!(n.check(&json!(3.0)), Ok(None));
    /// assert_eq!(n.check(&json!(3.5)), Err("is not an integer".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the value, in Choria's words.
    ///
    /// # Returns
    /// A warning where the validator is one that Choria does not know.
    pub fn check(&self, value: &Value) -> Result<Option<String>, String> {
        let fits = match &self.kind {
            Type::Integer => is_integer(value),
            Type::Float | Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::Hash => value.is_object(),
            Type::Array => value.is_array(),
            Type::String => return self.check_text(value),
            Type::List => return self.check_choice(value).map(|()| None),
            Type::Other(text) if text.eq_ignore_ascii_case("int") => is_integer(value),
            Type::Other(text) => return Err(format!("unsupported input type '{text}'")),
        };
        if fits {
            return Ok(None);
        }
        Err(match &self.kind {
            Type::Float => "is not a float",
            Type::Number => "is not a number",
            Type::Boolean => "is not a boolean",
            Type::Hash => "is not a hash map",
            Type::Array => "is not an array",
            _ => "is not an integer",
        }
        .into())
    }

    /// Judges a value as [`Input::check`] does, and applies the validator also
    /// where the server skips it.
    ///
    /// # Errors
    /// What is wrong with the value, in Choria's words.
    ///
    /// # Returns
    /// A warning where the validator is one that Choria does not know.
    pub fn check_strictly(&self, value: &Value) -> Result<Option<String>, String> {
        let warning = self.check(value)?;
        match value {
            Value::String(text) if self.kind == Type::String && self.skips_validator() => {
                validator::check(&self.validation, text)
            }
            _ => Ok(warning),
        }
    }

    fn skips_validator(&self) -> bool {
        self.maxlength.unwrap_or(0) == 0
    }

    fn check_text(&self, value: &Value) -> Result<Option<String>, String> {
        let Value::String(text) = value else {
            return Err("is not a string".into());
        };
        if self.skips_validator() {
            return Ok(None);
        }
        let maxlength = self.maxlength.unwrap_or(0);
        // Choria says characters and counts bytes. No text is short enough for
        // a limit below 0.
        if usize::try_from(maxlength).map_or(true, |most| text.len() > most) {
            return Err(format!("is longer than {maxlength} characters"));
        }
        validator::check(&self.validation, text)
    }

    fn check_choice(&self, value: &Value) -> Result<(), String> {
        if self.list.is_empty() {
            return Err("input type of list without a valid list of items in DDL".into());
        }
        let Value::String(text) = value else {
            return Err("should be a string".into());
        };
        if self.list.iter().any(|item| item == text) {
            return Ok(());
        }
        Err(format!("should be one of {}", self.list.join(", ")))
    }
}

/// Choria reads every number as a 64-bit float and asks whether that survives
/// the way to a 64-bit integer and back: 3.0 does, 2^63 does not.
fn is_integer(value: &Value) -> bool {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    value
        .as_f64()
        .is_some_and(|number| number.fract() == 0.0 && (-BEYOND..BEYOND).contains(&number))
}

/// Why a request is refused, in Choria's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It lacks an input that it must have; to agents the status code 3.
    Missing(String),
    /// An input is wrong, or not declared at all; to agents the status code 4.
    Invalid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Missing(text) | Self::Invalid(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        let (Refusal::Missing(text) | Refusal::Invalid(text)) = refusal;
        text
    }
}

impl Action {
    /// Judges the inputs of a request as the server does
    /// (`Action.ValidateRequestJSON`): first each declared input by its name,
    /// then whether there are others. Null is as good as no inputs, and a
    /// `process_results` is passed over.
    ///
    /// # Errors
    /// The first thing that is wrong, in Choria's words.
    ///
    /// # Returns
    /// The warnings of all inputs; Choria itself drops them.
    pub fn check_request(&self, data: &Value) -> Result<Vec<String>, String> {
        self.check_data(data, Input::check)
    }

    /// Judges the inputs of a request as [`Action::check_request`] does, each
    /// of them by [`Input::check_strictly`].
    ///
    /// # Errors
    /// The first thing that is wrong, in Choria's words.
    ///
    /// # Returns
    /// The warnings of all inputs.
    pub fn check_request_strictly(&self, data: &Value) -> Result<Vec<String>, String> {
        self.check_data(data, Input::check_strictly)
    }

    fn check_data(&self, data: &Value, check: Check) -> Result<Vec<String>, String> {
        match data {
            Value::Object(data) => Ok(check_inputs(&self.inputs, data, check)?),
            Value::Null => Ok(check_inputs(&self.inputs, &Map::new(), check)?),
            other => {
                let found = crate::read::describe(other);
                Err(format!(
                    "the request's data: expected an object, got {found}"
                ))
            }
        }
    }

    /// The order in which Choria looks at inputs.
    pub(crate) fn inputs_by_name(&self) -> Vec<&Input> {
        by_name(&self.inputs)
    }
}

/// Judges the data of a request by these inputs, as
/// [`Action::check_request_strictly`] does. This is what agents ask before they
/// run an action.
///
/// # Errors
/// The first thing that is wrong.
///
/// # Returns
/// The warnings of all inputs.
pub fn check_inputs_strictly(
    inputs: &[Input],
    data: &Map<String, Value>,
) -> Result<Vec<String>, Refusal> {
    check_inputs(inputs, data, Input::check_strictly)
}

type Check = fn(&Input, &Value) -> Result<Option<String>, String>;

/// The server drops this key before it looks at the inputs, so that an input of
/// this name never gets a value.
const DROPPED: &str = "process_results";

fn check_inputs(
    inputs: &[Input],
    data: &Map<String, Value>,
    check: Check,
) -> Result<Vec<String>, Refusal> {
    let inputs = by_name(inputs);
    let mut warnings = Vec::new();
    for input in &inputs {
        let name = &*input.name;
        match data.get(name).filter(|_| name != DROPPED) {
            None if input.optional => {}
            None => return Err(Refusal::Missing(format!("input '{name}' is required"))),
            Some(value) => {
                let warning = check(input, value).map_err(|error| {
                    Refusal::Invalid(format!("validation failed for input '{name}': {error}"))
                })?;
                warnings.extend(warning);
            }
        }
    }
    let is_declared = |name: &str| {
        let found = inputs.binary_search_by(|input| (*input.name).cmp(name));
        found.is_ok()
    };
    let undeclared = |name: &&String| *name != DROPPED && !is_declared(name);
    match data.keys().find(undeclared) {
        None => Ok(warnings),
        Some(_) if inputs.is_empty() => Err(Refusal::Invalid(
            "request contains inputs while none are declared in the DDL".into(),
        )),
        Some(name) => {
            let valid: Vec<_> = inputs.iter().map(|input| &*input.name).collect();
            Err(Refusal::Invalid(format!(
                "request contains an input '{name}' that is not declared in the DDL. Valid inputs are: {}",
                valid.join(", ")
            )))
        }
    }
}

/// The order in which Choria looks at inputs.
fn by_name(inputs: &[Input]) -> Vec<&Input> {
    let mut inputs: Vec<_> = inputs.iter().collect();
    inputs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    inputs
}
