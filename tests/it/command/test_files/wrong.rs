//! Test files that are wrong: all of it is told, with its place, and nothing is
//! run.

use super::*;

/// What is told of a test file with this text, beside a parrot in shell that
/// says so where it is started.
fn told(file: &str, text: &str) -> String {
    let folder = parrot("touch \"$(dirname \"$0\")/started\"");
    fs::write(folder.path().join(file), text).unwrap();
    fs::write(folder.path().join("list.json"), "[]").unwrap();
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    fs::write(folder.path().join("no_schema.json"), "{\"type\": \"text\"}").unwrap();
    let refers = "{\"properties\": {\"a\": {\"$ref\": \"list.json\"}}}";
    fs::write(folder.path().join("refers.json"), refers).unwrap();
    let (code, seen) = test(folder.path(), &[file]);
    assert_eq!(code, 2, "{seen}");
    assert!(!folder.path().join("started").exists(), "{seen}");
    seen
}

/// A file with one case that has this, too.
fn case(more: &str) -> String {
    format!(
        "agent: ./parrot\ncases:\n  - name: one\n    action: echo\n    data: {{message: hi}}\n{more}"
    )
}

#[test]
fn files_that_are_no_test_files_are_told_with_the_place() {
    for (name, file, text) in [
        ("empty", "t.yaml", ""),
        ("only_comments", "t.yaml", "# later\n"),
        ("ending", "t.toml", "x = 1"),
        (
            "broken_yaml",
            "t.yaml",
            "agent: ./parrot\ncases: [\n  {name: a\n",
        ),
        (
            "broken_json",
            "t.json",
            "{\"agent\": \"./parrot\",\n \"cases\": [}",
        ),
        ("no_object", "t.json", "[]"),
        ("twice", "t.json", "{\"cases\": [],\n \"cases\": []}"),
        ("two_documents", "t.yaml", "cases: []\n---\ncases: []\n"),
        ("no_cases", "t.yaml", "agent: ./parrot\n"),
        ("cases_empty", "t.yaml", "agent: ./parrot\ncases: []\n"),
        (
            "no_agent",
            "t.yaml",
            "cases:\n  - {name: a, action: echo}\n",
        ),
        (
            "agent_missing",
            "t.yaml",
            "agent: ./bird\ncases:\n  - {name: a, action: echo}\n",
        ),
        (
            "ddl_missing",
            "t.yaml",
            "agent: ./parrot\nddl: bird.json\ncases:\n  - {name: a, action: echo}\n",
        ),
        (
            "same_names",
            "t.yaml",
            "agent: ./parrot\ncases:\n  - {name: a, action: echo}\n  - {name: b, action: echo}\n  - {name: a, action: echo}\n",
        ),
        (
            "many_things",
            "t.yaml",
            "agnt: ./parrot\nfacts: 1\ncases:\n  - name: a\n    aktion: echo\n  - {name: \"\", action: 3, repeat: 0}\n",
        ),
    ] {
        insta::assert_snapshot!(format!("wrong_{name}"), told(file, text));
    }
    let folder = parrot("");
    insta::assert_snapshot!(
        "wrong_missing",
        test(folder.path(), &["t.yaml", "u.yaml"]).1
    );
    fs::create_dir(folder.path().join("t.yaml")).unwrap();
    insta::assert_snapshot!("wrong_folder", test(folder.path(), &["t.yaml"]).1);
    fs::write(folder.path().join("b.yaml"), b"cases: \xff").unwrap();
    insta::assert_snapshot!("wrong_utf8", test(folder.path(), &["b.yaml"]).1);
}

#[test]
fn keys_and_values_that_are_wrong_are_told_with_the_place() {
    for (name, more) in [
        ("key", "    expect:\n      sttus: 1\n      result: x\n"),
        ("status", "    expect: {status: Request Abort}\n"),
        ("status_number", "    expect: {status: 256}\n"),
        (
            "types",
            "    expect:\n      message: 1\n      log: {level: INFO}\n      clean: yes\n",
        ),
        ("level", "    expect:\n      log: [{level: DEBUG}, {}]\n"),
        (
            "text",
            "    expect:\n      message: {}\n      reason: {has: x}\n",
        ),
        ("reply", "    expect: {reply: no}\n"),
        (
            "reply_data",
            "    expect:\n      reply: none\n      status: 1\n      data: {}\n",
        ),
        ("reply_active", "    expect: {reply: none, active: false}\n"),
        (
            "reply_active_status",
            "    expect: {reply: none, active: false, status: 1}\n",
        ),
        ("reason", "    expect: {reason: x}\n"),
        (
            "regex",
            "    expect:\n      message: {matches: \"(?=x)\"}\n      log:\n        - {matches: \"(\"}\n",
        ),
        ("schema", "    expect: {data_schema: {type: text}}\n"),
        (
            "schema_missing",
            "    expect: {data_schema: missing.json}\n",
        ),
        ("schema_broken", "    expect: {data_schema: broken.json}\n"),
        ("schema_file", "    expect: {data_schema: no_schema.json}\n"),
        (
            "schema_remote",
            "    expect: {data_schema: {$ref: \"https://example.net/x.json\"}}\n",
        ),
        (
            "schema_other_file",
            "    expect: {data_schema: refers.json}\n",
        ),
        (
            "schema_nowhere",
            "    expect: {data_schema: {$ref: \"#/$defs/x\"}}\n",
        ),
        ("facts_missing", "    facts: missing.json\n"),
        ("config_missing", "    config: missing.cfg\n"),
        ("config_list", "    config: {a: [1]}\n"),
        ("timeout", "    timeout: 0\n"),
        ("merge", "    <<: {a: 1}\n"),
    ] {
        insta::assert_snapshot!(format!("wrong_case_{name}"), told("t.yaml", &case(more)));
    }
}

#[test]
fn a_file_is_tested_once() {
    let folder = parrot(&reply(GOOD));
    let text = case("    expect: {status: 1}\n");
    fs::write(folder.path().join("t.yaml"), &text).unwrap();
    std::os::unix::fs::symlink("t.yaml", folder.path().join("link.yaml")).unwrap();
    let words = ["t.yaml", "t.yaml", "./t.yaml", "link.yaml", "--update"];
    let (code, seen) = test(folder.path(), &words);
    assert_eq!(code, 2);
    insta::assert_snapshot!("wrong_same_file", seen);
    assert_eq!(
        fs::read_to_string(folder.path().join("t.yaml")).unwrap(),
        text
    );
}

#[test]
fn an_option_is_blamed_for_what_it_says() {
    let folder = parrot("");
    for name in ["t.yaml", "u.yaml"] {
        fs::write(folder.path().join(name), case("")).unwrap();
    }
    fs::create_dir(folder.path().join("nest")).unwrap();
    let mut told = String::new();
    for agent in ["./missing", "nest"] {
        let words = ["t.yaml", "u.yaml", "--agent", agent];
        let (code, seen) = test(folder.path(), &words);
        assert_eq!(code, 2);
        told += &seen;
    }
    insta::assert_snapshot!("wrong_agent_option", told);
}

#[test]
fn cases_that_cannot_be_run_are_trouble() {
    let folder = parrot(&reply(GOOD));
    fs::write(folder.path().join("list.json"), "[]").unwrap();
    let text = "agent: ./parrot
cases:
  - {name: facts are a list, action: echo, facts: list.json}
  - {name: a setting of two lines, action: echo, config: {a: \"b\\nc\"}}
";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("trouble", seen);
    // There is nothing to update them with.
    assert_eq!(test(folder.path(), &["t.yaml", "--update"]).0, 2);
    assert_eq!(
        fs::read_to_string(folder.path().join("t.yaml")).unwrap(),
        text
    );
}

#[test]
fn an_agent_that_cannot_be_built_is_told() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file(
        "bird/Cargo.toml",
        "[package]\nname = \"bird\"\nedition = \"2024\"\n[workspace]\n",
    );
    file("bird/src/main.rs", "fn main() { sing }\n");
    file("t.yaml", "agent: bird\ncases:\n  - {name: a, action: b}\n");
    let output = command(folder.path(), &["test", "t.yaml"])
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot find value `sing`"), "{told}");
    let last = told.lines().last().unwrap();
    assert!(
        last.starts_with("error: t.yaml:1:1: $.agent cannot be tested: the package in "),
        "{last}"
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = parrot("");
    fs::write(folder.path().join("t.yaml"), case("")).unwrap();
    for (name, words) in [
        ("nothing", &[][..]),
        ("filter", &["t.yaml", "--filter", "two"][..]),
        ("parallel", &["t.yaml", "--parallel", "0"][..]),
        ("schema_and_file", &["t.yaml", "--schema"][..]),
        (
            "fail_fast_and_update",
            &["t.yaml", "--update", "--fail-fast"][..],
        ),
        ("output", &["t.yaml", "--output", "missing/report"][..]),
    ] {
        let (code, seen) = test(folder.path(), words);
        assert_eq!(code, 2, "{seen}");
        insta::assert_snapshot!(format!("usage_test_{name}"), seen);
    }
}
