//! The reply that a program intended, if the caller gets something else.

use std::path::Path;

use choria_external_go::json::{self as gojson, Kind};
use serde_json::value::RawValue;

use crate::garbled::{Garbled, garbled};
use crate::mistaken::{SOURCE_NOT_AGENT, is_of_source, is_source_script};
use crate::reply::PublishedReply;
use crate::size::LOST_SIZE;
use crate::trace::Trace;

/// Levels of it: each is read anew.
const DEEPEST: usize = 64;
/// Numbers that one [`IntendedReply`] names.
const MOST_NUMBERS: usize = 10;
/// Lines of what a program printed at which a reply is looked for.
const MOST_LINES: usize = 100;

/// The reply that a program intended, if the caller gets another reply or none.
///
/// Defaults of the DDL for outputs that the program left out do not count as a
/// difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntendedReply {
    /// The intended reply: the content of the reply file, or what the program
    /// printed instead. A reply that is almost JSON is repaired if it is clear how.
    /// Empty if nothing was written.
    pub reply: Vec<u8>,
    /// How what the caller gets differs from it, one sentence each.
    pub differences: Vec<String>,
}

impl IntendedReply {
    /// Compares what lies in the reply file with what the caller gets.
    pub(crate) fn of(trace: &Trace, published: Option<&PublishedReply>) -> Option<Self> {
        let file = trace.reply();
        let whole = gojson::check(file).is_ok() && Kind::of(file.trim_ascii()) == Kind::Object;
        let mut differences = Vec::new();
        match published {
            _ if !whole => return None,
            None => differences.push("there is a complete reply, but the caller gets nothing".into()),
            Some(_) if trace.exit != Some(0) => differences.push(
                "there is a complete reply, but the server ignores it because the program did not end with exit status 0: report failures by statuscode and statusmsg, and end with 0"
                    .into(),
            ),
            Some(published) => {
                compare(file, published, &mut differences);
                differences.extend(changed_bytes(file));
            }
        }
        (!differences.is_empty()).then(|| Self {
            reply: file.into(),
            differences,
        })
    }

    /// Why there is nothing to read in a reply file, or no JSON, beyond the
    /// server's own words for it. `read` says whether a server reads the file at
    /// all: the program ended with exit status 0, and the file is there. `keys`
    /// are those by which a reply is known where it was printed.
    pub(crate) fn unread(trace: &Trace, read: bool, keys: &[&str]) -> Option<Self> {
        let file = trace.reply();
        if file.trim_ascii().is_empty() {
            return Self::unwritten(trace, read, keys);
        }
        if !read {
            return None;
        }
        let (reply, differences) = match garbled("the reply", file) {
            Some(Garbled { sentences, meant }) => (meant, sentences),
            None if is_cut(file) => {
                let sentence = format!(
                    "the reply ends after {} bytes, before it is complete: write it in one go, at the end of every path \
                     through the program",
                    file.len()
                );
                (None, vec![sentence])
            }
            None if file.trim_ascii_start().starts_with(b"{'") => {
                let sentence = "the reply has single quotes, as Python prints a dict: write it with a JSON library, \
                                such as json.dumps in Python";
                (None, vec![sentence.into()])
            }
            None => return None,
        };
        Some(Self {
            reply: reply.unwrap_or_else(|| file.into()),
            differences,
        })
    }

    /// Why an agent does not answer that is a discovery source: it says so, or its
    /// script does.
    pub(crate) fn of_source(program: &Path, trace: &Trace) -> Option<Self> {
        let is_source = is_of_source(trace.reply()) || is_source_script(program);
        is_source.then(|| Self {
            reply: Vec::new(),
            differences: vec![SOURCE_NOT_AGENT.into()],
        })
    }

    fn unwritten(trace: &Trace, read: bool, keys: &[&str]) -> Option<Self> {
        let outputs = [
            ("standard output", &trace.stdout),
            ("standard error", &trace.stderr),
        ];
        let mut printed = outputs
            .into_iter()
            .filter_map(|(name, output)| Some((name, printed_reply(&output.bytes, keys)?)));
        let printed = printed.next();
        if printed.is_none() && !read {
            return None;
        }
        let mut sentence = String::from(
            "nothing was written to the reply file, whose path is in the variable CHORIA_EXTERNAL_REPLY and is the \
             second argument",
        );
        let mut reply = Vec::new();
        if let Some((name, bytes)) = printed {
            sentence += &format!("; the program printed a reply on {name}: write that to the file");
            reply = bytes;
        }
        Some(Self {
            reply,
            differences: vec![sentence],
        })
    }
}

/// Whether bytes are the beginning of JSON.
fn is_cut(file: &[u8]) -> bool {
    let error = gojson::check(file).err();
    error.is_some_and(|error| error.to_string() == "unexpected end of JSON input")
}

/// The first object in what a program printed that begins a line and has one of
/// these keys.
fn printed_reply(printed: &[u8], keys: &[&str]) -> Option<Vec<u8>> {
    let mut rest = printed;
    for _ in 0..MOST_LINES {
        let line = rest.trim_ascii_start();
        if line.starts_with(b"{") {
            let mut values = serde_json::Deserializer::from_slice(line).into_iter::<&RawValue>();
            if let Some(Ok(value)) = values.next() {
                let members = gojson::members(value.get().as_bytes());
                if members.iter().any(|(name, _)| keys.contains(&&**name)) {
                    return Some(value.get().into());
                }
                rest = &line[value.get().len()..];
            }
        }
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        rest = &rest[end + 1..];
    }
    None
}

/// Bytes of a reply in place of which the caller reads something else.
pub(crate) fn changed_bytes(file: &[u8]) -> Vec<String> {
    if str::from_utf8(file).is_ok() {
        return Vec::new();
    }
    garbled("the reply", file).map_or_else(Vec::new, |garbled| garbled.sentences)
}

fn compare(file: &[u8], published: &PublishedReply, differences: &mut Vec<String>) {
    let (meant, _) = gojson::read(file.trim_ascii());
    let given = |name: &str| meant.get(name).filter(|value| !value.is_null());
    let code = published.statuscode;
    if let Some(meant) = given("statuscode")
        && meant.as_f64() != Some(f64::from(code.as_u8()))
    {
        differences.push(format!("statuscode {meant} became {code}"));
    }
    let text = published.statusmsg.as_str();
    if let Some(meant) = given("statusmsg")
        && meant.as_str() != Some(text)
    {
        differences.push(format!("statusmsg {meant} became {text:?}"));
    }
    let numbers = differences.len();
    let members = gojson::members(file.trim_ascii());
    let data = members.into_iter().rev().find(|(name, _)| name == "data");
    // A larger one is lost anyway.
    let small = file.len() < LOST_SIZE;
    if let (Some((_, data)), true) = (data, small && published.data.is_object()) {
        rounded("$.data", data, DEEPEST, &mut |text| {
            if differences.len() < numbers + MOST_NUMBERS {
                differences.push(text);
            }
        });
    }
}

/// Numbers that a 64-bit float, which is what a server makes of each, does not
/// hold.
fn rounded(path: &str, value: &[u8], levels: usize, tell: &mut impl FnMut(String)) {
    let Some(levels) = levels.checked_sub(1) else {
        return;
    };
    match Kind::of(value) {
        Kind::Object => {
            for (name, value) in gojson::members(value) {
                rounded(&format!("{path}.{name}"), value, levels, tell);
            }
        }
        Kind::Array => {
            for (at, value) in gojson::elements(value).into_iter().enumerate() {
                rounded(&format!("{path}[{at}]"), value, levels, tell);
            }
        }
        Kind::Number => {
            let text = String::from_utf8_lossy(value);
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let float = gojson::read(value).0.as_f64().unwrap_or_default();
            let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_whole && format!("{:.0}", float.abs()) != digits {
                tell(format!(
                    "{path} is {text}, and the caller reads {float:.0}: a server makes a 64-bit float of each number, \
                     which holds whole numbers up to 9007199254740992 exactly; send larger ones as strings"
                ));
            }
        }
        _ => {}
    }
}
