//! For each rule an agent that breaks it: a good one, and one change.

use std::os::unix::fs::PermissionsExt as _;

use choria_external_host::conformance::CONFORMANCE_RULES;

use super::*;
use crate::host::script;

/// What is changed in the parrot of `tests/shell`.
enum Change {
    /// Done at every start, first of all.
    Start(&'static str),
    /// Done at every start but the activation. `$request` is the request.
    Action(&'static str),
    /// Another text in the program.
    Program(&'static str, &'static str),
    /// Another text in the DDL, and a program that replies well to all.
    Careless(&'static str, &'static str),
    /// Another text in the DDL.
    Ddl(&'static str, &'static str),
    /// Another mode of a file.
    Mode(&'static str, u32),
    /// One file more.
    More(&'static str, &'static str),
    /// One file less.
    Less(&'static str),
}

use Change::{Action, Careless, Ddl, Less, Mode, More, Program, Start};

/// A code, what comes of it, and the change.
const BROKEN: &[(&str, &str, Change)] = &[
    (
        "C001",
        "error",
        Ddl(r#""name": "parrot""#, r#""name": "bird""#),
    ),
    ("C002", "error", Mode("parrot", 0o644)),
    ("C002", "warning", Mode("parrot", 0o777)),
    ("C002", "warning", Mode("parrot.json", 0o646)),
    ("C003", "error", Ddl(r#""timeout": 20"#, r#""timeout": 1"#)),
    ("C003", "error", Ddl(r#""timeout": 20"#, r#""timeout": 0"#)),
    (
        "C003",
        "error",
        Ddl(
            r#"{
  "$schema""#,
            r#"
  "$schema""#,
        ),
    ),
    ("C003", "error", Less("parrot.json")),
    (
        "C003",
        "warning",
        Ddl(r#""timeout": 20"#, r#""timeout": 20, "timeout": 20"#),
    ),
    ("C004", "note", More("other", "")),
    ("C004", "note", More("parrot.ddl", "metadata :name =>")),
    (
        "C004",
        "note",
        More("parrot.ddl", "metadata :name => 'parrot', :timeout => 30\n"),
    ),
    ("C005", "error", Start("exit 1")),
    ("C005", "error", Start(r#"printf '{}' > "$2"; exit 0"#)),
    (
        "C005",
        "error",
        Start(r#"printf '{"activate":"yes"}' > "$2"; exit 0"#),
    ),
    (
        "C005",
        "warning",
        Start(r#"printf '{"activate":false}' > "$2"; exit 0"#),
    ),
    (
        "C006",
        "error",
        Start(r#"[ -s "$CHORIA_EXTERNAL_FACTS" ] || exit 1"#),
    ),
    ("C007", "error", Action("reply 0 OK '{}'")),
    ("C007", "warning", Action("reply 1 'what?' '{}'")),
    ("C007", "error", Action("echo 'an error' >&2; exit 1")),
    (
        "C008",
        "error",
        Action(r#"case $request in *'"data":{}}') reply 0 OK '{}' ;; esac"#),
    ),
    ("C008", "warning", Action("reply 4 'mood?' '{}'")),
    (
        "C009",
        "error",
        Action(r#"case $request in *'"mood":{}'*) reply 0 OK '{}' ;; esac"#),
    ),
    ("C009", "warning", Action("reply 3 'mood?' '{}'")),
    (
        "C010",
        "error",
        Action(r#"case $request in *'"data":null'*) exit 1 ;; esac"#),
    ),
    (
        "C011",
        "error",
        Action(r"case $request in *'\ud800'*) exit 1 ;; esac"),
    ),
    (
        "C012",
        "error",
        Action("case $request in *9007199254740993*) exit 1 ;; esac"),
    ),
    (
        "C013",
        "error",
        Action(r#"case $request in *'"a":1,"a":'*) exit 1 ;; esac"#),
    ),
    (
        "C014",
        "error",
        Action("case $request in *'[[[['*) exit 1 ;; esac"),
    ),
    (
        "C015",
        "error",
        Action("case $request in *xxxxxxxxxxxxxxxx*) exit 1 ;; esac"),
    ),
    ("C016", "error", Action("reply 1 'no mood' '{}'")),
    ("C016", "error", Action("exit 1")),
    (
        "C016",
        "warning",
        Action(r#"reply 0 OK '{"said":9007199254740993}'"#),
    ),
    (
        "C016",
        "error",
        Action(r#"reply 0 OK "{\"said\":\"$(head -c 900000 /dev/zero | tr '\0' x)\"}""#),
    ),
    (
        "C017",
        "error",
        Action(r"case $request in *process_results*) reply 4 'what?' '{}' ;; esac"),
    ),
    (
        "C018",
        "warning",
        Action("case $request in *no_such_input*) reply 0 OK '{}' ;; esac"),
    ),
    (
        "C018",
        "warning",
        Action("case $request in *no_such_input*) exit 1 ;; esac"),
    ),
    (
        "C019",
        "error",
        Careless(
            LIST,
            r#""type": "string", "optional": false, "validation": "shellsafe""#,
        ),
    ),
    (
        "C019",
        "warning",
        Careless(
            LIST,
            r#""type": "string", "optional": false, "validation": "^[a-z]+$", "maxlength": 5"#,
        ),
    ),
    (
        "C020",
        "error",
        Action(r#"[ -d "$CHORIA_EXTERNAL_CONFIG" ] && exit 1"#),
    ),
    (
        "C021",
        "error",
        Program(r#" "$CHORIA_EXTERNAL_CONFIG.cfg""#, ""),
    ),
    (
        "C021",
        "warning",
        Program(r#" "$CHORIA_EXTERNAL_CONFIG/$name.cfg""#, ""),
    ),
    (
        "C021",
        "error",
        Program("word=${line#word = } ;;", "word=$file ;;"),
    ),
    (
        "C021",
        "error",
        Action(r#"[ -d "$CHORIA_EXTERNAL_CONFIG" ] && exit 1"#),
    ),
    ("C021", "skipped", Program("word=${line#word = } ;;", ";;")),
    ("C021", "skipped", Program("word=squawk", "word=$$")),
    ("C022", "error", Start("env | grep -q ^HOME= || exit 1")),
    ("C022", "skipped", Start("exit 1")),
    ("C023", "warning", Start(r#"[ -n "$PATH" ] || exit 1"#)),
    (
        "C023",
        "warning",
        Action(r#"[ -n "$PATH" ] || reply 1 'no PATH' '{}'"#),
    ),
    (
        "C024",
        "error",
        Action("reply_status=3; exit $reply_status"),
    ),
    ("C024", "error", Action("kill -KILL $$")),
    (
        "C025",
        "error",
        Action(r#"printf '{"statuscode":' > "$2"; exit 0"#),
    ),
    ("C025", "error", Start("exit 0")),
    (
        "C026",
        "error",
        Action(r#"printf '{"statuscode":1,"statusmsg":null,"data":[]}' > "$2"; exit 0"#),
    ),
    ("C026", "error", Action(r#"printf '{}' > "$2"; exit 0"#)),
    (
        "C027",
        "error",
        Action(r"head -c 70000 /dev/zero | tr '\0' x"),
    ),
    ("C028", "warning", Action("echo 'last words'")),
    ("C029", "error", Action("exec sleep 60")),
    (
        "C030",
        "error",
        Action("sleep 60 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done"),
    ),
];

const LIST: &str = r#""type": "list",
          "optional": false,
          "list": ["good", "bad"]"#;

/// The parrot with a change.
fn parrot(change: &Change) -> TempDir {
    let source = repository().join("tests/shell/parrot");
    let read = |name: &str| fs::read_to_string(source.join(name)).unwrap();
    let mut program = read("parrot");
    let mut ddl = read("parrot.json");
    let replace = |text: &mut String, from: &str, to: &str| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        *text = text.replace(from, to);
    };
    let activation = "case $CHORIA_EXTERNAL_PROTOCOL in";
    let request = "case $request in\n*'\"action\"";
    match change {
        Start(text) => replace(&mut program, activation, &format!("{text}\n{activation}")),
        Action(text) => replace(&mut program, request, &format!("{text}\n{request}")),
        Program(from, to) => replace(&mut program, from, to),
        Careless(from, to) => {
            replace(
                &mut program,
                request,
                &format!("reply 0 OK '{{}}'\n{request}"),
            );
            replace(&mut ddl, from, to);
        }
        Ddl(from, to) => replace(&mut ddl, from, to),
        Mode(..) | More(..) | Less(_) => {}
    }
    let folder = TempDir::new().unwrap();
    let mode = |name: &str, usual| match change {
        Mode(file, mode) if *file == name => *mode,
        _ => usual,
    };
    let here = folder.path();
    script(here, "parrot", &program, mode("parrot", 0o755));
    script(here, "parrot.json", &ddl, mode("parrot.json", 0o644));
    fs::write(here.join("other.cfg"), "word = hello\n").unwrap();
    match change {
        More(name, text) => fs::write(here.join(name), text).unwrap(),
        Less(name) => fs::remove_file(here.join(name)).unwrap(),
        _ => {}
    }
    folder
}

/// A call that can be made, and settings that change its reply.
const CALL: &[&str] = &["--action", "say", "--config", "other.cfg"];

fn only(code: &str) -> Vec<&str> {
    let more: &[&str] = match code {
        // What cannot be loaded cannot be called.
        "C001" | "C002" | "C003" | "C004" => &[],
        "C029" => &["--timeout", "0.3"],
        // Shells take their time for it.
        code if code >= "C024" => &["--skip", "C015"],
        _ => &[CALL, &["mood=good"]].concat(),
    };
    [&["--only", code], more].concat()
}

#[test]
fn each_rule_is_broken_by_somebody() {
    let mut told = String::new();
    for (code, wanted, change) in BROKEN {
        let folder = parrot(change);
        let found = cases(&folder, &only(code));
        let [(found_code, verdict, what)] = &*found else {
            panic!("{found:?}");
        };
        assert_eq!((&**found_code, &**verdict), (*code, *wanted), "{what}");
        let here = folder.path().to_str().unwrap();
        told += &format!("{code} {verdict}: {}\n", what.replace(here, "{folder}"));
    }
    insta::assert_snapshot!("broken", told);
    // The last one is not about agents.
    let (last, of_agents) = CONFORMANCE_RULES.split_last().unwrap();
    assert_eq!(last.code, "C031");
    for rule in of_agents {
        let severity = rule.severity.text();
        let broken = BROKEN
            .iter()
            .any(|(code, verdict, _)| *code == rule.code && *verdict == severity);
        assert!(broken, "{}", rule.code);
    }
}

#[test]
fn the_parrot_that_is_changed_is_a_good_one() {
    let folder = parrot(&Start(":"));
    for (code, verdict, what) in cases(&folder, &[CALL, &["mood=good"]].concat()) {
        let good = match &*code {
            "C004" => "note",
            // It has no validation, and prints nothing.
            "C019" | "C028" => "skipped",
            _ => "ok",
        };
        assert_eq!(verdict, good, "{code}: {what}");
    }
}

/// The file of `--config` can have secrets, and so can facts and requests.
#[test]
fn no_file_of_a_start_is_for_others_to_read() {
    let folder = parrot(&Start(
        r#"[ -z "$(find "$CHORIA_EXTERNAL_CONFIG"* "$CHORIA_EXTERNAL_FACTS" "$1" "$2" -type f -perm /077 2>/dev/null)" ] || exit 1"#,
    ));
    let kept = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.path().join("other.cfg"), kept).unwrap();
    let only = ["--only", "C005,C007,C016,C020,C021,C024"];
    for (code, verdict, what) in cases(&folder, &[CALL, &["mood=good"], &only].concat()) {
        assert_eq!(verdict, "ok", "{code}: {what}");
    }
}

#[test]
fn a_program_that_hangs_is_not_started_for_ever() {
    let folder = parrot(&Action("exec sleep 60"));
    let seen = text(&folder, &["--timeout", "0.3"]);
    insta::assert_snapshot!("hangs", seen);
}

#[test]
fn a_program_that_cannot_be_started_is_started_once() {
    let folder = parrot(&Program("#!/bin/sh", "#!/no/such/shell"));
    let seen = text(&folder, &[]);
    insta::assert_snapshot!("cannot_start", seen);
}
