//! All that a user sees, beyond what is recorded of `choria`.

use super::*;

/// Output and exit code, less what differs from run to run.
fn seen(place: &Place, output: &Output) -> String {
    let (exit, stdout, stderr) = ended(output);
    let mut seen = format!("exit code {exit}\n");
    for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
        if !text.is_empty() {
            seen += &format!("--- {name}\n{text}");
        }
    }
    let seen = seen.replace(place.path().to_str().unwrap(), "{folder}");
    let (before, after) = match seen.split_once(" method in ") {
        Some((before, after)) => (before, after.split_once(" seconds").unwrap().1),
        None => return seen,
    };
    format!("{before} method in {{seconds}} seconds{after}")
}

fn with(arguments: &str, flags: &[&str]) -> String {
    let place = Place::new();
    let mut command = place.command(arguments);
    if !flags.contains(&"--timeout") {
        command.args(PATIENT);
    }
    let output = command.args(flags).output().unwrap();
    seen(&place, &output)
}

fn without_source(arguments: &[&str]) -> String {
    let place = Place::new();
    let output = discover(place.path(), arguments).output().unwrap();
    seen(&place, &output)
}

fn replying(reply: &str, flags: &[&str]) -> String {
    let place = Place::new();
    place.reply(reply);
    let mut command = place.command("");
    seen(&place, &command.args(PATIENT).args(flags).output().unwrap())
}

#[test]
fn short_help_has_no_examples() {
    let place = Place::new();
    let output = discover(place.path(), &["-h"]).output().unwrap();
    insta::assert_snapshot!("help_discover_short", ended(&output).1);
}

#[test]
fn a_verbose_user_sees_the_log() {
    // One at a time: which of two pipes is read first is left to chance.
    insta::assert_snapshot!("verbose", with("stdout=hello", &["-v"]));
    insta::assert_snapshot!("verbose_error", with("'stderr=no \u{1b}[31mred'", &["-v"]));
    insta::assert_snapshot!("verbose_json", with("stderr=hello", &["-v", "--json"]));
    insta::assert_snapshot!("quiet", with("stderr=hello", &[]));
    insta::assert_snapshot!("verbose_failed", with("stderr=hello exit=1", &["-v"]));
}

#[test]
fn failures_are_told_with_the_log() {
    insta::assert_snapshot!("exit", with("'stderr=no inventory' exit=3", &["--json"]));
    insta::assert_snapshot!("signal", with("abort", &[]));
    insta::assert_snapshot!("timeout", with("block", &["--timeout", "1"]));
    insta::assert_snapshot!("missing", without_source(&["./nothing"]));
    insta::assert_snapshot!("no_program", without_source(&[" "]));
    insta::assert_snapshot!("no_command", without_source(&["--do", "a=b"]));
    insta::assert_snapshot!("unclosed", without_source(&["./source 'a"]));
    fs_error();
}

fn fs_error() {
    let place = Place::new();
    fs::write(place.path().join("text"), "no program").unwrap();
    let output = discover(place.path(), &["./text"]).output().unwrap();
    insta::assert_snapshot!("not_executable", seen(&place, &output));
}

#[test]
fn what_choria_takes_without_a_word_is_warned_of() {
    const REPLY: &str = r#""protocol":"io.choria.choria.discovery.v1.external_reply""#;
    let reply = |members: &str| format!("{{{REPLY},{members}}}");
    insta::assert_snapshot!(
        "warn_schema",
        replying(&reply(r#""nodes":["a",null,"a"]"#), &["--json"])
    );
    insta::assert_snapshot!(
        "warn_missing",
        replying(&reply(r#""nodes":null"#), &["--json"])
    );
    insta::assert_snapshot!(
        "warn_format",
        replying(
            &reply(r#""error":"disk 100% full\nask \u001b[31mBob""#),
            &[]
        )
    );
    insta::assert_snapshot!(
        "warn_control",
        replying(
            &reply(r#""nodes":["a\u001b[31mred","two\nlines","b"]"#),
            &[]
        )
    );
    let printed = format!("'stdout={}'", reply(r#""nodes":["a"]"#));
    let place = Place::new();
    place.reply("");
    let output = place.command(&printed).args(PATIENT).output().unwrap();
    insta::assert_snapshot!("warn_printed", seen(&place, &output));
    let marked = format!("\u{feff}{}", reply(r#""nodes":["a"]"#));
    insta::assert_snapshot!("warn_byte_order_mark", replying(&marked, &[]));
    insta::assert_snapshot!("warn_short", with("block", &["--timeout", "0.5"]));
}

#[test]
fn an_agent_is_named_as_such() {
    let seen = replying(r#"{"statuscode":4,"statusmsg":"x","data":{}}"#, &[]);
    let wanted =
        "warning: this is an agent, not a discovery source: call it with choria-external run\n";
    assert!(seen.contains(wanted), "{seen}");
}

#[test]
fn surprises_of_filters_are_noted_once() {
    insta::assert_snapshot!(
        "notes",
        with(
            "",
            &[
                "-F", "a!=/x/", "-F", "a!=/x/", "-F", "a=b=c", "-W", "a =b", "-I", "", "-S", "true"
            ]
        )
    );
}

/// Each of them is silent with `choria` itself.
#[test]
fn filters_that_match_no_node_are_warned_of() {
    let flags = [
        "-I",
        "/n[/",
        "-C",
        "/n[/",
        "-A",
        "/n[/",
        "-F",
        "a=/n[/",
        "-W",
        "Apache /x(/",
        "-S",
        "nosuchvar == 1 or\nnosuch(1)",
    ];
    insta::assert_snapshot!("warn_filters", with("", &flags));
    insta::assert_snapshot!("warn_compound", with("", &["-S", "nosuch(\n1)"]));
}

#[test]
fn wrong_usage_is_told() {
    for (name, arguments) in [
        ("usage_nothing", &[][..]),
        ("usage_fact", &["./source", "-F", "a="]),
        ("usage_option", &["./source", "--do", "a"]),
        ("usage_timeout", &["./source", "--timeout", "0"]),
        (
            "usage_timeouts",
            &["./source", "--timeout", "3", "--discovery-timeout", "3"],
        ),
        (
            "usage_whole_timeout",
            &["./source", "--discovery-timeout", "2s"],
        ),
        ("usage_method", &["./source", "--dm", "mc"]),
        ("usage_second_word", &["./source", "x"]),
        ("usage_compounds", &["./source", "-S", "a", "-S", "b"]),
    ] {
        insta::assert_snapshot!(name, without_source(arguments));
    }
}

#[test]
fn the_flags_become_the_request() {
    let place = Place::new();
    let flags = [
        "-T",
        "eu",
        "--federations",
        "a, b",
        "--timeout",
        "2.5",
        "--agent",
        "",
        "--option",
        "k=v",
        "--do",
        "k:w",
    ];
    place.command("").args(flags).output().unwrap();
    let mut wanted = json!({
        "protocol": "io.choria.choria.discovery.v1.external_request",
        "collective": "eu",
        "filter": {"fact": [], "cf_class": [], "agent": [], "identity": [], "compound": []},
        "federations": ["a", "b"],
        "options": {"k": "w"},
        "$schema": "https://choria.io/schemas/choria/discovery/v1/external_request.json",
        "timeout": 2.5,
    });
    assert_eq!(place.request(), wanted);

    let flags = [
        "-T",
        "",
        "--federations",
        "",
        "--discovery-timeout",
        "7.9",
        "--agent",
        "parrot",
    ];
    place.command("").args(flags).output().unwrap();
    wanted["collective"] = json!("mcollective");
    wanted["filter"]["agent"] = json!(["parrot"]);
    wanted["federations"] = Value::Null;
    wanted["options"] = json!({});
    wanted["timeout"] = json!(7);
    assert_eq!(place.request(), wanted);
}
