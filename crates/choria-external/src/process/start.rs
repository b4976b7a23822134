//! How the program was started.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use super::form::Form;
use super::{describe, help};
use crate::answer::external::{External, Functions};
use crate::answer::respond::Protocol;

/// How the program was started.
pub(crate) enum Start {
    /// With files.
    Files {
        request: PathBuf,
        reply: PathBuf,
        protocol: Protocol,
        /// The words between the program and what Choria adds: request, reply and
        /// protocol come last, after the words that a setting of the client has.
        arguments: Vec<String>,
    },
    /// With a request on stdin.
    Pipe,
    /// By a person, who gets this text.
    Say(String),
    /// By Choria, and without a place for the reply.
    NoReply,
    /// By a person, and wrongly.
    Misuse(String),
}

impl Start {
    pub(crate) fn of<T: External>() -> Self {
        let arguments: Vec<OsString> = env::args_os().skip(1).collect();
        match env::var_os("CHORIA_EXTERNAL_PROTOCOL").filter(|name| !name.is_empty()) {
            Some(protocol) if !is_for_people(&arguments) => {
                Self::by_environment(&protocol, &arguments)
            }
            _ => Self::by_arguments::<T>(&arguments),
        }
    }

    fn by_environment(protocol: &OsString, arguments: &[OsString]) -> Self {
        let (own, added) = arguments.split_at(arguments.len().saturating_sub(3));
        let file = |variable: &str, position: usize| {
            let given = env::var_os(variable).filter(|path| !path.is_empty());
            let path = given.or_else(|| added.get(position).cloned());
            path.filter(|path| !path.is_empty()).map(PathBuf::from)
        };
        let Some(reply) = file("CHORIA_EXTERNAL_REPLY", 1) else {
            return Self::NoReply;
        };
        Self::Files {
            // A request without a path cannot be read, and that is the reply.
            request: file("CHORIA_EXTERNAL_REQUEST", 0).unwrap_or_default(),
            reply,
            protocol: Protocol::Given(protocol.to_string_lossy().into_owned()),
            arguments: own
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
        }
    }

    fn by_arguments<T: External>(arguments: &[OsString]) -> Self {
        let texts: Vec<_> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy())
            .collect();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        match texts[..] {
            [] if io::stdin().is_terminal() => Self::Say(help::short::<T>()),
            [] => Self::Pipe,
            ["--help" | "-h", ..] => Self::Say(help::full::<T>()),
            ["--version" | "-V", ..] => Self::Say(help::version::<T>()),
            ["--ddl", ref rest @ ..] => ddl::<T>(rest).map_or_else(Self::Misuse, Self::Say),
            [option, ..] if option.starts_with("--ddl=") => {
                ddl::<T>(&[&option["--ddl=".len()..]]).map_or_else(Self::Misuse, Self::Say)
            }
            ["--functions", ref rest @ ..] if !T::HAS_DDL => {
                functions::<T>(rest).map_or_else(Self::Misuse, Self::Say)
            }
            [option, ..] if option.starts_with('-') => {
                Self::Misuse(format!("there is no option {option}"))
            }
            // Any other three words are no start by Choria: the second one can be a file
            // that must stay as it is.
            [_, _, protocol] if serves::<T>(protocol) => Self::Files {
                request: arguments[0].clone().into(),
                reply: arguments[1].clone().into(),
                protocol: Protocol::InMessage(Some(protocol.into())),
                arguments: Vec::new(),
            },
            [_, _, other] => Self::Misuse(format!(
                "expected REQUEST REPLY PROTOCOL, and {other:?} is not a protocol that this program answers"
            )),
            _ => Self::Misuse(format!(
                "expected REQUEST REPLY PROTOCOL, or nothing and a request on stdin, got {} arguments",
                arguments.len()
            )),
        }
    }
}

/// Whether the program answers a request with this name. One that does not even
/// say what it answers says that later.
fn serves<T: External>(protocol: &str) -> bool {
    Functions::<T>::of().map_or(true, |functions| functions.find(protocol).is_some())
}

/// Whether the arguments are those of a person, whatever the environment says: a
/// program that an action starts inherits the environment of the action. Choria's
/// arguments are three or more, and a client's settings can put any word before them.
fn is_for_people(arguments: &[OsString]) -> bool {
    arguments.len() < 3
        && arguments
            .first()
            .and_then(|word| word.to_str())
            .is_some_and(is_option)
}

pub(super) fn is_option(word: &str) -> bool {
    matches!(
        word,
        "--help" | "-h" | "--version" | "-V" | "--ddl" | "--functions"
    ) || word.starts_with("--ddl=")
}

/// What `--functions` prints, or what is wrong with what follows it.
fn functions<T: External>(rest: &[&str]) -> Result<String, String> {
    match rest {
        [] => describe::functions::<T>(),
        [more, ..] => Err(format!("expected nothing after --functions, got {more:?}")),
    }
}

/// What `--ddl` prints, or what is wrong with what follows it.
fn ddl<T: External>(rest: &[&str]) -> Result<String, String> {
    let form = match rest {
        [] => Form::Json,
        [word] => Form::of_word(word).ok_or_else(|| {
            format!("a DDL in the form {word:?} is not known: expected json, ruby or markdown")
        })?,
        [form, more, ..] => return Err(format!("nothing comes after --ddl {form}, got {more:?}")),
    };
    let ddl = T::ddl().ok_or("only agents have a DDL")?;
    Ok(form.text(&ddl))
}
