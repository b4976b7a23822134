//! From the data of a request to an action's typed inputs.

use choria_external_ddl as ddl;
use serde_json::{Map, Value};

use crate::{Failure, InputValue};

/// The typed inputs of an action; by `#[derive(Input)]`, or `()` for none.
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

    /// Takes each input out of the data.
    ///
    /// # Errors
    /// Code 3 for a missing input, code 4 for a wrong one; the text names it.
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
#[derive(Debug)]
pub struct Inputs(Map<String, Value>);

impl Inputs {
    /// Reads all inputs of a type, after the check that a server makes of them,
    /// so that what it refuses is refused in its words, however the request
    /// came here. The check is stricter than the server's in one thing: no
    /// validator is ever skipped.
    pub(crate) fn read<I: Input>(data: Map<String, Value>) -> Result<I, Failure> {
        let warnings = ddl::check_inputs_strictly(I::INPUTS, &data).map_err(refused)?;
        for warning in warnings {
            tracing::warn!(target: "choria_external", "{warning}");
        }
        I::read(&mut Self(data))
    }

    /// Takes one input out of the data, which has been checked by then, and
    /// types it. Where it is missing its default counts.
    ///
    /// # Errors
    /// Code 3 when it is missing, code 4 when its type cannot hold it.
    pub fn take<T: InputValue>(&mut self, spec: &ddl::Input) -> Result<T, Failure> {
        let name = &*spec.name;
        let wrong = |text: String| {
            Failure::invalid_data(format_args!("validation failed for input '{name}': {text}"))
        };
        if let Some(value) = self.0.remove(name) {
            return T::from_value(value).map_err(wrong);
        }
        if let Some(value) = spec.default_value() {
            let checked = spec.check_strictly(&value);
            return checked
                .and_then(|_warning| T::from_value(value))
                .map_err(|text| wrong(format!("its default {text}")));
        }
        T::absent().ok_or_else(|| Failure::missing_data(format_args!("input '{name}' is required")))
    }
}

/// A server's own codes for what it refuses.
fn refused(refusal: ddl::Refusal) -> Failure {
    match refusal {
        ddl::Refusal::Missing(text) => Failure::missing_data(text),
        ddl::Refusal::Invalid(text) => Failure::invalid_data(text),
    }
}
