//! What `run --json` prints.

use super::*;

/// The one JSON object of `--json` up to the time, and the exit code.
fn json(folder: &TempDir, more: &[&str]) -> (i32, String) {
    let here = folder.path();
    let output = run(
        here,
        &[&["run", "./parrot", "echo", "--json"], more].concat(),
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines().count() == 1 && text.ends_with('\n') && !text.contains('\u{9b}'),
        "{text}"
    );
    let _: Value = serde_json::from_str(&text).unwrap();
    let text = text.replace(here.to_str().unwrap(), "{folder}");
    let (before, rest) = text.rsplit_once(r#","seconds":"#).unwrap();
    let (seconds, _) = rest.split_once(',').unwrap();
    assert!(seconds.parse::<f64>().unwrap() >= 0.0, "{text}");
    (output.status.code().unwrap(), before.into())
}

#[test]
fn json_has_all_of_it() {
    let warn = |line: &str| format!(r#"[{{"level":"WARN","line":"{line}"}}]"#);
    // One after the other: two outputs come in no certain order.
    for (print, log) in [
        (
            "echo out",
            r#"[{"level":"INFO","line":"out","start":"action"}]"#,
        ),
        (
            "printf 'err\\302\\233' >&2",
            r#"[{"level":"ERROR","line":"err\u009b","start":"action"}]"#,
        ),
    ] {
        let folder = parrot(&format!("{print}; {}", reply(GOOD)));
        assert_eq!(
            json(&folder, &["message=hi"]),
            (
                0,
                r#"{"activated":true,"reply":{"statuscode":0,"statusmsg":"OK","data":{"count":3,"message":"hi","note":"none"}},"log":"#
                    .to_owned()
                    + log
            )
        );
    }
    let folder = parrot("exec sleep 600");
    let late = "the action took longer than 0.2 s and was killed: the caller gets no reply at all";
    assert_eq!(
        json(&folder, &["message=hi", "--timeout", "0.2"]),
        (
            1,
            r#"{"activated":true,"reply":null,"log":"#.to_owned() + &warn(late)
        )
    );

    for (action, reason, start) in [
        (
            "echo '{}' > \"$2\"",
            "its reply to the activation request does not have activate set to true",
            "",
        ),
        (
            "exit 4",
            "External agent {folder}/./parrot not activating due to error during activation check: executing parrot \
             failed: exit status 4",
            r#","start":"activation""#,
        ),
    ] {
        write(folder.path(), "parrot", &format!("#!/bin/sh\n{action}\n"));
        let (code, object) = json(&folder, &["message=hi"]);
        let wanted = format!(
            r#"{{"activated":false,"reply":null,"log":[{{"level":"WARN","line":"{reason}"{start}}}]"#
        );
        assert_eq!(
            (code, object.replace("/./", "/")),
            (1, wanted.replace("/./", "/"))
        );
    }
}

#[test]
fn json_is_printed_whatever_goes_wrong() {
    let folder = parrot(&reply(GOOD));
    let error = |more: &[&str]| {
        let (code, object) = json(&folder, more);
        assert_eq!(code, 2, "{object}");
        let before = r#"{"activated":false,"reply":null,"log":"#;
        let log = object
            .strip_prefix(before)
            .unwrap_or_else(|| panic!("{object}"));
        let log: Vec<Value> = serde_json::from_str(log).unwrap();
        assert_eq!(log.last().unwrap()["level"], "ERROR");
        (
            log.len(),
            log.last().unwrap()["line"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        error(&[]),
        (
            1,
            "invalid input: input 'message' is required; the action was not called".into()
        )
    );
    let (_, text) = error(&["message=hi", "--facts", "missing.json"]);
    assert!(
        text.starts_with("could not read the facts missing.json: "),
        "{text}"
    );
    let (_, text) = error(&["message=hi", "--timeout", "0"]);
    assert!(
        text.starts_with("invalid value '0' for '--timeout <SECONDS>': "),
        "{text}"
    );

    // A warning comes before it.
    fs::remove_file(folder.path().join("parrot.json")).unwrap();
    assert_eq!(error(&["message=hi", "--facts", "missing.json"]).0, 2);
}
