//! Programs of every kind: whatever the request, there is a valid reply.
//!
//! The first line is the protocol that the environment names; where it is empty
//! the message does. What follows is the request.
//!
//! A panic in the project's own code counts as a crash here, also where the
//! program would make a reply of it: the fuzzer's hook ends the process before.
//! The programs' own panics go past that hook.

#![no_main]

use std::panic::resume_unwind;

use choria_external::protocol::{
    Activation, DiscoveryFunction, FunctionType, MessageKind, Rpc, read_json,
};
use choria_external::service::{CallInfo, Request, Service as _};
use choria_external::{
    Actions, Agent, Call, Context, Discovers, Discovery, External, Failure, InProcess, Input,
    Metadata, Output, Query, metadata,
};
use choria_external_fuzz::first_line;
use greeter::{Greeter, Greeting, GreetingRequest, Greets};
use libfuzzer_sys::fuzz_target;

macro_rules! meta {
    () => {
        metadata!(
            name = "parrot",
            description = "Answers",
            author = "Choria External for Rust authors",
            url = "https://choria.io"
        )
    };
}

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
    const META: Metadata = meta!();

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo);
    }

    fn activate(&self, _context: &Context) -> Result<bool, Failure> {
        Ok(true)
    }
}

impl Parrot {
    fn echo(&self, call: &Call, heard: Heard) -> Result<Said, Failure> {
        match &*heard.message {
            "panic" => resume_unwind(Box::new("as it was asked to")),
            "fail" => Err(Failure::aborted(call.caller())),
            "nan" => Ok(Said {
                message: String::new(),
                pitch: f64::NAN,
            }),
            message => Ok(Said {
                message: message.repeat(heard.times.into()),
                pitch: 0.5,
            }),
        }
    }
}

#[derive(Default)]
struct Lighthouse;

impl Discovery for Lighthouse {
    const META: Metadata = meta!();

    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
        match query.options().get("as") {
            Some("panic") => resume_unwind(Box::new("as it was asked to")),
            Some("fail") => Err(Failure::aborted(query.collective())),
            Some(name) => Ok(vec![name.into(), name.into(), String::new()]),
            None => Ok(Vec::new()),
        }
    }
}

#[derive(Default)]
struct Usher;

impl Greeter for Usher {
    const META: Metadata = meta!();

    fn greet(&self, _context: &Context, request: &GreetingRequest) -> Result<String, Failure> {
        match &*request.name {
            "panic" => resume_unwind(Box::new("as it was asked to")),
            "fail" => Err(Failure::aborted(request.name.as_str())),
            name => Ok(name.into()),
        }
    }
}

/// What a program serves: a request, and the reply to it.
type Kind = (MessageKind, MessageKind);

fn kind<F: FunctionType>() -> Kind {
    (F::REQUEST, F::REPLY)
}

fuzz_target!(|bytes: &[u8]| {
    let (protocol, request) = first_line(bytes);
    let protocol = (!protocol.is_empty()).then_some(&*protocol);
    check::<Parrot>(protocol, request, &[kind::<Rpc>(), kind::<Activation>()]);
    check::<Discovers<Lighthouse>>(protocol, request, &[kind::<DiscoveryFunction>()]);
    check::<Greets<Usher>>(protocol, request, &[kind::<Greeting>()]);
});

/// Asks a program; the first of the kinds is its main one.
fn check<T: External + Default>(protocol: Option<&str>, request: &[u8], kinds: &[Kind]) {
    let service = InProcess::new(T::default());
    let answer = |request| service.answer(request, CallInfo::local()).json();
    let text = request;
    let reply = answer(Request::Text { protocol, text }).expect("a reply in JSON");

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

    let takes = |(kind, _): &Kind| {
        message
            .as_ref()
            .is_ok_and(|message| kind.check(message).is_ok())
            && own == asked
    };
    if !served.is_some_and(takes) {
        assert!(says_failure(&reply), "{reply}");
    }
    // Who names the request does not change the reply to it.
    if own == asked {
        for protocol in [None, own] {
            assert_eq!(
                answer(Request::Text { protocol, text }),
                Some(reply.clone())
            );
        }
    }
}

/// Whether the caller sees that it got no answer.
fn says_failure(reply: &choria_external::Value) -> bool {
    reply["activate"] == false
        || reply["statuscode"].as_u64().is_some_and(|code| code > 0)
        || reply["error"]
            .as_str()
            .is_some_and(|error| !error.is_empty())
}
