//! The runtime in this process: whatever a request is, there is a reply that
//! keeps the schema of its function type, and what Choria cannot have sent gets a
//! failure. The fuzz target `program` looks for the same, longer.

use std::panic::resume_unwind;

use choria_external::protocol::{
    Activation, DiscoveryFunction, Found, FunctionType, MessageKind, Rpc, read_json,
};
use choria_external::service::{CallInfo, Request, Service as _};
use choria_external::{
    Actions, Agent, Call, Context, Discovers, Discovery, External, Failure, Functions, InProcess,
    Input, Metadata, Output, Query, metadata,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::mutate::Mutator;
use crate::programs::{ACTIVATION, RPC};
use crate::samples;

const DISCOVERY: &str = "io.choria.choria.discovery.v1.external_request";
const QUESTION: &str = "io.choria.tests.question.v1.request";

#[derive(Default)]
struct Parrot;

/// Says what it hears
#[derive(Input)]
struct Heard {
    /// What to say
    #[input(maxlength = 20)]
    message: String,
    /// How often
    #[input(default = 1)]
    times: u8,
}

#[derive(Output)]
struct Said {
    /// What was said
    message: String,
    /// A number that JSON has only where it is finite
    pitch: f64,
}

impl Agent for Parrot {
    const META: Metadata = metadata!(name = "parrot", description = "d", author = "a", url = "u");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo);
    }

    fn activate(&self, _context: &Context) -> Result<bool, Failure> {
        Ok(true)
    }
}

impl Parrot {
    fn echo(&self, call: &Call, heard: Heard) -> Result<Said, Failure> {
        let pitch = if heard.message == "nan" {
            f64::NAN
        } else {
            0.5
        };
        match &*heard.message {
            "panic" => resume_unwind(Box::new("as it was asked to")),
            "fail" => Err(Failure::aborted(call.caller())),
            message => Ok(Said {
                message: message.repeat(heard.times.into()),
                pitch,
            }),
        }
    }
}

#[derive(Default)]
struct Lighthouse;

impl Discovery for Lighthouse {
    const META: Metadata = metadata!(
        name = "lighthouse",
        description = "d",
        author = "a",
        url = "u"
    );

    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
        match query.options().get("as") {
            Some("panic") => resume_unwind(Box::new("as it was asked to")),
            Some("fail") => Err(Failure::aborted(query.collective())),
            Some(name) => Ok(vec![name.into(), name.into(), String::new()]),
            None => Ok(Vec::new()),
        }
    }
}

/// A function type of its own. Not made by the macro, which would put it among
/// those that other tests list.
struct Question;

#[derive(Deserialize)]
struct Asked {
    question: String,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    answer: String,
    error: String,
}

fn wrong(pointer: &str) -> Result<(), Found> {
    Err(Found {
        instance: pointer.into(),
        rule: "/type".into(),
    })
}

impl FunctionType for Question {
    type Request = Asked;
    type Reply = Answered;
    const NAME: &'static str = "question";
    const REQUEST: MessageKind = MessageKind::new(QUESTION, r#"{"type": "object"}"#, |message| {
        match message.get("question") {
            Some(Value::String(_)) => Ok(()),
            _ => wrong(""),
        }
    });
    const REPLY: MessageKind = MessageKind::new(
        "io.choria.tests.question.v1.reply",
        r#"{"type": "object"}"#,
        |message| match (&message["answer"], &message["error"]) {
            // What the author forgets to see to.
            (Value::String(answer), Value::String(_)) if answer != "forbidden" => Ok(()),
            _ => wrong(""),
        },
    );

    fn failed(failure: &Failure) -> Answered {
        Answered {
            answer: String::new(),
            error: failure.message().into(),
        }
    }
}

/// A program that serves it.
#[derive(Default)]
struct Oracle;

impl External for Oracle {
    fn metadata() -> Metadata {
        metadata!(name = "oracle", description = "d", author = "a", url = "u")
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<Question>(|_oracle, _context, request| match &*request.question {
            "panic" => resume_unwind(Box::new("as it was asked to")),
            "fail" => Err(Failure::aborted("as it was asked to")),
            question => Ok(Answered {
                answer: question.into(),
                error: String::new(),
            }),
        });
    }
}

/// What a program serves: a request, and the reply to it.
type Kind = (MessageKind, MessageKind);

fn kind<F: FunctionType>() -> Kind {
    (F::REQUEST, F::REPLY)
}

/// Requests that the programs serve.
fn good() -> Vec<Value> {
    let rpc = |data| {
        json!({
            "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json", "protocol": RPC,
            "agent": "parrot", "action": "echo", "requestid": "f8a2", "senderid": "client", "callerid": "choria=me",
            "collective": "mcollective", "ttl": 60, "msgtime": 1_795_265_775, "data": data,
        })
    };
    let mut good = samples::good(DISCOVERY);
    good.extend(samples::recorded(ACTIVATION));
    good.extend(samples::recorded(RPC));
    let mut source = good[0].clone();
    for word in ["a", "panic", "fail", "nan", "forbidden"] {
        good.push(rpc(json!({"message": word, "times": 2})));
        source["options"] = json!({"as": word});
        good.push(source.clone());
        good.push(json!({"protocol": QUESTION, "question": word}));
    }
    good
}

/// What a program answers. Panics where that is no valid reply to the request,
/// or none that says that there is something wrong with it.
fn checked<T: External + Default>(protocol: Option<&str>, request: &[u8], kinds: &[Kind]) -> Value {
    let service = InProcess::new(T::default());
    let answer = |request| service.answer(request, CallInfo::local()).json();
    let text = request;
    let reply = answer(Request::Text { protocol, text }).unwrap();

    let message = read_json(request);
    let own = message
        .as_ref()
        .ok()
        .and_then(|message| message.get("protocol")?.as_str());
    let asked = protocol.or(own);
    let served = kinds
        .iter()
        .find(|(request, _)| Some(request.protocol()) == asked);
    let (_, reply_kind) = served.unwrap_or(&kinds[0]);
    assert_eq!(reply_kind.check(&reply), Ok(()), "{reply}");

    let taken = served.is_some_and(|(kind, _)| {
        own == asked
            && message
                .as_ref()
                .is_ok_and(|message| kind.check(message).is_ok())
    });
    assert!(taken || says_failure(&reply), "{reply}");
    // Who names the request does not change the reply to it.
    if own == asked {
        for protocol in [None, own] {
            assert_eq!(
                answer(Request::Text { protocol, text }),
                Some(reply.clone())
            );
        }
    }
    reply
}

/// Whether the caller sees that it got no answer.
fn says_failure(reply: &Value) -> bool {
    reply["activate"] == false
        || reply["statuscode"].as_u64().is_some_and(|code| code > 0)
        || reply["error"]
            .as_str()
            .is_some_and(|error| !error.is_empty())
}

/// What each of the programs answers.
fn all(protocol: Option<&str>, request: &[u8]) -> [Value; 3] {
    [
        checked::<Parrot>(protocol, request, &[kind::<Rpc>(), kind::<Activation>()]),
        checked::<Discovers<Lighthouse>>(protocol, request, &[kind::<DiscoveryFunction>()]),
        checked::<Oracle>(protocol, request, &[kind::<Question>()]),
    ]
}

fn protocols() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![
        None,
        Some(RPC),
        Some(ACTIVATION),
        Some(DISCOVERY),
        Some(QUESTION),
        Some(""),
        Some("io.example.v1"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn bytes_get_a_reply(protocol in protocols(), request in prop::collection::vec(any::<u8>(), 0..40)) {
        let replies = all(protocol, &request);
        prop_assert!(replies.iter().all(says_failure), "{replies:?}");
    }

    #[test]
    fn an_odd_request_gets_a_reply(
        protocol in protocols(),
        good in prop::sample::select(good()),
        seed in any::<u64>(),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        byte in prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut request = Mutator::new(seed).mutate(&good).to_string().into_bytes();
        if let Some((at, byte)) = byte {
            let at = at.index(request.len());
            request[at] = byte;
        }
        if let Some(cut) = cut {
            request.truncate(cut.index(request.len()));
        }
        all(protocol, &request);
    }
}

#[test]
fn a_good_request_gets_what_its_program_makes_of_it() {
    let mut answered = 0;
    for request in good() {
        let own = request["protocol"].as_str().unwrap();
        let text = request.to_string();
        let named = all(Some(own), text.as_bytes());
        assert_eq!(named, all(None, text.as_bytes()));
        answered += named.iter().filter(|reply| !says_failure(reply)).count();
    }
    assert!(answered > 10, "{answered} answers");

    let last = |word: &str| {
        let request = json!({"protocol": QUESTION, "question": word});
        all(None, request.to_string().as_bytes())[2].clone()
    };
    assert_eq!(last("a"), json!({"answer": "a", "error": ""}));
    for word in ["panic", "fail", "forbidden"] {
        assert!(says_failure(&last(word)), "{word}");
    }
}
