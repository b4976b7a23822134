//! What a program prints. Each line starts with a mark of its case, by which the
//! test finds it in the server's log.

use super::Case;

/// Keys of a plan. `{id}` stands for the mark of the case.
const PRINTED: &[(&str, &str)] = &[
    ("a line", "stdout={id} one\\n"),
    ("an error", "stderr={id} one\\n"),
    ("both", "stdout={id} out\\n\nstderr={id} err\\n"),
    ("a line without an end", "stdout={id} one"),
    ("an error without an end", "stderr={id} one"),
    ("some lines", "stdout={id} one\\n{id} two\\n{id} three\\n"),
    (
        "empty lines between",
        "stdout=\\n{id} one\\n\\n\\n{id} two\\n\\n",
    ),
    ("blanks", "stdout={id}  one \\n \\n{id}\ttwo\t\\n"),
    ("a carriage return", "stdout={id} one\r\\n{id} two\\n"),
    (
        "two carriage returns",
        "stdout={id} one\r\r\\n{id} t\rwo\\n",
    ),
    ("a carriage return at the end", "stdout={id} one\r"),
    ("escapes of terminals", "stdout={id} \\e[31mred\\e[0m\\n"),
    ("what is no UTF-8", "stdout={id} a\\xffb\\n"),
    ("half a character at the end", "stdout={id} a\u{e9}\\xff"),
    (
        "much Unicode",
        "stdout={id} \u{e9}\u{4e2d}\u{1f600}\u{202e}\u{feff}\\n",
    ),
    (
        "separators of lines and paragraphs",
        "stdout={id} a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\\n",
    ),
    (
        "JSON",
        "stdout={id} {\"level\":\"error\",\"msg\":\"<&>\"}\\n",
    ),
    ("formats", "stdout={id} %s %d %% %!v\\n"),
    ("a zero byte", "stdout={id} a\u{0}b\\n"),
    (
        "a line and a reply that fails",
        "stderr={id} one\\n\nexit=3",
    ),
    ("a line of 60000 bytes", "stdout={id} {60000}\\n"),
    ("a line of 65535 bytes", "stdout={id} {65500}\\n"),
];

pub(super) fn add(cases: &mut Vec<Case>) {
    for (number, (name, plan)) in PRINTED.iter().enumerate() {
        let id = format!("#{number:03}");
        let mut plan = plan.replace("{id}", &id);
        for count in [60_000, 65_500] {
            plan = plan.replace(&format!("{{{count}}}"), &"x".repeat(count));
        }
        let mut case = Case::plan(
            format!("prints {name}"),
            &format!("{plan}\nsettle=1\n{GOOD}"),
        );
        case.mark = Some(id);
        cases.push(case);
    }
    for (name, plan) in BLIND {
        cases.push(Case::plan(
            format!("prints {name}"),
            &format!("{plan}\n{GOOD}"),
        ));
    }
}

/// A reply, and what no log has: the caller gets it all the same.
const GOOD: &str = "reply=7b2264617461223a7b2276616c7565223a226869227d7d";
const BLIND: &[(&str, &str)] = &[
    ("a line of 65536 bytes", "stdout_bytes=65536"),
    ("an error of 65536 bytes", "stderr_bytes=65536"),
    ("a line of 100000 bytes", "stdout_bytes=100000"),
    (
        "lines after one of 65536 bytes",
        "stdout_bytes=65536\nstdout=more\\n",
    ),
    ("ten thousand lines", "lines=10000"),
    ("fifty thousand lines", "lines=50000"),
];
