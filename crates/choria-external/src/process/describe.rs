//! How a program that has no DDL describes itself.

use choria_external_protocol::{FunctionDescription, registry};
use serde_json::to_string_pretty;

use crate::answer::external::{External, Functions};

/// Returns what `--functions` prints: a JSON list of the function types that the
/// program serves, the main one first.
///
/// They are looked up in the registry, so that no program pays for it at a call.
///
/// # Errors
/// Returns a sentence if one of them is not registered, or two are in conflict.
pub(crate) fn functions<T: External>() -> Result<String, String> {
    let functions = Functions::<T>::of().map_err(|failure| failure.to_string())?;
    let registry = registry().map_err(|conflict| conflict.to_string())?;
    let described = functions.iter().map(|served| {
        let registration = registry.get(served.request.protocol());
        registration.map(FunctionDescription::of).ok_or_else(|| {
            format!(
                "the function type {} is not registered; make it with function_type!",
                served.name
            )
        })
    });
    let described: Vec<FunctionDescription> = described.collect::<Result<_, _>>()?;
    // Data always serializes.
    Ok(to_string_pretty(&described).unwrap_or_default() + "\n")
}
