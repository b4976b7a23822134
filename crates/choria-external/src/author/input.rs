//! From the data of a request to an action's typed inputs.

use std::fmt;

use choria_external_ddl as ddl;
use serde_json::{Map, Value};

use super::input_value::InputValue;
use super::secret::wanted;
use crate::Failure;

/// The typed inputs of an action: derived by `#[derive(Input)]`, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the inputs of an action",
    label = "not an `Input`",
    note = "derive it: #[derive(Input)] on a struct with named fields; an action without inputs takes `()`"
)]
pub trait Input: Sized + 'static {
    /// The doc comment of the type; describes the action that takes it.
    const ABOUT: &'static str;
    /// The inputs as the DDL has them.
    const INPUTS: &'static [ddl::Input];
    /// Which of them are secret, in the same order. If the list is shorter, the others are
    /// not.
    const SECRETS: &'static [bool] = &[];

    /// Takes each input out of the data.
    ///
    /// # Errors
    /// Returns code 3 if an input is missing, code 4 if one is invalid; the text names it.
    fn read(inputs: &mut Inputs) -> Result<Self, Failure>;
}

impl Input for () {
    const ABOUT: &'static str = "";
    const INPUTS: &'static [ddl::Input] = &[];

    fn read(_inputs: &mut Inputs) -> Result<Self, Failure> {
        Ok(())
    }
}

/// The data of a request while it is read.
pub struct Inputs(Map<String, Value>);

/// The names: some of the values may be secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.keys().collect();
        f.debug_tuple("Inputs").field(&names).finish()
    }
}

/// The secret ones of some inputs.
pub(crate) fn secret<'a>(
    inputs: &'a [ddl::Input],
    secrets: &'a [bool],
) -> impl Iterator<Item = &'a ddl::Input> {
    let both = inputs.iter().zip(secrets);
    both.filter_map(|(input, secret)| secret.then_some(input))
}

impl Inputs {
    /// Reads all inputs of a type, after the check that a server makes of them,
    /// so that what it refuses is refused in its words, however the request
    /// came here. The check is stricter than the server's in one thing: no
    /// validator is ever skipped.
    pub(crate) fn read<I: Input>(data: Map<String, Value>) -> Result<I, Failure> {
        let warnings = ddl::check_inputs_strictly(I::INPUTS, &data)
            .map_err(|refusal| refused::<I>(refusal))?;
        for warning in warnings {
            tracing::warn!(target: "choria_external", "{warning}");
        }
        I::read(&mut Self(data))
    }

    /// Takes one input out of the data, which has been checked before, and types it. If it
    /// is missing, its default counts.
    ///
    /// # Errors
    /// Returns code 3 if it is missing, code 4 if its type cannot hold it.
    pub fn take<T: InputValue>(&mut self, spec: &ddl::Input) -> Result<T, Failure> {
        self.typed(spec, T::SECRET)
    }

    /// Does the same for an input that is secret, whatever its type is: no error contains a
    /// part of its value.
    ///
    /// # Errors
    /// Returns the codes of [`take`](Self::take).
    pub fn take_secret<T: InputValue>(&mut self, spec: &ddl::Input) -> Result<T, Failure> {
        self.typed(spec, true)
    }

    fn typed<T: InputValue>(&mut self, spec: &ddl::Input, secret: bool) -> Result<T, Failure> {
        let name = &*spec.name;
        let wrong = |text: String| {
            if secret {
                wrong_secret(spec, T::RANGE)
            } else {
                Failure::invalid_data(format_args!("{}{text}", of_input(name)))
            }
        };
        if let Some(value) = self.0.remove(name) {
            return T::from_value(value).map_err(wrong);
        }
        if let Some(value) = spec.default_value() {
            let checked = spec.check_strictly(&value).map_err(String::from);
            return checked
                .and_then(|_warning| T::from_value(value))
                .map_err(|text| wrong(format!("its default {text}")));
        }
        T::absent().ok_or_else(|| Failure::missing_data(format_args!("input '{name}' is required")))
    }
}

/// How a server starts to tell of a wrong input.
fn of_input(name: &str) -> String {
    format!("validation failed for input '{name}': ")
}

fn wrong_secret(input: &ddl::Input, range: Option<(i128, i128)>) -> Failure {
    let wanted = wanted(input, range);
    Failure::invalid_data(format_args!("{}{wanted}", of_input(&input.name)))
}

/// A server's own codes for what it refuses; its own words, too, unless they may
/// have a part of a secret.
fn refused<I: Input>(refusal: ddl::Refusal) -> Failure {
    match refusal {
        ddl::Refusal::Missing(text) => Failure::missing_data(text),
        ddl::Refusal::Invalid(text) => {
            let is_told = |input: &&ddl::Input| text.starts_with(&of_input(&input.name));
            match secret(I::INPUTS, I::SECRETS).find(is_told) {
                Some(input) => wrong_secret(input, None),
                None => Failure::invalid_data(text),
            }
        }
    }
}
