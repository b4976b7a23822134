//! What a server refuses to load.

use std::collections::BTreeSet;

use crate::Ddl;

/// Whether Choria keeps this name for an agent of its own: it never loads an
/// external one of that name. Can be used in constants.
pub const fn is_reserved(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"rpcutil"
            | b"choria_util"
            | b"choria_provision"
            | b"choria_registry"
            | b"discovery"
            | b"scout"
    )
}

impl Ddl {
    /// Why a Choria server would not run an external agent with this DDL, in
    /// words with the place; `None` if it would.
    ///
    /// The rules are those of Choria's provider of external agents and of its
    /// agent manager. What they refuse, they refuse with no more than a line
    /// in the server's log, and two actions of one name end the server.
    pub fn refused_by_server(&self) -> Option<String> {
        let about = &self.metadata;
        if about.name.is_empty() {
            return Some("$.metadata.name is missing or empty: give the agent its name".into());
        }
        if about.provider != "external" {
            return Some(format!(
                "$.metadata.provider is {:?}: servers run an external agent only with \"external\"",
                about.provider
            ));
        }
        if is_reserved(&about.name) {
            return Some(format!(
                "$.metadata.name is {:?}: Choria keeps that name for an agent of its own, choose another",
                about.name
            ));
        }
        if about.timeout < 1 {
            return Some(
                "$.metadata.timeout is below 1: give the seconds that an action may take".into(),
            );
        }
        let at = self.action_again()?;
        Some(format!(
            "$.actions[{at}].action is {:?} again: two actions of one name crash the server, rename one",
            self.actions[at].name
        ))
    }

    /// Whether loading this DDL ends the server, instead of being refused: two
    /// actions have one name, in an agent that would be loaded else.
    pub fn crashes_server(&self) -> bool {
        let mut without = self.clone();
        without.actions.clear();
        without.refused_by_server().is_none() && self.action_again().is_some()
    }

    /// The first action whose name another one before it has.
    fn action_again(&self) -> Option<usize> {
        let mut names = BTreeSet::new();
        let mut names = self.actions.iter().map(|action| names.insert(&action.name));
        names.position(|is_new| !is_new)
    }
}
