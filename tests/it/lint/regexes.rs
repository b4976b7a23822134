//! What is said of a regular expression that Go refuses.

use choria_external_ddl::lint::lint;

use super::GOOD;

/// What D019 says of a pattern.
fn told(pattern: &str) -> String {
    let mut ddl: serde_json::Value = serde_json::from_str(GOOD).unwrap();
    ddl["actions"][0]["input"]["message"]["validation"] = pattern.into();
    let report = lint(&ddl.to_string());
    let found = report
        .findings
        .iter()
        .find(|finding| finding.rule.code == "D019");
    found.map_or("nothing".into(), |found| found.what.clone())
}

#[test]
fn reason_and_place_are_told_and_long_patterns_are_cut() {
    let long = format!("^{}(?!{})$", "ab|".repeat(3_500), "c".repeat(500));
    let large = format!("^{}$", "a".repeat(1 << 20));
    let all: Vec<_> = [
        "^(?=a)b",
        "^\u{e9}+(?<!ab)cdefghijklm",
        r"^(a)\1$",
        "^a++$",
        "*a",
        "^a{1,1001}$",
        "^[a-z",
        "^(ab",
        "^ab)",
        r"^\u00e9$",
        r"^\p{Alphabetic}$",
        "^(?x)a$",
        "^[z-a]",
        "^[[:letter:]]",
        "A\\",
        "^[a-z]+$",
        &long,
        &large,
    ]
    .iter()
    .map(|pattern| told(pattern))
    .collect();
    insta::assert_snapshot!("regexes", all.join("\n"));
}
