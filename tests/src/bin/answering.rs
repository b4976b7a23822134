//! A server for tests: answers requests in its own process, and looks at what the
//! process has before and after.
//!
//! `answering` does so for 10,000 requests by 8 threads. `answering hide` and
//! `answering secret` panic with a secret within a call: the first in a program that
//! hides secrets in panics, the second in one that does not, with a secret that hides
//! itself.

// A program for tests is a test, too; `clippy.toml` does not reach it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{panic, thread};

use choria_external::service::{Answer, CallInfo, CancelToken, Request, Service};
use choria_external::{
    Actions, Agent, Call, Config, Failure, InProcess, Input, Metadata, Output, Secret,
    hide_secrets_in_panics, json, metadata,
};
use choria_external_tests::shared::assert_unchanged;

const REQUESTS: usize = 10_000;
const THREADS: usize = 8;

/// How often the panic hook of this program was called.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// What it holds lives as long as the service.
#[derive(Default)]
struct Busy {
    calls: AtomicUsize,
    /// Calls that wait to be cancelled.
    waiting: Mutex<Vec<CancelToken>>,
}

/// Does one thing
#[derive(Input)]
struct Task {
    /// Nobody else may see it
    #[input(maxlength = 40, secret)]
    password: Option<String>,
    /// A secret that hides itself
    token: Option<Secret<Token>>,
    /// Everybody may see it
    #[input(maxlength = 40, validation = "^[a-z]+-[0-9]+$")]
    text: Option<String>,
}

type Token = choria_external::Hash<BTreeMap<String, String>>;

#[derive(Output)]
struct Done {
    /// The text that came
    text: String,
    /// Who called
    caller: String,
    /// A setting
    setting: String,
}

impl Agent for Busy {
    const META: Metadata = metadata!(name = "busy", timeout = 60);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo);
        actions.add("fail", Self::fail);
        actions.add("panic", Self::panic);
        actions.add("wait", Self::wait);
    }
}

impl Busy {
    fn echo(&self, call: &Call, task: Task) -> Result<Done, Failure> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(Done {
            text: task.text.unwrap_or_default(),
            caller: call.caller().into(),
            setting: call.config().get("setting").unwrap_or_default().into(),
        })
    }

    fn fail(&self, call: &Call, task: Task) -> Result<Done, Failure> {
        let (password, text) = (task.password, task.text);
        Err(Failure::with_code(7, format_args!("{password:?} {text:?}"))
            .log(format_args!("{}: {password:?} {text:?}", call.caller())))
    }

    fn panic(&self, _call: &Call, task: Task) -> Result<Done, Failure> {
        panic!("{:?} {:?} {:?}", task.password, task.token, task.text)
    }

    fn wait(&self, call: &Call, _task: Task) -> Result<Done, Failure> {
        while !call.cancelled() {
            thread::yield_now();
        }
        Err(Failure::aborted("waited"))
    }

    fn cancel_those_that_wait(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain(..).for_each(|cancel| cancel.cancel());
    }
}

fn message(answer: &Answer) -> &str {
    answer.failure.as_ref().map_or("", Failure::message)
}

/// Makes one request, and looks whether its answer is right.
fn ask(service: &dyn Service, busy: &Busy, number: usize) {
    busy.cancel_those_that_wait();
    let caller = format!("choria=caller{number}");
    let mut call = CallInfo::new(format!("{number:032x}"), &*caller);
    let data =
        json!({"password": format!("secret-{number}"), "text": format!("secret-{}", number + 1)});
    let request = |action| {
        let serde_json::Value::Object(data) = data.clone() else {
            unreachable!()
        };
        Request::action(action, data)
    };
    let text = format!("secret-{}", number + 1);
    match number % 7 {
        0 => {
            let answer = service.answer(request("fail"), call);
            let failure = answer.failure.as_ref().unwrap();
            assert_eq!(failure.code(), 7);
            // The secret of this call is hidden, that of the next is not.
            assert_eq!(failure.message(), format!(r#"Some("***") Some("{text}")"#));
            assert_eq!(
                failure.log_message(),
                format!(r#"{caller}: Some("***") Some("{text}")"#)
            );
            assert_eq!(answer.json().unwrap()["statusmsg"], failure.message());
        }
        1 => {
            let answer = service.answer(request("panic"), call);
            assert_eq!(
                message(&answer),
                format!(r#"action 'panic' panicked: Some("***") None Some("{text}")"#)
            );
            assert_eq!(answer.json().unwrap()["statuscode"], 5);
        }
        2 => {
            call.cancel.cancel();
            let answer = service.answer(request("echo"), call);
            assert_eq!(message(&answer), "the call was cancelled before it began");
            assert_eq!(answer.json().unwrap()["statuscode"], 1);
        }
        3 => {
            // If nobody is left who cancels it.
            call = call.with_limit(Duration::from_millis(200));
            let mut waiting = busy.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(call.cancel.clone());
            drop(waiting);
            let answer = service.answer(request("wait"), call);
            assert!(
                ["waited", "the call was cancelled before it began"].contains(&message(&answer)),
                "{answer:?}"
            );
        }
        4 => {
            let text = b"{\"protocol\":";
            let protocol = None;
            let answer = service.answer(Request::Text { protocol, text }, call);
            assert_eq!(answer.json().unwrap()["statuscode"], 4);
        }
        _ => {
            let answer = service.answer(request("echo"), call);
            let wanted = json!({"text": text, "caller": caller, "setting": "x"});
            assert_eq!(answer.json().unwrap()["data"], wanted);
            assert_eq!((answer.failure, answer.exit), (None, 0));
        }
    }
}

fn answer_many() {
    panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let text = panic.payload_as_str().unwrap_or_default();
        if !text.starts_with("Some(") && text != "once more" {
            eprintln!("{panic}");
        }
    }));
    let service = InProcess::new(Busy::default()).with_config(Config::from_text("setting = x"));
    assert_unchanged(
        THREADS,
        REQUESTS,
        || (),
        |number| ask(&service, service.value(), number),
    );
    let of_kind = |kind| (0..REQUESTS).filter(|number| number % 7 == kind).count();
    let calls = service.value().calls.load(Ordering::Relaxed);
    assert_eq!(calls, of_kind(5) + of_kind(6));
    // The hook of this program was called for each panic, and is there still.
    assert_eq!(PANICS.load(Ordering::Relaxed), of_kind(1));
    let _ = panic::catch_unwind(|| panic!("once more"));
    assert_eq!(PANICS.load(Ordering::Relaxed), of_kind(1) + 1);
}

/// Panics within a call, and outside of one.
fn panic_with(data: serde_json::Value) {
    let serde_json::Value::Object(data) = data else {
        unreachable!()
    };
    let service = InProcess::new(Busy::default());
    let answer = service.answer(Request::action("panic", data), CallInfo::local());
    eprintln!("answer: {}", message(&answer));
    let _ = panic::catch_unwind(|| panic!("outside of a call"));
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("hide") => {
            hide_secrets_in_panics();
            panic_with(json!({"password": "hunter2"}));
        }
        Some("secret") => panic_with(json!({"token": {"a": "hunter2"}})),
        _ => answer_many(),
    }
}
