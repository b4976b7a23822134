//! Programs of other function types than an agent's under `check` and `test`.

use super::*;

/// What a user sees of `check` of a program in a shell.
fn checked(action: &str, more: &[&str]) -> (Option<i32>, String) {
    let folder = described(&description(), action);
    let arguments = [&["check", "./shell_greeter"], more].concat();
    let output = run(folder.path(), &arguments);
    (output.status.code(), seen(folder.path(), &output))
}

#[test]
fn a_program_is_checked_by_the_rules_of_every_type() {
    let folder = TempDir::new().unwrap();
    let greeter = built("greeter");
    let greeter = greeter.to_str().unwrap();
    for (name, more) in [
        ("check_function", &[][..]),
        ("check_function_sample", &["--request", "sample"]),
    ] {
        let output = run(folder.path(), &[&["check", greeter], more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    for (name, more) in [
        ("check_function_action", &["--action", "greet"][..]),
        ("check_function_no_rule", &["--only", "C005"]),
        ("check_function_bad_request", &["--request", "{}"]),
        ("check_function_no_json", &["--request", "{"]),
    ] {
        let output = run(folder.path(), &[&["check", greeter], more].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    let agent = parrot(&reply(GOOD));
    let output = run(agent.path(), &["check", "./parrot", "--request", "sample"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("check_function_of_an_agent", seen(agent.path(), &output));
}

#[test]
fn a_program_that_breaks_the_rules_fails_the_check() {
    let good = greeting("Good day");
    for (name, code, action) in [
        ("check_function_exit", 1, format!("{good}exit 3")),
        ("check_function_no_reply", 1, "exit 0".into()),
        ("check_function_dies", 1, "kill -9 $$".into()),
        (
            "check_function_long_line",
            1,
            format!("head -c 70000 /dev/zero | tr '\\0' x; echo; {good}"),
        ),
        ("check_function_good", 0, good.clone()),
    ] {
        let (exit, seen) = checked(&action, &["--request", "sample"]);
        assert_eq!(exit, Some(code), "{seen}");
        insta::assert_snapshot!(name, seen);
    }
    // It hangs: two starts are enough to see it.
    let (exit, seen) = checked(
        "exec sleep 600",
        &["--only", "C029,C031", "--timeout", "0.1"],
    );
    assert_eq!(exit, Some(1), "{seen}");
    insta::assert_snapshot!("check_function_hangs", seen);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_checked_program_leaves_running_fails_the_check() {
    let (exit, seen) = checked(&leaving(), &["--only", "C030"]);
    assert_eq!(exit, Some(1), "{seen}");
    assert!(
        seen.contains("FAIL C030") && seen.contains("sleep 60"),
        "{seen}"
    );
}

#[test]
fn the_greeter_passes_its_test_file() {
    let folder = TempDir::new().unwrap();
    let file = crate::readme::repository().join("examples/greeter/tests.yaml");
    let greeter = built("greeter");
    let arguments = [
        "test",
        file.to_str().unwrap(),
        "--agent",
        greeter.to_str().unwrap(),
    ];
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 cases: 3 passed"));
}

#[test]
fn a_test_file_has_requests_of_other_function_types() {
    let folder = described(&description(), &greeting("Good day"));
    let here = folder.path();
    let file = format!(
        "agent: ./shell_greeter\ncases:\n\
         \x20 - {{name: passes, request: sample, expect: {{data_has: {{greeting: Good day}}}}}}\n\
         \x20 - {{name: fails, request: {{protocol: {REQUEST}, name: Ann}}, expect: {{data_has: {{greeting: Good night}}}}}}\n\
         \x20 - {{name: is refused, request: {{protocol: {REQUEST}}}}}\n\
         \x20 - {{name: other request, request: {{protocol: other}}}}\n\
         \x20 - {{name: an action, action: greet}}\n"
    );
    fs::write(here.join("t.yaml"), &file).unwrap();
    let output = run(here, &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    insta::assert_snapshot!("test_function", seen(here, &output));
    for format in ["json", "junit", "tap"] {
        let output = run(
            here,
            &["test", "t.yaml", "--filter", "s", "--format", format],
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Good day"), "{text}");
    }
    // The same of a program that does not describe itself.
    fs::write(here.join("types.json"), description()).unwrap();
    fs::write(
        here.join("u.yaml"),
        "agent: ./plain\nfunctions: types.json\ncases:\n  - {name: passes, request: sample}\n",
    )
    .unwrap();
    write(here, "plain", &format!("#!/bin/sh\n{}", greeting("Hello")));
    let output = run(here, &["test", "u.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // What failed becomes what is expected.
    let exact = file.replace(
        "data_has: {greeting: Good night}",
        "data: {greeting: Good night}",
    );
    fs::write(here.join("t.yaml"), exact).unwrap();
    let update = ["test", "t.yaml", "--filter", "fails", "--update"];
    assert_eq!(run(here, &update).status.code(), Some(0));
    let output = run(here, &["test", "t.yaml", "--filter", "fails"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_wrong_test_file_of_another_function_type_is_told_with_its_place() {
    let folder = shell_greeter();
    let here = folder.path();
    for (name, file) in [
        (
            "test_function_both",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: sample\n    action: greet\n    data: {}\n",
        ),
        (
            "test_function_status",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: sample\n    expect: {status: 0}\n",
        ),
        (
            "test_function_word",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: smaple\n",
        ),
        (
            "test_function_no_types",
            "agent: ./shell_greeter\nfunctions: nothing.json\ncases:\n  - name: a\n    request: sample\n",
        ),
    ] {
        fs::write(here.join("t.yaml"), file).unwrap();
        let output = run(here, &["test", "t.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(here, &output));
    }
    let broken = described("[]", "exit 1");
    fs::write(
        broken.path().join("t.yaml"),
        "agent: ./shell_greeter\ncases:\n  - {name: a, request: sample}\n",
    )
    .unwrap();
    let output = run(broken.path(), &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("test_function_tells_nothing", seen(broken.path(), &output));
    let agent = parrot(&reply(GOOD));
    let file = "agent: ./parrot\ncases:\n  - {name: a, request: sample}\n";
    fs::write(agent.path().join("t.yaml"), file).unwrap();
    let output = run(agent.path(), &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("test_function_of_an_agent", seen(agent.path(), &output));
}
