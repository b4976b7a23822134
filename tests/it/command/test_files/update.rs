//! `--update`: what came of a call becomes what is expected, and nothing else
//! in the file changes.

use super::*;

const YAML: &str = r"# A comment at the top
agent: ./parrot
cases:
  - name: well
    action: echo
    data: {message: hi}
    expect: {data: {message: hi,   count: 3, note: none}}   # stays as it is

  - name: differs
    action: echo
    data: {message: hi}
    expect:
      # why this status
      status: 3   # not found
      time: 20
      message: no parrot
      # the data
      data:
        message: ho   # gone with the data
        count: 3
      log:
        - {level: INFO, line: working}

  - name: new
    action: echo
    data: {message: hi}

  - {name: new in braces, action: echo, data: {message: hi}} # the end
  - name: has no reply
    action: echo
    data: {message: hi}
    expect:
      reply: none
      reason: too late
      time: 20
  - name: of another action
    action: fly
    expect:
      data: {height: 3}
# last words
";

#[test]
fn what_differs_is_rewritten_and_all_else_stays() {
    let folder = parrot(&format!("echo working; {}", reply(GOOD)));
    let file = folder.path().join("t.yaml");
    fs::write(&file, YAML).unwrap();
    assert_eq!(test(folder.path(), &["t.yaml"]).0, 1);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        YAML,
        "only --update writes"
    );

    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    insta::assert_snapshot!("update_told", seen);
    insta::assert_snapshot!("update_yaml", fs::read_to_string(&file).unwrap());
    assert_eq!(code, 0);
    // Now it passes, and there is nothing left to do.
    let updated = fs::read_to_string(&file).unwrap();
    assert_eq!(test(folder.path(), &["t.yaml", "--update"]).0, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), updated);
    // Nothing was left beside it.
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["parrot", "parrot.json", "t.yaml"]);
}

#[test]
fn json_keeps_its_indentation_a_link_and_the_mode() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = parrot(&reply(GOOD));
    let text = r#"{
    "agent": "./parrot",
    "cases": [
        {"name": "one line", "action": "echo", "data": {"message": "hi"}, "expect": {"status": 4}},
        {
            "name": "lines", "action": "echo",
            "data": {"message":"hi"},
            "expect": {
                "time": 20,
                "data": {"message": "ho"}
            }
        },
        {
            "name": "new",
            "action": "echo",
            "data": {"message": "hi"}
        }
    ]
}
"#;
    let file = folder.path().join("real.json");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", folder.path().join("t.json")).unwrap();
    let (code, seen) = test(folder.path(), &["t.json", "--update"]);
    assert_eq!(code, 0, "{seen}");
    insta::assert_snapshot!("update_json", fs::read_to_string(&file).unwrap());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.path().join("t.json").is_symlink());
    assert_eq!(test(folder.path(), &["t.json"]).0, 0);
}

#[test]
fn braces_of_any_shape_are_rewritten() {
    let folder = parrot(&reply(GOOD));
    let text = "agent: ./parrot
cases:
  - name: beside the brace
    action: echo
    data: {message: hi}
    expect: {status: 3,
             time: 20}
  - {name: all beside it, action: echo,
     data: {message: hi}, expect: {status: 3,
     time: 20}}
  - {name: on the next line, action: echo, data: {message: hi}, expect:
       {status: 3, data: {
          count: 1}}}
  - {name: new, action: echo,
     data: {message: hi}}
  - name: closed below
    action: echo
    data: {message: hi}
    expect: {
      status: 3,
    }
";
    let file = folder.path().join("t.yaml");
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        fs::write(&file, &text).unwrap();
        let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
        assert_eq!(code, 0, "{seen}");
        let updated = fs::read_to_string(&file).unwrap();
        let bare = updated.replace("\r\n", "");
        assert!(!text.contains('\r') || !bare.contains('\n'), "{updated:?}");
        insta::assert_snapshot!("update_braces", updated.replace("\r\n", "\n"));
        assert_eq!(test(folder.path(), &["t.yaml"]).0, 0);
    }
}

#[test]
fn a_call_without_a_reply_is_written_so() {
    let folder = parrot("exec sleep 60");
    let text = "agent: ./parrot\ntimeout: 0.2\ncases:\n  - name: late\n    action: echo\n    data: {message: hi}\n    \
                expect:\n      status: 0\n      data: {}\n      data_has: {}\n";
    let file = folder.path().join("t.yaml");
    fs::write(&file, text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 0, "{seen}");
    insta::assert_snapshot!("update_no_reply", fs::read_to_string(&file).unwrap());
    assert_eq!(test(folder.path(), &["t.yaml"]).0, 0);

    write(
        folder.path(),
        "parrot",
        "#!/bin/sh\necho '{\"activate\":false}' > \"$2\"\n",
    );
    assert_eq!(test(folder.path(), &["t.yaml", "--update"]).0, 0);
    insta::assert_snapshot!("update_inactive", fs::read_to_string(&file).unwrap());
    assert_eq!(test(folder.path(), &["t.yaml"]).0, 0);
}

#[test]
fn what_is_no_status_message_or_data_is_told_and_stays() {
    let folder = parrot(&reply(GOOD));
    let text = "agent: ./parrot\ncases:\n  - name: a\n    action: echo\n    data: {message: hi}\n    expect:\n      status: 1\n      \
                log:\n        - {line: x}\n";
    let file = folder.path().join("t.yaml");
    fs::write(&file, text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("update_rest", seen);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        text.replace("status: 1", "status: 0")
    );

    // Alone, and several; nothing is said of a case that is rewritten whole.
    let text = r"agent: ./parrot
cases:
  - {name: a, action: echo, data: {message: hi}, expect: {data_has: {count: 4}}}
  - name: b
    action: echo
    data: {message: hi}
    expect:
      status: 1
      data_has: {count: 5}
      data_schema: {properties: {count: {type: string}}}
      log: [{line: x}, {line: y}]
      left: [sleep]
  - {name: c, action: echo, data: {message: hi}, expect: {status: 1, data_has: {count: 3}}}
";
    fs::write(&file, text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("update_kept", seen);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        text.replace("status: 1", "status: 0")
    );
    let (_, seen) = test(folder.path(), &["t.yaml"]);
    assert!(!seen.contains("--update"), "{seen}");
}

#[test]
fn what_has_an_alias_or_cannot_be_written_is_left_as_it_is() {
    let folder = parrot(&reply(GOOD));
    let text = "agent: ./parrot
cases:
  - {name: a, action: echo, data: {message: hi}, expect: &bad {status: 1}}
  - {name: b, action: echo, data: {message: hi}, expect: *bad}
  - {name: c, action: echo, data: {message: hi}, expect: {status: 1, data: {message: &hi hi}}}
  - {name: d, action: echo, data: {message: *hi}, expect: {status: 2}}
  - {name: e, action: echo, data: {message: hi}}
";
    let file = folder.path().join("t.yaml");
    fs::write(&file, text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("update_alias", seen);
    insta::assert_snapshot!("update_alias_file", fs::read_to_string(&file).unwrap());

    // No reader of YAML takes such a key in a block, nor the file that has it.
    let long = "k".repeat(1100);
    let data = GOOD.replace("\"count\"", &format!("\"{long}\":1,\"count\""));
    let folder = parrot(&format!(
        "case \"$(cat \"$CHORIA_EXTERNAL_REQUEST\")\" in *long*) {} ;; *) {} ;; esac",
        format_args!("\n{}", reply(&data)),
        format_args!("\n{}", reply(GOOD))
    ));
    let case = |name: &str| {
        format!(
            "  - name: {name}\n    action: echo\n    data: {{message: {name}}}\n    expect:\n      data: {{}}\n"
        )
    };
    let text = format!(
        "agent: ./parrot\ncases:\n{}{}{}",
        case("one"),
        case("long"),
        case("two")
    );
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("update_odd", seen.replace(&long, "{long}"));
    insta::assert_snapshot!(
        "update_odd_file",
        fs::read_to_string(folder.path().join("t.yaml")).unwrap()
    );

    // The agent changes the file while it runs.
    let folder = parrot(&format!(
        "echo '# more' >> \"$(dirname \"$0\")/t.yaml\"; {}",
        reply(GOOD)
    ));
    let text = "agent: ./parrot\ncases:\n  - {name: a, action: echo, data: {message: hi}, expect: {status: 1}}\n";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--update"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("update_changed", seen);
    assert_eq!(
        fs::read_to_string(folder.path().join("t.yaml")).unwrap(),
        format!("{text}# more\n")
    );
}
