//! The reports for people and for build servers; which cases are run.

use super::*;

/// A parrot with cases of which one passes, one fails with odd characters, and
/// one cannot be run.
fn folder() -> TempDir {
    let folder = parrot(&format!("printf 'a<b> \\033[1m&\\n' >&2; {}", reply(GOOD)));
    fs::write(folder.path().join("list.json"), "[]").unwrap();
    let text = "agent: ./parrot
cases:
  - {name: well, action: echo, data: {message: hi}}
  - {name: 'odd # <&>\"', action: echo, data: {message: hi}, expect: {message: \"<no>\\n\"}}
  - {name: trouble, action: echo, facts: list.json}
";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    let text = "{\"agent\": \"./parrot\", \"cases\": [{\"name\": \"of another file\", \"action\": \"fly\", \"expect\": {\"status\": 2}}]}";
    fs::write(folder.path().join("u.json"), text).unwrap();
    folder
}

/// Numbers of seconds as `{time}`.
fn without_times(text: &str) -> String {
    let mut parts = text.split(['"', ' ', ',', '\n']);
    let is_time = |part: &&str| part.contains('.') && *part != "1.0" && part.parse::<f64>().is_ok();
    let times: Vec<&str> = parts.by_ref().filter(is_time).collect();
    let mut text = text.to_owned();
    for time in times {
        text = text.replacen(time, "{time}", 1);
    }
    text
}

#[test]
fn reports_are_those_of_build_servers() {
    let folder = folder();
    for format in ["text", "tap", "junit", "json"] {
        let (code, seen) = test(
            folder.path(),
            &["t.yaml", "u.json", "t.yaml", "--format", format],
        );
        assert_eq!(code, 2, "{seen}");
        insta::assert_snapshot!(format!("report_{format}"), without_times(&seen));
    }
}

#[test]
fn no_report_has_a_character_that_nobody_sees() {
    let hidden = r#"{"statuscode":0,"statusmsg":"a\u202eb","data":{"message":"c\u200bd\u009b"}}"#;
    let folder = parrot(&reply(hidden));
    let text = "agent: ./parrot
cases:
  - {name: \"e\\u202ef\", action: echo, data: {message: hi}, expect: {status: 5}}
";
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    for format in ["text", "tap", "junit", "json"] {
        let (code, seen) = test(folder.path(), &["t.yaml", "--format", format]);
        assert_eq!(code, 1, "{seen}");
        let odd = |c: char| c != '\n' && choria_external_protocol::is_hidden(c);
        assert!(seen.contains("202e") && !seen.contains(odd), "{seen:?}");
    }
}

#[test]
fn a_report_goes_to_a_file_and_the_text_is_shown() {
    let folder = folder();
    let shown = test(folder.path(), &["t.yaml"]).1;
    let (_, seen) = test(
        folder.path(),
        &["t.yaml", "--format", "junit", "--output", "report.xml"],
    );
    assert_eq!(seen, shown);
    // Another reader of XML reads it.
    let read = "import sys, xml.etree.ElementTree as e
root = e.parse(sys.argv[1]).getroot()
print(root.tag, root.attrib['tests'], root.attrib['failures'], root.attrib['errors'])
for case in root.iter('testcase'):
    print([case.attrib['name'], case.attrib['classname']] + [(c.tag, c.attrib['message']) for c in case])
print(root.find('.//failure').text.splitlines()[-1])";
    let mut python = Command::new(crate::python::interpreter());
    python
        .args(["-c", read])
        .arg(folder.path().join("report.xml"));
    let read = crate::python::output(python, b"");
    let read = read.replace(folder.path().to_str().unwrap(), "{folder}");
    insta::assert_snapshot!("report_junit_read", read);

    test(folder.path(), &["t.yaml", "--output", "report.txt"]);
    let text = fs::read_to_string(folder.path().join("report.txt")).unwrap();
    assert!(text.starts_with("ok      t.yaml: well ("), "{text}");
}

#[test]
fn a_report_takes_the_place_of_no_part_of_the_tests() {
    use std::os::unix::fs::symlink;

    let folder = folder();
    let here = folder.path();
    fs::copy(here.join("parrot.json"), here.join("other.json")).unwrap();
    let text = "agent: ./parrot\nddl: other.json\ncases:\n  - {name: a, action: echo}\n";
    fs::write(here.join("other.yaml"), text).unwrap();
    symlink("u.json", here.join("link")).unwrap();
    let text = |name: &str| fs::read(here.join(name)).unwrap();
    let mut told = String::new();
    for name in ["t.yaml", "link", "parrot", "parrot.json", "other.json"] {
        let before = text(name);
        let words = ["t.yaml", "u.json", "other.yaml", "--output", name];
        let (code, seen) = test(here, &words);
        assert_eq!(code, 2, "{seen}");
        assert!(text(name) == before, "{name}");
        told += &seen;
    }
    insta::assert_snapshot!("report_refused", told);
}

#[test]
fn a_report_takes_the_place_of_an_older_one() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = folder();
    let file = folder.path().join("real.txt");
    fs::write(&file, "older and longer\n".repeat(1000)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", folder.path().join("report.txt")).unwrap();
    let words = ["t.yaml", "--filter", "well", "--output"];
    let (code, seen) = test(folder.path(), &[&words[..], &["report.txt"]].concat());
    assert_eq!(code, 0, "{seen}");
    let report = fs::read_to_string(&file).unwrap();
    assert!(report.starts_with("ok      t.yaml: well ("), "{report}");
    assert!(!report.contains("older"), "{report}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.path().join("report.txt").is_symlink());
    // A device is no file to replace.
    let (code, seen) = test(folder.path(), &[&words[..], &["/dev/null"]].concat());
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn cases_are_chosen_by_name_and_others_are_not_run() {
    let folder = folder();
    let (code, seen) = test(folder.path(), &["t.yaml", "u.json", "--filter", "e"]);
    assert!(seen.contains("\n3 cases: 2 passed, 1 trouble ("), "{seen}");
    assert_eq!(code, 2);
    let (code, seen) = test(folder.path(), &["t.yaml", "u.json", "--filter", "file"]);
    assert_eq!(code, 0);
    assert!(seen.contains("\n1 case: 1 passed ("), "{seen}");
}

#[test]
fn the_first_failure_can_be_the_last() {
    let folder = folder();
    for format in ["text", "tap", "junit", "json"] {
        let (code, seen) = test(
            folder.path(),
            &["t.yaml", "u.json", "--fail-fast", "--format", format],
        );
        assert_eq!(code, 1, "{seen}");
        insta::assert_snapshot!(format!("fail_fast_{format}"), without_times(&seen));
    }
}

#[test]
fn several_cases_at_a_time_are_told_in_their_order() {
    let folder = parrot(&reply(GOOD));
    let case =
        |at: usize| format!("  - {{name: case {at}, action: echo, data: {{message: hi}}}}\n");
    let cases: String = (0..20).map(case).collect();
    fs::write(
        folder.path().join("t.yaml"),
        format!("agent: ./parrot\ncases:\n{cases}"),
    )
    .unwrap();
    let (code, seen) = test(folder.path(), &["t.yaml", "--parallel", "4"]);
    assert_eq!(code, 0, "{seen}");
    let wanted: String = (0..20)
        .map(|at| format!("ok      t.yaml: case {at} ({{seconds}} s)\n"))
        .collect();
    assert!(seen.contains(&wanted), "{seen}");
}

#[test]
fn colours_are_for_terminals() {
    let folder = folder();
    let read = "import os, pty, sys
def output(environment):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.argv[1], [sys.argv[1], 'test', 't.yaml', '--filter', 'well'], environment)
    text = b''
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    os.waitpid(pid, 0)
    return text
plain = {'PATH': os.environ['PATH'], 'TERM': 'xterm'}
print(b'\\x1b[32mok' in output(plain), b'\\x1b' in output({**plain, 'NO_COLOR': '1'}), b'\\x1b' in output({**plain, 'TERM': 'dumb'}))";
    let mut python = Command::new(crate::python::interpreter());
    python
        .args(["-c", read, env!("CARGO_BIN_EXE_command")])
        .current_dir(folder.path());
    assert_eq!(crate::python::output(python, b""), "True False False\n");
}
