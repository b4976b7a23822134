//! What is to come of a call.

use std::fmt;
use std::time::Duration;

use choria_external_go::Regex;
use choria_external_host::log::{Level, LogLine};
use choria_external_protocol::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::reader::{Reader, whole_number};
use super::schema::DataSchema;

/// What the schema lets through.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ExpectForm {
    status: Option<Value>,
    message: Option<TextForm>,
    #[serde(default, deserialize_with = "given")]
    data: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    data_has: Option<Value>,
    data_schema: Option<Value>,
    #[serde(default)]
    log: Vec<LineForm>,
    #[serde(default)]
    no_log: Vec<LineForm>,
    reply: Option<String>,
    active: Option<bool>,
    reason: Option<TextForm>,
    time: Option<f64>,
    clean: Option<bool>,
    left: Option<Vec<String>>,
}

impl ExpectForm {
    /// A key that only an agent's replies have.
    pub(super) fn of_agents(&self) -> Option<&'static str> {
        let status = self.status.as_ref().map(|_| "status");
        let message = self.message.as_ref().map(|_| "message");
        status.or(message).or(self.active.map(|_| "active"))
    }
}

/// `data: null` is a wanted null, not a key that is missing.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TextForm {
    Exact(String),
    Like(LikeForm),
}

#[derive(Debug, Deserialize)]
struct LikeForm {
    contains: Option<String>,
    matches: Option<String>,
}

#[derive(Debug, Deserialize)]
struct LineForm {
    level: Option<Level>,
    line: Option<String>,
    #[serde(flatten)]
    like: LikeForm,
}

/// What is to come of a call.
#[derive(Debug)]
pub(super) struct Expect {
    pub(super) end: End,
    pub(super) status: StatusCode,
    pub(super) message: Option<Text>,
    pub(super) data: Option<Value>,
    pub(super) data_has: Option<Value>,
    pub(super) data_schema: Option<DataSchema>,
    pub(super) log: Vec<Line>,
    pub(super) no_log: Vec<Line>,
    pub(super) reason: Option<Text>,
    pub(super) time: Option<Duration>,
    pub(super) clean: bool,
    pub(super) left: Option<Vec<String>>,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Reply,
    NoReply,
    Inactive,
}

/// What a text is to be; all that is given.
#[derive(Debug, Default)]
pub(super) struct Text {
    exact: Option<String>,
    contains: Option<String>,
    matches: Option<(String, Regex)>,
}

/// What a line of the log is to be.
#[derive(Debug)]
pub(super) struct Line {
    level: Option<Level>,
    text: Text,
}

impl Expect {
    /// What stands at a JSON pointer of the file.
    pub(super) fn read(reader: &mut Reader<'_>, pointer: &str, form: ExpectForm) -> Self {
        let end = match (&form.reply, form.active) {
            (_, Some(false)) => End::Inactive,
            (Some(_), _) => End::NoReply,
            (None, _) => End::Reply,
        };
        if form.reply.is_some() && form.active.is_some() {
            let what = "contradicts active, which says that there is no reply; remove one of them";
            reader.complain(&format!("{pointer}/reply"), what);
        }
        if end == End::Reply && form.reason.is_some() {
            let what = "is that of no reply; say reply: none or active: false beside it, or message in its place";
            reader.complain(&format!("{pointer}/reason"), what);
        }
        let schema = form.data_schema.and_then(|schema| {
            let at = format!("{pointer}/data_schema");
            data_schema(reader, schema)
                .map_err(|reason| reader.complain(&at, &reason))
                .ok()
        });
        let mut text = |key: &str, form: Option<TextForm>| {
            form.map(|form| Text::read(reader, &format!("{pointer}/{key}"), form))
        };
        let message = text("message", form.message);
        let reason = text("reason", form.reason);
        let mut lines = |key: &str, forms: Vec<LineForm>| -> Vec<Line> {
            let lines = forms.into_iter().enumerate();
            lines
                .map(|(at, form)| Line::read(reader, &format!("{pointer}/{key}/{at}"), form))
                .collect()
        };
        Self {
            end,
            status: form.status.as_ref().map_or(StatusCode::OK, status),
            message,
            data: form.data,
            data_has: form.data_has,
            data_schema: schema,
            log: lines("log", form.log),
            no_log: lines("no_log", form.no_log),
            reason,
            time: form
                .time
                .and_then(|time| Duration::try_from_secs_f64(time).ok()),
            clean: form.clean.unwrap_or(end == End::Reply),
            left: form.left,
        }
    }
}

/// A number or a label; the schema lets through no others.
fn status(value: &Value) -> StatusCode {
    match value {
        Value::String(label) => {
            let mut codes = (0..=u8::MAX).map(StatusCode::new);
            codes.find(|code| code.label() == Some(label))
        }
        number => number.as_f64().and_then(whole_number).map(StatusCode::new),
    }
    .unwrap_or(StatusCode::OK)
}

/// The schema itself, or that of a file.
fn data_schema(reader: &Reader<'_>, schema: Value) -> Result<DataSchema, String> {
    let Value::String(path) = schema else {
        return DataSchema::new(&schema);
    };
    let path = reader.here.join(path);
    let name = path.display();
    let bytes = std::fs::read(&path).map_err(|error| format!("is {name}: {error}"))?;
    let schema = choria_external_protocol::read_json(&bytes)
        .map_err(|error| format!("is {name}: {error}"))?;
    DataSchema::new(&schema).map_err(|reason| format!("is {name}, which {reason}"))
}

impl Text {
    fn read(reader: &mut Reader<'_>, pointer: &str, form: TextForm) -> Self {
        match form {
            TextForm::Exact(text) => Self {
                exact: Some(text),
                ..Self::default()
            },
            TextForm::Like(form) => Self::like(reader, pointer, form),
        }
    }

    fn like(reader: &mut Reader<'_>, pointer: &str, form: LikeForm) -> Self {
        let matches = form.matches.and_then(|pattern| match Regex::new(&pattern) {
            Ok(regex) => Some((pattern, regex)),
            Err(error) => {
                let what = format!("is {pattern:?}: {}", error.explanation());
                reader.complain(&format!("{pointer}/matches"), &what);
                None
            }
        });
        Self {
            exact: None,
            contains: form.contains,
            matches,
        }
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        self.exact.as_ref().is_none_or(|exact| exact == text)
            && self
                .contains
                .as_ref()
                .is_none_or(|part| text.contains(&**part))
            && self
                .matches
                .as_ref()
                .is_none_or(|(_, regex)| regex.is_match(text))
    }
}

impl Text {
    /// Such as `that contains "a" and matches "b"`.
    fn like_what(&self) -> Option<String> {
        let contains = self
            .contains
            .iter()
            .map(|part| format!("contains {part:?}"));
        let matches = self
            .matches
            .iter()
            .map(|(pattern, _)| format!("matches {pattern:?}"));
        let all: Vec<String> = contains.chain(matches).collect();
        (!all.is_empty()).then(|| format!("that {}", all.join(" and ")))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.exact, self.like_what()) {
            (Some(exact), _) => write!(f, "{exact:?}"),
            (None, like) => write!(f, "one {}", like.unwrap_or_default()),
        }
    }
}

impl Line {
    fn read(reader: &mut Reader<'_>, pointer: &str, form: LineForm) -> Self {
        let mut text = Text::like(reader, pointer, form.like);
        text.exact = form.line;
        Self {
            level: form.level,
            text,
        }
    }

    pub(super) fn fits(&self, line: &LogLine) -> bool {
        self.level.is_none_or(|level| level == line.level) && self.text.fits(&line.line)
    }
}

/// Such as `INFO line that contains "a"`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = self.level.iter().map(|level| level.name().into()).collect();
        words.push("line".into());
        words.extend(self.text.exact.iter().map(|text| format!("{text:?}")));
        words.extend(self.text.like_what());
        f.write_str(&words.join(" "))
    }
}
