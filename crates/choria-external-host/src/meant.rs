//! What a program meant to say, where the caller gets something else.

use crate::gojson::{self, Kind};
use crate::reply::{LOST_SIZE, Published};
use crate::trace::Trace;

/// Levels of it: each is read anew.
const DEEPEST: usize = 64;
/// Numbers that one [`Meant`] names.
const MOST_NUMBERS: usize = 10;

/// What a program meant to say, where the caller gets something else, or
/// nothing.
///
/// That outputs which are missing get the DDL's defaults is no difference: the
/// program left them out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meant {
    /// The reply file's content, of which the caller gets something else. Empty
    /// where there is none.
    pub reply: Vec<u8>,
    /// What became of it, a sentence each.
    pub differences: Vec<String>,
}

impl Meant {
    /// Compares what lies in the reply file with what the caller gets.
    pub(crate) fn of(trace: &Trace, published: Option<&Published>) -> Option<Self> {
        let file = &trace.reply;
        let whole = gojson::check(file).is_ok() && Kind::of(file.trim_ascii()) == Kind::Object;
        let mut differences = Vec::new();
        match published {
            _ if !whole => return None,
            None => differences.push("there is a whole reply, and the caller gets nothing".into()),
            Some(_) if trace.exit != Some(0) => differences.push(
                "there is a whole reply, and the server ignores it, since the program did not end with exit status 0: \
                 say what went wrong with statuscode and statusmsg, and end with 0"
                    .into(),
            ),
            Some(published) => compare(file, published, &mut differences),
        }
        (!differences.is_empty()).then(|| Self {
            reply: file.clone(),
            differences,
        })
    }
}

fn compare(file: &[u8], published: &Published, differences: &mut Vec<String>) {
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
                     which holds whole numbers up to 9007199254740992 exactly; send larger ones as text"
                ));
            }
        }
        _ => {}
    }
}
