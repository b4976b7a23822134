//! JSON on a command line: the inputs of a call by `--data`, a whole request by
//! `--request`.

use std::fs;
use std::io::Read as _;

use anyhow::Context as _;
use choria_external_host::Call;

/// Returns the call of an action with the inputs that `--data` gives.
pub(crate) fn call(action: &str, data: &str) -> anyhow::Result<Call> {
    Ok(Call::from_json(action, bytes(data, "data")?)?)
}

/// Returns the bytes of a value that is JSON itself, `@FILE`, or `-` for standard
/// input. `what` it is stands in errors.
pub(crate) fn bytes(given: &str, what: &str) -> anyhow::Result<Vec<u8>> {
    if given == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.with_context(|| format!("could not read the {what} from standard input"))?;
        Ok(bytes)
    } else if let Some(file) = given.strip_prefix('@') {
        fs::read(file).with_context(|| format!("could not read the {what} from {file}"))
    } else {
        Ok(given.into())
    }
}
