//! Discovery sources, started by the real client and by our command: what the
//! source gets, and what the user sees.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use choria_external_host::parallel::run_parallel;
use serde_json::Value;

use super::network::{Layout, Network};
use crate::discover::{Place, ended};

/// What the user types, with what a source replies that is asked so.
const ASKED: &[&[&str]] = &[
    &[],
    &["--json"],
    &["-F", "role=web"],
    &["-F", "role==web"],
    &["-F", "role!=web"],
    &["-F", "role>=5"],
    &["-F", "role<5"],
    &["-F", "role=~/w.b/"],
    &["-F", "role=/w.b/"],
    &["-F", "role = web"],
    &["-F", "os.family=Debian", "-F", "role=web"],
    &["-F", "role"],
    &["-F", "=x"],
    &["-F", "a=b=c"],
    &["-F", "a=<&>\u{e9}"],
    &["-C", "apache"],
    &["-C", "/ap/", "-C", "web"],
    &["-A", "rec"],
    &["-A", "rec", "-A", "floor"],
    &["-A", "rpcutil"],
    &["-I", "localhost"],
    &["-I", "/loc/", "-I", "b"],
    &["-W", "apache role=web"],
    &["-W", "/ap/ role>5 web"],
    &["-T", "other"],
    &[
        "--do",
        "env=prod",
        "--do",
        "e=",
        "--do",
        "url:http://h/p?a=b",
    ],
    &["--do", "a=1", "--do", "a=2"],
    &["-C", ""],
    &["-I", ""],
];

const PROTOCOL: &str = r#""protocol":"io.choria.choria.discovery.v1.external_reply""#;

/// What a source replies: the members of its reply after the protocol.
const MEMBERS: &[&str] = &[
    r#""nodes":["a","b"]"#,
    r#""nodes":[]"#,
    r#""nodes":null"#,
    r#""nodes":["b","a","b",""," ","a b"]"#,
    r#""nodes":["\u00e9","<&>","\ud800"]"#,
    r#""nodes":["a",null]"#,
    r#""nodes":["a",1]"#,
    r#""nodes":"a""#,
    r#""nodes":{}"#,
    r#""nodes":["a"],"error":"""#,
    r#""nodes":["a"],"error":null"#,
    r#""nodes":["a"],"error":"my reason""#,
    r#""error":"100% sure""#,
    r#""error":"%s %d %v""#,
    r#""error":5"#,
    r#""NODES":["a"]"#,
    r#""nodes":["a"],"nodes":["b","c"]"#,
    r#""nodes":["a"],"protocol":"x""#,
    r#""extra":1,"nodes":["a"]"#,
];

/// Whole replies.
const REPLIES: &[&str] = &[
    "",
    "{",
    "{}",
    "null",
    "[]",
    "1",
    "{\"nodes\":[\"a\"]}",
    "{nope",
    "{\"protocol\":\"x\",\"nodes\":[\"a\"]}",
    "{\"protocol\":5,\"nodes\":[\"a\"]}",
    "{}x",
];

/// What a source does that is started with this argument.
const DONE: &[&str] = &[
    "exit=0",
    "exit=1",
    "exit=3",
    "exit=255",
    "abort",
    "delete",
    "nodes=1000",
    "error=2000",
    "stdout=hello",
    "stderr=hello",
    "lines=2000",
];

struct Case {
    name: String,
    /// Arguments of the source.
    does: &'static str,
    /// Its reply; `None`: that of the place.
    reply: Option<String>,
    typed: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let case = |name: String| Case {
        name,
        does: "",
        reply: None,
        typed: &[],
    };
    let asked = ASKED.iter().map(|typed| Case {
        typed,
        ..case(format!("discover {}", typed.join(" ")))
    });
    let members = MEMBERS.iter().map(|members| Case {
        reply: Some(format!("{{{PROTOCOL},{members}}}")),
        ..case(format!("replies with {members}"))
    });
    let json = MEMBERS.iter().map(|members| Case {
        reply: Some(format!("{{{PROTOCOL},{members}}}")),
        typed: &["--json"],
        ..case(format!("replies with {members}, shown as JSON"))
    });
    let replies = REPLIES.iter().map(|reply| Case {
        reply: Some((*reply).into()),
        ..case(format!("replies {reply}"))
    });
    let done = DONE.iter().map(|does| Case {
        does,
        ..case(format!("does {does}"))
    });
    asked
        .chain(members)
        .chain(json)
        .chain(replies)
        .chain(done)
        .collect()
}

/// What comes of a case: exit code, standard output, the reason on standard
/// error, and the request that the source got.
type Seen = (i32, String, String, Option<Value>);

fn seen(network: &Network, place: &Place, output: &std::process::Output) -> Seen {
    let (exit, stdout, stderr) = ended(output);
    let reason = stderr
        .lines()
        .find(|line| line.starts_with("could not run: "));
    let reason = super::differential::normalized(reason.unwrap_or_default(), network);
    let request = place.record().map(|record| {
        let text = record["request"].as_str().unwrap();
        serde_json::from_str(text).unwrap()
    });
    (exit, stdout, reason, request)
}

#[test]
fn our_command_does_with_sources_what_the_real_client_does() {
    let network = Layout::new(["one"]).start();
    let cases = cases();
    let wrong = Mutex::new(Vec::new());
    run_parallel(cases.len(), NonZeroUsize::new(4).unwrap(), |number| {
        let case = &cases[number];
        let place = || {
            let place = Place::new();
            if let Some(reply) = &case.reply {
                place.reply(reply);
            }
            place
        };
        let theirs = place();
        let command = format!("command={} {}", theirs.source().display(), case.does);
        let output = network
            .command("discover")
            .args([
                "--dm",
                "external",
                "--discovery-timeout",
                "60",
                "--do",
                command.trim_end(),
            ])
            .args(case.typed)
            .output()
            .unwrap();
        let theirs = seen(&network, &theirs, &output);
        let ours = place();
        let output = ours
            .command(case.does)
            .args(["--timeout", "60"])
            .args(case.typed)
            .output()
            .unwrap();
        let ours = seen(&network, &ours, &output);
        if theirs != ours {
            let wrong_one = format!(
                "{}:\n  Choria   {theirs:?}\n  ours     {ours:?}\n",
                case.name
            );
            wrong.lock().unwrap().push(wrong_one);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.concat()
    );
    println!("{} discoveries", cases.len());
}
