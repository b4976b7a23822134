//! `--data`: the inputs of a call as JSON.

use std::fs;
use std::io::Read as _;

use anyhow::Context as _;
use choria_external_host::Call;

/// The call of an action with the inputs that `--data` gives: JSON itself,
/// `@FILE`, or `-` for standard input.
pub(crate) fn call(action: &str, data: &str) -> anyhow::Result<Call> {
    let bytes = if data == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.context("could not read the data from standard input")?;
        bytes
    } else if let Some(file) = data.strip_prefix('@') {
        fs::read(file).with_context(|| format!("could not read the data from {file}"))?
    } else {
        data.into()
    };
    Ok(Call::from_json(action, bytes)?)
}
