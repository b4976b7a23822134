//! Watches over the code of an author while it runs: its time, signals, crashes,
//! and a call of `exit` cost no caller the reply.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use choria_external_protocol::MessageError;

use crate::os::Ending;
use crate::reply::Reply;
use crate::{Context, Failure, children, logging, os, response};

/// How long an author who looks at `cancelled` has to answer after all.
const GRACE: Duration = Duration::from_millis(50);
/// How long the log may keep this program, once there is a reply: twice, for the
/// line that says why, and for its reader. With [`GRACE`] that is half of the
/// margin, which leaves the other half for a busy node.
const LOG_WAIT: Duration = Duration::from_millis(100);
/// How long a reply that is being written when the time is up may take: the
/// server ends the program then.
const WRITE_WAIT: Duration = Duration::from_secs(5);
/// More than formatting and a subscriber of the author's need.
const STACK: usize = 256 * 1024;

/// Bytes that are kept for the reply of a program that has used up its memory:
/// so many that they are a mapping of their own, which any thread can use again.
/// None of them is touched.
const RESERVE: usize = 2 * 1024 * 1024;

/// What is known of a request while it is answered.
#[derive(Debug, Default)]
pub(crate) struct Running {
    cancelled: AtomicBool,
    action: OnceLock<String>,
}

impl Running {
    /// Says which action it is.
    pub(crate) fn runs(&self, action: &str) {
        let _ = self.action.set(action.to_owned());
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

/// Watches over what is asked of this program.
pub(crate) struct Watch(Arc<Reply>);

/// What is watched over, and how a failure of it becomes a reply.
struct Watched {
    reply: Arc<Reply>,
    running: Arc<Running>,
    name: &'static str,
    fail: fn(&Failure) -> Result<Vec<u8>, MessageError>,
    started: Instant,
    limit: Duration,
    reserve: Vec<u8>,
}

impl Watch {
    pub(crate) fn new(reply: Arc<Reply>) -> Self {
        Self(reply)
    }

    /// Watches from now on, in a thread. Where there can be none the request is
    /// answered all the same, as well as it goes.
    pub(crate) fn over(
        &self,
        name: &'static str,
        fail: fn(&Failure) -> Result<Vec<u8>, MessageError>,
        context: &Context,
    ) {
        let mut watched = Watched {
            reply: Arc::clone(&self.0),
            running: Arc::clone(context.running()),
            name,
            fail,
            started: context.started(),
            limit: context.limit(),
            reserve: Vec::with_capacity(RESERVE),
        };
        let thread = thread::Builder::new()
            .name("choria_external".into())
            .stack_size(STACK);
        let deadline = context.deadline();
        let act = move |ending| watched.end_by(&ending);
        if let Err(error) = os::at_the_end(thread, deadline, act) {
            tracing::warn!(
                target: "choria_external",
                "there can be no thread, so the deadline is not kept: {error}"
            );
        }
    }
}

impl Watched {
    /// Ends the program, and sees to it that there is a reply.
    fn end_by(&mut self, ending: &Ending) {
        self.reserve = Vec::new();
        let written = self.reply_to(ending);
        if let Some(failure) = &written.failure {
            children::end();
            said_in_time(failure);
        }
        logging::finish(self.reply.is_for_server(), LOG_WAIT);
        os::end(u8::from(written.result.is_err()))
    }

    fn reply_to(&self, ending: &Ending) -> Written {
        self.running.cancelled.store(true, Ordering::SeqCst);
        let goes_on = matches!(ending, Ending::TimeUp | Ending::Asked(_));
        if goes_on && let Some(result) = self.reply.wait(GRACE) {
            return Written {
                result,
                failure: None,
            };
        }
        let failure = Failure::unknown_error(self.reason(ending));
        let response = response::failed(self.fail, failure);
        match self.reply.send(&response.reply) {
            Some(result) => Written {
                result,
                failure: response.failure,
            },
            None => Written {
                result: self.reply.wait(WRITE_WAIT).unwrap_or(Err(String::new())),
                failure: None,
            },
        }
    }

    fn reason(&self, ending: &Ending) -> impl fmt::Display {
        let what = match self.running.action.get() {
            Some(action) => format!("action '{action}'"),
            None => self.name.to_owned(),
        };
        match ending {
            Ending::TimeUp => format!(
                "{what} had no answer after {:.1} s; after {:.1} s it would have been ended without a reply",
                self.started.elapsed().as_secs_f64(),
                self.limit.as_secs_f64(),
            ),
            Ending::Asked(signal) => {
                format!("{what} was ended by {signal} before it had an answer")
            }
            Ending::Crash(signal) => format!("{what} crashed: {signal}{}", about(signal)),
            Ending::Exit => format!("{what} ended the program instead of giving an answer"),
        }
    }
}

/// What came of it.
struct Written {
    result: Result<(), String>,
    /// What is not in the log yet.
    failure: Option<Failure>,
}

/// What a crash can be.
fn about(signal: &str) -> &'static str {
    match signal {
        "SIGABRT" => " (memory ran out, a panic within a panic, or a call of abort)",
        "SIGSEGV" | "SIGBUS" => {
            " (the stack overflowed, or code that is not safe Rust used memory that is not there)"
        }
        _ => "",
    }
}

/// Logs a failure. The rest of the program can hold what the log needs, such as
/// its lock: it is not waited for.
fn said_in_time(failure: &Failure) {
    // A channel would be 12 kB more of each agent that runs no commands.
    let said = Arc::new((Mutex::new(false), Condvar::new()));
    let say = {
        let (failure, said) = (failure.clone(), Arc::clone(&said));
        move || {
            response::log(&failure);
            *said.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            said.1.notify_one();
        }
    };
    let is_said = thread::Builder::new().spawn(say).is_ok() && {
        let told = said.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = said.1.wait_timeout_while(told, LOG_WAIT, |told| !*told);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    };
    if !is_said {
        logging::say_now(&response::log_line(failure).to_string());
    }
}
