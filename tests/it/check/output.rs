//! What `check` prints, and how it ends.

use super::*;
use crate::lint::sarif::schema;
use crate::programs::built;

/// A good agent: what is found is little.
fn shell() -> TempDir {
    let program = repository().join("tests/shell/parrot/parrot");
    installed(&program, "tests/shell/parrot/parrot.json")
}

/// The same with a key twice in its DDL: a warning.
fn with_warning() -> TempDir {
    let folder = shell();
    let file = folder.path().join("parrot.json");
    let ddl = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        ddl.replace("\"timeout\": 20", "\"timeout\": 20, \"timeout\": 20"),
    )
    .unwrap();
    folder
}

#[test]
fn rules_are_printed() {
    let output = run(Path::new("."), &["check", "--rules"]);
    assert!(output.status.success());
    insta::assert_snapshot!("rules", String::from_utf8(output.stdout).unwrap());
}

#[test]
fn only_what_is_wanted_is_made() {
    let folder = shell();
    insta::assert_snapshot!(
        "only",
        text(&folder, &["--only", "C007,C001", "--only", "C024"])
    );
    // C031 is not about agents.
    let skipped = cases(&folder, &["--skip", "C015,C020", "--skip", "C004"]);
    assert_eq!(
        skipped.len(),
        choria_external_host::conformance::CONFORMANCE_RULES.len() - 4
    );
    let left_out = |(code, _, _): &&(String, _, _)| ["C004", "C015", "C020"].contains(&&**code);
    assert_eq!(skipped.iter().find(left_out), None);
}

#[test]
fn warnings_fail_where_it_is_strict() {
    let folder = with_warning();
    let code = |more: &[&str]| check(&folder, more).status.code().unwrap();
    let ddl = ["--only", "C003"];
    assert_eq!(
        (code(&ddl), code(&[&ddl[..], &["--strict"]].concat())),
        (0, 1)
    );
    // A note is none.
    let note = ["--only", "C004", "--strict"];
    assert_eq!(code(&note), 0);
    insta::assert_snapshot!("warning", text(&folder, &ddl));
}

#[test]
fn json_is_for_programs() {
    let output = check(
        &with_warning(),
        &["--format", "json", "--only", "C003,C004,C007,C016"],
    );
    insta::assert_snapshot!("json", String::from_utf8(output.stdout).unwrap());
}

#[test]
fn sarif_is_for_code_scanners() {
    let output = check(
        &with_warning(),
        &["--format", "sarif", "--only", "C003,C004,C007,C016"],
    );
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&sarif)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let results = serde_json::to_string_pretty(&run["results"]).unwrap();
    insta::assert_snapshot!("sarif", results);
}

#[test]
fn trouble_ends_with_2() {
    let folder = installed(&built("parrot"), "examples/parrot/parrot.json");
    for (name, arguments) in [
        ("trouble_code", vec!["--only", "C999"]),
        (
            "trouble_nothing_left",
            vec!["--only", "C005", "--skip", "C005,C006"],
        ),
        ("trouble_action", vec!["--action", "fly"]),
        (
            "trouble_call",
            vec!["--action", "echo", "--data", r#"{"message": "a;b"}"#],
        ),
        ("trouble_input", vec!["--action", "echo"]),
        ("trouble_data", vec!["--action", "echo", "--data", "{"]),
        (
            "trouble_file",
            vec!["--action", "echo", "--data", "@none.json"],
        ),
        ("trouble_config", vec!["--config", "none.cfg"]),
        ("trouble_no_action", vec!["--data", "{}"]),
    ] {
        let output = check(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    for (name, arguments) in [
        ("trouble_nothing", vec!["check"]),
        ("trouble_program", vec!["check", "./bird"]),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
}

#[test]
fn data_comes_from_a_file_as_it_is() {
    let folder = installed(&built("parrot"), "examples/parrot/parrot.json");
    fs::write(
        folder.path().join("hello.json"),
        r#"{"message": "hi", "times": 2}"#,
    )
    .unwrap();
    let call = [
        "--action",
        "echo",
        "--data",
        "@hello.json",
        "--only",
        "C016",
    ];
    assert_eq!(
        cases(&folder, &call),
        [("C016".into(), "ok".into(), "status 0".into())]
    );
}

#[test]
fn the_page_has_every_rule() {
    let page = fs::read_to_string(repository().join("docs/check.md")).unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| C"))
        .collect();
    let wanted: Vec<String> = choria_external_host::conformance::CONFORMANCE_RULES
        .iter()
        .map(|rule| {
            let cells = [
                rule.code,
                rule.severity.text(),
                rule.title,
                rule.why,
                rule.mend,
            ];
            format!("| {} |", cells.join(" | ").replace('<', "\\<"))
        })
        .collect();
    assert_eq!(
        rows,
        wanted,
        "expected in docs/check.md:\n{}",
        wanted.join("\n")
    );
}

/// The commands of the page print what it shows.
#[test]
fn the_example_of_the_page_is_printed() {
    let page = fs::read_to_string(repository().join("docs/check.md")).unwrap();
    let (_, part) = page.split_once("\n## An example\n").unwrap();
    let folder = TempDir::new().unwrap();
    let agents = [
        ("go", go_parrot(), "tests/go/parrot"),
        ("rust", built("parrot"), "examples/parrot"),
    ];
    for (name, program, source) in agents {
        let to = folder.path().join(name);
        fs::rename(
            installed(&program, &format!("{source}/parrot.json")).keep(),
            to,
        )
        .unwrap();
    }
    fs::write(folder.path().join("say.cfg"), "prefix = say\n").unwrap();
    let transcript = crate::readme::block(part, "console");
    let commands: Vec<&str> = transcript.split("$ choria-external ").skip(1).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let (arguments, wanted) = command.split_once('\n').unwrap();
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let output = run(folder.path(), &arguments);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted);
    }
}
