//! What a program answers at one start.

use std::path::Path;

use choria_external_protocol::StatusCode;
use serde_json::Value;

use super::Verdict;
use super::cause::{Symptom, last_line};
use crate::error::HostError;
use crate::intended::IntendedReply;
use crate::launch::{End, Run};
use crate::os::end_hint;
use crate::program::{ACTIVATION_KEYS, REPLY_KEYS, Start};
use crate::reply::{Said, activates, said};
use crate::trace::Trace;

/// Characters of a text of the program that a verdict shows.
const MOST_SHOWN: usize = 160;

/// What a program gave at one start.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A reply that a server can read.
    Said(Said),
    /// None: why, in the server's words if it has any.
    Nothing(String, Symptom),
    /// None, for a reason that an earlier rule has named.
    Explained {
        /// The text of a case that is skipped for it.
        because: String,
        why: String,
    },
}

impl Answer {
    /// Whether there is a reply at all.
    pub(super) fn replied(&self) -> Verdict {
        match self {
            Self::Said(said) => Verdict::Kept(format!("status {}", said.code)),
            Self::Nothing(why, _) => Verdict::error(format!("no reply: {why}")),
            Self::Explained { because, .. } => Verdict::Skipped(because.clone()),
        }
    }

    /// Whether it is a reply of success.
    pub(super) fn accepted(&self) -> bool {
        matches!(self, Self::Said(said) if said.code.is_ok())
    }

    /// Whether it refuses the request. `wanted` is what Choria's own agents say
    /// then; another failure tells the caller as well, so it is a warning.
    pub(super) fn refused(&self, wanted: StatusCode) -> Verdict {
        match self {
            Self::Said(said) if said.code == wanted => self.replied(),
            Self::Said(said) if said.code.is_ok() => {
                Verdict::error(format!("status 0 although it must fail; expected {wanted}"))
            }
            Self::Said(said) => Verdict::warning(format!(
                "status {} ({}); expected {wanted}",
                said.code,
                shown(&said.message)
            )),
            Self::Nothing(..) | Self::Explained { .. } => self.replied(),
        }
    }
}

/// Returns what a program answered at a start.
pub(super) fn answer(run: &Run, start: &Start, activation: bool) -> Answer {
    let reply = run.trace.reply();
    let trace = &run.trace;
    let undecoded = |why: String| {
        let symptom = Symptom::undecoded(&why, trace);
        Answer::Nothing(unread(why, trace, activation), symptom)
    };
    let not_read = |error: HostError| {
        let why = error.to_string();
        let symptom = Symptom::undecoded(&why, trace);
        Answer::Nothing(why, symptom)
    };
    match &run.end {
        End::Replied if activation => match activates(reply) {
            Ok(Ok(active)) => Answer::Said(activation_said(reply, active)),
            Ok(Err(why)) => undecoded(why),
            Err(error) => not_read(error),
        },
        End::Replied => match said(reply) {
            Ok(Ok(said)) => Answer::Said(said),
            Ok(Err(why)) => undecoded(why),
            Err(error) => not_read(error),
        },
        End::Failed(why) => Answer::Nothing(explained(why, trace), Symptom::failed(why, trace)),
        End::Unreadable(what) => Answer::Nothing(
            format!("the reply file {what}"),
            Symptom::Unreadable(what.clone()),
        ),
        End::TimedOut => Answer::Nothing(
            format!(
                "it took longer than {} s and was killed",
                start.limit.as_secs_f64()
            ),
            Symptom::TimedOut,
        ),
    }
}

/// Why a server reads no reply, in its words and in plain ones.
pub(super) fn unread(why: String, trace: &Trace, activation: bool) -> String {
    let keys = if activation {
        ACTIVATION_KEYS
    } else {
        REPLY_KEYS
    };
    match IntendedReply::unread(trace, true, keys) {
        Some(meant) => format!("{why}: {}", meant.differences.join("; ")),
        None => why,
    }
}

/// An activation has no status: 0 stands for yes, 1 for no. What is missing is
/// the key.
fn activation_said(reply: &[u8], active: bool) -> Said {
    let (reply, _) = choria_external_go::json::read(reply.trim_ascii());
    let answers = reply.get("activate").is_some_and(Value::is_boolean);
    Said {
        code: StatusCode::new(u8::from(!active)),
        message: String::new(),
        missing: if answers {
            Vec::new()
        } else {
            vec!["activate is missing".into()]
        },
    }
}

/// Why a program failed, in the server's words, in its own, and in plain ones.
fn explained(why: &str, trace: &Trace) -> String {
    let mut text = String::from(why);
    if let Some(line) = last_line(trace) {
        text += &format!("; its last line on standard error: {}", shown(&line));
    }
    let program = trace.command.first().map(Path::new);
    if let Some(hint) = program
        .zip(trace.exit)
        .and_then(|(program, code)| end_hint(program, code))
    {
        text += &format!("; {hint}");
    }
    text
}

/// The start of a text.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= MOST_SHOWN {
        return text.into();
    }
    let start: String = text.chars().take(MOST_SHOWN).collect();
    format!("{start}..")
}
