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
    /// use choria_external_ddl::{Ddl, ValueError};
    /// use serde_json::json;
    ///
    /// let ddl = Ddl::from_json(
    ///     br#"{"actions": [{"action": "add", "input": {"n": {"type": "integer"}}}]}"#,
    /// )?;
    /// let n = ddl.actions[0].input("n").ok_or("no such input")?;
    /// assert_eq!(n.check(&json!(3.0)), Ok(None));
    /// let error = n.check(&json!(3.5)).unwrap_err();
    /// assert!(matches!(error, ValueError::Type(_)));
    /// assert_eq!(error.to_string(), "is not an integer");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Returns a warning if Choria does not know the validator.
    ///
    /// # Errors
    /// Returns a [`ValueError`] with Choria's text if the value is not valid.
    pub fn check(&self, value: &Value) -> Result<Option<String>, ValueError> {
        let fits = match &self.kind {
            Type::Integer => is_integer(value),
            Type::Float | Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::Hash => value.is_object(),
            Type::Array => value.is_array(),
            Type::String => return self.check_text(value),
            Type::List => return self.check_choice(value).map(|()| None),
            Type::Other(text) if text.eq_ignore_ascii_case("int") => is_integer(value),
            Type::Other(text) => {
                return Err(ValueError::Declaration(format!(
                    "unsupported input type '{text}'"
                )));
            }
        };
        if fits {
            return Ok(None);
        }
        let text = match &self.kind {
            Type::Float => "is not a float",
            Type::Number => "is not a number",
            Type::Boolean => "is not a boolean",
            Type::Hash => "is not a hash map",
            Type::Array => "is not an array",
            _ => "is not an integer",
        };
        Err(ValueError::Type(text.into()))
    }

    /// Judges a value as [`Input::check`] does, and applies the validator even if the
    /// server skips it. Returns a warning if Choria does not know the validator.
    ///
    /// # Errors
    /// Returns a [`ValueError`] with Choria's text if the value is not valid.
    pub fn check_strictly(&self, value: &Value) -> Result<Option<String>, ValueError> {
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

    fn check_text(&self, value: &Value) -> Result<Option<String>, ValueError> {
        let Value::String(text) = value else {
            return Err(ValueError::Type("is not a string".into()));
        };
        if self.skips_validator() {
            return Ok(None);
        }
        let maxlength = self.maxlength.unwrap_or(0);
        // Choria says characters and counts bytes. No text is short enough for
        // a limit below 0.
        if usize::try_from(maxlength).map_or(true, |most| text.len() > most) {
            return Err(ValueError::TooLong(format!(
                "is longer than {maxlength} characters"
            )));
        }
        validator::check(&self.validation, text)
    }

    fn check_choice(&self, value: &Value) -> Result<(), ValueError> {
        if self.list.is_empty() {
            let text = "input type of list without a valid list of items in DDL";
            return Err(ValueError::Declaration(text.into()));
        }
        let Value::String(text) = value else {
            return Err(ValueError::Type("should be a string".into()));
        };
        if self.list.iter().any(|item| item == text) {
            return Ok(());
        }
        Err(ValueError::Choice(format!(
            "should be one of {}",
            self.list.join(", ")
        )))
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

/// Why a value is not valid for an input: a sentence without its subject, with
/// Choria's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// The DDL declares the input with a type that Choria does not know, or a list
    /// without items: no value is valid.
    Declaration(String),
    /// The value is of another type than the input.
    Type(String),
    /// The string is longer than the input's `maxlength`.
    TooLong(String),
    /// The value is not in the input's list.
    Choice(String),
    /// The string breaks the rule of the input's validator.
    Validation(String),
}

impl ValueError {
    fn text(&self) -> &str {
        match self {
            Self::Declaration(text)
            | Self::Type(text)
            | Self::TooLong(text)
            | Self::Choice(text)
            | Self::Validation(text) => text,
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for ValueError {}

impl From<ValueError> for String {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::Declaration(text)
            | ValueError::Type(text)
            | ValueError::TooLong(text)
            | ValueError::Choice(text)
            | ValueError::Validation(text) => text,
        }
    }
}

/// Why the inputs of a request are refused, with Choria's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A required input is missing; agents reply with status code 3.
    Missing(String),
    /// An input is not valid, or not declared; agents reply with status code 4.
    Invalid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Missing(text) | Self::Invalid(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for Refusal {}

impl Action {
    /// Judges the inputs of a request as the server does
    /// (`Action.ValidateRequestJSON`): first each declared input by its name,
    /// then whether there are others. Null is as good as no inputs, and a
    /// `process_results` is passed over.
    ///
    /// # Errors
    /// Returns a [`Refusal`] with Choria's text for the first input that is not valid.
    ///
    /// # Returns
    /// The warnings of all inputs; Choria itself drops them.
    pub fn check_request(&self, data: &Value) -> Result<Vec<String>, Refusal> {
        self.check_data(data, Input::check)
    }

    /// Judges the inputs of a request as [`Action::check_request`] does, each
    /// of them by [`Input::check_strictly`].
    ///
    /// # Errors
    /// Returns a [`Refusal`] with Choria's text for the first input that is not valid.
    ///
    /// # Returns
    /// The warnings of all inputs.
    pub fn check_request_strictly(&self, data: &Value) -> Result<Vec<String>, Refusal> {
        self.check_data(data, Input::check_strictly)
    }

    fn check_data(&self, data: &Value, check: Check) -> Result<Vec<String>, Refusal> {
        match data {
            Value::Object(data) => check_inputs(&self.inputs, data, check),
            Value::Null => check_inputs(&self.inputs, &Map::new(), check),
            other => {
                let found = crate::read::describe(other);
                Err(Refusal::Invalid(format!(
                    "the request's data: expected an object, got {found}"
                )))
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

type Check = fn(&Input, &Value) -> Result<Option<String>, ValueError>;

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
                    let error = error.text();
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
    let mut sorted: Vec<&Input> = Vec::with_capacity(inputs.len());
    // Actions have few inputs, and the code of a sort would be in every agent.
    for input in inputs {
        let at = sorted.partition_point(|other| other.name <= input.name);
        sorted.insert(at, input);
    }
    sorted
}
