//! `choria-external test`: test files, for agents in any language.

use std::path::PathBuf;

use super::agents::{parrot, reply, write};
use super::*;
use crate::programs::built;
use crate::readme::{block, repository};

mod formats;
mod outcomes;
mod update;
mod wrong;

/// What is seen of `test` with these words.
fn test(folder: &Path, words: &[&str]) -> (i32, String) {
    let output = run(folder, &[&["test"], words].concat());
    (output.status.code().unwrap(), seen(folder, &output))
}

/// A folder with the parrot of the examples and this test file.
fn with_parrot(file: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    let ddl = repository().join("examples/parrot/parrot.json");
    fs::copy(ddl, folder.path().join("parrot.json")).unwrap();
    (folder, built("parrot"))
}

const GOOD: &str = r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi","count":3}}"#;

/// The cases that parrots of three languages pass.
const OF_ALL: &str = "
caller: choria=alice.mcollective
ddl: parrot.json
cases:
  - name: repeats
    action: echo
    data: {message: hi}
    expect:
      data_has: {message: hi}
      data_schema:
        required: [message]
        properties: {message: {type: string}}
      time: 15
  - name: refuses
    action: echo
    data: {message: a;b}
    expect:
      status: 1
      message: {contains: \"may not contain ';'\"}
  - name: has no such action
    action: fly
    expect: {status: Unknown Action, message: Unknown action fly for agent parrot}
";

#[test]
fn parrots_of_three_languages_pass() {
    let (rust, program) = with_parrot("p.yaml", OF_ALL);
    let (python, theirs) = crate::peers::python_agent();
    fs::write(python.path().join("p.yaml"), OF_ALL).unwrap();
    let shell = parrot(&reply(GOOD));
    fs::write(shell.path().join("p.yaml"), OF_ALL).unwrap();
    for (folder, agent) in [
        (&rust, &*program),
        (&python, &*theirs.path),
        (&shell, Path::new("./parrot")),
    ] {
        let agent = agent.to_str().unwrap();
        let (code, seen) = test(folder.path(), &["p.yaml", "--agent", agent]);
        assert_eq!(code, 0, "{seen}");
        assert_eq!(
            seen,
            "exit code 0\n--- stdout\nok      p.yaml: repeats ({seconds} s)\nok      p.yaml: refuses ({seconds} s)\n\
             ok      p.yaml: has no such action ({seconds} s)\n\n3 cases: 3 passed ({seconds} s)\n"
        );
    }
}

#[test]
fn the_example_of_a_package_passes() {
    let file = repository().join("examples/parrot/tests.yaml");
    let agent = built("parrot");
    let words = [
        file.to_str().unwrap(),
        "--agent",
        agent.to_str().unwrap(),
        "--parallel",
        "3",
    ];
    let (code, seen) = test(Path::new("."), &words);
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn the_page_tells_the_truth() {
    let page = fs::read_to_string(repository().join("docs/test-an-agent.md")).unwrap();
    let folder = TempDir::new().unwrap();
    write(folder.path(), "hello", &block(&page, "sh"));
    for (name, language) in [("hello.json", "json"), ("hello.yaml", "yaml")] {
        fs::write(folder.path().join(name), block(&page, language)).unwrap();
    }
    let console = block(&page, "console");
    let (line, wanted) = console.split_once('\n').unwrap();
    assert_eq!(line, "$ choria-external test hello.yaml");
    let wanted: String = wanted
        .lines()
        .map(|line| without_time(line) + "\n")
        .collect();
    let (code, seen) = test(folder.path(), &["hello.yaml"]);
    assert_eq!(
        (code, seen),
        (1, format!("exit code 1\n--- stdout\n{wanted}"))
    );
}

#[test]
fn the_schema_is_one_and_refuses_what_is_wrong() {
    let schema = run(Path::new("."), &["test", "--schema"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wrong in [
        json!({}),
        json!({"cases": []}),
        json!({"cases": [{"name": "a"}]}),
        json!({"cases": [{"name": "a", "action": "b", "expect": {"status": "Fine"}}]}),
        json!({"cases": [{"name": "a", "action": "b", "expect": {"reply": "none", "data": {}}}]}),
        json!({"cases": [{"name": "a", "action": "b", "expect": {"log": [{}]}}]}),
        json!({"cases": [{"name": "a", "action": "b", "timeout": 0}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}
