//! The Ruby form, with Ruby itself as the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use choria_external_ddl::{Ddl, Extra};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::corpus;
use super::spellings::SPELLINGS;
use crate::{python, vectors};

/// What Ruby prints for these arguments of `tests/ruby/loader.rb`.
fn loader<'a>(arguments: impl IntoIterator<Item = &'a Path>) -> Vec<String> {
    let mut ruby = Command::new("ruby");
    ruby.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("ruby/loader.rb"));
    ruby.args(arguments);
    let printed = python::output(ruby, b"");
    printed.lines().map(str::to_owned).collect()
}

/// What Ruby reads in each of these texts.
pub(super) fn by_ruby(texts: &[String]) -> Vec<Result<Ddl, String>> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..texts.len())
        .map(|at| folder.path().join(format!("{at}.ddl")))
        .collect();
    for (file, text) in files.iter().zip(texts) {
        fs::write(file, text).unwrap();
    }
    let lines = loader(files.iter().map(PathBuf::as_path));
    assert_eq!(lines.len(), texts.len());
    let read =
        |line: &String| {
            let json: Value = serde_json::from_str(line).unwrap();
            match json["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(Ddl::from_json(line.as_bytes())
                    .unwrap_or_else(|error| panic!("{error}: {line}"))),
            }
        };
    lines.iter().map(read).collect()
}

#[test]
fn real_files_are_read_as_by_ruby() {
    let files = corpus::files("ddl");
    let texts: Vec<_> = files.iter().map(|(_, text)| text.clone()).collect();
    for ((path, text), wanted) in files.iter().zip(by_ruby(&texts)) {
        let ddl =
            Ddl::from_ruby(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(Ok(ddl), wanted, "{}", path.display());
    }
}

#[test]
fn ruby_reads_what_is_written_of_real_ddls() {
    let ddls: Vec<Ddl> = corpus::files("json")
        .iter()
        .map(|(_, json)| Ddl::from_json(json.as_bytes()).unwrap())
        .collect();
    let texts: Vec<_> = ddls.iter().map(Ddl::to_ruby).collect();
    for (ddl, read) in ddls.into_iter().zip(by_ruby(&texts)) {
        assert_eq!(read, Ok(ddl));
    }
}

/// Texts that a careless writer would break, or that Ruby would run.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("#{raise 'run'}".to_owned()),
        Just("\" + system('true') + \"".to_owned()),
        Just("\\\" \\' \\\\ \\#{1} #$0 #@a # b".to_owned()),
        Just("__END__\n=begin\nend".to_owned()),
        Just("nil".to_owned()),
        Just("a\r\nb\rc\u{feff}\u{2028}\u{0}\u{85}".to_owned()),
        "[\"'`#{}$@\\\\%a-c \r\n\t\u{1b}\u{7f}\u{e9}\u{1f600}]{0,8}",
        "\\PC{0,6}",
    ]
}

/// Values that Ruby prints as they are written.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!(-0.5)),
        Just(json!(null)),
        nasty().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(nasty(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Keys that no DDL has, with values.
fn unknown() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let key = nasty().prop_map(|key| format!("x{key}"));
    prop::collection::btree_map(key, value(), 0..2)
}

fn with(mut known: Value, unknown: BTreeMap<String, Value>) -> Value {
    known.as_object_mut().unwrap().extend(unknown);
    known
}

fn input() -> impl Strategy<Value = Value> {
    let kind = prop_oneof!["integer|float|string|list|hash|int", nasty()];
    let validation = prop_oneof![
        "shellsafe|ipaddress|\\^\\[a-z\\]\\\\w\\+'\\$|service_name",
        nasty()
    ];
    let list = prop::collection::vec(nasty(), 0..3);
    (nasty(), kind, value(), validation, list, any::<bool>(), unknown()).prop_map(
        |(text, kind, default, validation, list, optional, unknown)| {
            let known = json!({
                "prompt": text, "description": text, "type": kind, "default": default, "validation": validation,
                "maxlength": list.len(), "list": list, "optional": optional,
            });
            with(known, unknown)
        },
    )
}

fn output() -> impl Strategy<Value = Value> {
    (nasty(), nasty(), value(), unknown()).prop_map(|(text, kind, default, unknown)| {
        let known =
            json!({"description": text, "display_as": text, "type": kind, "default": default});
        with(known, unknown)
    })
}

fn aggregate() -> impl Strategy<Value = Value> {
    let function = prop_oneof![
        "summary|boolean_summary|average|chart|nettest_mma",
        "loadddlfile|findddlfile|actions|validate_rpc_request|validate_input_argument",
        "system|exit|eval|raise|if|end|input|action|instance_eval|p|__send__|Upper",
        nasty(),
    ];
    let options = prop::collection::vec(value(), 0..3);
    (function, nasty(), options).prop_map(|(function, output, options)| {
        let args: Vec<_> = [output.into()].into_iter().chain(options).collect();
        json!({"function": function, "args": args})
    })
}

fn action() -> impl Strategy<Value = Value> {
    let inputs = prop::collection::btree_map(nasty(), input(), 0..3);
    let outputs = prop::collection::btree_map(nasty(), output(), 0..3);
    let aggregates = prop::collection::vec(aggregate(), 0..3);
    let display = prop_oneof!["always|ok|failed|none", nasty()];
    (nasty(), inputs, outputs, aggregates, display, unknown()).prop_map(
        |(text, inputs, outputs, aggregates, display, unknown)| {
            let known = json!({
                "action": text, "input": inputs, "output": outputs, "aggregate": aggregates, "display": display,
                "description": text,
            });
            with(known, unknown)
        },
    )
}

fn ddl() -> impl Strategy<Value = Ddl> {
    // In Ruby two actions of one name are one.
    let actions = prop::collection::vec(action(), 0..3).prop_map(|mut actions| {
        let mut names = BTreeSet::new();
        actions.retain(|action| names.insert(action["action"].to_string()));
        actions
    });
    (nasty(), any::<i64>(), any::<bool>(), unknown(), actions).prop_map(
        |(text, timeout, service, unknown, actions)| {
            let about = json!({
                "name": text, "description": text, "author": text, "license": text, "version": text, "url": text,
                "provider": text, "timeout": timeout, "service": service,
            });
            let ddl = json!({
                "metadata": with(about, unknown),
                "actions": actions,
                "requires": {"mcollective": text, "x y": "1"},
                "usage": text,
            });
            Ddl::from_json(ddl.to_string().as_bytes()).unwrap()
        },
    )
}

#[test]
fn ruby_reads_any_ddl_as_it_is_meant_and_runs_nothing() {
    let mut runner = TestRunner::default();
    let ddls: Vec<Ddl> = (0..300)
        .map(|_| ddl().new_tree(&mut runner).unwrap().current())
        .collect();
    let texts: Vec<_> = ddls.iter().map(Ddl::to_ruby).collect();
    for ((ddl, text), read) in ddls.into_iter().zip(&texts).zip(by_ruby(&texts)) {
        assert_eq!(Ddl::from_ruby(text).as_ref(), Ok(&ddl), "{text}");
        assert_eq!(read, Ok(ddl), "{text}");
    }
}

#[test]
fn ruby_reads_malformed_ddls_as_they_are_meant() {
    let ddls: Vec<Ddl> = vectors::read("ddl_malformed.json")
        .iter()
        .filter_map(|case| Ddl::from_json(case["ddl"].to_string().as_bytes()).ok())
        .filter(|ddl| {
            // In Ruby two actions of one name are one.
            let names: BTreeSet<_> = ddl.actions.iter().map(|action| &action.name).collect();
            names.len() == ddl.actions.len()
        })
        .collect();
    assert!(ddls.len() > 50);
    let texts: Vec<_> = ddls.iter().map(Ddl::to_ruby).collect();
    for ((mut ddl, text), read) in ddls.into_iter().zip(&texts).zip(by_ruby(&texts)) {
        for action in &mut ddl.actions {
            // What no client takes is not written, and what stands beside the
            // actions neither.
            ddl.extra = Extra::NONE;
            action
                .aggregates
                .to_mut()
                .retain(|aggregate| aggregate.extra.get("args").is_none());
        }
        assert_eq!(Ddl::from_ruby(text).as_ref(), Ok(&ddl), "{text}");
        assert_eq!(read, Ok(ddl), "{text}");
    }
}

#[test]
fn only_the_functions_that_clients_bring_along_are_called_by_name() {
    let written = |name: &str| {
        let ddl = json!({"actions": [{"aggregate": [{"function": name, "args": ["x"]}]}]});
        let ddl = Ddl::from_json(ddl.to_string().as_bytes()).unwrap();
        ddl.to_ruby()
    };
    for name in ["summary", "boolean_summary", "average", "chart"] {
        let ruby = written(name);
        assert!(ruby.contains(&format!("aggregate {name}(:x)\n")), "{ruby}");
    }
    for name in [
        "loadddlfile",
        "actions",
        "findddlfile",
        "validate_rpc_request",
        "system",
        "method_missing",
        "mine",
    ] {
        let ruby = written(name);
        let wanted = format!("aggregate method_missing(:{name}, :x)\n");
        assert!(ruby.contains(&wanted), "{ruby}");
    }
}

#[test]
fn spellings_are_read_as_by_ruby() {
    let start = "metadata :name => 'x', :timeout => 1\n";
    let texts: Vec<String> = SPELLINGS
        .iter()
        .map(|text| format!("{start}{text}\n"))
        .collect();
    let windows: Vec<String> = texts
        .iter()
        .map(|text| text.replace('\n', "\r\n"))
        .collect();
    let marked: Vec<String> = texts.iter().map(|text| format!("\u{feff}{text}")).collect();
    let all = [texts, windows, marked].concat();
    let mut told = Vec::new();
    for (text, wanted) in all.iter().zip(by_ruby(&all)) {
        match Ddl::from_ruby(text) {
            // Never anything else than Ruby.
            Ok(ddl) => assert_eq!(Ok(ddl), wanted, "{text}"),
            Err(error) if !text.contains(['\r', '\u{feff}']) => {
                told.push(format!(
                    "{}\n=> {error}\n",
                    text.trim_start_matches(start).trim_end()
                ));
            }
            Err(_) => {}
        }
    }
    insta::assert_snapshot!("spellings_refused", told.join("\n"));
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_read_can_be_written(
        words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..40),
        text in "\\PC{0,20}",
    ) {
        let _ = Ddl::from_ruby(&text);
        for text in [words.concat(), format!("metadata :name => 'x'\naction 'a' do\n{}\nend", words.concat())] {
            if let Ok(ddl) = Ddl::from_ruby(&text) {
                prop_assert_eq!(Ddl::from_ruby(&ddl.to_ruby()), Ok(ddl.clone()), "{}", text);
                prop_assert_eq!(Ddl::from_json(ddl.to_json().as_bytes()), Ok(ddl), "{}", text);
            }
        }
    }
}

/// What the dialect is made of.
const WORDS: [&str; 48] = [
    "metadata ",
    "action ",
    "input ",
    "output ",
    "display ",
    "summarize ",
    "aggregate ",
    "requires ",
    "usage ",
    "do ",
    "end\n",
    "if ",
    "elsif ",
    "else ",
    "unless ",
    "then ",
    ".each ",
    "|x| ",
    "x ",
    "summary",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "=> ",
    ":a ",
    "a: ",
    ":\"b c\" ",
    "'d'",
    "\"e#{",
    "}\"",
    "\"",
    "'",
    "\\",
    " 10",
    " -1.5e3",
    "* ",
    "== ",
    "!= ",
    "\n",
    "\r\n",
    "# ",
    ".sub(/p$/, 'q')",
    "nil ",
    "\u{e9}",
];
