//! What cases can want, and what is told where it is otherwise.

use super::*;

/// What came of the cases of a parrot in shell that does `action`.
fn cases(action: &str, cases: &str) -> String {
    let folder = parrot(action);
    fs::write(
        folder.path().join("t.yaml"),
        format!("agent: ./parrot\ncases:\n{cases}"),
    )
    .unwrap();
    test(folder.path(), &["t.yaml"]).1
}

#[test]
fn each_thing_that_is_wanted_is_told_where_it_is_otherwise() {
    let action = format!("echo out; echo err >&2; {}", reply(GOOD));
    insta::assert_snapshot!(
        "outcomes",
        cases(
            &action,
            "
  - name: all is well
    action: echo
    data: {message: hi}
    expect:
      status: OK
      message: {contains: O, matches: ^OK$}
      data: {count: 3.0, message: hi, note: none}
      data_has: {count: 3}
      data_schema: {properties: {count: {type: integer}}}
      log:
        - {level: INFO, line: out}
        - {level: ERROR, contains: rr, matches: ^e}
        - {line: err}
      no_log:
        - {level: WARN}
        - {line: ou}
      time: 20
      left: []
  - name: nothing is as wanted
    action: echo
    data: {message: hi}
    expect:
      status: 3
      message: {contains: x, matches: ^y}
      data: {count: 4, message: hi, more: [1]}
      data_has: {message: {}}
      data_schema: {properties: {count: {type: string}}, required: [a/b]}
      log:
        - {level: WARN}
        - {level: INFO, line: outside}
        - {contains: x, matches: y}
      no_log:
        - {level: INFO}
        - {matches: r+}
      time: 0.0000001
      left: [sleep]
  - name: wants the exact message
    action: echo
    data: {message: hi}
    expect: {message: fine}
  - name: wants no reply
    action: echo
    data: {message: hi}
    expect: {reply: none}
  - name: wants no active agent
    action: echo
    data: {message: hi}
    expect: {active: false}
"
        )
        // Two outputs come in no certain order.
        .replace(
            "    ERROR err\n    INFO  out\n",
            "    INFO  out\n    ERROR err\n"
        )
        .lines()
        .map(|line| match line.split_once("it took ") {
            Some((before, _)) => format!("{before}it took {{seconds}}\n"),
            None => format!("{line}\n"),
        })
        .collect::<String>()
    );
}

#[test]
fn a_call_without_a_reply_can_be_wanted() {
    insta::assert_snapshot!(
        "outcomes_no_reply",
        cases(
            "exec sleep 60",
            "
  - name: takes too long
    action: echo
    data: {message: hi}
    timeout: 0.2
    expect: {reply: none, reason: {contains: took longer than 0.2 s}}
  - name: for another reason
    action: echo
    data: {message: hi}
    timeout: 0.2
    expect: {reply: none, reason: out of seeds}
  - name: wants a reply
    action: echo
    data: {message: hi}
    timeout: 0.2
"
        )
    );
}

#[test]
fn an_agent_that_is_not_active_can_be_wanted() {
    let folder = parrot("");
    write(
        folder.path(),
        "parrot",
        "#!/bin/sh\necho '{\"activate\":false}' > \"$2\"\n",
    );
    let text = "agent: ./parrot\ncases:\n  - {name: is wanted, action: echo, expect: {active: false, reason: {contains: no}}}\n  \
                - {name: is not, action: echo}\n";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    insta::assert_snapshot!("outcomes_inactive", test(folder.path(), &["t.yaml"]).1);
}

#[test]
fn what_goes_wrong_beside_the_reply_fails_unless_it_is_wanted() {
    let action = reply(r#"{"statuscode":0,"data":{"count":9007199254740993}}"#);
    insta::assert_snapshot!(
        "outcomes_clean",
        cases(
            &action,
            "
  - name: counts
    action: echo
    data: {message: hi}
  - name: is wanted
    action: echo
    data: {message: hi}
    expect: {clean: false}
"
        )
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_left_running_fails_unless_it_is_wanted() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    fs::write(here.join("hold"), "").unwrap();
    fs::write(
        here.join("settings"),
        format!("grandchild={}\n", here.join("hold").display()),
    )
    .unwrap();
    fs::write(here.join("reply"), GOOD).unwrap();
    let ddl = json!({
        "metadata": {"name": "misbehave", "provider": "external", "version": "1.0.0", "timeout": 20},
        "actions": [{"action": "go", "input": {}, "output": {}}],
    });
    fs::write(here.join("misbehave.json"), ddl.to_string()).unwrap();
    let text = format!(
        "agent: {}\nddl: misbehave.json\nconfig: settings\ncases:\n  - {{name: unwanted, action: go}}\n  \
         - {{name: expected, action: go, expect: {{left: [hold]}}}}\n  - {{name: others, action: go, expect: {{left: [cat]}}}}\n",
        env!("CARGO_BIN_EXE_misbehave")
    );
    fs::write(here.join("t.yaml"), text).unwrap();
    let seen = test(here, &["t.yaml"]).1;
    insta::assert_snapshot!(
        "outcomes_left",
        seen.replace(env!("CARGO_BIN_EXE_misbehave"), "{misbehave}")
    );
}

#[test]
fn settings_facts_and_caller_reach_the_agent() {
    let action = format!(
        "cat \"$CHORIA_EXTERNAL_FACTS\"; echo; cat \"$CHORIA_EXTERNAL_CONFIG\" \"$CHORIA_EXTERNAL_CONFIG.cfg\" 2>/dev/null; \
         grep -o '\"callerid\":\"[^\"]*\"' \"$1\"; {}",
        reply(GOOD)
    );
    let folder = parrot(&action);
    fs::write(folder.path().join("facts.json"), "{ \"n\": 1.0 }").unwrap();
    fs::write(folder.path().join("own"), "own = yes\n").unwrap();
    write(folder.path(), "plugin.d/parrot.cfg", "beside = yes\n");
    let text = "agent: ./parrot
config: {version: 1.10, colour: green, loud: true}
facts: {role: web, os: {family: Debian}}
caller: choria=bob.mcollective
cases:
  - name: those of the file
    action: echo
    data: {message: hi}
    expect:
      log:
        - line: '{\"os\":{\"family\":\"Debian\"},\"role\":\"web\"}'
        - line: version = 1.10
        - line: colour = green
        - line: loud = true
        - line: '\"callerid\":\"choria=bob.mcollective\"'
      no_log: [{contains: beside}]
  - name: some of its own
    action: echo
    data: {message: hi}
    config: {colour: null, loud: very}
    facts: {role: db, os: {}}
    caller: choria=alice.mcollective
    expect:
      log:
        - line: '{\"os\":{},\"role\":\"db\"}'
        - line: version = 1.10
        - line: loud = very
        - line: '\"callerid\":\"choria=alice.mcollective\"'
      no_log: [{contains: colour}]
  - name: none
    action: echo
    data: {message: hi}
    config: {version: null, colour: null, loud: null}
    expect:
      no_log: [{contains: version}, {contains: beside}]
  - name: files
    action: echo
    data: {message: hi}
    config: own
    facts: facts.json
    expect:
      log:
        - line: '{\"n\":1}'
        - line: own = yes
";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml"]);
    assert_eq!(code, 0, "{seen}");
    fs::write(
        folder.path().join("u.yaml"),
        "agent: ./parrot\ncases:\n  - {name: a, action: echo, data: {message: hi}, expect: {log: [{line: beside = yes}]}}\n",
    )
    .unwrap();
    let (code, seen) = test(folder.path(), &["u.yaml"]);
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn a_case_is_repeated_until_it_fails() {
    let folder = parrot(&format!(
        "echo x >> \"$(dirname \"$0\")/calls\"; {}",
        reply(GOOD)
    ));
    let here = folder.path();
    fs::write(
        here.join("t.yaml"),
        "agent: ./parrot\ncases:\n  - {name: a, action: echo, data: {message: hi}, repeat: 3}\n",
    )
    .unwrap();
    assert_eq!(test(here, &["t.yaml"]).0, 0);
    assert_eq!(fs::read_to_string(here.join("calls")).unwrap(), "x\nx\nx\n");
    let action = "case $(wc -c < \"$(dirname \"$0\")/calls\") in 8) exit 3;; esac";
    let folder = parrot(&format!(
        "echo x >> \"$(dirname \"$0\")/calls\"; {action}; {}",
        reply(GOOD)
    ));
    fs::copy(here.join("t.yaml"), folder.path().join("t.yaml")).unwrap();
    fs::write(folder.path().join("calls"), "1234").unwrap();
    insta::assert_snapshot!("outcomes_repeat", test(folder.path(), &["t.yaml"]).1);
}

#[test]
fn a_signal_ends_the_command_and_the_agent() {
    let folder = parrot("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 60");
    let here = folder.path();
    let text = "agent: ./parrot\ncases:\n  - {name: a, action: echo, data: {message: hi}}\n";
    fs::write(here.join("t.yaml"), text).unwrap();
    // The agent says that it runs, and who it is, into a pipe.
    let script = "mkfifo pid; \"$0\" test t.yaml & read -r agent < pid; kill -TERM $!; wait $!; echo $?; \
                  kill -0 \"$agent\" || echo gone";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_command")])
        .current_dir(here)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "143\ngone\n");
}

/// An agent made with the library warns where others can read a secret.
#[test]
fn settings_of_a_case_are_for_the_agent_alone() {
    let folder = TempDir::new().unwrap();
    let text = "config: {token: x}
cases:
  - name: reads a secret
    action: setting
    data: {key: token}
    expect:
      no_log: [{level: WARN}]
";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let vault = built("vault");
    let (code, seen) = test(
        folder.path(),
        &["t.yaml", "--agent", vault.to_str().unwrap()],
    );
    assert_eq!(code, 0, "{seen}");
}
