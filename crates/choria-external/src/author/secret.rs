//! Values that must not be seen: in no log, no error, no panic.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::OnceLock;

use choria_external_ddl as ddl;
use ddl::{Type, Validation};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

use super::input_value::InputValue;
use crate::Failure;

/// A value that prints as `***`: a password, a token. An input of this type is
/// [`secret`](derive@crate::Input), so that no error of this crate shows it;
/// [`Config::secret`](crate::Config::secret) returns one.
///
/// It is not an [`Output`](crate::OutputValue), and serde reads it but does not write it.
/// The value itself is there by name only:
///
/// ```
/// use choria_external::Secret;
///
/// let password = Secret::new("hunter2");
/// assert_eq!(format!("{password} {password:?}"), "*** ***");
/// assert_eq!(*password.expose(), "hunter2");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, owned.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// What stands for a secret.
const HIDDEN: &str = "***";

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// An error of serde's own would quote the value.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer)
            .map(Self)
            .map_err(|_| D::Error::custom("a secret value of the wrong form"))
    }
}

impl<T: InputValue> InputValue for Secret<T> {
    const KIND: Type = T::KIND;
    const OPTIONAL: bool = T::OPTIONAL;
    const SECRET: bool = true;
    const RANGE: Option<(i128, i128)> = T::RANGE;
    const LIST: &'static [Cow<'static, str>] = T::LIST;

    fn from_value(value: Value) -> Result<Self, String> {
        T::from_value(value).map(Self)
    }

    fn absent() -> Option<Self> {
        T::absent().map(Self)
    }
}

/// What is said of a secret input that is wrong: what was wanted, and nothing of
/// what came. The `range` is that of its Rust type.
pub(crate) fn wanted(input: &ddl::Input, range: Option<(i128, i128)>) -> String {
    let kind = match &input.kind {
        Type::String => "a string",
        Type::Integer => "an integer",
        Type::Float => "a float",
        Type::Number => "a number",
        Type::Boolean => "a boolean",
        Type::List => "a string of the list",
        Type::Hash => "a hash map",
        Type::Array => "an array",
        Type::Other(name) => name,
    };
    let range = range.map_or_else(String::new, |(least, most)| {
        format!(" between {least} and {most}")
    });
    let length = input.maxlength.map_or_else(String::new, |most| {
        format!(" of no more than {most} characters")
    });
    let rule = match &input.validation {
        Validation::None => String::new(),
        Validation::Shellsafe => ", shellsafe".into(),
        Validation::ShellWord => ", one word that is safe in a shell".into(),
        Validation::IpAddress => ", an IP address".into(),
        Validation::Ipv4Address => ", an IPv4 address".into(),
        Validation::Ipv6Address => ", an IPv6 address".into(),
        Validation::Regex(rule) => format!(", one that matches '{rule}'"),
        Validation::Unknown(name) => format!(", {name}"),
    };
    format!("expected {kind}{range}{length}{rule}; its value is secret, so it is not shown")
}

/// A shorter text is left where it stands: it is in too many others, and the
/// place of each `***` would tell it.
const SHORTEST: usize = 6;

/// The secret texts of one call.
#[derive(Default)]
pub(crate) struct Secrets(OnceLock<Vec<String>>);

impl Secrets {
    /// Remembers the texts of all inputs that are secret.
    pub(crate) fn keep<'a>(
        &self,
        secret: impl Iterator<Item = &'a str>,
        data: &Map<String, Value>,
    ) {
        let mut found = BinaryHeap::new();
        for name in secret {
            data.get(name)
                .into_iter()
                .for_each(|value| collect(value, &mut found));
        }
        // The longest first: one may be a part of another. A heap takes less
        // room in a program than a sort.
        let mut texts = Vec::with_capacity(found.len());
        while let Some((_, text)) = found.pop() {
            if texts.last() != Some(&text) {
                texts.push(text);
            }
        }
        // A call is made once.
        let _ = self.0.set(texts);
    }

    /// A failure without them.
    pub(crate) fn hide(&self, failure: Failure) -> Failure {
        match self.0.get() {
            None => failure,
            Some(_) => failure.map_texts(|text| self.hide_in(text)),
        }
    }

    /// A text without them.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        let secrets = self.0.get().into_iter().flatten();
        secrets.fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), HIDDEN)
        })
    }
}

/// The secrets are many, and none is shown.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// The texts in a value, in each form in which they are likely to be printed.
fn collect(value: &Value, texts: &mut BinaryHeap<(usize, String)>) {
    match value {
        Value::String(text) => {
            // Who reads a text often trims it, or takes its lines apart.
            let parts = [&**text, text.trim()].into_iter();
            for part in parts.chain(text.lines().map(str::trim)) {
                collect_part(part, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(entries) => entries.values().for_each(|value| collect(value, texts)),
        // A PIN, for example.
        Value::Number(number) => collect_part(&number.to_string(), texts),
        Value::Bool(_) | Value::Null => {}
    }
}

/// A text, and how `{:?}` and JSON write it.
fn collect_part(text: &str, texts: &mut BinaryHeap<(usize, String)>) {
    if text.len() < SHORTEST {
        return;
    }
    texts.push((text.len(), text.to_owned()));
    for quoted in [format!("{text:?}"), Value::from(text).to_string()] {
        let quoted = &quoted[1..quoted.len() - 1];
        if quoted != text {
            texts.push((quoted.len(), quoted.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets(data: Value) -> Secrets {
        let secrets = Secrets::default();
        let Value::Object(data) = data else {
            panic!("no object")
        };
        secrets.keep(["a", "b"].into_iter(), &data);
        secrets
    }

    #[test]
    fn a_secret_shows_nothing_and_can_be_absent() {
        let secret = Secret::<String>::from_value(json!("hunter2")).unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert!(Secret::<String>::absent().is_none());
        assert!(Secret::<Option<String>>::absent().is_some());
    }

    #[test]
    fn every_text_of_a_secret_input_is_hidden() {
        let secrets = secrets(json!({
            "a": "hunter2", "b": {"deep": ["hunter2-and-more", "say \"hi\""]}, "c": "visible",
        }));
        let failure = Failure::aborted("hunter2, hunter2-and-more, visible")
            .log(format_args!("{:?}", "say \"hi\""));
        let failure = secrets.hide(failure);
        assert_eq!(failure.message(), "***, ***, visible");
        assert_eq!(failure.log_message(), "\"***\"");
        assert_eq!(
            secrets.hide_in("a hunter2 in a side thread"),
            "a *** in a side thread"
        );
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_read_and_written() {
        let secrets = secrets(json!({
            "a": "  hunter2\n", "b": ["-- begin --\r\n\tsay \"hi\"\u{7f}\r\n-- end --\n"],
        }));
        let hidden = |text: &str| secrets.hide_in(text);
        assert_eq!(
            hidden("[  hunter2\n] [hunter2] [hunter2\n]"),
            "[***] [***] [***\n]"
        );
        assert_eq!(hidden(r#"["  hunter2\n"]"#), r#"["***"]"#);
        let line = "say \"hi\"\u{7f}";
        assert_eq!(hidden(line), "***");
        assert_eq!(hidden(&format!("{line:?}")), "\"***\"");
        assert_eq!(hidden(&json!({ "a": line }).to_string()), r#"{"a":"***"}"#);
        // Nothing else is.
        assert_eq!(hidden("HUNTER2 hunter say"), "HUNTER2 hunter say");
    }

    #[test]
    fn the_secrets_of_one_call_are_not_those_of_another() {
        let one = secrets(json!({"a": "hunter2"}));
        let other = secrets(json!({"a": "hunter3"}));
        assert_eq!(one.hide_in("hunter2 hunter3"), "*** hunter3");
        assert_eq!(other.hide_in("hunter2 hunter3"), "hunter2 ***");
    }

    #[test]
    fn a_number_is_hidden_as_its_text_is() {
        let secrets = secrets(json!({"a": 123_456, "b": {"deep": [-98_765, 1234.5]}}));
        assert_eq!(
            secrets.hide_in("PIN 123456, -98765 and 1234.5, not 12345"),
            "PIN ***, *** and ***, not 12345"
        );
    }

    #[test]
    fn short_texts_and_other_values_stay() {
        let secrets = secrets(json!({"a": "abcde", "b": [12_345, true, null]}));
        let failure = secrets.hide(Failure::aborted("abcde 12345 true null"));
        assert_eq!(failure.message(), "abcde 12345 true null");
        assert_eq!(failure.log_message(), "abcde 12345 true null");
    }

    #[test]
    fn no_error_of_serde_shows_a_secret() {
        let error = serde_json::from_value::<Secret<u8>>(json!("hunter2")).unwrap_err();
        assert_eq!(error.to_string(), "a secret value of the wrong form");
        let secret: Secret<String> = serde_json::from_value(json!("hunter2")).unwrap();
        assert_eq!(secret.into_inner(), "hunter2");
    }
}
