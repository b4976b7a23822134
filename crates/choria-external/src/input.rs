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
    /// Reads all inputs of a type, and refuses data that is left.
    ///
    /// `process_results`, which Choria's clients may add to any request, is
    /// not data and is passed over.
    pub(crate) fn read<I: Input>(data: Map<String, Value>) -> Result<I, Failure> {
        let mut inputs = Self(data);
        let read = I::read(&mut inputs)?;
        match inputs.0.keys().find(|name| *name != "process_results") {
            None => Ok(read),
            Some(name) => Err(Failure::invalid_data(undeclared(name, I::INPUTS))),
        }
    }

    /// Takes one input out: checked by its DDL entry, then typed. Where it is
    /// missing its default counts.
    ///
    /// # Errors
    /// Code 3 when it is missing, code 4 when it is wrong.
    pub fn take<T: InputValue>(&mut self, spec: &ddl::Input) -> Result<T, Failure> {
        let name = &*spec.name;
        let given = self.0.remove(name).map(|value| (value, ""));
        let default = || Some((spec.default_value()?, "its default "));
        let Some((value, whose)) = given.or_else(default) else {
            return T::absent()
                .ok_or_else(|| Failure::missing_data(format_args!("input '{name}' is required")));
        };
        let wrong = |text: String| {
            Failure::invalid_data(format_args!(
                "validation failed for input '{name}': {whose}{text}"
            ))
        };
        if let Some(warning) = spec.check_strictly(&value).map_err(wrong)? {
            tracing::warn!(target: "choria_external", "input '{name}': {warning}");
        }
        T::from_value(value).map_err(wrong)
    }
}

fn undeclared(name: &str, declared: &[ddl::Input]) -> String {
    let names: Vec<&str> = declared.iter().map(|input| &*input.name).collect();
    match names[..] {
        [] => format!("input '{name}' is not declared: the action takes no inputs"),
        _ => format!(
            "input '{name}' is not declared; declared are {}",
            names.join(", ")
        ),
    }
}
