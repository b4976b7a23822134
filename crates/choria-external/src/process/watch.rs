//! Watches over the code of an author while it runs: its time, signals, crashes,
//! and a call of `exit` cost no caller the reply.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::delivery::Delivery;
use super::logging::{OWN_ERROR, OWN_WARNING};
use super::os::Ending;
use super::{children, logging, os};
use crate::Failure;
use crate::answer::response::{self, Plan};
use crate::author::running::Running;

/// How long an author who looks at `cancelled` has to answer after all.
const GRACE: Duration = Duration::from_millis(50);
/// How long the log may keep this program, once there is a reply: twice, for the
/// line that says why, and for its reader. With [`GRACE`] that is half of the
/// margin, which leaves the other half for a busy node.
const LOG_WAIT: Duration = Duration::from_millis(100);
/// How long a reply that another thread is writing may take: the server ends the
/// program then.
const WRITE_WAIT: Duration = Duration::from_secs(5);
/// How long the program may go on after its reply was written, if the server gives it
/// that long: to end its children, and for the log.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// More than formatting and a subscriber of the author's need.
const STACK: usize = 256 * 1024;

/// Bytes that are kept for the reply of a program that has used up its memory:
/// so many that they are a mapping of their own, which any thread can use again.
/// None of them is touched.
const RESERVE: usize = 2 * 1024 * 1024;

/// What happens before the author's code runs: what can take long, and can hang.
const READS_REQUEST: u8 = 0;
const READS_SETTINGS: u8 = 1;
const ANSWERS: u8 = 2;

/// Watches over what is asked of this program.
pub(crate) struct Watch {
    task: Arc<Task>,
    /// Why there is no thread that watches.
    error: Option<io::Error>,
}

/// What is watched over.
struct Task {
    delivery: Delivery,
    running: Arc<Running>,
    stage: AtomicU8,
    started: Instant,
    /// What is expected before the request is read.
    expected: Plan,
    /// What the request and the settings say.
    known: OnceLock<Plan>,
}

/// The thread that watches.
struct Watcher {
    task: Arc<Task>,
    reserve: Vec<u8>,
}

impl Watch {
    /// Watches from now on, in a thread. If no thread can be started, the request is
    /// still answered, without a deadline.
    pub(crate) fn start(
        delivery: Delivery,
        running: Arc<Running>,
        started: Instant,
        expected: Plan,
    ) -> Self {
        let task = Arc::new(Task {
            delivery,
            running,
            stage: AtomicU8::new(READS_REQUEST),
            started,
            expected,
            known: OnceLock::new(),
        });
        let mut watcher = Watcher {
            task: Arc::clone(&task),
            reserve: Vec::new(),
        };
        // Without it memory that runs out can cost the reply, but it does not do so now.
        let _ = watcher.reserve.try_reserve_exact(RESERVE);
        let deadline = {
            let task = Arc::clone(&task);
            move || task.plan().deadline
        };
        let thread = thread::Builder::new()
            .name("choria_external".into())
            .stack_size(STACK);
        let begun = os::at_the_end(thread, deadline, move |ending| watcher.end_by(&ending));
        Self {
            task,
            error: begun.err(),
        }
    }

    /// The answer that is watched over.
    pub(crate) fn delivery(&self) -> &Delivery {
        &self.task.delivery
    }

    /// Says in the log if nobody watches.
    pub(crate) fn log_error(&self) {
        if let Some(error) = &self.error {
            tracing::warn!(
                target: "choria_external",
                "no thread could be started, so the deadline is not kept: {error}"
            );
        }
    }

    /// Says that the request is there, and the settings are read.
    pub(crate) fn reads_settings(&self) {
        self.task.stage.store(READS_SETTINGS, Ordering::SeqCst);
    }

    /// Says that the request is answered.
    pub(crate) fn answers(&self) {
        self.task.stage.store(ANSWERS, Ordering::SeqCst);
    }

    /// Watches over this from now on. Only the first call has an effect.
    pub(crate) fn over(&self, plan: Plan) {
        if self.task.known.set(plan).is_ok() && plan.deadline < self.task.expected.deadline {
            os::wake();
        }
    }
}

impl Task {
    /// Takes no lock: the thread that knows it may have crashed.
    fn plan(&self) -> Plan {
        *self.known.get().unwrap_or(&self.expected)
    }
}

impl Watcher {
    /// Sees to it that there is a reply, and ends the program. Once the reply is there,
    /// nothing that follows may keep the program from ending in time, with exit code 0.
    fn end_by(&mut self, ending: &Ending) {
        self.reserve = Vec::new();
        let written = self.reply_to(ending);
        let left = self.time_left();
        os::end_after(left);
        if written.by_this_thread {
            // The rest of the program can hold what the log needs, such as its lock.
            logging::start_early();
            let task = Arc::clone(&self.task);
            let _ = thread::Builder::new().spawn(move || task.delivery.log());
            self.task.delivery.release();
            let until = Instant::now() + left.saturating_sub(LOG_WAIT.min(left / 2));
            if !children::end(until) {
                let warning = "not all processes that this program has started could be ended";
                logging::say_now(OWN_WARNING, warning);
            }
        }
        self.task.delivery.see_it_logged(LOG_WAIT);
        logging::finish(self.task.delivery.is_for_server(), LOG_WAIT);
        os::end(written.code)
    }

    /// How long the program may go on: until the server would kill it, and so throw the
    /// reply away.
    fn time_left(&self) -> Duration {
        if self.task.delivery.is_for_server() {
            self.task
                .plan()
                .limit
                .saturating_sub(self.task.started.elapsed())
                .min(LAST_WAIT)
        } else {
            LAST_WAIT
        }
    }

    fn reply_to(&self, ending: &Ending) -> Written {
        let by_another = |code| Written {
            code,
            by_this_thread: false,
        };
        let asked_by = match ending {
            Ending::TimeUp => Some(None),
            Ending::Asked(signal) => Some(Some(*signal)),
            Ending::Crash(_) | Ending::Exit => None,
        };
        // The author's code goes on.
        if let Some(signal) = asked_by {
            self.task.running.cancel(signal);
            if let Some(code) = self.task.delivery.wait(GRACE) {
                return by_another(code);
            }
        }
        let failure = Failure::unknown_error(self.reason(ending));
        match self
            .task
            .delivery
            .send(response::failed(self.task.plan().fail, failure))
        {
            Some(code) => Written {
                code,
                by_this_thread: true,
            },
            // Another thread was faster.
            None => by_another(self.task.delivery.wait(WRITE_WAIT).unwrap_or_else(|| {
                let seconds = WRITE_WAIT.as_secs();
                logging::say_now(
                    OWN_ERROR,
                    &format!("the reply was not written within {seconds} s, so there is none"),
                );
                self.task.delivery.unsent()
            })),
        }
    }

    fn reason(&self, ending: &Ending) -> impl fmt::Display {
        let (plan, running) = (self.task.plan(), &self.task.running);
        let what = match running.action() {
            Some(action) => format!("action '{action}'"),
            None => plan.name.to_owned(),
        };
        let so_far = match self.task.stage.load(Ordering::SeqCst) {
            READS_REQUEST => ": its request was still being read",
            READS_SETTINGS => ": its settings were still being read",
            _ => "",
        };
        match ending {
            Ending::TimeUp => format!(
                "{what} had no answer after {:.1} s; after {:.1} s it would have been ended without a reply{so_far}",
                self.task.started.elapsed().as_secs_f64(),
                plan.limit.as_secs_f64(),
            ),
            Ending::Asked(signal) => {
                format!("{what} was ended by {signal} before it had an answer")
            }
            Ending::Crash(signal) => format!("{what} crashed: {signal}{}", about(signal)),
            Ending::Exit => format!("{what} ended the program instead of giving an answer"),
        }
    }
}

/// A reply that was written.
struct Written {
    /// The exit code that goes with it.
    code: u8,
    /// Whether the watching thread wrote it, and not the handler.
    by_this_thread: bool,
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
