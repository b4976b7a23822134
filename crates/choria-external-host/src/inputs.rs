//! What the harness says and does where a person calls an agent by hand.

use std::collections::BTreeMap;

use choria_external_ddl::Action;
use serde_json::Value;

use crate::error::HostError;
use crate::program::{Program, UNKNOWN_LIMIT};

impl Program {
    /// What a server would take amiss in this program, for a person to read.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.ddl.is_none() {
            let why = self.no_ddl.as_deref().unwrap_or("none was given");
            warnings.push(format!(
                "this agent has no DDL, so a server would not load it: {why}; put {}.json {}, or give a DDL with --ddl. Here it runs without: inputs are sent as strings, nothing is checked, no defaults are filled in, and the limit is {} s unless --timeout says otherwise",
                self.name,
                if self.package { "into the package" } else { "beside the program" },
                UNKNOWN_LIMIT.as_secs()
            ));
        }
        warnings.extend(self.misplaced());
        warnings
    }

    /// The inputs of a request, from `name=value` arguments, as `choria req`
    /// makes them: read and checked by the DDL, with its defaults.
    ///
    /// Without a DDL each value is sent as the text it is. So it is for an
    /// action that the DDL does not have: the server refuses that in its own
    /// words.
    ///
    /// # Errors
    /// Returns [`HostError::Input`] for the first invalid argument, and for a name that is
    /// given twice (names are read in lower case).
    pub fn inputs_from_text(
        &self,
        action: &str,
        arguments: &[(String, String)],
    ) -> Result<Value, HostError> {
        let action = self.ddl.as_ref().and_then(|ddl| ddl.action(action));
        let mut texts = BTreeMap::new();
        for (name, text) in arguments {
            let lower = name.to_lowercase();
            if texts
                .keys()
                .any(|other: &String| other.to_lowercase() == lower)
            {
                return Err(HostError::Input(format!("input '{lower}' is given twice")));
            }
            texts.insert(name.clone(), text.clone());
        }
        let Some(action) = action else {
            return Ok(texts.into_iter().collect());
        };
        match action.inputs_from_text(&texts) {
            Ok(inputs) => Ok(Value::Object(inputs)),
            Err(refusal) => {
                let advice = advice(action, &texts);
                Err(HostError::Input(format!("{refusal}{advice}")))
            }
        }
    }
}

/// What helps with a name that is not declared, or that nobody can give.
fn advice(action: &Action, texts: &BTreeMap<String, String>) -> String {
    let names: Vec<&str> = action.inputs.iter().map(|input| &*input.name).collect();
    let mut advice = String::new();
    let unknown = |name: &String| action.input(&name.to_lowercase()).is_none();
    if texts.keys().any(unknown) {
        advice = match &*names {
            [] => "; the action has no inputs".into(),
            _ => format!("; the DDL declares {}", names.join(", ")),
        };
    }
    let capital = names.iter().find(|name| name.to_lowercase() != **name);
    if let Some(name) = capital {
        advice += &format!(
            "; names are read in lower case, so nobody can give '{name}': write it in lower case in the DDL"
        );
    }
    advice
}
