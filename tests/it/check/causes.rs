//! One cause is reported once: rules that could only repeat it are skipped.

use super::*;
use crate::host::script;

/// An agent whose program is this script, with this mode.
fn agent(program: &str, mode: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    let ddl = repository().join("tests/shell/parrot/parrot.json");
    fs::copy(ddl, folder.path().join("parrot.json")).unwrap();
    script(folder.path(), "parrot", program, mode);
    folder
}

/// What a good agent in a shell does at the activation.
const ACTIVE: &str = r#"#!/bin/sh
case $CHORIA_EXTERNAL_PROTOCOL in *.activation_request) printf '{"activate":true}' > "$2"; exit 0 ;; esac
"#;

/// A name, a program that breaks many rules by one cause, and the one rule that
/// says so.
const ONE_CAUSE: &[(&str, &str, u32, &str)] = &[
    ("not_executable", "#!/bin/sh\n", 0o644, "C002"),
    ("no_interpreter", "#!/no/such/shell\n", 0o755, "C005"),
    ("crlf", "#!/bin/sh\r\nexit 0\r\n", 0o755, "C005"),
    ("no_first_line", "exit 0\n", 0o755, "C005"),
    (
        "byte_order_mark",
        "\u{feff}#!/bin/sh\nexit 0\n",
        0o755,
        "C005",
    ),
    (
        "crlf_after_env",
        "#!/usr/bin/env sh\r\nexit 0\r\n",
        0o755,
        "C005",
    ),
    (
        "exit_status",
        "#!/bin/sh\necho 'there is no library' >&2\nexit 3\n",
        0o755,
        "C005",
    ),
    ("killed", "#!/bin/sh\nkill -KILL $$\n", 0o755, "C005"),
    (
        "prints_its_reply",
        "#!/bin/sh\ncase $CHORIA_EXTERNAL_PROTOCOL in\n*.activation_request) echo '{\"activate\":true}' ;;\n*) echo '{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}' ;;\nesac\n",
        0o755,
        "C005",
    ),
    ("writes_nothing", "#!/bin/sh\nexit 0\n", 0o755, "C005"),
    (
        "broken_json",
        "#!/bin/sh\nprintf \"{'activate': True}\" > \"$2\"\n",
        0o755,
        "C005",
    ),
    (
        "half_a_reply",
        "#!/bin/sh\nprintf '{\"a\":' > \"$2\"\n",
        0o755,
        "C005",
    ),
    ("hangs", "#!/bin/sh\nexec sleep 60\n", 0o755, "C005"),
];

/// What the requests that are no activation do.
const ONE_CAUSE_OF_REQUESTS: &[(&str, &str)] = &[
    ("requests_exit", "echo 'no such module' >&2; exit 1\n"),
    (
        "requests_print",
        "echo '{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}'\n",
    ),
    ("requests_hang", "exec sleep 60\n"),
];

/// What a program does at every start, and the one rule that reports it, although the
/// activation fails.
const ONE_CAUSE_IN_THE_SURROUNDINGS: &[(&str, &str, &str)] = &[
    (
        "no_facts",
        r#"[ -s "$CHORIA_EXTERNAL_FACTS" ] || exit 1"#,
        "C006",
    ),
    ("no_home", "env | grep -q ^HOME= || exit 1", "C022"),
];

/// An agent that answers everything well, without a look at the request.
const CARELESS: &str = r#"printf '{"statuscode":0,"statusmsg":"OK","data":{}}' > "$2"
"#;

fn failures(folder: &TempDir, more: &[&str]) -> Vec<String> {
    let cases = cases(folder, more).into_iter();
    let failed = cases.filter(|(_, verdict, _)| verdict == "error" || verdict == "warning");
    failed.map(|(code, ..)| code).collect()
}

#[test]
fn one_cause_is_one_failure() {
    for (name, program, mode, code) in ONE_CAUSE {
        let folder = agent(program, *mode);
        for call in [&[][..], &["--action", "say", "mood=good"]] {
            assert_eq!(failures(&folder, call), [*code], "{name}");
        }
        insta::assert_snapshot!(*name, without_words_of_env(&text(&folder, &[])));
    }
}

/// What `env` says last differs from system to system.
fn without_words_of_env(text: &str) -> String {
    let Some((before, rest)) = text.split_once("standard error: /usr/bin/env: ") else {
        return text.into();
    };
    let (_, after) = rest.split_once("; its #! line").unwrap();
    format!("{before}standard error: {{env}}; its #! line{after}")
}

/// Process ids and the names of temporary files make no other cause.
#[test]
fn a_cause_is_known_again() {
    let program = "#!/bin/sh\necho \"$$: no library for $2\" >&2\nexit 3\n";
    assert_eq!(failures(&agent(program, 0o755), &[]), ["C005"]);
}

#[test]
fn one_cause_of_all_requests_is_one_failure() {
    for (name, does) in ONE_CAUSE_OF_REQUESTS {
        let folder = agent(&format!("{ACTIVE}{does}"), 0o755);
        let mut call = vec!["--action", "say", "mood=good"];
        if *name == "requests_hang" {
            call.extend(["--timeout", "0.3"]);
        }
        assert_eq!(failures(&folder, &call), ["C007"], "{name}");
        insta::assert_snapshot!(*name, text(&folder, &call));
    }
}

#[test]
fn one_cause_in_the_surroundings_is_one_failure() {
    let source = repository().join("tests/shell/parrot/parrot");
    let good = fs::read_to_string(source).unwrap();
    for (name, does, code) in ONE_CAUSE_IN_THE_SURROUNDINGS {
        let folder = agent(&good.replacen('\n', &format!("\n{does}\n"), 1), 0o755);
        for call in [&[][..], &["--action", "say", "mood=good"]] {
            assert_eq!(failures(&folder, call), [*code], "{name}");
        }
        insta::assert_snapshot!(*name, text(&folder, &[]));
        // Without that rule the failure is that of the activation.
        assert_eq!(failures(&folder, &["--skip", code])[0], "C005", "{name}");
    }
}

#[test]
fn an_action_that_accepts_everything_is_reported_once() {
    let folder = agent(&format!("{ACTIVE}{CARELESS}"), 0o755);
    assert_eq!(failures(&folder, &[]), ["C007", "C008", "C009"]);
    insta::assert_snapshot!("careless", text(&folder, &[]));
    assert_eq!(
        failures(&folder, &["--only", "C010,C012"]),
        ["C010", "C012"]
    );
}

#[test]
fn a_ddl_that_is_refused_is_one_failure() {
    let folder = agent(ACTIVE, 0o755);
    fs::write(folder.path().join("parrot.json"), "{").unwrap();
    insta::assert_snapshot!("ddl_refused", text(&folder, &[]));
}

/// The activation fails, and so does a request, in the same way; but the program
/// answers others, so these are two faults.
#[test]
fn what_an_agent_breaks_besides_is_still_told() {
    let answers = r#"
IFS= read -r request < "$1"
case $request in
*'"action":"say"'*'{}}') printf '{"statuscode":3,"statusmsg":"no mood","data":{}}' > "$2"; exit 0 ;;
*'"action":"say"'*'{"mood":{}}}') printf '{"statuscode":4,"statusmsg":"no mood","data":{}}' > "$2"; exit 0 ;;
esac
exit 1
"#;
    let no_activation = format!(
        "#!/bin/sh\ncase $CHORIA_EXTERNAL_PROTOCOL in *.activation_request) exit 1 ;; esac{answers}"
    );
    let two = agent(&no_activation, 0o755);
    insta::assert_snapshot!("two_faults", text(&two, &[]));

    // Another text is another fault.
    let folder = agent(
        &format!(
            "{ACTIVE}read -r request < \"$1\"\ncase $request in *no_such_action*) exit 1;; esac\nexit 2\n"
        ),
        0o755,
    );
    assert_eq!(
        failures(&folder, &[]),
        ["C007", "C008", "C009", "C010", "C024"]
    );
    // An odd request that alone is not survived.
    let call = ["--action", "say", "mood=good"];
    let folder = agent(
        &format!(
            "{ACTIVE}{}",
            r#"IFS= read -r request < "$1"
case $request in
*process_results*) exit 1 ;;
*no_such_action*) printf '{"statuscode":2,"statusmsg":"no","data":{}}' > "$2" ;;
*'"mood":"good"'*) printf '{"statuscode":0,"statusmsg":"OK","data":{}}' > "$2" ;;
*) exit 1 ;;
esac
"#
        ),
        0o755,
    );
    assert_eq!(failures(&folder, &call)[..2], ["C008", "C009"]);
    assert!(failures(&folder, &call).contains(&"C017".into()));
}

/// A rule that is not shown explains nothing.
#[test]
fn a_rule_that_is_left_out_explains_nothing() {
    let folder = agent("#!/bin/sh\nexit 3\n", 0o755);
    assert_eq!(failures(&folder, &["--skip", "C005,C006"]), ["C007"]);
    assert_eq!(failures(&folder, &["--only", "C024"]), ["C024"]);
    assert_eq!(
        failures(&folder, &["--only", "C011,C012,C024"]),
        ["C011", "C012", "C024"]
    );
}
