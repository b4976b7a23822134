//! The vectors: pairs of input and output, printed by the real Choria.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// The cases of a `.json` file, such as `shellsafe.json`.
pub(crate) fn read(name: &str) -> Vec<Value> {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cases of a `.jsonl` file, such as `network/rpc.jsonl`.
pub(crate) fn read_lines(name: &str) -> Vec<Value> {
    let case = |(number, line)| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}:{}: {error}", number + 1))
    };
    text(name).lines().enumerate().map(case).collect()
}

/// The text of a file in the folder that `CHORIA_VECTORS` names, or in
/// `tests/vectors`.
pub(crate) fn text(name: &str) -> String {
    let folder = std::env::var_os("CHORIA_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")),
        PathBuf::from,
    );
    let path = folder.join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; CHORIA_VECTORS can name the folder of the vectors",
            path.display()
        )
    })
}
