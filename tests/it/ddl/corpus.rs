//! The DDLs of real agents: JSON files, most of them with a `.ddl` beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use choria_external_ddl::{Ddl, Display};
use serde_json::{Value, json};

use crate::vectors;

/// A folder of DDLs: `CHORIA_DDLS`, else the agents that Choria brings along.
fn folder() -> PathBuf {
    let named = |name| env::var_os(name).map(PathBuf::from);
    let folder = named("CHORIA_DDLS")
        .or_else(|| named("CHORIA_SHIPPED_DDLS"))
        .expect(
            "neither CHORIA_DDLS nor CHORIA_SHIPPED_DDLS names a folder of DDLs: run tests/run, \
             which finds those of Choria itself",
        );
    println!("DDLs of {}", folder.display());
    folder
}

/// The files with this extension, and their texts.
pub(crate) fn files(extension: &str) -> Vec<(PathBuf, String)> {
    let folder = folder();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|there| there == extension))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    assert!(
        files.len() >= 6,
        "{}: {} of them",
        folder.display(),
        files.len()
    );
    files
}

fn read(path: &Path, json: &str) -> Ddl {
    Ddl::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The same JSON text with two spaces a level, and no escape that JSON does not
/// want. It works on the characters, so that nothing can get lost.
pub(super) fn indented(json: &str) -> String {
    let mut text = String::new();
    let mut rest = json.trim();
    let mut level = 0_usize;
    let line = |text: &mut String, level: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(level));
    };
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '"' => {
                let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let string = strings.next().unwrap().unwrap();
                length = strings.byte_offset();
                text.push_str(&serde_json::to_string(&string).unwrap());
            }
            '{' | '[' => {
                text.push(c);
                level += 1;
                if !rest[1..].trim_start().starts_with(['}', ']']) {
                    line(&mut text, level);
                }
            }
            '}' | ']' => {
                level -= 1;
                if !text.ends_with(['{', '[']) {
                    line(&mut text, level);
                }
                text.push(c);
            }
            ',' => {
                text.push(c);
                line(&mut text, level);
            }
            ':' => text.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => text.push(c),
        }
        rest = &rest[length..];
    }
    text + "\n"
}

#[test]
fn json_is_written_as_it_was_read() {
    for (path, json) in files("json") {
        assert_eq!(
            read(&path, &json).to_json(),
            indented(&json),
            "{}",
            path.display()
        );
    }
}

#[test]
fn nothing_of_a_ddl_is_lost_on_the_way_through_ruby() {
    for (path, json) in files("json") {
        let ddl = read(&path, &json);
        let ruby = ddl.to_ruby();
        let again =
            Ddl::from_ruby(&ruby).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(again, ddl, "{}", path.display());
        // Also in the values that the model does not know.
        assert_eq!(facts(&again), facts(&ddl), "{}", path.display());
        assert_eq!(again.to_ruby(), ruby, "{}", path.display());
    }
}

/// All that a DDL says, by its place. What is empty says no more than what is
/// missing; so does the schema, and the display that clients use anyway.
fn facts(ddl: &Ddl) -> BTreeMap<String, Value> {
    fn collect(at: String, value: &Value, facts: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) if !map.is_empty() && !at.ends_with("/default") => {
                for (key, value) in map {
                    collect(format!("{at}/{key}"), value, facts);
                }
            }
            Value::Array(items) if !items.is_empty() && !at.ends_with("/default") => {
                for (index, value) in items.iter().enumerate() {
                    // Actions by name: their order says nothing.
                    let name = value["action"].as_str().map(str::to_owned);
                    collect(
                        format!("{at}/{}", name.unwrap_or(index.to_string())),
                        value,
                        facts,
                    );
                }
            }
            value if at.ends_with("/default") && !value.is_null() => {
                facts.insert(at, value.clone());
            }
            empty
                if [json!(null), json!(""), json!(false), json!(0), json!([])].contains(empty) => {}
            value => {
                facts.insert(at, value.clone());
            }
        }
    }
    let mut facts = BTreeMap::new();
    collect(
        String::new(),
        &serde_json::from_str(&ddl.to_json()).unwrap(),
        &mut facts,
    );
    facts.remove("/$schema");
    facts.retain(|at, value| !(at.ends_with("/display") && *value == "failed"));
    facts
}

#[test]
fn a_ruby_file_says_what_its_json_says() {
    let mut compared = 0;
    for (path, ruby) in files("ddl") {
        let twin = path.with_extension("json");
        let Ok(json) = fs::read_to_string(&twin) else {
            continue;
        };
        let from_json = facts(&read(&twin, &json));
        let from_ruby =
            Ddl::from_ruby(&ruby).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let from_ruby = facts(&from_ruby);
        let places = from_json.keys().chain(from_ruby.keys());
        let mut differing: Vec<_> = places
            .filter(|at| from_json.get(*at) != from_ruby.get(*at))
            .map(|at| {
                format!(
                    "{at}: {:?} in JSON, {:?} in Ruby",
                    from_json.get(at),
                    from_ruby.get(at)
                )
            })
            .collect();
        differing.sort();
        differing.dedup();
        let name = path.file_name().unwrap().to_str().unwrap();
        differing.retain(|place| !is_expected(name, place));
        assert_eq!(differing, Vec::<String>::new(), "{name}");
        compared += 1;
    }
    assert!(compared >= 6, "only {compared}");
}

/// Choria's own agents, whose Ruby files its generator wrote.
const OF_GENERATOR: [&str; 7] = [
    "aaa_signer",
    "choria_provision",
    "choria_registry",
    "choria_util",
    "executor",
    "rpcutil",
    "scout",
];

/// Places where the files themselves differ.
fn is_expected(file: &str, place: &str) -> bool {
    // Choria's generator of Ruby writes no default that is false, 0 or empty.
    let empty = [
        "Bool(false)",
        "Number(0)",
        "String(\"\")",
        "Object {}",
        "Array []",
    ];
    let is_dropped = empty
        .iter()
        .any(|value| place.ends_with(&format!("/default: Some({value}) in JSON, None in Ruby")));
    // The generator of JSON has no place for the versions that are required.
    let is_requirement = place.starts_with("/requires/") && place.contains(": None in JSON");
    // It also leaves out the `maxlength` of what is no text.
    let is_length =
        place == "/actions/connect/input/port/maxlength: None in JSON, Some(Number(4)) in Ruby";
    // The JSON of this one was changed by hand later.
    let is_changed = ["/actions/echo/input/message/", "/metadata/provider: "];
    let is_changed = is_changed.iter().any(|start| place.starts_with(start));
    is_requirement
        || match file {
            file if OF_GENERATOR
                .iter()
                .any(|name| file == format!("{name}.ddl")) =>
            {
                is_dropped
            }
            "nettest.ddl" => is_length,
            "parrot.ddl" => is_changed,
            _ => false,
        }
}

/// The lines of a Ruby form, without blank ones.
fn lines(ruby: &str) -> Vec<&str> {
    ruby.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect()
}

/// What is right in the output of Choria's generator is right here. It orders
/// by names, so that this is done here before; it leaves defaults out or
/// mangles them, so that lines of defaults are left out of both; a named
/// validator that is none of Choria's four is a pattern in it, and of the
/// options of an aggregate only one is left.
#[test]
fn the_ruby_form_is_laid_out_as_by_choria() {
    let mut compared = 0;
    let vectors = vectors::read("ddl_corpus.json");
    for (path, json) in files("json") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let printed = vectors.iter().find(|case| {
            case["file"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/{name}"))
        });
        let printed = printed
            .and_then(|case| case["to_ruby"].as_str())
            .map(str::to_owned);
        let is_own = OF_GENERATOR.iter().any(|own| name == format!("{own}.json"));
        let twin = is_own.then(|| fs::read_to_string(path.with_extension("ddl")).unwrap());
        let Some(wanted) = printed.or(twin) else {
            continue;
        };

        let mut ddl = read(&path, &json);
        for action in &mut ddl.actions {
            action.inputs.to_mut().sort_by(|a, b| a.name.cmp(&b.name));
            action.outputs.to_mut().sort_by(|a, b| a.name.cmp(&b.name));
        }
        let in_actions = |at: &str| !at.trim_start().starts_with(":default ");
        let ruby = ddl.to_ruby();
        let ours = lines(&ruby).into_iter().filter(|line| in_actions(line));
        let theirs = lines(&wanted).into_iter().filter(|line| in_actions(line));
        let same = |(ours, theirs): (&str, &str)| {
            let named = |line: &str| line.replace([':', '\''], "").replace("validation  => ", "");
            let is_name = theirs.contains(":validation ") && named(ours) == named(theirs);
            let is_aggregate = theirs.starts_with("    aggregate boolean_summary(")
                && ours.starts_with("    aggregate boolean_summary(");
            // A function that clients do not bring along is not called by name.
            let by_name = ours.replace("aggregate method_missing(:", "aggregate ");
            let is_function = by_name.replacen(", ", "(", 1) == theirs;
            assert!(
                ours == theirs || is_name || is_aggregate || is_function,
                "{name}: {ours:?}, and Choria: {theirs:?}"
            );
        };
        assert_eq!(ours.clone().count(), theirs.clone().count(), "{name}");
        ours.zip(theirs).for_each(same);
        compared += 1;
    }
    assert!(compared >= 2, "only {compared}");
}

#[test]
fn what_choria_says_of_its_ddls_is_so() {
    let files: BTreeMap<String, String> = files("json")
        .into_iter()
        .map(|(path, json)| (path.file_name().unwrap().to_str().unwrap().to_owned(), json))
        .collect();
    let mut seen = 0;
    for case in vectors::read("ddl_corpus.json") {
        let (_, name) = case["file"].as_str().unwrap().rsplit_once('/').unwrap();
        let Some(json) = files.get(name) else {
            continue;
        };
        let ddl = read(Path::new(name), json);
        assert_eq!(case["load_error"], Value::Null);
        let mut actions: Vec<_> = ddl.actions.iter().collect();
        actions.sort_by_key(|action| &*action.name);
        let by_action = |of: &dyn Fn(&choria_external_ddl::Action) -> Value| {
            let all = actions
                .iter()
                .map(|action| (action.name.to_string(), of(action)));
            Value::Object(all.collect())
        };
        let sorted = |mut names: Vec<String>| {
            names.sort();
            json!(names)
        };
        let names: Vec<_> = actions.iter().map(|action| &*action.name).collect();
        assert_eq!(json!(names), case["actions"], "{name}");
        assert_eq!(
            json!(ddl.metadata.timeout),
            case["timeout_seconds"],
            "{name}"
        );
        assert_eq!(
            by_action(&|action| json!(action.display.text())),
            case["display"],
            "{name}"
        );
        let inputs = by_action(&|action| {
            sorted(
                action
                    .inputs
                    .iter()
                    .map(|input| input.name.to_string())
                    .collect(),
            )
        });
        assert_eq!(inputs, none_is_empty(&case["inputs"]), "{name}");
        let outputs = by_action(&|action| {
            sorted(
                action
                    .outputs
                    .iter()
                    .map(|output| output.name.to_string())
                    .collect(),
            )
        });
        assert_eq!(outputs, none_is_empty(&case["outputs"]), "{name}");
        assert!(
            ddl.actions
                .iter()
                .all(|action| !matches!(action.display, Display::Other(_)))
        );
        seen += 1;
    }
    assert!(seen >= 2, "only {seen}");
}

/// Go prints a list that it never made as null.
fn none_is_empty(names: &Value) -> Value {
    let names = names.as_object().unwrap().iter().map(|(action, names)| {
        let names = if names.is_null() {
            json!([])
        } else {
            names.clone()
        };
        (action.clone(), names)
    });
    Value::Object(names.collect())
}
