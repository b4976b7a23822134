//! Inventory files, stacked.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use choria_external::Failure;
use choria_external::filter::command_line::parse_fact;
use choria_external::filter::{AGENTS_OF_ALL, Filter, Node};
use serde_json::value::RawValue;

use crate::document::Document;
use crate::place::Place;

/// What several files say together.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    nodes: Vec<Known>,
    groups: BTreeMap<String, Filter>,
}

/// A node, with all that the files say of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    collectives: Option<Vec<String>>,
    /// The text of a JSON object.
    facts: String,
    classes: Vec<String>,
    agents: Vec<String>,
}

impl Known {
    fn new(name: String, said: Said) -> Self {
        Self {
            name,
            collectives: said.collectives,
            facts: said.facts.unwrap_or_else(|| "{}".into()),
            classes: said.classes.unwrap_or_default(),
            agents: said
                .agents
                .unwrap_or_else(|| AGENTS_OF_ALL.map(String::from).to_vec()),
        }
    }

    /// As a filter sees it.
    pub(crate) fn as_node(&self) -> Node<'_> {
        Node {
            identity: &self.name,
            facts: &self.facts,
            classes: &self.classes,
            agents: &self.agents,
        }
    }

    /// A node of which no collective is said is in all of them.
    pub(crate) fn is_in(&self, collective: &str) -> bool {
        let collectives = self.collectives.as_ref();
        collectives.is_none_or(|list| list.iter().any(|entry| entry == collective))
    }
}

impl Inventory {
    /// Reads files, in their order.
    ///
    /// A file adds nodes, or says more of those that earlier files have: of a
    /// fact the last value counts, of lists all entries. What a file says at
    /// its top goes for each node that it names, where the node itself (in any
    /// of the files) has no other value for the fact.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let mut stack = Stack::default();
        for file in files {
            stack.add(&Document::read(file)?)?;
        }
        stack.finish()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Known> {
        self.nodes.iter()
    }

    /// The filter of a group.
    pub(crate) fn group(&self, name: &str) -> Result<&Filter, Failure> {
        self.groups.get(name).ok_or_else(|| {
            let names: Vec<_> = self.groups.keys().map(String::as_str).collect();
            Failure::invalid_data(match &*names {
                [] => format!("there is no group {name}: the inventory has no groups"),
                names => format!("there is no group {name}, there are {}", names.join(", ")),
            })
        })
    }
}

/// Files that are being read.
#[derive(Default)]
struct Stack {
    /// Name, what the tops of files say of it, what is said of itself.
    nodes: Vec<(String, Said, Said)>,
    /// Where in `nodes` a name is.
    index: HashMap<String, usize>,
    groups: BTreeMap<String, Filter>,
}

impl Stack {
    fn add(&mut self, document: &Document) -> Result<(), Failure> {
        let top = Place::top(document);
        let [_schema, groups, nodes, collectives, facts, classes, agents] = top.object([
            "$schema",
            "groups",
            "nodes",
            "collectives",
            "facts",
            "classes",
            "agents",
        ])?;
        let of_all = Said::read(&[collectives, facts, classes, agents])?;
        let mut lines = HashMap::new();
        for place in items(nodes.as_ref())? {
            let [name, collectives, facts, classes, agents] =
                place.object(["name", "collectives", "facts", "classes", "agents"])?;
            let name = named(&place, name, &mut lines)?;
            let said = Said::read(&[collectives, facts, classes, agents])?;
            self.node(name, &of_all, said)
                .map_err(|error| place.wrong(error))?;
        }
        let mut lines = HashMap::new();
        for place in items(groups.as_ref())? {
            let [name, filter] = place.object(["name", "filter"])?;
            let name = named(&place, name, &mut lines)?;
            let filter = filter.map(|place| read_filter(&place)).transpose()?;
            // Without a filter it is all nodes, as with Choria.
            self.groups.insert(name, filter.unwrap_or_default());
        }
        Ok(())
    }

    fn node(&mut self, name: String, of_all: &Said, said: Said) -> Result<(), serde_json::Error> {
        if let Some(&at) = self.index.get(&name) {
            let (_, defaults, own) = &mut self.nodes[at];
            defaults.add(of_all.clone())?;
            return own.add(said);
        }
        self.index.insert(name.clone(), self.nodes.len());
        self.nodes.push((name, of_all.clone(), said));
        Ok(())
    }

    fn finish(self) -> Result<Inventory, Failure> {
        drop(self.index);
        let known = |(name, mut said, own): (String, Said, Said)| {
            said.add(own).map_err(|error| {
                Failure::invalid_data(format_args!("the facts of {name}: {error}"))
            })?;
            Ok(Known::new(name, said))
        };
        Ok(Inventory {
            nodes: self
                .nodes
                .into_iter()
                .map(known)
                .collect::<Result<_, Failure>>()?,
            groups: self.groups,
        })
    }
}

/// The values of a list, if it is there.
fn items<'a>(place: Option<&'a Place<'_>>) -> Result<Vec<Place<'a>>, Failure> {
    place.map_or(Ok(Vec::new()), Place::items)
}

/// The name of a node or a group, which is there once in a file.
fn named(
    place: &Place<'_>,
    name: Option<Place<'_>>,
    lines: &mut HashMap<String, usize>,
) -> Result<String, Failure> {
    let at = name.ok_or_else(|| place.wrong("expected the key name, got none"))?;
    let name = at.text()?;
    match lines.insert(name.clone(), at.line()) {
        None => Ok(name),
        Some(first) => Err(at.wrong(format_args!("{name} is there twice, first in line {first}"))),
    }
}

/// The filter of a group, in Choria's words.
fn read_filter(place: &Place<'_>) -> Result<Filter, Failure> {
    let [agents, classes, facts, identities, compound] =
        place.object(["agents", "classes", "facts", "identities", "compound"])?;
    let texts =
        |place: Option<Place<'_>>| place.map_or(Ok(Vec::new()), |place: Place<'_>| place.texts());
    let mut filter = Filter {
        agent: texts(agents)?,
        cf_class: texts(classes)?,
        identity: texts(identities)?,
        ..Filter::default()
    };
    for place in items(facts.as_ref())? {
        let fact = parse_fact(&place.text()?).map_err(|error| place.wrong(error))?;
        filter.fact.push(fact);
    }
    if let Some(place) = compound {
        filter.compound.push(place.text()?);
    }
    Ok(filter)
}

/// What one place in a file says of a node.
#[derive(Clone, Debug, Default)]
struct Said {
    collectives: Option<Vec<String>>,
    facts: Option<String>,
    classes: Option<Vec<String>>,
    agents: Option<Vec<String>>,
}

impl Said {
    fn read(places: &[Option<Place<'_>>; 4]) -> Result<Self, Failure> {
        let [collectives, facts, classes, agents] = places;
        let texts = |place: &Option<Place<'_>>| place.as_ref().map(Place::texts).transpose();
        Ok(Self {
            collectives: texts(collectives)?,
            facts: facts.as_ref().map(Place::any_object).transpose()?,
            classes: texts(classes)?,
            agents: texts(agents)?,
        })
    }

    /// Adds what is said later.
    fn add(&mut self, later: Self) -> Result<(), serde_json::Error> {
        unite(&mut self.collectives, later.collectives);
        unite(&mut self.classes, later.classes);
        unite(&mut self.agents, later.agents);
        self.facts = match (self.facts.take(), later.facts) {
            (Some(earlier), Some(later)) => Some(merge_facts(&earlier, &later)?),
            (earlier, later) => earlier.or(later),
        };
        Ok(())
    }
}

fn unite(list: &mut Option<Vec<String>>, later: Option<Vec<String>>) {
    match (list.as_mut(), later) {
        (Some(list), Some(later)) => {
            for entry in later {
                if !list.contains(&entry) {
                    list.push(entry);
                }
            }
        }
        (None, later) => *list = later,
        (Some(_), None) => {}
    }
}

/// Merges objects, key by key of the top only; the later one wins.
fn merge_facts(earlier: &str, later: &str) -> Result<String, serde_json::Error> {
    let mut facts: BTreeMap<String, &RawValue> = serde_json::from_str(earlier)?;
    facts.extend(serde_json::from_str::<BTreeMap<String, &RawValue>>(later)?);
    serde_json::to_string(&facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::test_document;
    use choria_external::{Value, json};

    fn stack(files: &[(&str, &str)]) -> Result<Inventory, Failure> {
        let mut stack = Stack::default();
        for (format, text) in files {
            stack.add(&test_document(format, text)?)?;
        }
        stack.finish()
    }

    /// All that is known of each node.
    fn known(files: &[(&str, &str)]) -> Vec<Value> {
        let inventory = stack(files).unwrap();
        let all = |node: &Known| {
            let facts: Value = serde_json::from_str(&node.facts).unwrap();
            json!([
                node.name,
                node.collectives,
                facts,
                node.classes,
                node.agents
            ])
        };
        inventory.nodes().map(all).collect()
    }

    #[test]
    fn a_node_needs_no_more_than_a_name() {
        let files = [("yaml", "nodes: [{name: a}, {name: b, agents: [], facts: }]")];
        assert_eq!(
            known(&files),
            [
                json!(["a", null, {}, [], ["rpcutil", "choria_util"]]),
                json!(["b", null, {}, [], []]),
            ]
        );
        let inventory = stack(&files).unwrap();
        assert!(inventory.nodes().all(|node| node.is_in("any")));
    }

    #[test]
    fn later_files_add_nodes_and_say_more_of_others() {
        let first = "
            collectives: [one]
            facts: {country: de, site: x}
            nodes:
              - {name: a, facts: {os: {family: Debian, release: 12}, ram: 1}, classes: [k, l], agents: [rpcutil]}
              - {name: b}";
        let second = r#"
            classes = ["m"]
            facts = { country = "fr", ram = 9, site = "y" }
            [[nodes]]
            name = "a"
            facts = { os = { family = "RedHat" } }
            classes = ["l", "n"]
            collectives = ["two"]
            [[nodes]]
            name = "c"
        "#;
        let third = r#"{"nodes": [{"name": "c", "agents": ["x"], "facts": {"big": 123456789012345678901234567890}}]}"#;
        let known = known(&[("yaml", first), ("toml", second), ("json", third)]);
        assert_eq!(
            known[0],
            json!([
                "a",
                ["one", "two"],
                // What is said of the node itself goes before what is said of all.
                {"country": "fr", "site": "y", "os": {"family": "RedHat"}, "ram": 1},
                ["m", "k", "l", "n"],
                ["rpcutil"],
            ])
        );
        // The second file does not name it.
        assert_eq!(
            known[1],
            json!(["b", ["one"], {"country": "de", "site": "x"}, [], AGENTS_OF_ALL])
        );
        assert_eq!(known[2][4], json!(["x"]));
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        let text = r#"{"facts": {"b": 1}, "nodes": [{"name": "a", "facts": {"big": 123456789012345678901234567890}}]}"#;
        let inventory = stack(&[("json", text)]).unwrap();
        assert_eq!(
            inventory.nodes[0].facts,
            r#"{"b":1,"big":123456789012345678901234567890}"#
        );
    }

    #[test]
    fn groups_have_choria_s_filters_and_a_later_one_counts() {
        let first = "
groups:
  - {name: g, filter: {classes: [a]}}
  - {name: all}
  - {name: each, filter: {agents: [x], identities: [/i/], facts: ['ram>=16'], compound: 'true'}}
nodes: []";
        let second = r#"{"groups": [{"name": "g", "filter": {"classes": ["b"]}}]}"#;
        let inventory = stack(&[("yaml", first), ("json", second)]).unwrap();
        assert_eq!(inventory.group("g").unwrap().cf_class, ["b"]);
        assert_eq!(inventory.group("all").unwrap(), &Filter::default());
        let each = inventory.group("each").unwrap();
        assert_eq!(
            (&*each.agent[0], &*each.identity[0], &*each.compound[0]),
            ("x", "/i/", "true")
        );
        assert_eq!((&*each.fact[0].fact, &*each.fact[0].value), ("ram", "16"));
        assert_eq!(
            inventory.group("h").unwrap_err().message(),
            "there is no group h, there are all, each, g"
        );
    }
}
