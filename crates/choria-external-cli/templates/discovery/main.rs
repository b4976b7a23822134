//! A discovery source: nodes from a file with a name and the facts of a node
//! in each line. Put your own inventory in its place.

mod inventory;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use choria_external::filter::Node;
use choria_external::{Discovers, Discovery, Failure, Metadata, Query, metadata};

/// The source. Each discovery is a process of its own.
#[derive(Default)]
struct {{Type}};

impl Discovery for {{Type}} {
    const META: Metadata = metadata!(); // from Cargo.toml

    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
        let options = query.options();
        // A misspelt option would be passed over otherwise.
        options.only(&["file", "partial"])?;
        let file = options.required("file")?;
        if !Path::new(file).is_absolute() {
            // Clients start sources in the folder for temporary files.
            return Err(Failure::aborted(format_args!(
                "the option file={file}: expected an absolute path"
            )));
        }
        let text = fs::read_to_string(file).with_context(|| format!("could not read {file}"))?;
        find(query, text.lines())
            .map_err(|failure| Failure::aborted(format_args!("{file}: {failure}")))
    }
}

/// The nodes of these lines that match, as far as the time allows.
fn find<'a>(query: &Query, lines: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Failure> {
    // Prepared once, and asked about each node.
    let matcher = query.matcher()?;
    // `choria discover` asks for nodes that have it, and each node has.
    let agents = ["rpcutil".to_owned()];
    let mut found = Vec::new();
    let mut lines = query.in_time(reserve(query.timeout()), lines.enumerate());
    for (index, line) in lines.by_ref() {
        let entry = inventory::read(line).with_context(|| format!("line {}", index + 1))?;
        let Some(entry) = entry else { continue };
        let node = Node {
            identity: entry.name,
            facts: entry.facts,
            classes: &[],
            agents: &agents,
        };
        if matcher.matches(&node) {
            found.push(entry.name.to_owned());
        }
    }
    // A partial answer looks like a whole one: it is for those who ask for it.
    if lines.is_cut() && !query.options().flag("partial")?.unwrap_or(false) {
        return Err(Failure::aborted(format_args!(
            "there are more nodes than {:?} are enough for: give it more time (with choria: --discovery-timeout \
             SECONDS), or take what it finds until then by partial=yes",
            query.timeout()
        )));
    }
    Ok(found)
}

/// The part of the time that is for the start, one more line, and the reply.
fn reserve(timeout: Duration) -> Duration {
    (timeout / 5).max(Duration::from_millis(200))
}

fn main() -> ExitCode {
    choria_external::dispatch::<Discovers<{{Type}}>>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::filter::{Comparison, FactFilter, Filter};

    const NODES: &str = include_str!("../nodes.txt");

    /// All nodes, and time enough for a machine that stalls.
    fn all() -> Query {
        Query::local().with_timeout(Duration::from_hours(1))
    }

    fn debian() -> Query {
        let fact = FactFilter {
            fact: "os".into(),
            operator: Comparison::Equal,
            value: "debian".into(),
        };
        all().with_filter(Filter {
            fact: vec![fact],
            ..Filter::default()
        })
    }

    fn wrong(query: &Query) -> String {
        let found = {{Type}}.discover(query);
        found.unwrap_err().message().to_owned()
    }

    #[test]
    fn what_matches_is_found() {
        let names = |query: &Query| find(query, NODES.lines()).unwrap();
        assert_eq!(
            names(&all()),
            ["web1.example.net", "web2.example.net", "db1.example.net"]
        );
        assert_eq!(names(&debian()), ["web1.example.net", "web2.example.net"]);
    }

    #[test]
    fn the_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nodes");
        let path = file.to_str().unwrap();
        let query = debian().with_options(&[("file", path)]);
        let missing = wrong(&query);
        assert!(missing.starts_with(&format!("could not read {path}: ")));

        fs::write(&file, "a {\"os\": \"Debian\"}\nb {\"os\": \"AIX\"}\n").unwrap();
        let found = {{Type}}.discover(&query);
        assert_eq!(found.unwrap(), ["a"]);

        fs::write(&file, "a {}\n\nb").unwrap();
        let reason = "line 3: expected a name, a blank and the facts as a JSON object";
        assert_eq!(wrong(&query), format!("{path}: {reason}"));
    }

    #[test]
    fn wrong_options_are_told() {
        for (options, text) in [
            (
                &[("fil", "/nodes")],
                "unknown option fil; expected file, partial",
            ),
            (
                &[("file", "nodes")],
                "the option file=nodes: expected an absolute path",
            ),
        ] {
            assert_eq!(wrong(&all().with_options(options)), text);
        }
    }

    #[test]
    fn a_partial_answer_is_for_those_who_ask_for_it() {
        // No time is left when it starts.
        let late = || Query::local().with_timeout(Duration::ZERO);
        let failure = find(&late(), NODES.lines()).unwrap_err();
        assert!(failure.message().starts_with("there are more nodes than"));

        let partial = late().with_options(&[("partial", "yes")]);
        assert!(find(&partial, NODES.lines()).unwrap().is_empty());
    }
}
