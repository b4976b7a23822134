//! What a filter is matched against.

/// The agents that every Choria server runs. `choria discover` asks for the
/// first, so that a source that knows no agents finds nothing without it.
pub const AGENTS_OF_ALL: [&str; 2] = ["rpcutil", "choria_util"];

/// What is known of a node, borrowed from wherever it is kept: nothing of it is
/// copied to match it.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// Its identity, usually the host name.
    pub identity: &'a str,
    /// Its facts: the text of a JSON object.
    pub facts: &'a str,
    /// The classes that the configuration management gave it.
    pub classes: &'a [String],
    /// The agents it runs.
    pub agents: &'a [String],
}
