//! What is heard of the agents: in the logs of servers, and from them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::agents::Prepared;

/// What `choria req rpcutil agent_inventory --json` prints.
#[derive(Deserialize)]
pub(super) struct Inventory {
    pub(super) replies: Vec<Reply>,
}

#[derive(Deserialize)]
pub(super) struct Reply {
    sender: String,
    data: Agents,
}

#[derive(Deserialize)]
struct Agents {
    agents: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    agent: String,
}

/// What is known of each agent on each server: whether it is active.
pub(super) struct Heard(BTreeMap<(String, String), Option<bool>>);

impl Heard {
    pub(super) fn new(servers: &[String], agents: &[Prepared]) -> Self {
        let names = servers.iter().flat_map(|server| {
            // Servers have it themselves: they can be asked once it is there.
            let own = ["rpcutil"].into_iter();
            let agents = own.chain(agents.iter().map(Prepared::name));
            agents.map(|agent| ((server.clone(), agent.to_owned()), None))
        });
        Self(names.collect())
    }

    /// A line of a server's log, in the words of its agent manager.
    pub(super) fn line(&mut self, server: &str, text: &str) {
        for ((of, agent), active) in &mut self.0 {
            if of != server {
                continue;
            }
            if text.starts_with(&format!("Subscribing agent {agent} to ")) {
                *active = Some(true);
            } else if text.starts_with(&format!("Agent {agent} not activating")) {
                *active = Some(false);
            }
        }
    }

    /// What the servers have said themselves.
    pub(super) fn known(&mut self, inventory: &Inventory) {
        for reply in &inventory.replies {
            for known in &reply.data.agents {
                let key = (reply.sender.clone(), known.agent.clone());
                if let Some(active) = self.0.get_mut(&key) {
                    *active = Some(true);
                }
            }
        }
    }

    pub(super) fn all(&self) -> bool {
        self.0.values().all(Option::is_some)
    }

    pub(super) fn first_unknown(&self) -> Option<(String, Option<String>)> {
        let unknown = self.0.iter().find(|(_, active)| active.is_none());
        unknown.map(|((server, agent), _)| (server.clone(), Some(agent.clone())))
    }

    /// Agents with their servers, for people.
    pub(super) fn inactive(&self) -> Vec<String> {
        let mut on: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((server, agent), active) in &self.0 {
            if *active == Some(false) {
                on.entry(agent).or_default().insert(server);
            }
        }
        let text = |(agent, servers): (&str, BTreeSet<&str>)| {
            let servers: Vec<&str> = servers.into_iter().collect();
            format!(
                "the agent {agent} is not active on {}: it answered the activation request with no, or not well; \
                 choria-external run tells more",
                servers.join(", ")
            )
        };
        on.into_iter().map(text).collect()
    }
}
