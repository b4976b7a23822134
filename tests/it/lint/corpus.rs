//! The lint on DDLs of agents in use.

use std::path::PathBuf;
use std::{env, fs};

use choria_external_ddl::Ddl;
use choria_external_ddl::diff::diff;
use choria_external_ddl::lint::lint;

/// Every finding in the DDLs that have any: file, codes and paths. Each is
/// true of its file: validators and aggregates that only ran in Ruby, and that
/// clients and servers of today pass over (D018, D031); a default and a format
/// that do not fit their output (D027, D033); an input that does not say
/// whether it is optional (D022); inputs in upper case (D012); empty texts as
/// defaults where the regular expression wants a character (D021); and shellsafe
/// (D042).
const KNOWN: &str = include_str!("corpus.txt");

/// The DDLs in the folder that `CHORIA_DDLS` names, else in
/// `CHORIA_SHIPPED_DDLS`: the agents that Choria brings along.
fn ddls() -> Vec<(String, String)> {
    let folder = ["CHORIA_DDLS", "CHORIA_SHIPPED_DDLS"]
        .into_iter()
        .find_map(env::var_os)
        .map(PathBuf::from)
        .expect(
            "CHORIA_DDLS or CHORIA_SHIPPED_DDLS has to name a folder of DDLs; tests/run finds one",
        );
    let mut ddls: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    ddls.sort();
    assert!(
        ddls.len() >= 6,
        "{}: only {} DDLs",
        folder.display(),
        ddls.len()
    );
    ddls
}

#[test]
fn agents_in_use_have_the_known_findings_only() {
    let ddls = ddls();
    let mut found = Vec::new();
    for (file, text) in &ddls {
        for finding in lint(text).findings {
            found.push(format!("{file} {} {}", finding.rule.code, finding.path));
        }
    }
    let is_here = |line: &&str| {
        ddls.iter()
            .any(|(file, _)| line.starts_with(&format!("{file} ")))
    };
    let mut known: Vec<_> = KNOWN.lines().filter(is_here).collect();
    found.sort();
    known.sort_unstable();
    assert_eq!(found, known, "{}", found.join("\n"));
}

#[test]
fn agents_in_use_are_compared_and_described() {
    for (file, text) in ddls() {
        let ddl = Ddl::from_json(text.as_bytes()).unwrap();
        assert_eq!(diff(&ddl, &ddl).changes, [], "{file}");
        let page = ddl.to_markdown();
        for action in &ddl.actions {
            assert!(
                page.contains(&format!("choria req {} {}", ddl.metadata.name, action.name)),
                "{file}"
            );
        }
    }
}
