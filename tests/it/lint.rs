//! The lint on DDLs with one trap each, on those that Choria refuses, and on
//! real ones.

use choria_external_ddl::lint::{RULES, Report, Severity, against, lint};
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors;

mod corpus;
mod diff;
#[cfg(unix)]
mod large;
mod markdown;
mod regexes;
mod ruby;
pub(crate) mod sarif;

/// A DDL that keeps every rule.
pub(crate) const GOOD: &str = include_str!("lint/good.json");

/// The code of a rule, and what to write over what in [`GOOD`] to break it.
const TRAPS: &[(&str, &str, &str)] = &[
    ("D001", r#""timeout": 10"#, r#""timeout": 10,,"#),
    ("D002", r#""maxlength": 120"#, r#""maxlength": 1.5"#),
    (
        "D003",
        r#""timeout": 10"#,
        r#""timeout": 10, "timeout": 20"#,
    ),
    ("D004", r#""actions": ["#, r#""actions": [null, "#),
    ("D005", r#""action": "stop""#, r#""action": "echo""#),
    ("D006", r#""action": "stop""#, r#""action": "Stop""#),
    (
        "D006",
        r#""action": "stop""#,
        r#""action": "enable-notify""#,
    ),
    ("D010", r#""name": "parrot""#, r#""name": """#),
    ("D007", r#""name": "parrot""#, r#""name": "scout""#),
    ("D008", r#""1.2.3""#, r#""1.2.3-rc1""#),
    ("D009", r#""timeout": 10"#, r#""timeout": 1"#),
    ("D010", r#""license": "Apache-2.0","#, ""),
    ("D010", r#""input": {},"#, ""),
    ("D011", r#""external""#, r#""External""#),
    ("D012", r#""message": {"prompt"#, r#""Message": {"prompt"#),
    ("D012", r#""message": {"prompt"#, r#""mess=age": {"prompt"#),
    (
        "D045",
        r#""message": {"prompt"#,
        r#""my-message": {"prompt"#,
    ),
    (
        "D045",
        r#""message": {"prompt"#,
        r#""my message": {"prompt"#,
    ),
    (
        "D013",
        r#""message": {"prompt"#,
        r#""process_results": {"prompt"#,
    ),
    (
        "D014",
        r#""type": "integer", "optional""#,
        r#""type": "Integer", "optional""#,
    ),
    ("D015", r#""maxlength": 120"#, r#""maxlength": 0"#),
    ("D016", r#""validation": "^[^$;]*$""#, r#""validation": """#),
    ("D017", r#""maxlength": 120"#, r#""maxlength": -1"#),
    (
        "D018",
        r#""validation": "^[^$;]*$""#,
        r#""validation": "shelsafe""#,
    ),
    (
        "D019",
        r#""validation": "^[^$;]*$""#,
        r#""validation": "^(?=a)""#,
    ),
    ("D020", r#""list": ["low", "high"]"#, r#""list": []"#),
    ("D021", r#""default": "low""#, r#""default": "loud""#),
    (
        "D022",
        r#""optional": false, "default": 1"#,
        r#""default": 1"#,
    ),
    ("D023", r#""display_as": "Message""#, r#""display_as": """#),
    (
        "D024",
        r#""description": "Whether it spoke""#,
        r#""description": """#,
    ),
    ("D025", r#""spoke": {"#, r#""sp.oke": {"#),
    ("D026", r#""type": "boolean""#, r#""type": "bool""#),
    ("D027", r#""default": false"#, r#""default": "no""#),
    ("D028", r#""display": "always""#, r#""display": "never""#),
    ("D029", r#"["message"]"#, "[]"),
    ("D030", r#"["message"]"#, r#"["mesage"]"#),
    ("D030", r#"["message"]"#, r#""message""#),
    (
        "D031",
        r#""function": "summary""#,
        r#""function": "Summary""#,
    ),
    (
        "D032",
        r#"["count", {"format": "%.1f times"}]"#,
        r#"["message"]"#,
    ),
    ("D033", "%.1f times", "%d times"),
    (
        "D034",
        r#""maxlength": 120"#,
        r#""maxlength": 120, "maxlenght": 120"#,
    ),
    (
        "D037",
        r#""type": "integer", "optional""#,
        r#""type": "integer", "maxlength": 9, "optional""#,
    ),
    ("D042", "^[^$;]*$", "shellsafe"),
    ("D041", r#""name": "parrot""#, r#""name": "my-parrot""#),
    ("D040", r#""actions": ["#, r#""actions": [], "acts": ["#),
];

fn trap(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    GOOD.replacen(from, to, 1)
}

fn codes(report: &Report) -> Vec<&str> {
    report
        .findings
        .iter()
        .map(|finding| finding.rule.code)
        .collect()
}

#[test]
fn a_good_ddl_has_no_findings() {
    assert_eq!(lint(GOOD).to_text("good.json"), "");
    assert_eq!(lint(GOOD).worst(), None);
}

#[test]
fn each_trap_is_found_and_told() {
    let mut text = String::new();
    for (code, from, to) in TRAPS {
        let report = lint(&trap(from, to));
        assert!(
            codes(&report).contains(code),
            "{code}: {}",
            report.to_text("trap.json")
        );
        text += &format!("==> {from} <== {to}\n{}\n", report.to_text("trap.json"));
    }
    insta::assert_snapshot!("traps", text);
}

#[test]
fn a_change_without_a_new_version_is_found() {
    let changed = trap(r#""maxlength": 120"#, r#""maxlength": 100"#);
    let mut text = against(GOOD, &changed).to_text("changed.json");
    let lower = changed.replace("1.2.3", "1.2");
    text += "\n";
    text += &against(GOOD, &lower).to_text("lower.json");
    insta::assert_snapshot!("versions", text);

    let higher = changed.replace("1.2.3", "1.2.10");
    for (old, new) in [(GOOD, GOOD), (GOOD, &higher), ("no DDL", &changed)] {
        assert_eq!(codes(&against(old, new)), [""; 0]);
    }
    let blanks = GOOD.replace(' ', "");
    let order = serde_json::from_str::<Value>(GOOD).unwrap().to_string();
    assert_eq!(codes(&against(&GOOD.replace(": ", ":"), GOOD)), [""; 0]);
    assert_eq!(codes(&against(&order, GOOD)), [""; 0]);
    // Within a text a blank counts.
    assert_eq!(codes(&against(&blanks, GOOD)), ["D035"]);
}

#[test]
fn every_rule_has_a_trap() {
    let trapped = |code: &str| TRAPS.iter().any(|(trap, ..)| *trap == code);
    // On two versions, and in Ruby only.
    let others = ["D035", "D036", "D038", "D039", "D043", "D044"];
    for rule in RULES {
        assert!(
            trapped(rule.code) || others.contains(&rule.code),
            "{}",
            rule.code
        );
    }
}

#[test]
fn what_choria_refuses_has_an_error() {
    let mut count = 0;
    for case in vectors::read("ddl_malformed.json") {
        let refused = [
            "load_error",
            "load_panic",
            "generator_error",
            "generator_panic",
        ];
        if refused.iter().all(|column| case[*column].is_null()) {
            continue;
        }
        count += 1;
        let text = match case["ddl_text"].as_str() {
            Some(text) => text.to_owned(),
            None => case["ddl"].to_string(),
        };
        let report = lint(&text);
        let wanted = match case["name"].as_str() {
            // Servers, clients and the schema take an empty validation; only the
            // generator drops it from the file and then misses it.
            Some(r#"actions/0/input/msg/validation = """#) => Severity::Note,
            // Servers and clients take any name of an action.
            Some("string actions/0/action") => Severity::Warning,
            _ => Severity::Error,
        };
        assert_eq!(
            report.worst(),
            Some(wanted),
            "{}: {}",
            case["name"],
            report.to_text("case.json")
        );
    }
    assert!(count > 80, "only {count} cases");
}

#[test]
fn what_choria_takes_with_a_trap_has_a_finding() {
    for case in vectors::read("ddl_malformed.json") {
        if case["schema_valid"] == true || case["ddl_text"].is_string() {
            continue;
        }
        let report = lint(&case["ddl"].to_string());
        // Two are as good as what the schema wants in their place.
        let same = [
            "null metadata/provider",
            r#"actions/0/display = """#,
            r#"actions/0/output/out/type = """#,
        ];
        if same.contains(&case["name"].as_str().unwrap()) {
            assert_eq!(report.worst(), None, "{}", case["name"]);
        } else {
            assert_ne!(report.worst(), None, "{}", case["name"]);
        }
    }
}

#[test]
fn a_report_is_json_too() {
    let report = lint(&trap(r#""timeout": 10"#, r#""timeout": 1"#));
    insta::assert_snapshot!(
        "json",
        serde_json::to_string_pretty(&report.to_json("a b.json")).unwrap()
    );
}

#[test]
fn texts_of_a_ddl_cannot_reach_the_terminal() {
    let report = lint(&trap(r#""1.2.3""#, r#""\u001b[2J\nerror D001""#));
    let text = report.to_text("trap.json");
    assert!(
        !text.contains('\u{1b}') && text.lines().count() == 3,
        "{text}"
    );
    let report = lint(&trap(r#""action": "stop""#, r#""action": "\u001b[2J\n""#));
    assert!(!report.to_text("trap.json").contains('\u{1b}'));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", cut in 0..GOOD.len()) {
        lint(&text);
        lint(&GOOD[..cut]);
    }

    /// The places are those of the text: what is found is there.
    #[test]
    fn places_are_in_the_text(at in 0..TRAPS.len()) {
        let (code, from, to) = TRAPS[at];
        let text = trap(from, to);
        for finding in lint(&text).findings {
            let line = text.lines().nth(finding.line - 1);
            prop_assert!(line.is_some_and(|line| finding.column <= line.chars().count() + 1), "{code}");
        }
    }
}
