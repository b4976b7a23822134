//! The cases as JSON and SARIF, for programs; the rules, for people.

use choria_external_ddl::lint::{sarif_log, sarif_result};
use choria_external_host::conformance::{Breach, CONFORMANCE_RULES, Case, Verdict};
use serde_json::{Value, json};

use super::Agent;

/// Programs read it: keys are added at most.
pub(super) fn json(agent: &Agent, cases: &[Case]) -> Value {
    let object = |case: &Case| {
        let rule = case.rule;
        json!({
            "code": rule.code,
            "title": rule.title,
            "verdict": word(&case.verdict),
            "what": case.verdict.what(),
            "why": rule.why,
            "mend": case.mend(),
        })
    };
    json!({
        "agent": agent.name,
        "program": agent.path,
        "cases": cases.iter().map(object).collect::<Value>(),
    })
}

/// `ok`, `skipped`, or how bad it is.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Kept(_) => "ok",
        Verdict::Broken(breach) => breach.severity.text(),
        Verdict::Skipped(_) => "skipped",
    }
}

/// A result for each rule that is broken.
pub(super) fn sarif(agent: &Agent, cases: &[Case]) -> Value {
    let broken = cases.iter().filter_map(|case| match &case.verdict {
        Verdict::Broken(Breach { severity, what, .. }) => Some(sarif_result(
            CONFORMANCE_RULES,
            case.rule,
            *severity,
            &format!("{}: {}: {what}", agent.name, case.rule.title),
            case.mend(),
            agent.path.as_ref(),
        )),
        Verdict::Kept(_) | Verdict::Skipped(_) => None,
    });
    sarif_log("choria-external-check", CONFORMANCE_RULES, broken.collect())
}

/// All rules, a paragraph each.
pub(super) fn rules() -> String {
    let paragraphs: Vec<String> = CONFORMANCE_RULES
        .iter()
        .map(|rule| {
            format!(
                "{} {}: {}\n  {}\n  {}\n",
                rule.code, rule.severity, rule.title, rule.why, rule.mend
            )
        })
        .collect();
    paragraphs.join("\n")
}
