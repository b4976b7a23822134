//! How a request reaches a program, and how its reply leaves it.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a program of a function type is started, gets its request, and gives its
/// reply: plain data, by which the runtime reads and writes, and the harness acts
/// as Choria.
///
/// Every function type has a request and a reply that JSON Schemas describe,
/// whatever carries them: a carrier also says how a request that is no JSON text
/// falls into its parts.
///
/// ```
/// use choria_external_protocol::{Activation, Carrier, FunctionType as _, RequestBy};
///
/// let carrier = Activation::carrier();
/// assert_eq!(carrier, Carrier::FILES);
/// assert_eq!(carrier.request, RequestBy::Files);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// How the request arrives.
    pub request: RequestBy,
    /// Whether the request names its type under the key `protocol`.
    pub is_named: bool,
    /// Whether the program has arguments of its own, which an author or a user
    /// chooses, before those of the carrier.
    pub own_arguments: bool,
    /// Where the program's settings are.
    pub settings: Settings,
    /// The variable with the path of a file with the node's facts. `None` if the
    /// program gets no facts, or as a part of its request.
    pub facts: Option<Cow<'static, str>>,
    /// How the reply leaves.
    pub reply: ReplyBy,
    /// Whether the exit code is a part of the reply, which the type writes. If not,
    /// it is 0 with every reply, one that tells of a failure included.
    pub exit_is_reply: bool,
    /// The exit code of a program that can give no reply at all.
    pub unsent: u8,
    /// How long the program may run; `None` if its metadata or the request say it.
    #[serde(with = "seconds")]
    pub limit: Option<Duration>,
    /// From when the limit counts.
    pub clock: Clock,
    /// The environment, besides the variables of the carrier.
    pub environment: Environment,
    /// The folder in which the program is started.
    pub folder: Folder,
}

/// How a request arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBy {
    /// In a JSON file. The last three arguments are the file, the reply's file and
    /// a protocol, and so are the variables `CHORIA_EXTERNAL_REQUEST`,
    /// `CHORIA_EXTERNAL_REPLY` and `CHORIA_EXTERNAL_PROTOCOL`.
    Files,
    /// As JSON on standard input.
    Stdin,
    /// In a JSON file whose path is in this variable.
    PathIn(Cow<'static, str>),
    /// Key by key: the request is an object of these.
    Parts(Cow<'static, [Part]>),
}

/// A key of a request, and how its value arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The key.
    pub key: Cow<'static, str>,
    /// How its value arrives.
    pub by: PartBy,
}

impl Part {
    /// A part of a request, for a constant.
    pub const fn new(key: &'static str, by: PartBy) -> Self {
        Self {
            key: Cow::Borrowed(key),
            by,
        }
    }
}

/// How a part of a request arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartBy {
    /// As the text of this variable.
    Variable(Cow<'static, str>),
    /// In a JSON file whose path is in this variable.
    FileIn(Cow<'static, str>),
    /// As the arguments: a list of strings.
    Arguments,
}

/// Where a program's settings are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// In a file whose path is in this variable.
    PathIn(Cow<'static, str>),
    /// In `NAME.cfg`, where `NAME` is that of the program's metadata: in the folder in
    /// which the program is started, else beside the program.
    OwnFile,
    /// Nowhere: there are none.
    Nowhere,
}

/// How a reply leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyBy {
    /// In the file that the request's carrier names: only with
    /// [`RequestBy::Files`]. Standard output and standard error are a log.
    File,
    /// On standard output, with nothing else there; standard error is a log.
    Stdout,
    /// Standard output and standard error are one stream, which is the reply: there
    /// is no log.
    Streams,
}

/// From when a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// From the start of the program.
    Start,
    /// From when the request has arrived.
    Request,
}

/// What a program has in its environment, besides the variables of its carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// `PATH`, and nothing else.
    Path,
    /// Nothing at all.
    Nothing,
    /// All of the one who starts it.
    Inherited,
}

/// In which folder a program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Folder {
    /// That for temporary files.
    Temporary,
    /// One of its own, in which it also lies, such as that of an autonomous agent.
    Own,
    /// That of the one who starts it.
    Inherited,
}

impl Carrier {
    /// How Choria calls external agents and discovery sources: by three files.
    pub const FILES: Self = Self {
        request: RequestBy::Files,
        is_named: true,
        own_arguments: false,
        settings: Settings::PathIn(Cow::Borrowed("CHORIA_EXTERNAL_CONFIG")),
        facts: Some(Cow::Borrowed("CHORIA_EXTERNAL_FACTS")),
        reply: ReplyBy::File,
        exit_is_reply: false,
        unsent: 1,
        limit: None,
        clock: Clock::Start,
        environment: Environment::Path,
        folder: Folder::Temporary,
    };

    /// Returns whether the command line can have arguments besides those that every start
    /// has: the program's own, or a part of the request.
    pub fn takes_arguments(&self) -> bool {
        let is_argument = |part: &Part| part.by == PartBy::Arguments;
        self.own_arguments
            || matches!(&self.request, RequestBy::Parts(parts) if parts.iter().any(is_argument))
    }
}

/// A limit as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        limit: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        limit.map(|limit| limit.as_secs_f64()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        let limit = seconds.map(Duration::try_from_secs_f64).transpose();
        limit.map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_is_data() {
        let carrier = Carrier {
            request: RequestBy::Parts(Cow::Borrowed(
                const {
                    &[
                        Part::new("machine", PartBy::Variable(Cow::Borrowed("MACHINE_NAME"))),
                        Part::new("data", PartBy::FileIn(Cow::Borrowed("WATCHER_DATA"))),
                        Part::new("arguments", PartBy::Arguments),
                    ]
                },
            )),
            limit: Some(Duration::from_millis(500)),
            ..Carrier::FILES
        };
        let text = serde_json::to_string(&carrier).unwrap();
        assert!(text.contains(r#""limit":0.5"#), "{text}");
        assert_eq!(serde_json::from_str::<Carrier>(&text).unwrap(), carrier);
        let forever = text.replace("0.5", "1e300");
        assert!(serde_json::from_str::<Carrier>(&forever).is_err());
    }
}
